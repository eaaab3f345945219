package decision

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// A share is judged as a floor s on its helpful side: a ceiling of s on a part
// is a floor of 1 − s on the rest of its whole. N is the helpful side's use, O
// the harmful side's with what running harmful work still takes, h what the
// request takes, a the allowance. N ≥ s (N + O + h − a) is
// N (1 − s) ≥ s (O + h − a); with s = num/den in whole numbers
// N (den − num) ≥ num (O + h − a), which 128 bits hold.

// shared judges a share of work that is inside or outside of it.
func (j *judge) shared(t *world.Term, c *world.Clause, n, rate int64, r *Reason) {
	each := t.Rate
	if c.Measure == permit.Jobs {
		rate, each = 1, 0
	}
	booked := c.Assure == permit.Booked && !j.deliver && !c.Always
	switch {
	case c.Measure.Instant():
		j.held(t, c, rate, r)
	case t.Side == world.Neutral:
		// It lowers no ratio, but it may stand where booked work is to run.
		if booked && !(c.Base != world.Used && c.Ceiling) {
			j.booked(t, c, 0, 0, n, r)
		}
	case c.Always && c.Base == world.Used:
		j.always(t, c, each, rate, r)
	case c.Base != world.Used:
		j.ofBase(t, c, each, rate, n, r)
	case booked:
		j.booked(t, c, each, rate, n, r)
	case t.Side == world.Helpful:
		// All that helps may stop now: a start of its own never breaks a floor.
	default:
		j.floor(t, c, each, rate, r)
	}
}

// harmfulRoom is what the harmful side may take in all under a floor, given
// what the helpful side has: ⌊N (den − num) ÷ num⌋ + a.
func harmfulRoom(c *world.Clause, n, allowance account.Sum) account.Sum {
	if c.Floor.Num == 0 {
		return account.Sum{Hi: 1 << 60}
	}
	return n.Times(c.Floor.Den - c.Floor.Num).Over(c.Floor.Num).Add(allowance)
}

func (j *judge) allowance(c *world.Clause) account.Sum {
	if c.Assure == permit.Certain && !j.exempt {
		return account.Sum{}
	}
	return c.Allowance
}

// cutOf is the end of the first window after which a certain floor fails for a
// harmful request: the job is drained there. If it fails already in the
// current window there is nothing to cut; it is refused.
//
// Why this keeps every window: in the window that ends at T harmful work adds
// at most what it reserves, which is in O from its admission on, and the
// helpful side never falls below N. So N ≥ s (N + O − a) holds at T as it held
// at each admission. In a later window all sums are 0, so only the allowance
// can carry harmful work over the boundary; every window that the reservation
// touches is looked at, since the third may fail where the second passes.
func (j *judge) cutOf(t *world.Term, c *world.Clause) calendar.Instant {
	out := j.w.Touch(t.Account + int32(world.Harmful))
	room := harmfulRoom(c, account.Sum{}, j.allowance(c))
	for v := out.Window() + 1; v < out.Windows() && out.Cuts[v] < j.end; v++ {
		h := account.Product(t.Rate*j.devices, out.Overlap(v, j.now, j.end))
		if room.Less(out.Committed[v].Add(h)) {
			return out.Cuts[v]
		}
	}
	return j.end
}

// floor judges a floor, certain or observed, of harmful work.
func (j *judge) floor(t *world.Term, c *world.Clause, each, rate int64, r *Reason) {
	in, out := j.w.Touch(t.Account), j.w.Touch(t.Account+int32(world.Harmful))
	if out.Roll != nil {
		j.rolled(c, in, out, j.allowance(c), account.Of(-1), r)
		return
	}
	observed := c.Assure == permit.Observed
	for v := out.Window(); v < out.Windows() && (out.Cuts[v] < j.end || v == out.Window()); v++ {
		var n account.Sum
		if v == out.Window() {
			n = in.Used(j.now)
		}
		taken, ms := out.Committed[v], out.Overlap(v, j.now, j.end)
		ms = j.span(c, out, v, ms)
		ask := account.Product(rate, ms)
		if observed {
			// N ≥ s (D − a) so far; what is asked does not count.
			taken, ask = account.Sum{}, account.Sum{}
			if v == out.Window() {
				taken = out.Used(j.now)
			}
		}
		r.harm(v, out, taken, harmfulRoom(c, n, j.allowance(c)), ask, each*ms)
	}
	if r.Outcome == Hold {
		if observed {
			rate = 0
		}
		r.First = j.grown(c, in, out, rate, j.allowance(c), account.Of(-1), r)
		if !observed && c.Measure != permit.Jobs {
			r.First = min(r.First, j.cutGrown(c, in, out, rate))
		}
	}
}

// rolled judges harmful work under a share of a rolling window: N ≥ s (D − a)
// of the last of its lengths, so far only, since old use ages out of it whatever
// is admitted. Up to small the harmful side may go whatever the helpful side has.
func (j *judge) rolled(c *world.Clause, in, out *world.Account, allowance, small account.Sum, r *Reason) {
	room := harmfulRoom(c, in.Counts(j.now), allowance).Max(small)
	r.harm(out.Window(), out, out.Counts(j.now), room, account.Sum{}, 0)
	if r.Outcome != Hold {
		return
	}
	when := func(room func(calendar.Instant) account.Sum) calendar.Instant {
		return account.When(j.now, []*account.Rolling{in.Roll, out.Roll}, func(t calendar.Instant) bool { return !room(t).Less(out.Counts(t)) })
	}
	r.First = min(when(func(t calendar.Instant) account.Sum { return harmfulRoom(c, in.Counts(t), allowance) }),
		when(func(calendar.Instant) account.Sum { return small }))
}

// span is how long a request counts in a window: a job that counts as one
// counts where it starts.
func (j *judge) span(c *world.Clause, out *world.Account, v int, ms int64) int64 {
	switch {
	case c.Measure != permit.Jobs:
		return ms
	case v == out.Window():
		return 1
	}
	return 0
}

// harm judges harmful work in one window and keeps the tightest.
func (r *Reason) harm(v int, out *world.Account, taken, bound, ask account.Sum, each int64) {
	room := bound.Sub(taken)
	largest := int64(Any)
	if ask.Sign() > 0 && each > 0 {
		largest = room.Quo(each)
	} else if room.Less(ask) {
		largest = 0 // whatever its size
	}
	if largest < r.Largest || v == out.Window() {
		r.Largest, r.Window = largest, int32(v)
		r.Value, r.Bound, r.Ask = taken, bound, ask
	}
	if room.Less(ask) {
		r.Outcome = Hold
	}
}

// grown is the first instant at which the helpful side, going on as now, has
// grown enough for the request, or at which so little of the request is left
// before the window's end that it fits; the start of the next window where
// that is earlier; Never where neither is known. Up to small the harmful side
// may go whatever the helpful side has.
func (j *judge) grown(c *world.Clause, in, out *world.Account, rate int64, allowance, small account.Sum, r *Reason) calendar.Instant {
	end := out.End(out.Window())
	next := end
	if next >= in.Cuts[len(in.Cuts)-1] {
		next = calendar.Never
	}
	if int(r.Window) != out.Window() {
		return next
	}
	// Within this window the request takes rate × min(limit, until − start).
	until := end
	if j.v.Cut {
		until = min(until, j.end)
	}
	shrinks := max(j.now, until-j.limit)
	at := calendar.Never
	// N (den − num) grows by gain each ms and must reach num (O + h − a); once
	// the request meets the end of the window, h falls by rate each ms.
	lack := r.Value.Add(r.Ask).Sub(allowance).Times(c.Floor.Num).Sub(in.Used(j.now).Times(c.Floor.Den - c.Floor.Num))
	gain := in.Rate() * (c.Floor.Den - c.Floor.Num)
	if gain > 0 {
		if ms := lack.QuoUp(gain); ms <= int64(shrinks-j.now) {
			at = j.now + calendar.Instant(ms)
		}
	}
	if both := gain + rate*c.Floor.Num; at == calendar.Never && both > 0 {
		at = shrinks + calendar.Instant(min(lack.Sub(account.Product(gain, int64(shrinks-j.now))).QuoUp(both), int64(end)))
	}
	if fixed := small.Sub(r.Value); fixed.Sign() >= 0 && rate > 0 {
		at = min(at, max(shrinks, until-calendar.Instant(min(fixed.Quo(rate), int64(until)))))
	}
	if at >= end {
		return next
	}
	return max(at, j.now+1)
}

// always judges a share that is judged always once the whole exceeds MinBase:
// with O all harmful use and reservations, admit if N ≥ s (N + O − a) or
// O ≤ M − s (M − a). A plain exemption below MinBase fails: s = 0.9, M = 7,
// outside 1 h, then inside 6 h: 6 of 7 when M is crossed.
func (j *judge) always(t *world.Term, c *world.Clause, each, rate int64, r *Reason) {
	if t.Side == world.Helpful {
		return
	}
	in, out := j.w.Touch(t.Account), j.w.Touch(t.Account+int32(world.Harmful))
	observed := c.Assure == permit.Observed
	small := c.MinBase.Times(c.Floor.Den - c.Floor.Num).Add(c.Allowance.Times(c.Floor.Num)).Over(c.Floor.Den)
	if out.Roll != nil {
		j.rolled(c, in, out, c.Allowance, small, r)
		return
	}
	for v := out.Window(); v < out.Windows() && (out.Cuts[v] < j.end || v == out.Window()); v++ {
		var n account.Sum
		if v == out.Window() {
			n = in.Used(j.now)
		}
		taken, ms := out.Committed[v], j.span(c, out, v, out.Overlap(v, j.now, j.end))
		ask := account.Product(rate, ms)
		if observed {
			taken, ask = account.Sum{}, account.Sum{}
			if v == out.Window() {
				taken = out.Used(j.now)
			}
		}
		r.harm(v, out, taken, harmfulRoom(c, n, c.Allowance).Max(small), ask, each*ms)
	}
	if r.Outcome == Hold {
		if observed {
			rate = 0
		}
		r.First = j.grown(c, in, out, rate, c.Allowance, small, r)
	}
}

// ofBase judges a share of what is available or of an outside fact. A ceiling
// is part + n⁺ + h ≤ s × base, never complemented (safe, but the part would
// get far less). A floor can only be booked or observed: nobody can be made to
// use it, so only a start that takes booked use away is refused.
func (j *judge) ofBase(t *world.Term, c *world.Clause, each, rate, n int64, r *Reason) {
	if !c.Ceiling {
		if c.Assure == permit.Booked && !j.deliver {
			j.booked(t, c, each, rate, n, r)
		}
		return
	}
	if t.Side != world.Harmful {
		return
	}
	out := j.w.Touch(t.Account + int32(world.Harmful))
	for v := out.Window(); v < out.Windows() && (out.Cuts[v] < j.end || v == out.Window()); v++ {
		taken, ms := out.Committed[v], j.span(c, out, v, out.Overlap(v, j.now, j.end))
		ask := account.Product(rate, ms)
		if c.Assure == permit.Observed {
			taken, ask = account.Sum{}, account.Sum{}
			if v == out.Window() {
				taken = out.Used(j.now)
			}
		}
		bound := j.w.ShareBase(c, t.Account, v).Times(c.Floor.Den - c.Floor.Num).Over(c.Floor.Den).Add(c.Allowance)
		r.harm(v, out, taken, bound, ask, each*ms)
	}
	if r.Outcome == Hold {
		r.First = j.underBase(t, c, out, rate)
	}
}

// underBase is the first instant at which harmful work fits under a ceiling, if
// running work goes to its ends: near a window's end so little of it lies in
// the window that it may fit there. So far only, or counting starts, it is the
// window's end.
func (j *judge) underBase(t *world.Term, c *world.Clause, out *world.Account, rate int64) calendar.Instant {
	at, last := out.End(out.Window()), out.Cuts[len(out.Cuts)-1]
	if c.Assure != permit.Observed && c.Measure != permit.Jobs && rate > 0 && !j.deliver {
		at = latest(out, j.now, j.end-j.now, rate, func(v int) account.Sum {
			bound := j.w.ShareBase(c, t.Account, v).Times(c.Floor.Den - c.Floor.Num).Over(c.Floor.Den).Add(c.Allowance)
			return bound.Sub(out.Committed[v])
		})
	}
	if at >= last {
		return calendar.Never
	}
	return max(at, j.now+1)
}

// latest is the first instant from now on at which work of a length and rate
// takes no more than the room of any window that it touches: a window that it
// runs out of is met so late that only the room lies before its end, one that
// is met from the front must be passed whole.
func latest(a *world.Account, now, length calendar.Instant, rate int64, room func(v int) account.Sum) calendar.Instant {
	at := now
	for v := a.Window(); v < a.Windows(); v++ {
		open, shut := a.Cuts[v], a.Cuts[v+1]
		if at+length <= open {
			break
		}
		left := room(v)
		if left.Sign() < 0 {
			at = max(at, shut)
			continue
		}
		most := calendar.Instant(left.Quo(rate))
		if overlap := min(at+length, shut) - max(at, open); overlap > most {
			at = max(at, shut-most)
		}
	}
	return at
}

// booked judges a floor that holds if what is booked happens. With B′ what
// inside bookings get by the window's end once running and new work are put on
// the profile of free devices to their ends, and nᵉ the inside as expected:
// N + nᵉ + B′ ≥ s (D + nᵉ + o⁺ + h + B′ − a). A start of any side that takes
// away what the floor is booked to get is refused; one that lowers no floor
// never is.
func (j *judge) booked(t *world.Term, c *world.Clause, each, rate, n int64, r *Reason) {
	in, out := j.w.Touch(t.Account), j.w.Touch(t.Account+int32(world.Harmful))
	plan := j.w.Plan(c.Permit)
	until, moves := j.w.Shift(plan, world.Extra{Devices: n, End: j.end}, j.q.Own)
	r.Largest = Any
	last := max(j.end, until) // what it moves may move others, windows later
	var shifted []account.Sum
	if moves {
		shifted = j.w.Shifted(plan, t.Clause, t.Account)
	}
	for v := out.Window(); v < out.Windows() && (out.Cuts[v] < last || v == out.Window()); v++ {
		expected := in.Expected[v]
		was := expected.Add(j.w.Booked(plan, t.Clause, t.Account, v))
		will := was
		if moves {
			will = was.Add(shifted[v])
		}
		ms := j.span(c, out, v, out.Overlap(v, j.now, j.end))
		ask := account.Sum{}
		if t.Side == world.Helpful {
			will = will.Add(account.Product(rate, j.span(c, out, v, in.Overlap(v, j.now, j.expect))))
		} else {
			ask = account.Product(rate, ms)
		}
		bound := harmfulRoom(c, will, c.Allowance)
		taken := out.Committed[v]
		if c.Base == world.Available {
			// The whole is the capacity: the floor asks for s × capacity of the
			// helpful side, whatever the harmful side takes.
			taken, bound = j.w.Capacity(c, t.Account, v).Times(c.Floor.Num).Over(c.Floor.Den), will.Add(c.Allowance)
			ask = account.Sum{}
		}
		lowers := will.Less(was) || ask.Sign() > 0
		if !lowers {
			continue
		}
		r.harm(v, out, taken, bound, ask, each*ms)
	}
	if r.Outcome == Hold {
		r.First = j.grownBooked(out, rate, r)
	}
}

// grownBooked is when a booked floor is looked at again: where a harmful
// request exceeds the room of the present window, the instant from which so
// little of it lies before the window's end that it fits; else the window's
// end. Before that it passes when a booking starts or work ends early, which
// wakes the queue.
func (j *judge) grownBooked(out *world.Account, rate int64, r *Reason) calendar.Instant {
	end := out.End(out.Window())
	at := end
	if room := r.Room(); int(r.Window) == out.Window() && r.Ask.Sign() > 0 && rate > 0 && room.Sign() >= 0 {
		at = max(j.now+1, end-calendar.Instant(min(room.Quo(rate), int64(end-j.now))))
	}
	if at >= out.Cuts[len(out.Cuts)-1] {
		return calendar.Never
	}
	return at
}
