package world

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// touch brings an account to now. Lapses whose date has come are applied on
// the way, each at its own instant: between two events an account is linear,
// so doing it late is exact.
func (w *World) touch(a *Account) {
	for a.lapseNext < len(a.lapses) && a.lapses[a.lapseNext].At <= w.now {
		l := &a.lapses[a.lapseNext]
		a.lapseNext++
		w.advance(a, l.At)
		w.lapse(a, l)
	}
	w.advance(a, w.now)
}

// lapseAll applies a lapse whose date has come to all accounts of a limit, so
// that whoever reads or waits for one sees what is left.
func (w *World) lapseAll(limit int32) {
	c := &w.Rules.Clauses[limit]
	for _, id := range w.spaces[c.Space].ids {
		a := &w.accounts[id]
		w.touch(a)
		if a.lapsedAt == w.now { // here, or when a window ended at this instant
			w.watch(id)
			w.wakes.All = true // a smaller bound makes some work impossible
		}
	}
}

// advance moves an account to t; a new window knows no forfeits.
func (w *World) advance(a *Account, t calendar.Instant) {
	v := a.Window()
	a.Advance(t)
	if a.Window() != v {
		a.forfeited, a.excess = account.Sum{}, account.Sum{}
	}
}

// lapse forfeits a part of what is unused. What running jobs hold counts as
// unused but is honoured: the bound becomes max(reduced bound, used + held),
// and what these jobs do not use is forfeited when they end. (Cutting the
// bound under what runs breaks it; freezing it at used + reserved leaks, since
// a holder can reserve, end early and start anew.)
func (w *World) lapse(a *Account, l *LapseOn) {
	c := &w.Rules.Clauses[l.Clause]
	if w.muted[c.Group] {
		return
	}
	bound := w.Rules.Clauses[c.Limit].Bound.Sub(a.forfeited)
	used := a.Used(l.At)
	for _, line := range l.Lines {
		if !used.Times(line.UsedBelow.Den).Less(bound.Times(line.UsedBelow.Num)) {
			continue
		}
		rest := bound.Sub(used).Max(account.Sum{})
		lost := rest.Times(line.Lose.Num).Over(line.Lose.Den)
		reduced := bound.Sub(lost)
		kept := reduced.Max(a.Committed[a.Window()])
		if kept.Less(bound) || lost.Sign() > 0 {
			w.Need(c.Group)
		}
		a.forfeited = w.Rules.Clauses[c.Limit].Bound.Sub(kept)
		a.excess, a.lapsedAt = kept.Sub(reduced), l.At
		return
	}
}

// forfeitUnused takes back what a job that ran on a lapse's date held beyond
// the reduced bound and did not use.
func (a *Account) forfeitUnused(r *Running, rate int64, now calendar.Instant) {
	if a.excess.Sign() <= 0 || r.Began >= a.lapsedAt || now >= r.End {
		return
	}
	back := account.Product(rate, a.Overlap(a.Window(), now, r.End)).Min(a.excess)
	a.forfeited = a.forfeited.Add(back)
	a.excess = a.excess.Sub(back)
}

// Bound is what a limit allows in a window of an account: its bound, less what
// lapsed in the current one.
func (w *World) Bound(c *Clause, a *Account, window int) account.Sum {
	if len(c.Steps) > 0 {
		return c.Lowest(w.now, w.now)
	}
	if window == a.Window() {
		return a.Reduced(c.Bound)
	}
	return c.Bound
}

// Reduced is a bound less what lapsed in the current window.
func (a *Account) Reduced(bound account.Sum) account.Sum { return bound.Sub(a.forfeited) }

// Touch brings an account to now, for whoever reads it.
func (w *World) Touch(i int32) *Account {
	a := &w.accounts[i]
	if a.At() < w.now {
		w.touch(a)
	}
	return a
}
