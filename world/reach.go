package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// watch sets the alarm for the instant at which a clause on an account is
// reached.
func (w *World) watch(id int32) {
	a := &w.accounts[id]
	if a.pair > 0 {
		w.watchShares(a.pair - 1)
	}
	if !a.alert {
		return
	}
	a.version++
	for _, i := range a.watched {
		c := &w.Rules.Clauses[i]
		if c.Form != Limit || c.Measure.Instant() || w.muted[c.Group] || a.Roll != nil && c.Action == permit.Stop {
			// In a rolling window room comes back by the millisecond: work that
			// is stopped at the bound would start again at once.
			continue
		}
		var at calendar.Instant
		if a.Roll != nil {
			at = a.Roll.Reach(c.Bound, w.now)
		} else {
			at = a.Reach(w.Bound(c, a, a.Window()), w.now)
		}
		switch {
		case at < calendar.Never && c.Action == permit.Stop:
			at = max(at-1, w.now) // stop acts at the bound, before the breach
		case at == calendar.Never && a.Roll == nil && a.Rate() > 0:
			// Look again in the next window, if there is one.
			if at = a.End(a.Window()); at <= w.now {
				continue
			}
		}
		w.push(timer{at: at, kind: boundReached, id: id, more: i, version: a.version})
	}
}

// reach is a limit at its bound.
func (w *World) reach(id, clause int32) {
	a, c := &w.accounts[id], &w.Rules.Clauses[clause]
	w.touch(a)
	bound := w.Bound(c, a, a.Window())
	used := a.Used(w.now)
	if a.Roll != nil {
		used = a.Roll.Used(w.now)
	}
	over := bound.Less(used)
	if c.Action == permit.Stop && !over && bound.Less(used.Add(account.Of(a.Rate()))) {
		// What ends at this instant anyway is not stopped: it takes no more.
		rate := int64(0)
		w.Each(func(_ JobID, r *Running) {
			if r.End != w.now {
				rate += w.rateIn(r, id)
			}
		})
		if over = bound.Less(used.Add(account.Of(rate))); !over {
			w.push(timer{at: w.now + 1, kind: boundReached, id: id, more: clause, version: a.version})
			return
		}
	}
	if !over {
		w.watch(id)
		return
	}
	if bound.Less(used) {
		w.breached(a, clause)
	}
	if c.Action == permit.Stop {
		w.acted[c.Group] = true
		w.act(clause, permit.Stop, func(r *Running) bool { return r.End != w.now && w.takes(r, id) })
	}
	// A breach lasts for the window: look again in the next one.
	if end := a.End(a.Window()); a.Roll == nil && end > w.now && a.Rate() > 0 {
		w.push(timer{at: end, kind: boundReached, id: id, more: clause, version: a.version})
	}
}

// breached notes that a limit was passed, once for each window of an account.
func (w *World) breached(a *Account, clause int32) {
	s := &w.clauses[clause]
	s.Breach = min(s.Breach, w.now)
	k := slices.Index(a.watched, clause)
	for len(a.brokenIn) < len(a.watched) {
		a.brokenIn = append(a.brokenIn, -1)
	}
	if window := int32(a.Window()); a.brokenIn[k] != window {
		a.brokenIn[k] = window
		s.Broken++
	}
}
