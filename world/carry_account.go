package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/permit"
)

// accountsOn carries the accounts that go on, in their order.
func (k *carrying) accountsOn() {
	w, n := k.w, k.n
	before := make([]int32, len(w.Rules.Spaces)) // by old space the new one
	for i := range before {
		before[i] = -1
	}
	k.whole = make([]bool, len(n.Rules.Spaces))
	for to, from := range k.s.spaces {
		if from < 0 {
			continue
		}
		before[from] = int32(to)
		a, b := &w.Rules.Spaces[from], &n.Rules.Spaces[to]
		k.whole[to] = a.Instant || a.Length > 0 || slices.Equal(a.Cuts, b.Cuts) && (w.spaces[from].expects == n.spaces[to].expects || n.spaces[to].stride > 1)
	}
	for id := int32(0); int(id) < len(w.accounts); {
		old := w.accounts[id].Space
		stride := w.spaces[old].stride
		if to := before[old]; to >= 0 {
			first := n.account(to, w.accounts[id].Key)
			for side := range stride {
				k.accounts[id+side] = first + side
				k.carry(id+side, first+side)
			}
			if slices.ContainsFunc(n.accounts[first].watched, func(c int32) bool { return n.Rules.Instantly(&n.Rules.Clauses[c]) }) {
				n.pair(first)
			}
		}
		id += stride
	}
}

// carry carries one account.
func (k *carrying) carry(from, to int32) {
	w, n := k.w, k.n
	old, a := w.Touch(from), &n.accounts[to]
	space := &n.Rules.Spaces[a.Space]
	goesOn := true
	switch {
	case k.whole[a.Space] && slices.Equal(old.Cuts, a.Cuts):
		cuts := a.Cuts
		a.Account, a.opened = old.Account.Copy(), old.opened
		a.Cuts = cuts
	case k.whole[a.Space]: // a rate, or a rolling window: the boundaries mean nothing
		a.Resume(account.Sum{}, n.now)
		a.Reserve(old.Rate(), n.now, n.now, n.now)
	default:
		a.Resume(account.Sum{}, n.now)
		if goesOn = old.Cuts[old.Window()] == a.Cuts[a.Window()]; goesOn {
			a.Resume(old.Used(n.now), n.now)
			a.opened = old.opened
		} else {
			a.opened = n.now
		}
	}
	if old.Roll != nil {
		a.Roll = old.Roll.Copy(space.Length)
	}
	if goesOn {
		a.forfeited, a.excess, a.lapsedAt = old.forfeited, old.excess, old.lapsedAt
	}
	a.version = old.version
	for i, c := range old.watched {
		next := k.s.later.clauses[c]
		if next < 0 || n.Rules.Clauses[next].Space != a.Space {
			continue
		}
		a.bear(n.Rules, next)
		if i < len(old.brokenIn) && goesOn {
			for len(a.brokenIn) < len(a.watched) {
				a.brokenIn = append(a.brokenIn, -1)
			}
			if old.brokenIn[i] == int32(old.Window()) {
				a.brokenIn[len(a.watched)-1] = int32(a.Window())
			}
		}
	}
	for a.lapseNext < len(a.lapses) && a.lapses[a.lapseNext].At <= n.now {
		a.lapseNext++ // its date is past
	}
}

// capacities carries what shares of what is available compare with.
func (k *carrying) capacities() {
	w, n := k.w, k.n
	fresh := make([]bool, len(n.Rules.Spaces))
	for to := range n.spaces {
		s := &n.spaces[to]
		if s.capacity == nil {
			continue
		}
		from := k.s.spaces[to]
		if from < 0 || w.spaces[from].capacity == nil {
			fresh[to] = true
			continue
		}
		cuts := n.Rules.Spaces[to].Cuts
		fresh[to] = !slices.Equal(w.Rules.Spaces[from].Cuts, cuts)
		for key, old := range w.spaces[from].capacity {
			old.Advance(n.now)
			a := old.Copy()
			if fresh[to] {
				a = account.New(cuts, make([]account.Sum, len(cuts)-1), nil)
				a.Resume(account.Sum{}, n.now)
				if old.Cuts[old.Window()] == a.Cuts[a.Window()] {
					a.Resume(old.Used(n.now), n.now)
				}
			}
			s.capacity[key] = &a
		}
	}
	for i := range n.stocks {
		if c := n.stocks[i].Capacity; c != 0 {
			n.countCapacity(int32(i), c, func(space int32) bool { return fresh[space] })
		}
	}
}

// jobs carries what runs, under the same numbers.
func (k *carrying) jobs() {
	w, n := k.w, k.n
	n.jobs, n.free, n.running = sized(w.jobs.len()), slices.Clone(w.free), w.running
	k.drained = make([]bool, w.jobs.len())
	w.Each(func(id JobID, old *Running) {
		r := n.jobs.at(id)
		*r = *old
		k.drained[id] = w.drains(old)
		r.First.Stock = k.s.later.stocks[old.First.Stock]
		r.Class = n.Class(k.of.Job(r.Ref))
		r.terms = k.terms(r, old.terms, r.First)
		n.stocks[r.First.Stock].Used += r.First.Devices
		r.More, r.more = slices.Clone(old.More), nil
		for i := range r.More {
			p := &r.More[i]
			p.Stock = k.s.later.stocks[p.Stock]
			n.stocks[p.Stock].Used += p.Devices
			r.more = append(r.more, k.terms(r, old.more[i], *p))
		}
	})
}

// terms gives the conditions that bear on a part of a running job: what says the
// same bears on it as it did when the job started, what is new or another as it
// is resolved now. Accounts are brought up to it.
func (k *carrying) terms(r *Running, old []Term, p Part) []Term {
	n := k.n
	var terms []Term
	resolved := n.Terms(r.Class, p.Stock)
	for _, q := range n.Rules.Stocks[p.Stock].Permits {
		for c := n.Rules.Permits[q].First; c < n.Rules.Permits[q].Last; c++ {
			is := func(x int32) func(Term) bool { return func(t Term) bool { return t.Clause == x } }
			if !k.s.same[c] {
				if i := slices.IndexFunc(resolved, is(c)); i >= 0 {
					t := resolved[i]
					t.Twin = counted(terms, &t)
					terms = append(terms, t)
				}
				continue
			}
			i := slices.IndexFunc(old, is(k.s.clauses[c]))
			if i < 0 {
				continue
			}
			t, clause := old[i], &n.Rules.Clauses[c]
			t.Clause, t.Group, t.Bound, t.Cuts = c, clause.Group, clause.Bound, clause.Cut
			if t.Account >= 0 {
				t.Account = k.accounts[t.Account]
				n.accounts[t.Account].bear(n.Rules, c)
			}
			t.Plain = n.plain(clause, &t)
			t.Twin = counted(terms, &t)
			terms = append(terms, t)
		}
	}
	// counts reports whether the part counts on a side of an account of the new
	// world under some terms.
	counts := func(all []Term, account func(int32) (int32, bool), id int32, side Side) bool {
		return slices.ContainsFunc(all, func(t Term) bool {
			a, on := account(t.Account)
			return on && t.Account >= 0 && a == id && t.Side == side
		})
	}
	was := func(id int32) (int32, bool) { to, on := k.accounts[id]; return to, on }
	is := func(id int32) (int32, bool) { return id, true }
	for i := range terms {
		t := &terms[i]
		if t.Account >= 0 && (!k.whole[n.accounts[t.Account].Space] || !counts(old, was, t.Account, t.Side)) {
			k.reserve(t, r, p)
		}
	}
	for i := range old {
		t := &old[i]
		if to, on := was(t.Account); on && t.Account >= 0 && !counts(terms, is, to, t.Side) {
			k.release(t, r, p)
		}
	}
	return terms
}

// reserve takes a running job into an account from now on.
func (k *carrying) reserve(t *Term, r *Running, p Part) {
	a, c, rate := k.n.charged(t, p)
	if a == nil {
		return
	}
	k.shift(t)
	now := k.n.now
	if k.s.spaces[a.Space] < 0 {
		a.opened = now
	}
	switch {
	case c.Measure.Instant():
		a.Reserve(rate, now, now, now)
	case a.Roll != nil:
		a.Roll.Reserve(rate, now, r.End)
		a.Reserve(rate, now, now, now)
	default:
		a.Reserve(rate, now, r.End, r.Expected)
		if e := min(r.Expected, r.End); a.opened < now && e < now && a.Expected != nil {
			// What it has used past its expected end counts when it ends.
			v := a.Window()
			a.Expected[v] = a.Expected[v].Sub(account.Product(rate, a.Overlap(v, e, now)))
		}
	}
}

// shift notes that an account has other running work.
func (k *carrying) shift(t *Term) {
	id := t.Account
	if k.n.Rules.Clauses[t.Clause].Form == Share {
		id += int32(t.Side)
	}
	k.shifted[id] = true
}

// release takes a running job out of the account of a pool that goes on without
// the clause that it counted under.
func (k *carrying) release(t *Term, r *Running, p Part) {
	if t.Account < 0 || t.Side == Neutral || t.Twin {
		return
	}
	old, c := k.w.side(t)
	id, on := k.accounts[t.Account]
	if !on || c.Measure.AtDelivery() || !k.whole[k.n.accounts[id].Space] {
		return
	}
	if c.Form == Share {
		id += int32(t.Side)
	}
	k.shifted[id] = true
	a, rate, now := &k.n.accounts[id], t.Rate*p.Devices, k.n.now
	switch {
	case c.Measure == permit.Jobs:
	case c.Measure.Instant():
		a.Release(rate, now, now, now)
	case old.Roll != nil:
		a.Roll.Release(rate, r.Began, r.End, now)
		a.Release(rate, now, now, now)
	default:
		a.Release(rate, now, r.End, r.Expected)
	}
}
