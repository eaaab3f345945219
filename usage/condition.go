package usage

import (
	"cmp"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/wording"
	"github.com/proviso-dev/proviso/world"
)

// period is the window of a report in a permit's zone, and up to when it is
// measured.
type period struct {
	from, until, measured calendar.Instant
	loc                   *time.Location
}

func (p *period) over() bool { return p.measured >= p.until }

// within reports whether an instant lies in what is measured.
func (p *period) within(t calendar.Instant) bool {
	return t >= p.from && t < p.until && t <= p.measured
}

func (p *period) time(t calendar.Instant) time.Time { return t.Time(p.loc) }

// piece is a condition as one edition has it.
type piece struct {
	ed          *edition
	clause      *world.Clause
	book        *book
	from, until calendar.Instant
}

// track is a condition through all editions.
type track struct {
	name   string
	pieces []piece
}

// tracks follows each condition through the editions. A condition can be
// compiled into several clauses, such as the two sides of a band, and an
// amendment that changes what it selects begins another track of the same name.
func (h *history) tracks() []*track {
	var all []*track
	type place struct {
		name string
		form world.Form
		what selection
	}
	byPlace := map[place]*track{}
	for i, ed := range h.editions {
		until := calendar.Never
		if i+1 < len(h.editions) {
			until = h.editions[i+1].from
		}
		own := ed.own()
		for k := range own {
			c := &own[k]
			p := place{c.Name, c.Form, ed.selects(c)}
			t := byPlace[p]
			if t == nil {
				t = &track{name: c.Name}
				byPlace[p], all = t, append(all, t)
			}
			t.add(piece{ed: ed, clause: c, book: ed.bookAt(c.Space), from: ed.from, until: until})
		}
	}
	return all
}

// add adds a piece, or makes the last one longer if nothing has changed in it.
func (t *track) add(x piece) {
	if n := len(t.pieces); n > 0 {
		last := &t.pieces[n-1]
		if a, b := last.clause, x.clause; last.until == x.from && last.book == x.book && a.Bound == b.Bound && a.Floor == b.Floor && a.Allowance == b.Allowance &&
			a.MinBase == b.MinBase && a.Always == b.Always && a.MaxAge == b.MaxAge && slices.Equal(a.Steps, b.Steps) && slices.Equal(a.Due, b.Due) && len(a.Lapses) == len(b.Lapses) && last.length() == x.length() {
			x.from = last.from
			*last = x
			return
		}
	}
	t.pieces = append(t.pieces, x)
}

// length is that of a rolling window, else 0.
func (x *piece) length() calendar.Instant {
	if x.clause.Space < 0 {
		return 0
	}
	return x.ed.rules.Spaces[x.clause.Space].Length
}

func (e *edition) bookAt(space int32) *book {
	if space < 0 {
		return nil
	}
	return e.books[space]
}

// last is the condition as it was within the window last, or nil.
func (t *track) last(p *period) *piece {
	for i := len(t.pieces) - 1; i >= 0; i-- {
		if x := &t.pieces[i]; (x.from < p.until || i == 0) && x.until > p.from {
			return x
		}
	}
	return nil
}

// conditions says what came of each condition of the permit.
func (h *history) conditions(p *period) []Condition {
	out := []Condition{}
	index := map[string]int{}
	latest := map[string]*piece{}
	tracks := h.tracks()
	for _, t := range tracks {
		if x := t.last(p); x != nil && (latest[t.name] == nil || x.from > latest[t.name].from) {
			latest[t.name] = x
		}
	}
	for _, t := range tracks {
		x := t.last(p)
		if x == nil {
			continue
		}
		i, ok := index[t.name]
		if !ok {
			i = len(out)
			index[t.name] = i
			out = append(out, h.condition(t.name, latest[t.name], p))
		}
		c := &out[i]
		switch x.clause.Form {
		case world.Limit, world.Share:
			m, l := h.measures(t, p)
			c.Measures = append(c.Measures, m...)
			for _, lapse := range l {
				index[lapse.clause] = h.lapsed(&out, index, lapse, x, p)
			}
		case world.Duty:
			c.Duties = h.duties(x, p)
		case world.Evidence:
			c.Evidence = h.evidence(x, p)
		}
	}
	for i := range out {
		out[i].Kept = out[i].kept(p)
	}
	return out
}

// lapsed adds a line to the lapse that took something from a limit, and gives its
// place among the conditions.
func (h *history) lapsed(out *[]Condition, index map[string]int, l lapseLine, x *piece, p *period) int {
	i, ok := index[l.clause]
	if !ok {
		i = len(*out)
		*out = append(*out, h.condition(l.clause, x, p))
	}
	(*out)[i].Lapses = append((*out)[i].Lapses, l.Lapse)
	return i
}

// condition is what all forms have in common.
func (h *history) condition(name string, x *piece, p *period) Condition {
	c := Condition{Name: name, Form: x.clause.Form.String()}
	if w := x.ed.written(name); w != nil {
		c.Form = wording.Form(w)
		c.Says = wording.Condition(wording.English, w, nil)
		c.Basis, c.Regime, c.Source = string(w.Basis), w.From, w.Source
	} else if x.clause.Name == name && x.clause.Form == world.Require {
		c.Says = wording.Condition(wording.English, &permit.Condition{Require: permit.Expression(x.clause.Text)}, nil)
	}
	if x.until <= p.measured && x.until < p.until {
		gone := true
		for _, o := range h.ed.own() {
			gone = gone && o.Name != name
		}
		if gone {
			c.Until = p.time(x.until)
		}
	}
	for _, b := range h.breaches {
		// A share's window that ends with the report's is judged at that instant.
		atEnd := c.Form == "share" && b.at == p.until && b.at <= p.measured
		atStart := c.Form == "share" && b.at == p.from
		if b.condition == name && (p.within(b.at) && !atStart || atEnd) {
			c.Breaches = append(c.Breaches, Breach{p.time(b.at), Number(b.entry)})
		}
	}
	for _, a := range h.approvals {
		if a.condition == name && p.within(a.at) {
			c.Approvals = append(c.Approvals, Approval{p.time(a.at), a.job, a.by, Number(a.entry)})
		}
	}
	for _, n := range h.notices {
		if n.condition == name && n.at < p.until && n.at <= p.measured {
			c.Notices = append(c.Notices, Notice{p.time(n.at), n.lot, n.site, p.time(n.at + x.clause.Notice), Number(n.entry)})
		}
	}
	c.Refusals = h.counts(name, p)
	return c
}

// counts counts what a condition refused; the permit itself has no name.
func (h *history) counts(name string, p *period) []Count {
	type kind struct{ of, outcome string }
	by := map[kind][]int64{}
	for _, r := range h.refusals {
		if r.condition == name && p.within(r.at) {
			k := kind{r.of, r.outcome}
			by[k] = append(by[k], r.entry)
		}
	}
	var out []Count
	for k, entries := range by {
		out = append(out, Count{k.of, k.outcome, Number(len(entries)), entriesOf(entries)})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Outcome, b.Outcome)) })
	return out
}

// kept sums up whether a condition was kept.
func (c *Condition) kept(p *period) Kept {
	if len(c.Breaches) > 0 {
		return No
	}
	all := []Kept{}
	for i := range c.Measures {
		all = append(all, c.Measures[i].Kept)
	}
	for _, d := range c.Duties {
		switch d.State {
		case "overdue", "late":
			all = append(all, No)
		case "due":
			all = append(all, SoFar)
		}
	}
	for _, e := range c.Evidence {
		if e.State == "stale" || e.State == "never shown" && e.Used {
			all = append(all, No)
		}
	}
	for _, k := range []Kept{No, Undetermined, SoFar} {
		if slices.Contains(all, k) {
			return k
		}
	}
	if len(all) > 0 && !slices.ContainsFunc(all, func(k Kept) bool { return k != NotJudged }) {
		return NotJudged
	}
	if !p.over() {
		return SoFar
	}
	return Yes
}
