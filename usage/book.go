package usage

import (
	"fmt"
	"slices"
	"strings"

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
	capacity       map[string][]*use // for shares of what is available
	reads          map[string]bool
}

// use is an amount at an instant, or a rate between two.
type use struct {
	rate               int64
	once               account.Sum
	from, to, reserved calendar.Instant
	submit, start, end int64 // entries, −1 for none
}

// openBooks makes the books of an edition; those whose conditions add up the
// same as before go on.
func (h *history) openBooks(at calendar.Instant, before *edition) {
	h.ed.books = make([]*book, len(h.ed.rules.Spaces))
	seen := map[string]int{}
	for _, c := range h.ed.own() {
		if c.Space < 0 || h.ed.books[c.Space] != nil {
			continue
		}
		s := h.ed.rules.Spaces[c.Space]
		nth := seen[s.Name]
		seen[s.Name]++
		if old := before.bookLike(h.ed, c.Space, nth); old != nil {
			old.space = s
			h.ed.books[c.Space] = old
			continue
		}
		b := &book{space: s, opened: at, closed: calendar.Never, uses: map[string]*[2][]*use{}, capacity: map[string][]*use{}, reads: h.ed.reads(c.Space)}
		h.ed.books[c.Space] = b
		if before == nil {
			b.opened = s.Cuts[0] // windows begin where the documents say
		}
		for _, d := range h.deliveries {
			h.countDelivery(d, b)
		}
		for _, j := range h.jobs {
			if r := j.running; r != nil {
				for i := range r.parts {
					h.charge(r, &r.parts[i], at, b)
				}
			}
		}
	}
	if before == nil {
		return
	}
	for _, b := range before.books {
		if b != nil && !slices.Contains(h.ed.books, b) {
			b.closed = at
		}
	}
}

// bookLike finds the book of a space of the next edition: the one of that name
// that adds up the same over the same windows.
func (e *edition) bookLike(next *edition, space int32, nth int) *book {
	if e == nil {
		return nil
	}
	want := &next.rules.Spaces[space]
	for i, b := range e.books {
		if b == nil || e.rules.Spaces[i].Name != want.Name {
			continue
		}
		if nth--; nth >= 0 {
			continue
		}
		s := &e.rules.Spaces[i]
		if s.Length != want.Length || s.Instant != want.Instant || len(s.Cuts) != len(want.Cuts) ||
			!slices.Equal(s.Cuts[:len(s.Cuts)-1], want.Cuts[:len(want.Cuts)-1]) || e.addsUp(int32(i)) != next.addsUp(space) {
			return nil
		}
		return b
	}
	return nil
}

// addsUp says what the conditions on a space add up, without their bounds.
func (e *edition) addsUp(space int32) string {
	var b strings.Builder
	for i := range e.rules.Clauses {
		c := &e.rules.Clauses[i]
		if c.Space == space {
			whole := ""
			if c.Whole != nil {
				whole = c.Whole.String()
			}
			fmt.Fprintln(&b, e.rules.Permits[c.Permit].Name, c.Name, c.Measure, c.Per, c.Text, "|", whole, "|", c.Base, c.Ceiling)
		}
	}
	return b.String()
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

// rests reports whether what a book adds up of a job rests on what was not
// disclosed.
func (b *book) rests(j *job) bool {
	return j.sealedUser != "" && b.reads["job.endUser"] || j.sealedName && b.reads["job.name"]
}

// add takes a use on one side of a key.
func (b *book) add(key string, side world.Side, u *use) {
	x := b.uses[key]
	if x == nil {
		x = new([2][]*use)
		b.uses[key], b.keys = x, append(b.keys, key)
	}
	x[side] = append(x[side], u)
}

// charge puts a part of a job on the books, or on one alone.
func (h *history) charge(r *run, p *part, at calendar.Instant, only *book) {
	stock := h.ed.rules.Lots[h.ed.lot(p.lot)].Stock
	use := func(rate int64) *use {
		u := &use{rate: rate * p.devices, from: at, to: r.to, reserved: r.reserved, submit: r.job.entry, start: r.start, end: -1}
		r.uses = append(r.uses, u)
		return u
	}
	h.bear(r.job, stock, func(b *book, key string, side world.Side, rate int64, c *world.Clause) {
		if c.Measure != permit.Jobs && (only == nil || b == only) {
			b.add(key, side, use(rate))
		}
	}, func(b *book, rate int64, c *world.Clause) {
		if c.Measure != permit.Jobs && (only == nil || b == only) {
			b.sealed = append(b.sealed, use(rate))
		}
	})
}

// countStart counts the job itself, once in each account that counts jobs.
func (h *history) countStart(r *run, at calendar.Instant) {
	type place struct {
		book *book
		key  string
		side world.Side
	}
	seen := map[place]bool{}
	once := func() *use {
		return &use{once: account.Of(1), from: at, to: at, submit: r.job.entry, start: r.start, end: -1}
	}
	for i := range r.parts {
		stock := h.ed.rules.Lots[h.ed.lot(r.parts[i].lot)].Stock
		h.bear(r.job, stock, func(b *book, key string, side world.Side, _ int64, c *world.Clause) {
			if x := (place{b, key, side}); c.Measure == permit.Jobs && !seen[x] {
				seen[x] = true
				b.add(key, side, once())
			}
		}, func(b *book, _ int64, c *world.Clause) {
			if x := (place{book: b, side: world.Neutral}); c.Measure == permit.Jobs && !seen[x] {
				seen[x] = true
				b.sealed = append(b.sealed, once())
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

// countDelivery puts devices on the books, or on one alone.
func (h *history) countDelivery(d delivery, only *book) {
	stock := h.ed.rules.Lots[d.lot].Stock
	terms := h.ed.world.DeliveryTerms(stock)
	for i := range terms {
		t := &terms[i]
		c := &h.ed.rules.Clauses[t.Clause]
		if t.Account < 0 || t.Side == world.Neutral {
			continue
		}
		b := h.ed.books[c.Space]
		if b == nil || only != nil && b != only {
			continue
		}
		u := &use{once: account.Product(t.Rate, d.n), from: d.at, to: d.at, submit: -1, start: d.entry, end: -1}
		if c.Measure.Instant() {
			u.once, u.rate, u.to, u.reserved = account.Sum{}, t.Rate*d.n, calendar.Never, calendar.Never
		}
		b.add(h.ed.world.Account(t.Account).Key, t.Side, u)
	}
	for space, b := range h.ed.books {
		if b == nil || only != nil && b != only {
			continue
		}
		for i := range h.ed.rules.Clauses {
			c := &h.ed.rules.Clauses[i]
			if c.Space != int32(space) || c.Form != world.Share || c.Base != world.Available || !slices.Contains(h.ed.rules.Stocks[stock].Permits, c.Permit) {
				continue
			}
			key := h.ed.deviceKey(c.Per, stock)
			b.capacity[key] = append(b.capacity[key], &use{
				rate: h.ed.rate(c.Measure, stock) * d.n, from: d.at, to: calendar.Never, reserved: calendar.Never, submit: -1, start: d.entry, end: -1,
			})
			break
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
