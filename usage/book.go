package usage

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// book is what conditions that share their sums add up: those of one space of
// the core, from an instant on, up to an amendment that changes what they add up.
type book struct {
	space          world.Space
	opened, closed calendar.Instant
	keys           []string // in the order in which they came up
	uses           map[string]*[2][]*use
	sealed         []*use            // counts or does not: that rests on what was not disclosed
	anySealed      bool              // there was such a use
	capacity       map[string][]*use // for shares of what is available
	reads          map[string]bool
}

// use is an amount at an instant, or a rate between two.
type use struct {
	// Of running work: where it stands, of which part, and the clauses that it
	// counts under. A pool counts it once.
	place
	part               *part
	clauses            []string
	rate               int64
	once               account.Sum
	from, to, reserved calendar.Instant
	submit, start, end int64 // entries, −1 for none
}

// place is where an amount is added up; what is sealed has no side.
type place struct {
	book *book
	key  string
	side world.Side
}

// counts selects what is put on the books: a clause that adds up into a book.
type counts func(*book, *world.Clause) bool

func every(*book, *world.Clause) bool { return true }

// name notes that a key came up.
func (b *book) name(key string) *[2][]*use {
	x := b.uses[key]
	if x == nil {
		x = new([2][]*use)
		b.uses[key], b.keys = x, append(b.keys, key)
	}
	return x
}

// add takes a use on one side of a key.
func (b *book) add(key string, side world.Side, u *use) {
	x := b.name(key)
	x[side] = append(x[side], u)
}

// seal takes a use that counts or does not.
func (b *book) seal(u *use) { b.sealed, b.anySealed = append(b.sealed, u), true }

// rests reports whether what a book adds up of a job rests on what was not
// disclosed.
func (b *book) rests(j *job) bool {
	return j.sealedUser != "" && b.reads["job.endUser"] || j.sealedName && b.reads["job.name"]
}

// charge puts a part of a job on the books that are selected.
func (h *history) charge(r *run, p *part, at calendar.Instant, selects counts) {
	// use is nil where the part stands there under another clause.
	use := func(x place, rate int64, c *world.Clause) *use {
		for _, u := range r.uses {
			if u.part == p && u.place == x {
				u.clauses = append(u.clauses, h.ed.name(c))
				return nil
			}
		}
		u := &use{place: x, part: p, clauses: []string{h.ed.name(c)}, rate: rate * p.devices, from: at, to: r.to, reserved: r.reserved, submit: r.job.entry, start: r.start, end: -1}
		r.uses = append(r.uses, u)
		return u
	}
	h.bear(r.job, h.ed.stockAt(p.lot, p.site), func(b *book, key string, side world.Side, rate int64, c *world.Clause) {
		if c.Measure == permit.Jobs || !selects(b, c) {
			return
		}
		if h.horizon.past(at) {
			b.name(key)
		} else if u := use(place{b, key, side}, rate, c); u != nil {
			b.add(key, side, u)
		}
	}, func(b *book, rate int64, c *world.Clause) {
		if c.Measure == permit.Jobs || !selects(b, c) {
			return
		}
		if h.horizon.past(at) {
			b.anySealed = true
		} else if u := use(place{book: b, side: world.Neutral}, rate, c); u != nil {
			b.seal(u)
		}
	})
}

// countStart counts the job itself, once in each account that counts jobs.
func (h *history) countStart(r *run, at calendar.Instant) {
	seen := map[place]bool{}
	once := func() *use {
		return &use{once: account.Of(1), from: at, to: at, submit: r.job.entry, start: r.start, end: -1}
	}
	for i := range r.parts {
		h.bear(r.job, h.ed.stockAt(r.parts[i].lot, r.parts[i].site), func(b *book, key string, side world.Side, _ int64, c *world.Clause) {
			if x := (place{b, key, side}); c.Measure == permit.Jobs && !seen[x] {
				if seen[x] = true; h.horizon.past(at) {
					b.name(key)
					return
				}
				b.add(key, side, once())
			}
		}, func(b *book, _ int64, c *world.Clause) {
			if x := (place{book: b, side: world.Neutral}); c.Measure == permit.Jobs && !seen[x] {
				if seen[x] = true; h.horizon.past(at) {
					b.anySealed = true
					return
				}
				b.seal(once())
			}
		})
	}
}

// bear finds where a job on a stock counts, as the core does; where that rests on
// what was not disclosed, once for each book.
func (h *history) bear(j *job, stock int32, known func(*book, string, world.Side, int64, *world.Clause), sealed func(*book, int64, *world.Clause)) {
	w := h.ed.world
	terms := w.Terms(w.Class(j.attributes), stock)
	for i := range terms {
		t := &terms[i]
		c := &h.ed.rules.Clauses[t.Clause]
		if t.Account < 0 || t.Side == world.Neutral {
			continue
		}
		if b := h.ed.books[c.Space]; b != nil && !b.rests(j) {
			known(b, w.Account(t.Account).Key, t.Side, t.Rate, c)
		}
	}
	for space, b := range h.ed.books {
		if b == nil || !b.rests(j) {
			continue
		}
		for i := range h.ed.rules.Clauses {
			c := &h.ed.rules.Clauses[i]
			if c.Space == int32(space) && c.At == permit.Use && slices.Contains(h.ed.rules.Stocks[stock].Permits, c.Permit) {
				sealed(b, h.ed.rate(c.Measure, stock), c)
				break
			}
		}
	}
}

// deviceKey is what tells devices of a stock apart under a key; empty for a key
// that tells work apart.
func (e *edition) deviceKey(per permit.Per, stock int32) string {
	s := &e.rules.Stocks[stock]
	switch per {
	case "site":
		return e.rules.Sites[s.Site].Name
	case "accelerator":
		return e.rules.Products[s.Product].Name
	case "holder":
		return s.Holder
	case "supplier":
		return s.Supplier
	}
	return ""
}

// rate is what one device adds to a measure: in a millisecond, or at once.
func (e *edition) rate(m permit.Measure, stock int32) int64 {
	s := &e.rules.Stocks[stock]
	switch m {
	case permit.Power, permit.Energy:
		return s.Watts
	case permit.FLOP:
		return e.rules.Products[s.Product].GFLOP
	case permit.Cost:
		return s.Price
	}
	return 1
}
