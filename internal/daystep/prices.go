package daystep

// Prices gives each group of conditions its fair share of the delay of each
// milestone, in days, and of the device-hours lost: the mean, over every order
// in which the groups can be added to a world without conditions, of what
// adding it changes. Every order is walked through.
func Prices(docs []Document, groups []string) (delay map[string]map[string]float64, lost map[string]float64) {
	known := map[int]*Outcome{}
	under := func(mask int) *Outcome {
		if known[mask] == nil {
			muted := map[string]bool{}
			for i, g := range groups {
				muted[g] = mask&(1<<i) == 0
			}
			known[mask] = Simulate(docs, Options{Muted: muted})
		}
		return known[mask]
	}
	delay, lost = map[string]map[string]float64{}, map[string]float64{}
	for _, g := range groups {
		delay[g] = map[string]float64{}
	}
	orders := 1
	for i := range groups {
		orders *= i + 1
	}
	var walk func(mask int)
	walk = func(mask int) {
		for i, g := range groups {
			if mask&(1<<i) != 0 {
				continue
			}
			before, after := under(mask), under(mask|1<<i)
			// So many orders come to this step.
			rest := len(groups) - bits(mask) - 1
			ways := 1.0
			for k := 2; k <= rest; k++ {
				ways *= float64(k)
			}
			for m, t := range after.Milestones {
				delay[g][m] += float64(t-before.Milestones[m]) * ways / float64(orders)
			}
			lost[g] += float64(before.Used-after.Used) * ways / float64(orders)
			walk(mask | 1<<i)
		}
	}
	walk(0)
	return delay, lost
}

func bits(n int) int {
	k := 0
	for ; n > 0; n &= n - 1 {
		k++
	}
	return k
}

// Groups names the groups of conditions that documents may have.
func Groups(docs []Document) []string {
	out := []string{"end of permits"}
	seen := map[string]bool{}
	add := func(g string) {
		if !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	for _, d := range docs {
		if text(d, "kind") != "Permit" {
			continue
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
