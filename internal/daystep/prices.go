package daystep

import (
	"maps"
	"math/bits"
	"slices"
)

// Prices are the fair shares of groups of conditions: of the delay of each
// milestone in steps, of the device-hours lost, and of the energy in Wh.
type Prices struct {
	Delay        map[string]map[string]float64 // by group and milestone
	Lost, Energy map[string]float64
}

// exact is how many groups are priced with a run for every combination.
const exact = 5

// Price gives each group of conditions its fair share: the mean, over every
// order in which the groups can be added to a world without conditions, of what
// adding it changes. Of many groups those are left out that do nothing in any
// combination of the others.
func Price(docs []Document, hours int) Prices {
	groups := Groups(docs)
	r := runs{docs: docs, hours: hours, groups: groups, share: len(groups) > exact}
	priced := groups
	if r.share {
		priced = r.acting()
	}
	p := Prices{map[string]map[string]float64{}, map[string]float64{}, map[string]float64{}}
	for _, g := range priced {
		p.Delay[g] = map[string]float64{}
	}
	k := len(priced)
	for mask := range 1 << k {
		before := r.under(r.subset(priced, mask))
		// So many orders of all have just these before the next.
		n := bits.OnesCount(uint(mask))
		weight := factorial(n) * factorial(k-n-1) / factorial(k)
		for i, g := range priced {
			if mask&(1<<i) != 0 {
				continue
			}
			after := r.under(r.subset(priced, mask|1<<i))
			for m, t := range after.Milestones {
				p.Delay[g][m] += weight * float64(t-before.Milestones[m])
			}
			p.Lost[g] += weight * float64(before.Used-after.Used)
			p.Energy[g] += weight * float64(after.Energy-before.Energy)
		}
	}
	return p
}

// runs are the simulations made so far.
type runs struct {
	docs   []Document
	hours  int
	groups []string
	// share takes one run for another that leaves out only groups that did
	// nothing in it.
	share bool
	made  []madeRun
}

type madeRun struct {
	on  map[string]bool
	out *Outcome
}

// under gives the simulation in which the named groups alone are there.
func (r *runs) under(names []string) *Outcome {
	on, muted := map[string]bool{}, map[string]bool{}
	for _, g := range r.groups {
		on[g] = slices.Contains(names, g)
		muted[g] = !on[g]
	}
	for _, m := range r.made {
		same := true
		for _, g := range r.groups {
			same = same && (m.on[g] == on[g] || r.share && m.on[g] && !m.out.Acted[g])
		}
		if same {
			return m.out
		}
	}
	out := Simulate(r.docs, Options{Muted: muted, Hours: r.hours})
	r.made = append(r.made, madeRun{on, out})
	return out
}

// subset gives some of the priced groups, with all that are not priced.
func (r *runs) subset(priced []string, mask int) []string {
	var on []string
	for _, g := range r.groups {
		if i := slices.Index(priced, g); i < 0 || mask&(1<<i) != 0 {
			on = append(on, g)
		}
	}
	return on
}

// acting gives the groups that refuse, act or move anything in some
// combination of each other.
func (r *runs) acting() []string {
	acts := maps.Clone(r.under(r.groups).Acted)
	for {
		var priced []string
		for _, g := range r.groups {
			if acts[g] {
				priced = append(priced, g)
			}
		}
		for left := range 1 << len(priced) { // all of them first: that run stands for most others
			mask := 1<<len(priced) - 1 - left
			for g, did := range r.under(r.subset(priced, mask)).Acted {
				acts[g] = acts[g] || did
			}
		}
		if !slices.ContainsFunc(r.groups, func(g string) bool { return acts[g] && !slices.Contains(priced, g) }) {
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
