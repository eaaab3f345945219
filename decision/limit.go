package decision

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// limited judges a limit: used + n⁺ + h ≤ bound in every window that the
// reservation touches, where n⁺ is what running work takes if it runs to its
// reservation's end and h what the request takes.
//
// Why this suffices under certain: a job adds at most its h to a window, and h
// was counted in n⁺ from its admission on; so used + n⁺ of a window never
// grows but by an admission, which left it within the bound, and the sum at
// the window's end is at most used + n⁺ at any earlier instant. A look at the
// current window alone fails: bound 5, windows [0,4,9), 4 devices × 6 h
// at 3 take 4 in the first and 8 in the second.
func (j *judge) limited(t *world.Term, c *world.Clause, rate int64, r *Reason) {
	a := j.w.Touch(t.Account)
	switch {
	case c.Measure.Instant():
		r.Value, r.Bound, r.Ask = account.Of(a.Rate()), c.Lowest(j.now, j.until(c)), account.Of(rate)
		r.Largest = r.Room().Quo(max(1, t.Rate))
		if r.Room().Less(r.Ask) {
			r.Outcome, r.First = Hold, j.firstStep(c, r)
			if c.Bound.Less(r.Ask) {
				r.Outcome = Deny
			}
		}
		return
	case a.Roll != nil:
		j.rolling(t, c, a, rate, r)
		if c.Action == permit.Drain && c.Measure != permit.Jobs {
			first, held := r.First, r.Outcome == Hold
			if at := j.drained(t, c, a, rate, r); r.Outcome == Hold && at < calendar.Never {
				if r.First = at; held {
					r.First = max(at, first)
				}
			}
		}
		return
	}
	each := t.Rate
	counted := c.Measure == permit.Jobs
	if counted {
		rate, each = 1, 1
	}
	end := j.end
	switch {
	case counted:
		end = j.now + 1
	case c.Assure == permit.Booked:
		end = j.expect
	}
	r.Window = int32(a.Window())
	for v := a.Window(); v < a.Windows() && (a.Cuts[v] < end || v == a.Window()); v++ {
		ms := a.Overlap(v, j.now, end)
		bound := j.w.Bound(c, a, v)
		taken := a.Committed[v]
		ask := account.Product(rate, ms)
		if c.Assure == permit.Booked && a.Expected != nil {
			// Work that runs longer than expected has used more already.
			taken = a.Expected[v]
			if v == a.Window() {
				taken = taken.Max(a.Used(j.now))
			}
		}
		stops := false
		if c.Assure == permit.Observed {
			// So far only: what is asked does not count, what runs does not.
			taken, ask = account.Sum{}, account.Sum{}
			if v == a.Window() {
				taken = a.Used(j.now)
				if c.Action == permit.Stop && !counted {
					// What would be stopped within its first millisecond does not start.
					stops, ms = true, 1
					taken, ask = taken.Add(account.Of(a.Rate())), account.Of(rate)
				}
			}
		}
		room := bound.Sub(taken)
		fails := room.Less(ask)
		largest := int64(Any)
		switch {
		case fails && (counted || c.Assure == permit.Observed && !stops):
			largest = 0
		case ask.Sign() > 0 && !counted:
			largest = room.Div(account.Product(each, ms))
		}
		if largest < r.Largest || v == a.Window() {
			r.Largest, r.Window = largest, int32(v)
			r.Value, r.Bound, r.Ask = taken, bound, ask
		}
		if fails {
			r.Outcome = Hold
		}
	}
	drained := calendar.Never
	if c.Action == permit.Drain && !counted {
		drained = j.drained(t, c, a, rate, r)
	}
	if r.Outcome == Hold {
		j.first(c, a, rate, counted, end-j.now, r)
		switch {
		case drained == calendar.Never:
		case r.First == calendar.Never:
			r.First = drained
		default:
			r.First = max(r.First, drained)
		}
	}
}

// drained asks of a start what the gate asks at a checkpoint: what is used
// plus what every running job takes to its next checkpoint stays within the
// bound. (Stopping when the sum reaches the bound is too late: bound 5, one
// device, a checkpoint every 4 h: 4 at the first, 8 at the next.)
//
// If it refuses, and nothing runs on the account, the first instant at which it
// would not is known: so near the window's end that the room lasts up to there,
// or in a later one.
func (j *judge) drained(t *world.Term, c *world.Clause, a *world.Account, rate int64, r *Reason) calendar.Instant {
	next := j.end
	if j.q.Checkpoint > 0 {
		next = min(next, j.now+j.q.Checkpoint)
	}
	for v := a.Window(); v < a.Windows() && (v == a.Window() || a.Cuts[v] < next); v++ {
		ms := a.Overlap(v, j.now, next)
		if a.Roll != nil {
			ms = int64(min(next-j.now, a.Roll.Length))
		}
		room := j.w.Bound(c, a, v).Sub(j.w.ToCheckpoints(t.Account, v))
		if room.Less(account.Product(rate, ms)) {
			r.Outcome, r.First = max(r.Outcome, Hold), calendar.Never
		}
		if ms > 0 && t.Rate > 0 {
			r.Largest = min(r.Largest, room.Div(account.Product(t.Rate, ms)))
		}
		if a.Roll != nil {
			// It passes when enough has left the window.
			at := a.Roll.First(j.now, account.Product(rate, ms), c.Bound, false)
			if at <= j.now {
				return calendar.Never
			}
			return at
		}
	}
	if r.Outcome != Hold || a.Roll != nil || a.Rate() != 0 || rate <= 0 {
		return calendar.Never
	}
	at := latest(a, j.now, next-j.now, rate, func(v int) account.Sum {
		room := j.w.Bound(c, a, v)
		if v == a.Window() {
			room = room.Sub(a.Used(j.now))
		}
		return room
	})
	if at <= j.now || at >= a.Cuts[len(a.Cuts)-1] {
		return calendar.Never
	}
	return at
}

// first finds the first instant at which the request fits, if running work
// goes to its ends and nothing else comes.
func (j *judge) first(c *world.Clause, a *world.Account, rate int64, counted bool, length calendar.Instant, r *Reason) {
	if counted {
		length = 1
	}
	length = min(length, a.Cuts[len(a.Cuts)-1]-min(j.now, a.Cuts[0])+1)
	fit := func(idle bool) calendar.Instant {
		at := j.fit(c, a, rate, length, idle)
		if !counted {
			at = min(at, j.cutFit(c, a, rate, idle))
		}
		return at
	}
	if r.First = fit(false); r.First == calendar.Never && fit(true) == calendar.Never {
		// It will not fit either if running work ends early.
		r.Outcome = Deny
	}
	if r.First <= j.now {
		// Only a draining limit's look at checkpoints refuses: while others run
		// it passes when one ends, which has no instant.
		r.First = calendar.Never
	}
}

// fit is the first instant from now on at which work of a rate and length fits
// into every window that it then touches: into window v from t on unless it
// overlaps the window by more than room ÷ rate. idle: as if all that runs ended
// now.
func (j *judge) fit(c *world.Clause, a *world.Account, rate int64, length calendar.Instant, idle bool) calendar.Instant {
	rate = max(1, rate)
	at := j.now
	for v := a.Window(); v < a.Windows(); v++ {
		open, shut := a.Cuts[v], a.Cuts[v+1]
		if at >= shut {
			continue
		}
		if at+length <= open {
			break
		}
		room := j.w.Bound(c, a, v).Sub(j.takenLater(c, a, v, idle))
		if c.Assure == permit.Observed {
			if c.Action == permit.Stop {
				room = room.Sub(account.Of(rate))
			}
			if room.Sign() < 0 {
				at = shut
			}
			continue
		}
		if room.Sign() < 0 {
			at = shut
			continue
		}
		if overlap := min(at+length, shut) - max(at, open); room.Less(account.Product(rate, int64(overlap))) {
			// Start so late that only what the room lasts for lies before the
			// window's end; a window that is met from the front must be passed
			// whole.
			at = max(at, shut-calendar.Instant(room.Quo(rate)))
		}
	}
	if at >= a.Cuts[len(a.Cuts)-1] {
		return calendar.Never
	}
	return at
}

// takenLater is what is taken of a window for whoever starts in it later, by
// the limit's assurance; idle: if all that runs ended now.
func (j *judge) takenLater(c *world.Clause, a *world.Account, v int, idle bool) account.Sum {
	now := v == a.Window()
	switch {
	case idle && now:
		return a.Used(j.now)
	case idle:
		return account.Sum{}
	case c.Assure == permit.Booked && a.Expected != nil:
		return a.Expected[v]
	case c.Assure != permit.Observed:
		return a.Committed[v]
	case now && c.Action == permit.Stop:
		return a.Used(j.now).Add(account.Of(a.Rate()))
	case now:
		return a.Used(j.now)
	}
	return account.Sum{} // at its start nothing was used yet
}

// rolling judges a limit over the last Length. Each term is capped at
// rate × Length: counted whole, a 60-day job never fits a 30-day window.
func (j *judge) rolling(t *world.Term, c *world.Clause, a *world.Account, rate int64, r *Reason) {
	each := t.Rate
	ms := int64(min(j.end-j.now, a.Roll.Length))
	if c.Measure == permit.Jobs {
		rate, each, ms = 1, 1, 1
	}
	r.Value, r.Bound, r.Ask = a.Roll.Taken(j.now), c.Bound, account.Product(rate, ms)
	if c.Assure == permit.Observed {
		r.Value, r.Ask = a.Roll.Used(j.now), account.Sum{}
	}
	room := r.Room()
	if r.Ask.Sign() > 0 && c.Measure != permit.Jobs {
		r.Largest = room.Div(account.Product(each, ms))
	}
	if room.Less(r.Ask) {
		if r.Largest == Any {
			r.Largest = 0
		}
		r.Outcome, r.First = Hold, a.Roll.First(j.now, r.Ask, c.Bound, c.Assure != permit.Observed)
		cut := j.rolledCutFit(c, a, rate)
		r.First = min(r.First, cut)
		if c.Bound.Less(r.Ask) && cut == calendar.Never {
			r.Outcome = Deny
		}
	}
}
