package usage

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// lapseLine is what a limit lost, with the condition that took it.
type lapseLine struct {
	Lapse
	clause string
}

// span is one window of a condition, as far as it is measured. bound is the
// clause as it was at its end.
type span struct {
	from, until, measured calendar.Instant
	clause                *world.Clause
	ed                    *edition
	length                calendar.Instant // of a rolling window
	cut                   bool
}

// measures gives what a limit or a share came to in each of its own windows that
// touches the report's, for each key.
func (h *history) measures(t *track, p *period) (out []Measure, lapses []lapseLine) {
	done := map[*book]bool{}
	for i := range t.pieces {
		b := t.pieces[i].book
		if b == nil || done[b] {
			continue
		}
		done[b] = true
		for _, s := range t.spans(b, p) {
			for _, key := range b.names(s.clause) {
				m, l := h.measure(t, b, key, s, p)
				out = append(out, m)
				lapses = append(lapses, l...)
			}
		}
	}
	return out, lapses
}

// names are the keys of a book in order. What is kept apart by nothing has one,
// even if there was no use.
func (b *book) names(c *world.Clause) []string {
	keys := slices.Sorted(slices.Values(b.keys))
	none := len(keys) == 0 && c.Per == ""
	if sealed := b.anySealed && !slices.Contains(keys, ""); none || sealed && c.Per == "endUser" || sealed && len(keys) == 0 {
		keys = slices.Insert(keys, 0, "")
	}
	return keys
}

// spans cuts a book's time into the windows that touch the report's.
func (t *track) spans(b *book, p *period) []span {
	var out []span
	add := func(s span) {
		for _, s := range s.steps() {
			if s.from <= p.measured && s.from < min(s.until, p.until) && s.until > p.from {
				s.measured = min(s.until, p.measured)
				out = append(out, s)
			}
		}
	}
	cuts := b.space.Cuts
	if b.space.Instant || b.space.Length > 0 {
		// There is no window of its own: the report's, cut where an amendment
		// changed the bound.
		for i, x := range t.pieces {
			if x.book != b {
				continue
			}
			s := span{from: max(p.from, b.opened, cuts[0]), until: min(p.until, x.until, b.closed, cuts[len(cuts)-1]), clause: x.clause, ed: x.ed, length: x.length()}
			if i > 0 && t.pieces[i-1].book == b {
				s.from = max(s.from, x.from)
			}
			add(s)
		}
		return out
	}
	for v := 0; v+1 < len(cuts); v++ {
		s := span{from: max(cuts[v], b.opened), until: cuts[v+1]}
		if b.closed < s.until {
			s.until, s.cut = b.closed, true
		}
		for _, x := range t.pieces {
			if x.book == b && (s.clause == nil || x.from < min(s.until, p.measured+1)) {
				s.clause, s.ed = x.clause, x.ed // a changed bound counts for the whole window
			}
		}
		if s.from < s.until {
			add(s)
		}
	}
	return out
}

// steps cuts a window where the bound follows a fact.
func (s span) steps() []span {
	if len(s.clause.Steps) == 0 {
		return []span{s}
	}
	out := []span{s}
	for _, x := range s.clause.Steps {
		if last := &out[len(out)-1]; x.At > last.from && x.At < last.until {
			next := *last
			last.until, next.from = x.At, x.At
			out = append(out, next)
		}
	}
	return out
}

// measure is one key of one window.
func (h *history) measure(t *track, b *book, key string, s span, p *period) (Measure, []lapseLine) {
	c := s.clause
	m := Measure{
		From: p.time(s.from), Until: p.time(s.until), Measured: p.time(s.measured), Key: key,
		What: string(c.Measure), Unit: cmp.Or(string(c.Unit), string(c.Measure.Unit())),
	}
	sides := b.uses[key]
	if sides == nil {
		sides = new([2][]*use)
	}
	amount := func(uses []*use) account.Sum {
		if b.space.Instant && c.Form == world.Share {
			return level(uses, s.measured) // of what is held, judged whenever it changes
		}
		return b.amount(uses, s)
	}
	sealed := amount(b.sealed)
	var entries []int64
	for _, list := range [][]*use{sides[0], sides[1], b.sealed} {
		entries = append(entries, cite(list, s.from-s.length, s.end())...)
	}
	var lapses []lapseLine
	helpful, harmful := amount(sides[world.Helpful]), amount(sides[world.Harmful])
	var broken func(n, o account.Sum) bool
	if c.Form == world.Limit {
		bound := c.Bound
		if len(c.Steps) > 0 {
			bound = c.Lowest(s.from, s.from)
		}
		if lost, lines := t.lapse(b, sides[0], s); len(c.Lapses) > 0 || len(lines) > 0 {
			bound = bound.Sub(lost)
			m.Lapsed = &Sum{lost}
			for _, l := range lines {
				lapses = append(lapses, lapseLine{
					Lapse{At: p.time(l.at), Limit: c.Name, Key: key, Unit: m.Unit, Lost: Sum{l.lost}}, l.clause,
				})
			}
		}
		m.Value, m.Bound, m.Room = Sum{helpful}, Sum{bound}, Sum{bound.Sub(helpful)}
		broken = func(n, _ account.Sum) bool { return bound.Less(n) }
	} else {
		whole := h.whole(b, key, s, helpful.Add(harmful))
		share(&m, c, helpful, harmful, whole)
		broken = func(n, o account.Sum) bool { return shareBroken(c, n, o, whole) }
	}
	if sealed.Sign() > 0 {
		m.Sealed = &Sum{sealed}
	}
	// What is sealed may count on either side, or not at all.
	first, second := broken(helpful.Add(sealed), harmful), broken(helpful, harmful.Add(sealed))
	switch final := s.measured >= s.until; {
	case s.cut && c.Form == world.Share:
		m.Kept = NotJudged
	case broken(helpful, harmful) != first || first != second:
		m.Kept = Undetermined
	case first && (final || c.Form == world.Limit):
		m.Kept = No
	case !final:
		m.Kept = SoFar
	default:
		m.Kept = Yes
	}
	m.Entries = entriesOf(entries)
	return m, lapses
}

// amount is what uses come to in a window as far as it is measured.
func (b *book) amount(uses []*use, s span) account.Sum {
	switch {
	case s.length > 0:
		return peakRolling(uses, s.length, s.from, s.measured)
	case b.space.Instant:
		return peak(uses, s.from, s.end())
	}
	var sum account.Sum
	for _, u := range uses {
		if u.rate == 0 {
			sum = sum.Add(u.within(s.from, s.end()))
			continue
		}
		sum = sum.Add(u.within(s.from, s.measured))
	}
	return sum
}

// end is the first instant that is not measured: what happens at the instant up to
// which a window is measured counts, if that is not the window's end.
func (s span) end() calendar.Instant { return min(s.until, s.measured+1) }

// within is what a use comes to from an instant up to another.
func (u *use) within(from, until calendar.Instant) account.Sum {
	if u.rate == 0 {
		if u.from >= from && u.from < until {
			return u.once
		}
		return account.Sum{}
	}
	return account.Product(u.rate, max(0, int64(min(u.to, until)-max(u.from, from))))
}

// cite names the entries of the uses that bear on a time.
func cite(uses []*use, from, until calendar.Instant) []int64 {
	var out []int64
	for _, u := range uses {
		if u.from < until && (u.to > from || u.from >= from) {
			out = append(out, u.submit, u.start)
			if u.to <= until {
				out = append(out, u.end)
			}
		}
	}
	return out
}

// whole is what a share's part is compared with.
func (h *history) whole(b *book, key string, s span, used account.Sum) account.Sum {
	switch s.clause.Base {
	case world.Available:
		if !slices.Contains([]permit.Per{"site", "accelerator", "holder", "supplier"}, s.clause.Per) {
			key = ""
		}
		return b.amount(b.capacity[key], s)
	case world.OfFact:
		return s.ed.fact(s.clause, s.measured)
	}
	return used
}
