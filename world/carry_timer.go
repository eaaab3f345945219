package world

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
)

// timers carries what the world will do by itself. What the rules date lies
// ahead; what depends on what happened is carried, or found anew where a
// condition is another.
func (k *carrying) timers() {
	w, n := k.w, k.n
	t := &n.timers
	for t.next < len(t.fixed) && t.fixed[t.next].at <= n.now {
		t.next++
	}
	for _, x := range w.timers.heap {
		if k.remap(&x) {
			n.push(x)
		}
	}
	for _, a := range w.timers.actions {
		by := a.Clause
		if by >= 0 {
			a.Clause = k.s.later.clauses[by]
		} else {
			a.Clause = -1 - k.s.later.permits[-1-by]
		}
		if (by < 0) == (a.Clause < 0) { // what acts is there still
			t.actions = append(t.actions, a)
		}
	}
	for i := range n.permits {
		k.dates(int32(i))
	}
	for i := range n.Rules.Clauses {
		k.condition(int32(i))
	}
	if !slices.Equal(w.listing(), n.listing()) {
		n.push(timer{at: n.now, kind: listChanges})
	}
	for id := range n.accounts {
		if k.moved(int32(id)) {
			n.watch(int32(id))
		}
	}
	for id := range n.accounts { // a share that is judged at every instant may be another now
		if n.accounts[id].pair == int32(id)+1 {
			n.watchShares(int32(id))
		}
		n.noteDevices(int32(id))
	}
	n.Each(func(id JobID, r *Running) {
		if !k.drained[id] && r.Checkpoint > 0 && n.drains(r) {
			n.scheduleCheckpoint(id)
		}
	})
}

// remap puts the new indexes into a timer; it reports whether it still means
// something.
func (k *carrying) remap(x *timer) bool {
	switch x.kind {
	case boundReached:
		id, on := k.accounts[x.id]
		clause := k.s.later.clauses[x.more]
		if !on || clause < 0 || !k.s.same[clause] || !k.n.accounts[id].alert {
			return false
		}
		x.id, x.more = id, clause
	case shareTurns:
		return false // set anew
	case evidenceAges:
		stock, clause := k.s.later.stocks[x.id], k.s.later.clauses[x.more]
		if stock < 0 || clause < 0 || k.evidenceDiffers(clause) {
			return false
		}
		x.id, x.more = stock, clause
	case checkpoint:
		// Of a job that has ended it means nothing, here as before.
		r := k.n.jobs.at(JobID(x.more))
		return !r.live || uint32(r.Began) != x.version || k.n.drains(r)
	}
	return true
}

// dates does what other dates of a permit mean.
func (k *carrying) dates(i int32) {
	n := k.n
	p, rules := &n.permits[i], &n.Rules.Permits[i]
	if p.Why != Expired && p.Why != Revoked && rules.Until <= n.now {
		n.push(timer{at: n.now, kind: permitEnds, id: i})
	}
}

// condition does what a condition that is new or another means for what runs.
func (k *carrying) condition(i int32) {
	n := k.n
	c := &n.Rules.Clauses[i]
	acts := !k.s.same[i] || k.w.Rules.Clauses[k.s.clauses[i]].Action != c.Action
	switch {
	case c.Form == Require && acts:
		n.push(timer{at: n.now, kind: predicateChanges, id: i})
	case c.Form == Evidence && k.evidenceDiffers(i):
		for stock := range n.Rules.Stocks {
			at := n.Evidence(int32(stock), c.Kind)
			if c.MaxAge == 0 || at == calendar.Never || at == neverSeen || !slices.Contains(n.Rules.Stocks[stock].Permits, c.Permit) {
				continue
			}
			n.push(timer{at: max(n.now, at+c.MaxAge+1), kind: evidenceAges, id: int32(stock), more: i})
		}
	case c.Form == Limit && c.Measure.Instant():
		if acts || k.w.Rules.Clauses[k.s.clauses[i]].Lowest(n.now, n.now) != c.Lowest(n.now, n.now) {
			n.push(timer{at: n.now, kind: boundSteps, id: i})
		}
	}
}

// evidenceDiffers reports whether a clause asks for other evidence than before.
func (k *carrying) evidenceDiffers(i int32) bool {
	c := &k.n.Rules.Clauses[i]
	return !k.s.same[i] || k.w.Rules.Clauses[k.s.clauses[i]].MaxAge != c.MaxAge || k.w.Rules.Clauses[k.s.clauses[i]].Action != c.Action
}

// moved reports whether the instant may be another at which a bound on an
// account is reached.
func (k *carrying) moved(id int32) bool {
	a := &k.n.accounts[id]
	if !k.whole[a.Space] || k.shifted[id] {
		return true
	}
	return slices.ContainsFunc(a.watched, func(i int32) bool {
		if !k.s.same[i] {
			return true
		}
		c, old := &k.n.Rules.Clauses[i], &k.w.Rules.Clauses[k.s.clauses[i]]
		return c.Bound != old.Bound || c.Action != old.Action || c.Assure != old.Assure || !slices.Equal(c.Steps, old.Steps)
	})
}

// listing gives the names that are listed now, each with the fact that lists it.
func (w *World) listing() []string {
	var all []string
	for _, l := range w.Rules.Listings {
		if l.From <= w.now && w.now < l.Until {
			fact := ""
			if int(l.Fact) < len(w.Rules.Facts) {
				fact = w.Rules.Facts[l.Fact]
			}
			all = append(all, fact+"\x00"+l.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
