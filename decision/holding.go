package decision

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// A share of what is held has no window: it is judged whenever devices come,
// move or go. With N and O what the helpful and the harmful side hold, and M
// the minBase, devices may come to the harmful side if N ≥ s (N + O) then, or
// O ≤ M − s·M. What is held changes by such acts alone, each judged before it
// happens, so the share holds at every instant, by induction over the acts.

// held judges devices that arrive.
func (j *judge) held(t *world.Term, c *world.Clause, rate int64, r *Reason) {
	if t.Side != world.Harmful {
		return
	}
	in, out := j.w.Touch(t.Account), j.w.Touch(t.Account+int32(world.Harmful))
	r.harm(out.Window(), out, account.Of(out.Rate()), heldRoom(c, in.Rate()), account.Of(rate), t.Rate)
	if r.Outcome != Admit {
		r.First = calendar.Never // until others arrive, or these go
	}
}

// heldRoom is what the harmful side may hold beside n of the helpful one.
func heldRoom(c *world.Clause, n int64) account.Sum {
	small := c.MinBase.Times(c.Floor.Den - c.Floor.Num).Over(c.Floor.Den)
	return harmfulRoom(c, account.Of(n), account.Sum{}).Max(small)
}

// Move judges moving n devices of a lot from one stock to another, which has
// the same permits at another site; Dispose judges giving them away. Both
// count for what is held, not for what is delivered. One that lowers no share
// is never refused by it, though it may be broken.
func Move(w *world.World, lot, from, to int32, n int64, v *Verdict) {
	j := leave(w, lot, from, n, v)
	j.gates(to, -1)
	terms := w.DeliveryTerms(to)
	for i := range terms {
		// What the place must be is looked at again where the devices go.
		if c := &w.Rules.Clauses[terms[i].Clause]; c.Form == world.Require {
			j.term(&terms[i], n, 0)
		}
	}
	j.notices(from, to)
	j.shifts(w.DeliveryTerms(from), terms, n)
}

// Dispose judges giving n devices of a lot away for good.
func Dispose(w *world.World, lot, from int32, n int64, v *Verdict) {
	j := leave(w, lot, from, n, v)
	j.notices(from, world.Nowhere)
	j.shifts(w.DeliveryTerms(from), nil, n)
}

func leave(w *world.World, lot, from int32, n int64, v *Verdict) *judge {
	now := w.Now()
	q := &Request{First: world.Part{Stock: from, Devices: n}, Limit: 1, Expected: 1, Own: -1}
	v.reset(now + 1)
	return &judge{w: w, v: v, q: q, now: now, limit: 1, end: now + 1, expect: now + 1, devices: n, deliver: true, lot: lot, exempt: true}
}

// notices judges the duties to give notice before devices leave.
func (j *judge) notices(from, to int32) {
	site, country := world.Nowhere, ""
	if to >= 0 {
		site = j.w.Rules.Stocks[to].Site
		country = j.w.Rules.Sites[site].Country
	}
	terms := j.w.DeliveryTerms(from)
	for i := range terms {
		c := &j.w.Rules.Clauses[terms[i].Clause]
		if c.Form != world.Duty || j.w.Muted(c.Group) {
			continue
		}
		switch c.Before {
		case permit.Disposing:
			if to >= 0 {
				continue
			}
		case permit.Transferring:
			if to < 0 || country == j.w.Rules.Sites[j.w.Rules.Stocks[from].Site].Country {
				continue
			}
		case permit.Moving:
			if to < 0 {
				continue
			}
		default:
			continue
		}
		r := j.v.next()
		*r = Reason{Clause: terms[i].Clause, Form: c.Form, Account: -1, Largest: Any, First: j.now}
		switch at := j.w.Notified(terms[i].Clause, j.lot, site); {
		case at == calendar.Never:
			r.refuse(Hold, calendar.Never)
		case j.now < at+c.Notice:
			r.refuse(Hold, at+c.Notice)
		}
		if r.Outcome != Admit {
			j.w.Act(c.Group)
		}
		j.v.add(r)
	}
}

// shift is what a move changes on one account of a clause, on both sides.
type shift struct {
	clause, account  int32
	helpful, harmful int64
}

// shifts judges every condition on what is held by what leaves and arrives.
func (j *judge) shifts(leaves, arrives []world.Term, n int64) {
	var all []shift
	note := func(t *world.Term, by int64) {
		if t.Account < 0 || t.Side == world.Neutral || j.w.Rules.Clauses[t.Clause].Measure != permit.HeldTPP {
			return
		}
		k := 0
		for k < len(all) && (all[k].clause != t.Clause || all[k].account != t.Account) {
			k++
		}
		if k == len(all) {
			all = append(all, shift{clause: t.Clause, account: t.Account})
		}
		if t.Side == world.Harmful {
			all[k].harmful += by
		} else {
			all[k].helpful += by
		}
	}
	for i := range leaves {
		note(&leaves[i], -leaves[i].Rate*n)
	}
	for i := range arrives {
		note(&arrives[i], arrives[i].Rate*n)
	}
	for _, s := range all {
		c := &j.w.Rules.Clauses[s.clause]
		if j.w.Muted(c.Group) {
			continue
		}
		r := j.v.next()
		*r = Reason{Clause: s.clause, Form: c.Form, Account: s.account, Largest: Any, First: j.now}
		in := j.w.Touch(s.account).Rate()
		if c.Form == world.Limit {
			r.Value, r.Bound, r.Ask = account.Of(in), c.Bound, account.Of(s.helpful)
		} else {
			out := j.w.Touch(s.account + int32(world.Harmful)).Rate()
			r.Value, r.Bound, r.Ask = account.Of(out), heldRoom(c, in+s.helpful), account.Of(s.harmful)
		}
		lowers := s.harmful > 0 || c.Form == world.Limit && s.helpful > 0 || c.Form == world.Share && s.helpful < 0
		if lowers && r.Bound.Less(r.Value.Add(r.Ask)) {
			r.refuse(Hold, calendar.Never)
			j.w.Act(c.Group)
		}
		j.v.add(r)
	}
}
