package lint

import (
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
)

// maxClasses bounds how many classes of work are tried for one question.
const maxClasses = 200_000

// other stands for every value that no document names.
const other = "(any other)"

// choice sets one part of a subject to one of its possible values.
type choice func(*permit.Subject)

// classes calls try with every class of work under the permits that
// predicates reading these fields can tell apart, until it gives false:
// every declared purpose and end user, every lot, and for the fields that
// nothing declares every value that a document or a predicate names, with one
// that none names. It reports false if there are too many to try.
//
// Classes are complete for predicates that compare fields with constants. One
// that compares two fields, or takes a text apart, might be true elsewhere.
func (l *linter) classes(over []*catalog.Entry[permit.Permit], predicates []*permit.Predicate, try func(*permit.Subject) bool) bool {
	reads := map[string]bool{}
	var texts []string
	var numbers []int64
	for _, p := range predicates {
		for _, f := range p.Reads() {
			reads[f] = true
		}
		t, n := p.Constants()
		texts, numbers = append(texts, t...), append(numbers, n...)
	}
	var axes [][]choice
	n := 1
	for _, axis := range l.axes(over, reads, texts, numbers) {
		axes = append(axes, axis)
		if n *= len(axis); n > maxClasses {
			return false
		}
	}
	s := &permit.Subject{}
	var walk func(int) bool
	walk = func(i int) bool {
		if i == len(axes) {
			return try(s)
		}
		for _, c := range axes[i] {
			c(s)
			if !walk(i + 1) {
				return false
			}
		}
		return true
	}
	walk(0)
	return true
}

// axes gives the independent parts of a subject that are read, each with its
// possible values. Site, lot and product go together, as do the fields of an
// end user.
func (l *linter) axes(over []*catalog.Entry[permit.Permit], reads map[string]bool, texts []string, numbers []int64) (axes [][]choice) {
	begins := func(prefix string) bool {
		for f := range reads {
			if strings.HasPrefix(f, prefix) {
				return true
			}
		}
		return false
	}
	if begins("site.") || begins("lot.") || begins("accelerator.") {
		axes = append(axes, l.places(over))
	}
	if begins("endUser.") || reads["job.endUser"] {
		axes = append(axes, l.endUsers(over, texts))
	}
	for _, f := range []struct {
		name string
		set  func(*permit.SubjectJob, string)
	}{
		{"purpose", func(j *permit.SubjectJob, v string) { j.Purpose = v }},
		{"tenant", func(j *permit.SubjectJob, v string) { j.Tenant = v }},
		{"holder", func(j *permit.SubjectJob, v string) { j.Holder = v }},
		{"model", func(j *permit.SubjectJob, v string) { j.Model = v }},
		{"name", func(j *permit.SubjectJob, v string) { j.Name = v }},
		{"kind", func(j *permit.SubjectJob, v string) { j.Kind = v }},
	} {
		if !reads["job."+f.name] {
			continue
		}
		values := append(slices.Clone(texts), other)
		switch f.name {
		case "purpose":
			if declared := l.purposes(over); declared != nil {
				values = declared
			}
		case "kind":
			values = work.Kind("").Enum()
		}
		slices.Sort(values)
		var axis []choice
		for _, v := range slices.Compact(values) {
			axis = append(axis, func(s *permit.Subject) { f.set(&s.Job, v) })
		}
		axes = append(axes, axis)
	}
	for _, f := range []struct {
		name string
		set  func(*permit.SubjectJob, int64)
	}{
		{"minDevices", func(j *permit.SubjectJob, v int64) { j.MinDevices = v }},
		{"maxDevices", func(j *permit.SubjectJob, v int64) { j.MaxDevices = v }},
		{"limitHours", func(j *permit.SubjectJob, v int64) { j.LimitHours = v }},
	} {
		if !reads["job."+f.name] {
			continue
		}
		values := []int64{1, catalog.MaxDevices}
		for _, n := range numbers {
			values = append(values, max(1, n-1), max(1, n), max(1, n+1))
		}
		slices.Sort(values)
		var axis []choice
		for _, v := range slices.Compact(values) {
			axis = append(axis, func(s *permit.Subject) { f.set(&s.Job, v) })
		}
		axes = append(axes, axis)
	}
	return axes
}

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

// holds evaluates a predicate; none is true of everything, and one without a
// value, such as a label that is not there, is not true.
func holds(p *permit.Predicate, s *permit.Subject) bool {
	if p == nil {
		return true
	}
	ok, err := p.Eval(s)
	return err == nil && ok
}

func compile(e permit.Expression) *permit.Predicate {
	if e == "" {
		return nil
	}
	p, err := permit.CompileExpression(e)
	if err != nil {
		return nil // the catalog has said so
	}
	return p
}

// some drops nil predicates.
func some(all ...*permit.Predicate) []*permit.Predicate {
	return slices.DeleteFunc(all, func(p *permit.Predicate) bool { return p == nil })
}

// location is a permit's time zone.
func location(p *permit.Permit) *time.Location {
	loc, err := time.LoadLocation(p.Valid.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

func span(p *permit.Permit) (from, until calendar.Instant, loc *time.Location) {
	loc = location(p)
	return p.Valid.From.In(loc), p.Valid.Until.In(loc), loc
}
