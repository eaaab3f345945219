package world

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// act applies an action to the running jobs that a test selects.
func (w *World) act(clause int32, do permit.Action, selects func(*Running) bool) {
	if strength(do) < 2 {
		return
	}
	w.Each(func(id JobID, r *Running) {
		if selects(r) {
			w.Need(w.groupOf(clause))
			w.timers.actions = append(w.timers.actions, Action{id, do, clause})
		}
	})
}

// groupOf is the group of a clause, or of the end of permit p for −1−p.
func (w *World) groupOf(clause int32) int32 {
	if clause < 0 {
		return w.Rules.Permits[-1-clause].EndGroup
	}
	return w.Rules.Clauses[clause].Group
}

// under reports whether a job holds devices under a permit.
func (w *World) under(r *Running, p int32) bool {
	on := func(stock int32) bool {
		for _, q := range w.Rules.Stocks[stock].Permits {
			if q == p {
				return true
			}
		}
		return false
	}
	if on(r.First.Stock) {
		return true
	}
	for _, m := range r.More {
		if on(m.Stock) {
			return true
		}
	}
	return false
}

// endPermit ends a permit and does what its onEnd says to running work.
func (w *World) endPermit(p int32, why EndKind) {
	s, r := &w.permits[p], &w.Rules.Permits[p]
	if s.Ended <= w.now && s.Why != Suspended {
		return
	}
	if w.muted[r.EndGroup] {
		return
	}
	s.Ended, s.Why = w.now, why
	w.acted[r.EndGroup] = true
	w.wakes.All = true // what waits may have become impossible, a head too
	if r.Use {
		w.act(-1-p, r.OnEnd, func(j *Running) bool { return w.under(j, p) })
	}
}

// changeList looks again at predicates that read a list: a change of an input
// of a require acts on running work by onReach alone.
func (w *World) changeList() {
	w.listed++
	w.wakes.All = true
	w.lookAgain(func(*Clause, int32) bool { return true })
}

// lookAgain judges the running work by the predicates that a test selects,
// which act on it by onReach alone.
func (w *World) lookAgain(selects func(c *Clause, index int32) bool) {
	w.Each(func(id JobID, r *Running) {
		for k := -1; k < len(r.More); k++ {
			stock := r.First.Stock
			if k >= 0 {
				stock = r.More[k].Stock
			}
			for _, t := range w.Terms(r.Class, stock) {
				c := &w.Rules.Clauses[t.Clause]
				if c.Form != Require || t.Holds || w.muted[c.Group] || !selects(c, t.Clause) {
					continue
				}
				w.clauses[t.Clause].Breach = min(w.clauses[t.Clause].Breach, w.now)
				if strength(c.Action) >= 2 {
					w.Need(c.Group)
					w.timers.actions = append(w.timers.actions, Action{id, c.Action, t.Clause})
				}
			}
		}
	})
}

// missDuty marks a duty as overdue unless it was fulfilled for that window.
func (w *World) missDuty(clause int32, window int) {
	s, c := &w.clauses[clause], &w.Rules.Clauses[clause]
	s.Judged++
	if !w.Open(c.Permit) {
		s.Filed = max(s.Filed, window+1) // nothing is owed for this window
	}
	if s.Filed > window || w.muted[c.Group] {
		return
	}
	s.Missed = true
	s.Broken++
	s.Breach = min(s.Breach, w.now)
	w.holdFor(clause, func(r *Running) bool { return w.under(r, c.Permit) })
}

// holdFor does what a clause's action says: hold, and act on running work.
func (w *World) holdFor(clause int32, selects func(*Running) bool) {
	c := &w.Rules.Clauses[clause]
	if strength(c.Action) == 0 {
		return
	}
	w.acted[c.Group] = true
	w.clauses[clause].Holding = true
	w.act(clause, c.Action, selects)
}

// ageEvidence acts where evidence has become too old.
func (w *World) ageEvidence(stock, clause int32) {
	c := &w.Rules.Clauses[clause]
	if w.muted[c.Group] || !w.Stale(stock, clause) {
		return
	}
	w.clauses[clause].Broken++
	w.clauses[clause].Breach = min(w.clauses[clause].Breach, w.now)
	if strength(c.Action) >= 2 {
		w.acted[c.Group] = true
		w.act(clause, c.Action, func(r *Running) bool { return r.on(stock) })
	}
}

// on reports whether the job holds devices of a stock.
func (r *Running) on(stock int32) bool {
	return r.First.Stock == stock || slices.ContainsFunc(r.More, func(p Part) bool { return p.Stock == stock })
}

// Stale reports whether a stock's evidence is older than a clause allows.
func (w *World) Stale(stock, clause int32) bool {
	c := &w.Rules.Clauses[clause]
	at := w.Evidence(stock, c.Kind)
	switch {
	case at == calendar.Never:
		return false
	case at == neverSeen:
		return true
	}
	return c.MaxAge > 0 && w.now > at+c.MaxAge
}

// takes reports whether a job adds to an account.
func (w *World) takes(r *Running, id int32) bool { return w.rateIn(r, id) > 0 }

// rateIn is what a job adds to an account in a millisecond.
func (w *World) rateIn(r *Running, id int32) int64 {
	rate := int64(0)
	add := func(terms []Term, n int64) {
		for i := range terms {
			t := &terms[i]
			if t.Account >= 0 && t.Side != Neutral && t.Account+int32(t.Side) == id {
				rate += t.Rate * n
				break
			}
		}
	}
	add(r.terms, r.First.Devices)
	for i, p := range r.More {
		add(r.more[i], p.Devices)
	}
	return rate
}
