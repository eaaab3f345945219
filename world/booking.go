package world

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
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
	// The clause that was last resolved for it, at that number of listings.
	clause, listed int32
	term           Term
	bears          bool
}

// bookings holds what is announced, and where it is placed.
type bookings struct {
	all []Booking
	// plans are by permit; nil where nothing is announced.
	plans []*Placements
	any   bool
	none  Placements // where nothing is announced
	// ends are those of running reservations, so that what is overdue is seen.
	ends endings
}

func (b *bookings) reset() {
	b.all, b.any, b.ends = b.all[:0], false, b.ends[:0]
	for _, pl := range b.plans {
		if pl != nil {
			pl.reset()
		}
	}
}

// Book announces work.
func (w *World) Book(b Booking) BookingID {
	id := BookingID(len(w.bookings.all))
	b.live, b.clause = true, -1
	w.bookings.all = append(w.bookings.all, b)
	if !w.bookings.any {
		w.bookings.any = true
		w.Each(func(job JobID, r *Running) { w.bookings.ends.push(ending{r.End, r.Began, job}) })
	}
	w.eachPlan(id, func(pl *Placements) { pl.insert(w.bookings.all, id, w.now) })
	w.wakeShares(func(c *Clause) bool { return c.Assure == permit.Booked })
	return id
}

// Unbook takes an announcement back: the work starts, or does not come.
func (w *World) Unbook(id BookingID) {
	k := &w.bookings.all[id]
	if !k.live {
		return
	}
	k.live = false
	w.eachPlan(id, func(pl *Placements) { w.removeFrom(pl, id) })
}

// Rebook takes an Unbook back.
func (w *World) Rebook(id BookingID) {
	k := &w.bookings.all[id]
	if k.live {
		return
	}
	k.live = true
	w.eachPlan(id, func(pl *Placements) { pl.insert(w.bookings.all, id, w.now) })
}

// AnyBooked reports whether anything is announced.
func (w *World) AnyBooked() bool { return w.bookings.any }

// eachPlan calls f once with the placements of each permit over devices that a
// booking may use.
func (w *World) eachPlan(id BookingID, f func(*Placements)) {
	stocks := w.bookings.all[id].Stocks
	for i, s := range stocks {
	next:
		for _, p := range w.Rules.Stocks[s].Permits {
			for _, before := range stocks[:i] {
				if slices.Contains(w.Rules.Stocks[before].Permits, p) {
					continue next
				}
			}
			f(w.placements(p))
		}
	}
}

// placements gives those of a permit; the first time it takes note of running
// work.
func (w *World) placements(p int32) *Placements {
	b := &w.bookings
	if b.plans == nil {
		b.plans = make([]*Placements, len(w.Rules.Permits))
	}
	pl := b.plans[p]
	if pl == nil {
		pl = &Placements{permit: p}
		pl.reset()
		b.plans[p] = pl
	}
	if !pl.live {
		w.bookOverdue()
		pl.live = true
		w.profile(&pl.running, p)
	}
	return pl
}

// profile is what is free of a permit's devices from now on, as running work
// comes to the ends of its reservations. What is overdue does not come back.
func (w *World) profile(f *profile, p int32) {
	*f = append((*f)[:0], step{at: w.now})
	for s := range w.stocks {
		if slices.Contains(w.Rules.Stocks[s].Permits, p) {
			(*f)[0].free += w.stocks[s].Capacity
		}
	}
	w.Each(func(_ JobID, r *Running) {
		n := w.held(r, p)
		if n == 0 {
			return
		}
		end := r.End
		if r.overdue {
			end = calendar.Never
		}
		f.take(w.now, end, n)
	})
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

// eachHeld calls f with the placements that a job's devices bear on, and how
// many of them.
func (w *World) eachHeld(r *Running, f func(*Placements, int64)) {
	if !w.bookings.any {
		return
	}
	for i := -1; i < len(r.More); i++ {
		part := r.First
		if i >= 0 {
			part = r.More[i]
		}
		for _, p := range w.Rules.Stocks[part.Stock].Permits {
			pl := w.bookings.plans[p]
			if pl == nil || !pl.live {
				continue
			}
			n := part.Devices
			if len(r.More) > 0 {
				if i >= 0 && slices.Contains(w.Rules.Stocks[r.First.Stock].Permits, p) || i > 0 && slices.ContainsFunc(r.More[:i], func(m Part) bool { return slices.Contains(w.Rules.Stocks[m.Stock].Permits, p) }) {
					continue // counted with an earlier part
				}
				n = w.held(r, p)
			}
			f(pl, n)
		}
	}
}

// bookStart takes note of a start: of the devices that bookings find free.
func (w *World) bookStart(id JobID) {
	if !w.bookings.any {
		return
	}
	r := w.jobs.at(id)
	w.bookings.ends.push(ending{r.End, r.Began, id})
	w.eachHeld(r, func(pl *Placements, n int64) { pl.start(w.now, r.End, n) })
}

// bookEnd takes note of an end.
func (w *World) bookEnd(r *Running) {
	w.eachHeld(r, func(pl *Placements, n int64) {
		switch {
		case r.overdue:
			pl.give(w.now, calendar.Never, n)
		case w.now < r.End:
			pl.give(w.now, r.End, n)
		}
	})
}

// bookCapacity takes note that devices came into service or left it.
func (w *World) bookCapacity(stock int32, n int64) {
	if !w.bookings.any {
		return
	}
	for _, p := range w.Rules.Stocks[stock].Permits {
		if pl := w.bookings.plans[p]; pl != nil && pl.live {
			pl.give(w.now, calendar.Never, n)
		}
	}
}

// bookOverdue takes note of work that runs past the end of its reservation:
// nobody knows when its devices come back.
func (w *World) bookOverdue() {
	for b := &w.bookings; len(b.ends) > 0 && b.ends[0].at < w.now; {
		e := b.ends.pop()
		r := w.jobs.at(e.job)
		if !r.live || r.overdue || r.Began != e.began || r.End != e.at {
			continue
		}
		r.overdue = true
		w.eachHeld(r, func(pl *Placements, n int64) { pl.give(w.now, calendar.Never, -n) })
	}
}

// bookedTerm finds the term of one clause among those that bear on a booking: on
// the first stock that it names on which the clause bears.
func (w *World) bookedTerm(k *Booking, clause int32) (*Term, bool) {
	if k.clause != clause || k.listed != int32(w.listed) {
		k.clause, k.listed, k.bears = clause, int32(w.listed), false
		for _, stock := range k.Stocks {
			terms := w.Terms(k.Class, stock)
			i := slices.IndexFunc(terms, func(t Term) bool { return t.Clause == clause })
			if i >= 0 {
				k.term, k.bears = terms[i], true
				break
			}
		}
	}
	return &k.term, k.bears
}
