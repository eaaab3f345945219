package world

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// Step is a bound from an instant on.
type Step struct {
	At    calendar.Instant
	Bound account.Sum
}

// Lowest is the lowest bound of an instant measure between from and until; a
// bound that never changes is the same throughout.
func (c *Clause) Lowest(from, until calendar.Instant) account.Sum {
	low := c.Bound
	for i, s := range c.Steps {
		ends := calendar.Never
		if i+1 < len(c.Steps) {
			ends = c.Steps[i+1].At
		}
		if s.At < max(until, from+1) && ends > from && s.Bound.Less(low) {
			low = s.Bound
		}
	}
	return low
}

// stepDown is a limit whose bound changes now: what is above it is a breach,
// and the clause's action applies.
func (w *World) stepDown(clause int32) {
	c := &w.Rules.Clauses[clause]
	if w.muted[c.Group] {
		return
	}
	bound := c.Lowest(w.now, w.now)
	for _, id := range w.spaces[c.Space].ids {
		w.wakes.Accounts = append(w.wakes.Accounts, id)
		rate := int64(0)
		w.Each(func(_ JobID, r *Running) {
			if r.End != w.now { // what ends at this instant anyway draws no more
				rate += w.rateIn(r, id)
			}
		})
		if !bound.Less(account.Of(rate)) {
			continue
		}
		s := &w.clauses[clause]
		s.Broken++
		s.Breach = min(s.Breach, w.now)
		if strength(c.Action) >= 2 {
			w.acted[c.Group] = true
			w.act(clause, c.Action, func(r *Running) bool { return r.End != w.now && w.takes(r, id) })
		}
	}
}
