package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// BookingID names announced work.
type BookingID int32

// Booking is announced work: what arrives when, and what it will take.
// Devices are free at any stock that it names.
type Booking struct {
	Class   ClassID
	Stocks  []int32
	Devices int64
	Arrives calendar.Instant
	// Lasts is how long it is expected to run.
	Lasts calendar.Instant
	live  bool
}

// bookings holds what is announced, in the order of arrival.
type bookings struct {
	all   []Booking
	order []BookingID // by arrival, then number
	any   bool
	dirty bool // placements must be found again
	plans map[int32]*Placements
	// scratch and ends are used again by each placement with extra work.
	scratch Placements
	ends    []release
}

func (b *bookings) reset() {
	b.all, b.order, b.any, b.dirty = b.all[:0], b.order[:0], false, true
}

// conflicts reports whether a start may move what was placed. A job that fits
// into what the bookings leave moves none: each was placed at the first instant
// at which its devices stay free, before which there is less room now, and at
// which they stay free still. It is then taken off what is left. (A booking
// that should have begun is placed anew as time goes on, so it is looked at.)
func (w *World) conflicts(r *Running) bool {
	b := &w.bookings
	if !b.any || b.dirty {
		return b.any
	}
	for p, plan := range b.plans {
		n := w.held(r, p)
		if n > 0 && (plan.first < w.now || plan.free.least(w.now, r.End) < n) {
			return true
		}
	}
	for p, plan := range b.plans {
		if n := w.held(r, p); n > 0 {
			plan.free.take(w.now, r.End, n)
			plan.first = min(plan.first, r.End)
		}
	}
	return false
}

// held is the number of devices under a permit that a job holds.
func (w *World) held(r *Running, p int32) int64 {
	n := int64(0)
	if slices.Contains(w.Rules.Stocks[r.First.Stock].Permits, p) {
		n = r.First.Devices
	}
	for _, m := range r.More {
		if slices.Contains(w.Rules.Stocks[m.Stock].Permits, p) {
			n += m.Devices
		}
	}
	return n
}

// Book announces work.
func (w *World) Book(b Booking) BookingID {
	id := BookingID(len(w.bookings.all))
	b.live = true
	w.bookings.all = append(w.bookings.all, b)
	w.bookings.insert(id)
	w.bookings.any, w.bookings.dirty = true, true
	w.wakes.All = true
	return id
}

// Unbook takes an announcement back: the work starts, or does not come.
func (w *World) Unbook(id BookingID) {
	if !w.bookings.all[id].live {
		return
	}
	w.bookings.all[id].live = false
	if i := slices.Index(w.bookings.order, id); i >= 0 {
		w.bookings.order = slices.Delete(w.bookings.order, i, i+1)
	}
	w.bookings.dirty = true
}

// Placements is where the bookings on the devices of one permit go: each in
// the order of arrival, at the first instant from its arrival at which its
// devices stay free for as long as it lasts.
type Placements struct {
	free  profile
	spans []placed
	// first is the earliest start of a booking or end of a reservation: what has
	// not happened by then makes the rest out of date.
	first calendar.Instant
	sums  map[bookedKey]account.Sum
}

// bookedKey names a sum over placements; epoch counts the changes of lists.
type bookedKey struct {
	clause, id    int32
	side          Side
	window, epoch int32
}

type placed struct {
	id       BookingID
	from, to calendar.Instant
}

// Extra is work put on the profile of free devices before the bookings.
type Extra struct {
	Devices int64
	End     calendar.Instant
}

// Plan places all bookings but own (−1 for none) on the devices of a permit,
// after running work and extra work that starts now. Without extra work the
// result is kept while nothing changes and no placed booking is overdue, so that
// an answer never depends on what was asked before; with it, until the next
// call.
func (w *World) Plan(p int32, extra Extra, own BookingID) *Placements {
	b := &w.bookings
	if b.plans == nil {
		b.plans = map[int32]*Placements{}
	}
	if b.dirty {
		for _, pl := range b.plans {
			pl.first = stale
		}
		b.dirty = false
	}
	base := b.plans[p]
	if base == nil || base.first < w.now {
		if base == nil {
			base = &Placements{sums: map[bookedKey]account.Sum{}}
		}
		clear(base.sums)
		w.place(base, p, Extra{}, -1)
		b.plans[p] = base
	}
	if own < 0 && (extra.Devices == 0 || base.free.least(w.now, extra.End) >= extra.Devices) {
		// It fits into what the bookings leave: they stay where they are.
		return base
	}
	w.place(&b.scratch, p, extra, own)
	return &b.scratch
}

func (w *World) place(out *Placements, p int32, extra Extra, own BookingID) {
	w.profile(&out.free, p, extra)
	out.spans, out.first = out.spans[:0], calendar.Never
	if len(w.bookings.ends) > 0 {
		out.first = w.bookings.ends[0].at
	}
	for _, id := range w.bookings.order {
		k := &w.bookings.all[id]
		if id == own || !w.touches(k, p) {
			continue
		}
		from := out.free.first(max(k.Arrives, w.now), k.Lasts, k.Devices, w.Rules.Until)
		if from == calendar.Never {
			continue
		}
		out.free.take(from, from+k.Lasts, k.Devices)
		out.spans = append(out.spans, placed{id, from, from + k.Lasts})
		out.first = min(out.first, from)
	}
}

// touches reports whether a booking may use devices under a permit.
func (w *World) touches(k *Booking, p int32) bool {
	for _, s := range k.Stocks {
		if slices.Contains(w.Rules.Stocks[s].Permits, p) {
			return true
		}
	}
	return false
}

// profile is what is free of a permit's devices from now on, as running work
// comes to the ends of its reservations.
func (w *World) profile(f *profile, p int32, extra Extra) {
	var free int64
	for s := range w.stocks {
		if slices.Contains(w.Rules.Stocks[s].Permits, p) {
			free += w.stocks[s].Capacity - w.stocks[s].Used
		}
	}
	ends := w.bookings.ends[:0]
	w.Each(func(_ JobID, r *Running) {
		if n := w.held(r, p); n > 0 && r.End >= w.now { // what is overdue does not come back
			ends = append(ends, release{r.End, n})
		}
	})
	if extra.Devices > 0 {
		free -= extra.Devices
		ends = append(ends, release{extra.End, extra.Devices})
	}
	slices.SortFunc(ends, func(a, b release) int { return int(min(1, max(-1, a.at-b.at))) })
	w.bookings.ends = ends
	f.at, f.free = append(f.at[:0], w.now), append(f.free[:0], free)
	for _, e := range ends {
		free += e.n
		if last := len(f.at) - 1; f.at[last] == e.at {
			f.free[last] = free
		} else {
			f.at, f.free = append(f.at, e.at), append(f.free, free)
		}
	}
}

// stale marks placements that must be found again.
const stale calendar.Instant = -1

// Until is the end of the last booking.
func (p *Placements) Until() calendar.Instant {
	t := calendar.Instant(0)
	for _, s := range p.spans {
		t = max(t, s.to)
	}
	return t
}

// Booked is what bookings on a side of a share take in window v of its
// account, as placed.
func (w *World) Booked(pl *Placements, clause int32, side Side, id int32, v int) account.Sum {
	var sum account.Sum
	key := bookedKey{clause, id, side, int32(v), int32(w.listed)}
	if sum, ok := pl.sums[key]; ok {
		return sum
	}
	a := &w.accounts[id]
	for _, s := range pl.spans {
		k := &w.bookings.all[s.id]
		ms := a.Overlap(v, s.from, s.to)
		if ms == 0 {
			continue
		}
		for _, stock := range k.Stocks {
			t, ok := w.termOf(k.Class, stock, clause)
			if !ok {
				continue
			}
			if t.Side == side && t.Account == id {
				sum = sum.Add(account.Product(t.Rate*k.Devices, ms))
			}
			break
		}
	}
	if pl.sums != nil {
		pl.sums[key] = sum
	}
	return sum
}

// termOf finds one clause among those that bear on a class on a stock.
func (w *World) termOf(c ClassID, stock, clause int32) (Term, bool) {
	for _, t := range w.Terms(c, stock) {
		if t.Clause == clause {
			return t, true
		}
	}
	return Term{}, false
}

// AnyBooked reports whether anything is announced.
func (w *World) AnyBooked() bool { return w.bookings.any }

// Rebook takes an Unbook back.
func (w *World) Rebook(id BookingID) {
	k := &w.bookings.all[id]
	if k.live {
		return
	}
	k.live = true
	w.bookings.insert(id)
	w.bookings.dirty = true
}

// insert keeps the order of arrival.
func (b *bookings) insert(id BookingID) {
	i, _ := slices.BinarySearchFunc(b.order, id, func(o, n BookingID) int {
		x, y := b.all[o], b.all[n]
		switch {
		case x.Arrives < y.Arrives || x.Arrives == y.Arrives && o < n:
			return -1
		}
		return 1
	})
	b.order = slices.Insert(b.order, i, id)
}
