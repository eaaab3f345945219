package world

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// judgeWindow looks at every share of a space whose window ends now, then
// brings all of its accounts into the next window. A window in which nothing
// ran is kept.
func (w *World) judgeWindow(space int32) {
	s := &w.spaces[space]
	for i := range w.Rules.Clauses {
		c := &w.Rules.Clauses[i]
		if c.Form != Share || c.Space != space || c.Always || w.Rules.Instantly(c) {
			continue
		}
		state := &w.clauses[i]
		held := false
		for _, id := range s.ids {
			broken := w.shareBroken(c, id)
			state.Judged++
			if broken {
				state.Broken++
				state.Breach = min(state.Breach, w.now)
			}
			if w.muted[c.Group] || strength(c.Action) == 0 {
				continue
			}
			if broken {
				held = true
				harmful := id + int32(Harmful)
				w.holdFor(int32(i), func(r *Running) bool { return w.takes(r, harmful) })
			}
		}
		// It holds on until a window ends in which no key broke it.
		state.Holding = held
	}
	for _, id := range s.ids {
		for k := range s.stride {
			a := &w.accounts[id+k]
			w.touch(a)
			w.watch(id + k)
		}
		w.wakes.Accounts = append(w.wakes.Accounts, id)
	}
	for _, a := range s.capacity {
		a.Advance(w.now)
	}
}

// shareBroken judges one share at the end of the window that now closes.
func (w *World) shareBroken(c *Clause, id int32) bool {
	helpful, harmful := &w.accounts[id], &w.accounts[id+1]
	n, o := w.closing(helpful), w.closing(harmful)
	switch c.Base {
	case Available:
		return w.baseBroken(c, n, o, closing(w.capacity(c, helpful.Key), w.now))
	case OfFact:
		return w.baseBroken(c, n, o, w.Fact(c.Fact))
	}
	whole := n.Add(o).Sub(c.Allowance)
	return n.Times(c.Floor.Den).Less(whole.Times(c.Floor.Num))
}

// baseBroken judges a share of what is not made up of its two sides.
func (w *World) baseBroken(c *Clause, n, o, base account.Sum) bool {
	if c.Ceiling {
		// part ≤ s × base; Floor holds 1 − s.
		return base.Times(c.Floor.Den - c.Floor.Num).Less(o.Sub(c.Allowance).Times(c.Floor.Den))
	}
	return n.Add(c.Allowance).Times(c.Floor.Den).Less(base.Times(c.Floor.Num))
}

func (w *World) closing(a *Account) account.Sum { return closing(&a.Account, w.now) }

// closing is the sum of the window that ends at now, before the account moves
// into the next.
func closing(a *account.Account, now calendar.Instant) account.Sum {
	if a.End(a.Window()) < now {
		return account.Sum{} // nothing touched it in the window that ends now
	}
	return a.Used(now)
}

// drains lists the limits of a job whose action is drain.
func (w *World) drains(r *Running) bool {
	found := false
	each := func(terms []Term) {
		for i := range terms {
			c := &w.Rules.Clauses[terms[i].Clause]
			found = found || c.Form == Limit && c.Action == permit.Drain && !c.Measure.Instant() && terms[i].Account >= 0
		}
	}
	each(r.terms)
	for _, t := range r.more {
		each(t)
	}
	return found
}

// passCheckpoint decides whether a job under a draining limit goes on: only if
// what is used plus what every running job takes to its next checkpoint, its
// own to the following one, stays within the bound.
func (w *World) passCheckpoint(id JobID, began uint32) {
	r := w.jobs.at(id)
	if !r.live || uint32(r.Began) != began {
		return
	}
	stop := int32(-1)
	each := func(terms []Term) {
		for i := range terms {
			t := &terms[i]
			c := &w.Rules.Clauses[t.Clause]
			if stop >= 0 || c.Form != Limit || c.Action != permit.Drain || c.Measure.Instant() || t.Account < 0 || w.muted[c.Group] {
				continue
			}
			if w.overdrawn(c, t.Account, r.NextCheckpoint(w.now)) {
				stop = t.Clause
			}
		}
	}
	each(r.terms)
	for _, t := range r.more {
		each(t)
	}
	if stop >= 0 {
		r.stops = true
		w.Need(w.Rules.Clauses[stop].Group)
		w.timers.actions = append(w.timers.actions, Action{id, permit.Stop, stop})
		return
	}
	w.scheduleCheckpoint(id)
}

func (w *World) scheduleCheckpoint(id JobID) {
	r := w.jobs.at(id)
	if next := r.NextCheckpoint(w.now); next < r.End {
		// Of several at one instant the last submitted comes first, so that it is
		// the one that stops if not all can go on.
		w.push(timer{at: next, kind: checkpoint, id: -r.Ref, more: int32(id), version: uint32(r.Began)})
	}
}

// overdrawn reports whether running work exceeds a draining limit before it
// comes to its next checkpoints, in any window that the own one's part up to
// until touches.
func (w *World) overdrawn(c *Clause, id int32, until calendar.Instant) bool {
	a := w.Touch(id)
	if a.Roll != nil {
		return c.Bound.Less(w.ToCheckpoints(id, 0))
	}
	for v := a.Window(); v < a.Windows() && (v == a.Window() || a.Cuts[v] < until); v++ {
		if w.Bound(c, a, v).Less(w.ToCheckpoints(id, v)) {
			return true
		}
	}
	return false
}

// ToCheckpoints is what is used of an account in window v, plus what every
// running job takes there up to its next checkpoint. Of a rolling account it is
// an upper bound of what any of its windows holds until then.
func (w *World) ToCheckpoints(id int32, v int) account.Sum {
	a := w.Touch(id)
	var sum account.Sum
	switch {
	case a.Roll != nil:
		sum = a.Roll.Used(w.now)
	case v == a.Window():
		sum = a.Used(w.now)
	}
	w.Each(func(_ JobID, r *Running) {
		if r.stops {
			return
		}
		rate := w.rateIn(r, id)
		if rate == 0 {
			return
		}
		next := r.NextCheckpoint(w.now)
		ms := a.Overlap(v, w.now, next)
		if a.Roll != nil {
			ms = int64(max(0, min(next-w.now, a.Roll.Length)))
		}
		sum = sum.Add(account.Product(rate, ms))
	})
	return sum
}

// ShareBase is what a share compares its part with when that is not what was
// used: capacity in window v, or the fact's present value.
func (w *World) ShareBase(c *Clause, id int32, v int) account.Sum {
	if c.Base == OfFact {
		return w.Fact(c.Fact)
	}
	return w.Capacity(c, id, v)
}
