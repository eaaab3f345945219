package decision

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// A reservation that is not cut now may be cut if the work starts later, nearer
// to a window's end; then it takes less, and a limit that refuses it lets it go
// by time alone. So the first instant at which a limit would hold looks at each
// end that a start could meet.

// eachCut calls f with each instant at which a start would be cut, and from when
// on a start before it is, as things stand: by a certain share whose harmful side
// the work is on, or by the end of a permit.
func (j *judge) eachCut(f func(at, from calendar.Instant)) {
	for i := range j.terms {
		t := &j.terms[i]
		c := &j.w.Rules.Clauses[t.Clause]
		if !c.Cut || t.Side != world.Harmful || j.w.Muted(c.Group) {
			continue
		}
		out := j.w.Touch(t.Account + int32(world.Harmful))
		room := harmfulRoom(c, account.Sum{}, j.allowance(c))
		rate := max(1, t.Rate*j.devices)
		for v := out.Window() + 1; v < out.Windows(); v++ {
			// What may lie behind the boundary: the rest of the run, up to ms.
			ms := calendar.Instant(max(0, room.Sub(out.Committed[v]).Quo(rate)))
			if ms < min(j.limit, out.Cuts[v+1]-out.Cuts[v]) {
				f(out.Cuts[v], max(j.now, out.Cuts[v]-j.limit+ms+1))
			}
		}
	}
	for k := -1; k < len(j.q.More); k++ {
		stock := j.q.First.Stock
		if k >= 0 {
			stock = j.q.More[k].Stock
		}
		for _, p := range j.w.Rules.Stocks[stock].Permits {
			r := &j.w.Rules.Permits[p]
			if r.Use && (r.OnEnd == permit.Drain || r.OnEnd == permit.Stop) && r.Until > j.now && !j.w.Muted(r.EndGroup) {
				f(r.Until, max(j.now, r.Until-j.limit+1))
			}
		}
	}
}

// cutFit is the first instant at which work of a rate fits into a limit because
// it is cut; Never where it does not. idle: as if all that runs ended now.
func (j *judge) cutFit(c *world.Clause, a *world.Account, rate int64, idle bool) calendar.Instant {
	first := calendar.Never
	if j.q.Checkpoint <= 0 || c.Assure == permit.Observed {
		return first
	}
	rate = max(1, rate)
	j.eachCut(func(end, from calendar.Instant) {
		at := from
		for v := a.Window(); v < a.Windows() && a.Cuts[v] < end; v++ {
			open, shut := a.Cuts[v], min(a.Cuts[v+1], end)
			if at >= shut {
				continue
			}
			room := j.w.Bound(c, a, v).Sub(j.takenLater(c, a, v, idle))
			if room.Sign() < 0 {
				at = shut
			} else if room.Less(account.Product(rate, int64(shut-max(at, open)))) {
				at = max(at, shut-calendar.Instant(room.Quo(rate)))
			}
		}
		if at < end {
			first = min(first, at)
		}
	})
	return first
}

// cutGrown is the first instant at which harmful work of a rate fits into the
// current window of a floor because something else cuts it there: the helpful
// side grows as now, and what the work takes shrinks.
func (j *judge) cutGrown(c *world.Clause, in, out *world.Account, rate int64) calendar.Instant {
	first := calendar.Never
	if j.q.Checkpoint <= 0 {
		return first
	}
	v := out.Window()
	gain := in.Rate()*(c.Floor.Den-c.Floor.Num) + rate*c.Floor.Num
	j.eachCut(func(end, from calendar.Instant) {
		if end > out.End(v) || gain <= 0 {
			return
		}
		lack := out.Committed[v].Add(account.Product(rate, int64(end-j.now))).Sub(j.allowance(c)).Times(c.Floor.Num).Sub(in.Used(j.now).Times(c.Floor.Den - c.Floor.Num))
		at := max(from, j.now+calendar.Instant(min(max(0, lack.QuoUp(gain)), int64(end-j.now))))
		if at < end {
			first = min(first, at)
		}
	})
	return first
}

// rolledCutFit is the same for a limit of a rolling window.
func (j *judge) rolledCutFit(c *world.Clause, a *world.Account, rate int64) calendar.Instant {
	first := calendar.Never
	if j.q.Checkpoint <= 0 || c.Measure == permit.Jobs || c.Assure == permit.Observed {
		return first
	}
	j.eachCut(func(end, from calendar.Instant) {
		first = min(first, a.Roll.FirstBefore(from, end, max(1, rate), c.Bound))
	})
	return first
}
