package daystep

import (
	"slices"
)

// Prices are the fair shares of groups of conditions: of the delay of each
// milestone in steps, of the device-hours lost, and of the energy in Wh.
type Prices struct {
	Delay        map[string]map[string]float64 // by group and milestone
	Lost, Energy map[string]float64
}

// exact is how many groups are priced with a run for every combination.
const exact = 7

// Price gives each group of conditions its fair share: the mean, over every
// order in which the groups can be added to a world without conditions, of what
// adding it changes. Of many groups those are left out that do nothing in any
// combination of the others.
func Price(docs []Document, hours int) Prices {
	groups := Groups(docs)
	known := map[string]*Outcome{}
	under := func(on []string) *Outcome {
		muted, key := map[string]bool{}, ""
		for _, g := range groups {
			if muted[g] = !slices.Contains(on, g); !muted[g] {
				key += g + "|"
			}
		}
		if known[key] == nil {
			known[key] = Simulate(docs, Options{Muted: muted, Hours: hours})
		}
		return known[key]
	}
	priced := groups
	if len(groups) > exact {
		priced = acting(groups, under)
	}
	p := Prices{map[string]map[string]float64{}, map[string]float64{}, map[string]float64{}}
	for _, g := range priced {
		p.Delay[g] = map[string]float64{}
	}
	k := len(priced)
	for mask := range 1 << k {
		var on []string
		for i, g := range priced {
			if mask&(1<<i) != 0 {
				on = append(on, g)
			}
		}
		before := under(on)
		// So many orders of all have just these before the next.
		weight := factorial(len(on)) * factorial(k-len(on)-1) / factorial(k)
		for i, g := range priced {
			if mask&(1<<i) != 0 {
				continue
			}
			after := under(append(slices.Clone(on), g))
			for m, t := range after.Milestones {
				p.Delay[g][m] += weight * float64(t-before.Milestones[m])
			}
			p.Lost[g] += weight * float64(before.Used-after.Used)
			p.Energy[g] += weight * float64(after.Energy-before.Energy)
		}
	}
	return p
}

// acting gives the groups that refuse, act or move anything in some
// combination of each other.
func acting(groups []string, under func([]string) *Outcome) []string {
	acts := map[string]bool{}
	for {
		var priced []string
		for _, g := range groups {
			if acts[g] || under(groups).Acted[g] {
				priced = append(priced, g)
			}
		}
		before := len(acts)
		for mask := range 1 << len(priced) {
			var on []string
			for i, g := range priced {
				if mask&(1<<i) != 0 {
					on = append(on, g)
				}
			}
			for g, did := range under(on).Acted {
				if did {
					acts[g] = true
				}
			}
		}
		if len(acts) == before {
			return priced
		}
	}
}

func factorial(n int) float64 {
	f := 1.0
	for k := 2; k <= n; k++ {
		f *= float64(k)
	}
	return f
}

// Groups names the groups of conditions that documents may have.
func Groups(docs []Document) []string {
	out := []string{"end of permits"}
	add := func(g string) {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	for _, d := range docs {
		if text(d, "kind") != "Permit" {
			continue
		}
		if len(list(d, "spec", "purposes")) > 0 {
			add("purposes")
		}
		for _, a := range texts(d, "spec", "endorsements", "required") {
			add("endorsement by " + a)
		}
		for _, c := range list(d, "spec", "conditions") {
			if g := text(c, "group"); g != "" {
				add(g)
			} else {
				add(text(c, "name"))
			}
		}
	}
	return out
}
