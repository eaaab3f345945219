package control

import (
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/world"
)

// Concerned gives the authorities that a job is any business of: those that
// must endorse the permits over its devices, or the permits whose conditions
// refused it, or that approve under them. In the order of their permits.
func (s *State) Concerned(j *Job) (names []string) {
	if s.world == nil {
		return nil
	}
	var permits []int32
	add := func(p int32) {
		if !slices.Contains(permits, p) {
			permits = append(permits, p)
		}
	}
	for _, part := range j.Parts {
		lot, err := s.lot(part.Lot)
		if err != nil {
			continue
		}
		for _, p := range s.rules.Stocks[s.rules.Lots[lot].Stock].Permits {
			add(p)
		}
	}
	if j.Verdict != nil {
		for _, r := range j.Verdict.Because {
			name, _, _ := strings.Cut(r.Clause, "/")
			if p, err := s.Permit(name); err == nil {
				add(p)
			}
		}
	}
	for _, p := range permits {
		r := &s.rules.Permits[p]
		all := slices.Clone(s.permits[r.Name].chain.Required())
		for c := r.First; c < r.Last; c++ {
			if k := &s.rules.Clauses[c]; k.Form == world.Approval {
				for _, by := range k.By {
					all = append(all, s.rules.Authorities[by])
				}
			}
		}
		for _, name := range all {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
