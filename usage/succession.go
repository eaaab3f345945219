package usage

import (
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// openBooks makes the books of an edition. As in the core a book goes on if a
// condition in it selects and adds up as before and its current window began when
// it does now; else it is closed and another one opened, in which running work
// counts from now on.
func (h *history) openBooks(at calendar.Instant, before *edition) {
	h.ed.books = make([]*book, len(h.ed.rules.Spaces))
	own := h.ed.own()
	for i := range own {
		space := own[i].Space
		if space < 0 || h.ed.books[space] != nil {
			continue
		}
		s := h.ed.rules.Spaces[space]
		b := before.bookOf(h.ed, space)
		if b != nil && b.goesOn(&s, at) {
			h.ed.books[space], b.reads = b, h.ed.reads(space)
			continue
		}
		b = &book{space: s, opened: at, closed: calendar.Never, uses: map[string]*[2][]*use{}, capacity: map[string][]*use{}, reads: h.ed.reads(space)}
		if before == nil {
			b.opened = s.Cuts[0] // windows begin where the documents say
		}
		h.ed.books[space] = b
	}
	if before == nil {
		return
	}
	for _, b := range before.books {
		if b != nil && !slices.Contains(h.ed.books, b) {
			b.closed = at
		}
	}
	h.recharge(at, before)
}

// recharge takes running work and devices out of what has changed, and puts them
// on what is new or another.
func (h *history) recharge(at calendar.Instant, before *edition) {
	fresh := func(b *book, c *world.Clause) bool {
		return b.opened == at || !before.says(h.ed, c)
	}
	for _, j := range h.jobs {
		r := j.running
		if r == nil {
			continue
		}
		r.uses = slices.DeleteFunc(r.uses, func(u *use) bool {
			u.clauses = slices.DeleteFunc(u.clauses, func(c string) bool { return !before.goesOn(h.ed, c) })
			gone := u.book.closed == at || len(u.clauses) == 0
			if gone {
				u.to, u.end = at, h.size
			}
			return gone
		})
		for i := range r.parts {
			h.charge(r, &r.parts[i], at, fresh)
		}
	}
	for _, d := range h.deliveries {
		h.countDelivery(d, fresh)
	}
}

// goesOn reports whether a book goes on in a space, and takes its windows over:
// those before now stay as they were.
func (b *book) goesOn(s *world.Space, now calendar.Instant) bool {
	if s.Instant || s.Length > 0 {
		b.space = *s
		return true
	}
	window := func(cuts []calendar.Instant) int {
		v := 0
		for v+1 < len(cuts)-1 && cuts[v+1] <= now {
			v++
		}
		return v
	}
	was, is := window(b.space.Cuts), window(s.Cuts)
	if b.space.Cuts[was] != s.Cuts[is] {
		return false
	}
	cuts := append(slices.Clone(b.space.Cuts[:was]), s.Cuts[is:]...)
	b.space = *s
	b.space.Cuts = cuts
	return true
}

// bookOf finds the book that a space of the next edition goes on with: of a clause
// in it that says the same as before.
func (e *edition) bookOf(next *edition, space int32) *book {
	if e == nil {
		return nil
	}
	for i := range next.rules.Clauses {
		c := &next.rules.Clauses[i]
		if c.Space != space {
			continue
		}
		if old := e.same(next, c); old != nil && e.books[old.Space] != nil {
			return e.books[old.Space]
		}
	}
	return nil
}

// says reports whether a clause of the next edition says the same as before.
func (e *edition) says(next *edition, c *world.Clause) bool { return e.same(next, c) != nil }

// goesOn reports whether a clause of this edition is there in the next one and
// says the same.
func (e *edition) goesOn(next *edition, name string) bool {
	for i := range next.rules.Clauses {
		if c := &next.rules.Clauses[i]; next.name(c) == name && e.says(next, c) {
			return true
		}
	}
	return false
}

// same finds the clause that selects, measures and adds up as one of the next
// edition does; their bounds may differ.
func (e *edition) same(next *edition, c *world.Clause) *world.Clause {
	for i := range e.rules.Clauses {
		o := &e.rules.Clauses[i]
		if o.Form != c.Form || e.name(o) != next.name(c) || e.selects(o) != next.selects(c) {
			continue
		}
		if c.Space < 0 {
			return o
		}
		x, y := &e.rules.Spaces[o.Space], &next.rules.Spaces[c.Space]
		if x.Instant == y.Instant && (x.Length > 0) == (y.Length > 0) && x.Pooled == y.Pooled && (!x.Pooled || x.Name == y.Name) {
			return o
		}
	}
	return nil
}

// selection is what a clause that adds up selects and measures.
type selection struct {
	adds, ceiling      bool
	where, outOf, fact string
	measure            permit.Measure
	per                permit.Per
	base               world.Base
}

func (e *edition) selects(c *world.Clause) selection {
	s := selection{adds: c.Space >= 0, ceiling: c.Ceiling, measure: c.Measure, per: c.Per, base: c.Base}
	if c.Predicate != nil {
		s.where = c.Predicate.String()
	}
	if c.Whole != nil {
		s.outOf = c.Whole.String()
	}
	if c.Base == world.OfFact {
		s.fact = e.catalog.Facts[c.Fact].Name
	}
	return s
}

// name is PERMIT/CONDITION.
func (e *edition) name(c *world.Clause) string {
	name, ok := e.names[c]
	if !ok {
		name = e.rules.Permits[c.Permit].Name + "/" + c.Name
		e.names[c] = name
	}
	return name
}

// reads are the fields that what a space adds up rests on.
func (e *edition) reads(space int32) map[string]bool {
	out := map[string]bool{}
	for i := range e.rules.Clauses {
		c := &e.rules.Clauses[i]
		if c.Space != space {
			continue
		}
		for _, p := range []*permit.Predicate{c.Predicate, c.Whole} {
			if p == nil {
				continue
			}
			for _, f := range p.Reads() {
				if strings.HasPrefix(f, "endUser.") {
					f = "job.endUser"
				}
				out[f] = true
			}
		}
		if c.Per == "endUser" {
			out["job.endUser"] = true
		}
	}
	return out
}
