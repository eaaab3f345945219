package lint

import (
	"slices"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// purposes gives the purposes that every permit allows; nil means any.
func (l *linter) purposes(over []*catalog.Entry[permit.Permit]) (out []string) {
	first := true
	for _, e := range over {
		if len(e.Spec.Purposes) == 0 {
			continue
		}
		if first {
			out, first = slices.Clone(e.Spec.Purposes), false
			continue
		}
		out = slices.DeleteFunc(out, func(p string) bool { return !slices.Contains(e.Spec.Purposes, p) })
	}
	return out
}

// endUsers gives those that the permits declare; where none does, those that
// predicates name and another.
func (l *linter) endUsers(over []*catalog.Entry[permit.Permit], texts []string) (axis []choice) {
	seen := map[string]bool{}
	add := func(u permit.EndUser, declared bool) {
		if seen[u.Name] {
			return
		}
		seen[u.Name] = true
		subject := permit.SubjectEndUser{
			Name: u.Name, Country: u.Country, Headquarters: u.Headquarters, Sector: u.Sector,
			Declared: declared, Listed: l.alwaysListed(over, u.Name),
		}
		axis = append(axis, func(s *permit.Subject) { s.EndUser, s.Job.EndUser = subject, subject.Name })
	}
	for _, e := range over {
		for _, u := range e.Spec.EndUsers {
			add(u, true)
		}
	}
	if len(axis) > 0 {
		return axis
	}
	for _, t := range texts {
		// A text may be meant for any field of an end user.
		add(permit.EndUser{Name: t, Country: t, Headquarters: t, Sector: t}, false)
	}
	add(permit.EndUser{Name: other}, false)
	return axis
}

// alwaysListed reports whether a list of the permits has the name at all
// times.
func (l *linter) alwaysListed(over []*catalog.Entry[permit.Permit], name string) bool {
	for _, e := range over {
		for _, f := range l.c.Facts {
			if !slices.Contains(e.Spec.Lists, f.Name) {
				continue
			}
			for _, x := range f.Spec.List {
				if x.Name == name && x.From.Zero() && x.Until.Zero() {
					return true
				}
			}
		}
	}
	return false
}

// product is an accelerator as predicates see it.
type product = permit.SubjectAccelerator

func productsOf(c *catalog.Catalog) map[string]product {
	out := map[string]product{}
	for i := range c.Accelerators {
		a := &c.Accelerators[i].Spec
		p := product{Name: c.Accelerators[i].Name, Vendor: a.Vendor, Country: a.Country}
		if perf, err := a.Performance(); err == nil && perf.TPP != nil {
			p.TPP = perf.TPP.Num().Int64() / perf.TPP.Denom().Int64()
		}
		if a.Memory != nil {
			p.MemoryGB, _ = a.Memory.Value.Int64(quantity.Count) // 0 where it does not count
		}
		if a.Bandwidth != nil {
			p.BandwidthGBs, _ = a.Bandwidth.Value.Int64(quantity.Count)
		}
		out[p.Name] = p
	}
	return out
}

func lotsOf(c *catalog.Catalog) map[string][]int {
	out := map[string][]int{}
	for i := range c.Lots {
		for _, p := range c.Lots[i].Spec.Permits {
			out[p] = append(out[p], i)
		}
	}
	return out
}

// places gives the lots that all of the permits cover; where there is none,
// every granted product at every site.
func (l *linter) places(over []*catalog.Entry[permit.Permit]) (axis []choice) {
	for i := range l.c.Lots {
		lot := &l.c.Lots[i]
		if slices.ContainsFunc(over, func(e *catalog.Entry[permit.Permit]) bool { return !slices.Contains(lot.Spec.Permits, e.Name) }) {
			continue
		}
		holder := lot.Spec.Holder
		if holder == "" && len(over) > 0 {
			holder = over[0].Spec.Holder
		}
		axis = append(axis, func(s *permit.Subject) {
			s.Lot = permit.SubjectLot{Name: lot.Name, Holder: holder, Supplier: lot.Spec.Supplier}
			s.Site, s.Accelerator = l.site(lot.Spec.Site), l.products[lot.Spec.Accelerator]
		})
	}
	if len(axis) > 0 || len(over) == 0 {
		return axis
	}
	for _, g := range over[0].Spec.Grants {
		for _, t := range l.c.Sites {
			axis = append(axis, func(s *permit.Subject) {
				s.Lot = permit.SubjectLot{Name: other, Holder: over[0].Spec.Holder, Supplier: other}
				s.Site, s.Accelerator = l.site(t.Name), l.products[g.Accelerator]
			})
		}
	}
	return axis
}

func (l *linter) site(name string) permit.SubjectSite {
	for i := range l.c.Sites {
		if l.c.Sites[i].Name == name {
			return permit.SubjectSite{Name: name, Country: l.c.Sites[i].Spec.Country, Labels: l.c.Sites[i].Spec.Labels}
		}
	}
	return permit.SubjectSite{}
}
