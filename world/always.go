package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// Some shares have no window at whose end they are judged: those that are
// judged always, and those of a rolling window. They are kept or broken at every
// instant, so a breach is noted at the first one, and again when it was kept in
// between. Nothing acts on running work then: what makes it worse does not start
// while the share is broken, and what was stopped would start again as soon as
// it is kept, moment by moment.

// Instantly reports whether a share of use is judged at every instant.
func (r *Rules) Instantly(c *Clause) bool {
	return c.Form == Share && c.Base == Used && !c.Measure.AtDelivery() && !c.Measure.Instant() && (c.Always || r.Spaces[c.Space].Length > 0)
}

// Counts is what the account holds at t, which lies in its current window: of a
// rolling one what was used in the last of its lengths.
func (a *Account) Counts(t calendar.Instant) account.Sum {
	if a.Roll != nil {
		return a.Roll.Used(t)
	}
	return a.Used(t)
}

// pair makes both accounts of a key, by the helpful one, set alarms for the
// shares that are judged at every instant.
func (w *World) pair(id int32) {
	w.accounts[id].pair, w.accounts[id+int32(Harmful)].pair = id+1, id+1
}

// broken gives the tests of which all hold while a share of use is broken on
// the accounts of a key: its floor is not reached, and more than the least whole
// was used. Between events both are linear, or made of linear pieces.
func (w *World) broken(c *Clause, id int32) []func(calendar.Instant) bool {
	in, out := &w.accounts[id], &w.accounts[id+int32(Harmful)]
	tests := []func(calendar.Instant) bool{func(t calendar.Instant) bool {
		n := in.Counts(t)
		return n.Times(c.Floor.Den).Less(n.Add(out.Counts(t)).Sub(c.Allowance).Times(c.Floor.Num))
	}}
	if c.Always {
		tests = append(tests, func(t calendar.Instant) bool { return c.MinBase.Less(in.Counts(t).Add(out.Counts(t))) })
	}
	return tests
}

// turns is the first instant from now on at which a share of use comes to be
// broken, or to be kept again, if running work goes on.
func (w *World) turns(c *Clause, id int32, broken bool) calendar.Instant {
	in, out := &w.accounts[id], &w.accounts[id+int32(Harmful)]
	when := func(tests ...func(calendar.Instant) bool) calendar.Instant {
		if in.Roll != nil {
			return account.When(w.now, []*account.Rolling{in.Roll, out.Roll}, tests...)
		}
		return account.Within(w.now, max(w.now, out.End(out.Window())-1), tests...)
	}
	tests := w.broken(c, id)
	if !broken {
		return when(tests...)
	}
	at := calendar.Never
	for _, holds := range tests {
		at = min(at, when(func(t calendar.Instant) bool { return !holds(t) }))
	}
	return at
}

// watchShares sets the alarms for the shares of use on a pair of accounts, by
// the helpful one.
func (w *World) watchShares(id int32) {
	in := &w.accounts[id]
	w.touch(in)
	w.touch(&w.accounts[id+int32(Harmful)])
	in.turned++
	for k, i := range in.watched {
		c := &w.Rules.Clauses[i]
		if !w.Rules.Instantly(c) || w.muted[c.Group] {
			continue
		}
		w.push(timer{at: w.turns(c, id, in.isBroken(k)), kind: shareTurns, id: id, more: i, version: in.turned})
	}
}

// turn is a share of use that is broken, or kept again.
func (w *World) turn(id, clause int32) {
	in := &w.accounts[id]
	k := slices.Index(in.watched, clause)
	broken := !slices.ContainsFunc(w.broken(&w.Rules.Clauses[clause], id), func(holds func(calendar.Instant) bool) bool { return !holds(w.now) })
	w.noted(in, k, broken)
	w.watchShares(id)
}

// noted takes down whether a share is broken on a key's accounts.
func (w *World) noted(in *Account, k int, broken bool) {
	if in.isBroken(k) == broken {
		return
	}
	for len(in.brokenIn) < len(in.watched) {
		in.brokenIn = append(in.brokenIn, -1)
	}
	in.brokenIn[k] = -1
	if broken {
		in.brokenIn[k] = int32(in.Window())
		s := &w.clauses[in.watched[k]]
		s.Broken++
		s.Breach = min(s.Breach, w.now)
	}
}

// isBroken reports whether the share at k of the watched clauses is broken.
func (a *Account) isBroken(k int) bool { return k < len(a.brokenIn) && a.brokenIn[k] >= 0 }

// noteDevices looks at the shares of devices on a key's accounts that are
// judged always: what they count changes by deliveries, moves and facts alone.
func (w *World) noteDevices(id int32) {
	in := &w.accounts[id]
	for k, i := range in.watched {
		c := &w.Rules.Clauses[i]
		if c.Form != Share || !c.Always || !c.Measure.AtDelivery() || w.muted[c.Group] {
			continue
		}
		out := &w.accounts[id+int32(Harmful)]
		n, o := in.Used(w.now), out.Used(w.now)
		if c.Measure.Instant() {
			n, o = account.Of(in.Rate()), account.Of(out.Rate())
		}
		whole := n.Add(o)
		broken := n.Times(c.Floor.Den).Less(whole.Sub(c.Allowance).Times(c.Floor.Num))
		if c.Base == OfFact {
			whole = w.Fact(c.Fact)
			broken = w.baseBroken(c, n, o, whole)
		}
		w.noted(in, k, broken && c.MinBase.Less(whole))
	}
}
