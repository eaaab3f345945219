package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/yield"
)

// keptSets gives, for each part and last for all, the coefficients of the named
// subjects as they stand in the program: after a change that does not concern
// them, fitting them again would give the same. The parts must be those that the
// file was made with.
func keptSets(names []string, of map[string]int, parts int) ([]map[string]map[string]float64, error) {
	out := make([]map[string]map[string]float64, parts+1)
	if len(names) == 0 {
		return out, nil
	}
	c := yield.Fitted()
	if len(c.HeldOut) != parts {
		return nil, fmt.Errorf("-keep: the coefficients were fitted in %d parts, not %d", len(c.HeldOut), parts)
	}
	for i, f := range c.HeldOut {
		for _, g := range f.Groups {
			if k, ok := of[g]; !ok || k != i {
				return nil, fmt.Errorf("-keep: the group %q is in another part now: fit everything", g)
			}
		}
	}
	for _, name := range names {
		i := slices.IndexFunc(subjects, func(s subject) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-keep: there is no %q: subjects are %s", name, strings.Join(subjectNames(), ", "))
		}
		for k := range out {
			values := &yield.Coefficients{Serving: c.Serving, Training: c.Training, Energy: c.Energy}
			if k < parts {
				f := &c.HeldOut[k]
				values = &yield.Coefficients{Serving: f.Serving, Training: f.Training, Energy: f.Energy}
			}
			if out[k] == nil {
				out[k] = map[string]map[string]float64{}
			}
			out[k][name] = subjects[i].of(values)
		}
	}
	return out, nil
}

func subjectNames() []string {
	var names []string
	for i := range subjects {
		names = append(names, subjects[i].name)
	}
	return names
}
