package decision

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// Request is a proposed placement of a job.
type Request struct {
	Class world.ClassID
	// First is where it runs; More holds further parts.
	First world.Part
	More  []world.Part
	// Limit is the longest that it may run; Expected how long it is expected to.
	Limit, Expected calendar.Instant
	// Checkpoint is the time between two checkpoints; 0 if it cannot be stopped
	// and resumed.
	Checkpoint calendar.Instant
	// Subject is what approvals are given to: a job, or all jobs of a phase.
	Subject int32
	// Own is the request's own booking, if it was announced; else −1.
	Own world.BookingID
}

// Devices is the number of devices asked for.
func (q *Request) Devices() int64 {
	n := q.First.Devices
	for _, p := range q.More {
		n += p.Devices
	}
	return n
}

// judge is one judgement under way.
type judge struct {
	w       *world.World
	v       *Verdict
	q       *Request
	now     calendar.Instant
	end     calendar.Instant // of the reservation
	limit   calendar.Instant // how long it may run
	expect  calendar.Instant // of the expected run
	devices int64
	// deliver: devices arrive instead of a job starting.
	deliver bool
	lot     int32
	// exempt: the request may use allowances of certain floors.
	exempt bool
	// terms are what bears on the request.
	terms []world.Term
	// stuck is the clause that cuts a reservation of work that cannot stop.
	stuck    int32
	stuckSet bool
}

// Judge judges a job. Complexity: O(1) for each condition and window that the
// reservation touches, but for booked shares, which place the bookings.
func Judge(w *world.World, q *Request, v *Verdict) {
	now := w.Now()
	j := judge{w: w, v: v, q: q, now: now, limit: q.Limit, end: now + q.Limit, devices: q.First.Devices, exempt: true}
	if q.Limit > calendar.Never-now {
		j.end = calendar.Never
	}
	j.expect = now + min(q.Expected, q.Limit)
	v.reset(j.end)
	if len(q.More) == 0 {
		terms := w.Terms(q.Class, q.First.Stock)
		j.gates(q.First.Stock, -1)
		j.cuts(terms)
		for i := range terms {
			j.term(&terms[i], j.devices, terms[i].Rate*j.devices)
		}
	} else {
		j.parts()
	}
	v.End = j.end
	j.finish()
}

// parts judges a placement on several stocks: what they have in common is
// judged once, with the devices of all parts that it bears on.
func (j *judge) parts() {
	parts := append([]world.Part{j.q.First}, j.q.More...)
	type load struct {
		term    world.Term
		devices int64
		rate    int64
	}
	var loads []load
	j.devices = j.q.Devices()
	for i, p := range parts {
		j.gates(p.Stock, i)
	next:
		for _, t := range j.w.Terms(j.q.Class, p.Stock) {
			for k := range loads {
				if l := &loads[k]; l.term.Clause == t.Clause && l.term.Account == t.Account && l.term.Side == t.Side {
					// Prices may differ from lot to lot: the largest size is judged
					// at the dearest.
					l.devices += p.Devices
					l.rate += t.Rate * p.Devices
					l.term.Rate = max(l.term.Rate, t.Rate)
					l.term.Holds = l.term.Holds && t.Holds
					continue next
				}
			}
			loads = append(loads, load{t, p.Devices, t.Rate * p.Devices})
		}
	}
	terms := make([]world.Term, len(loads))
	for i := range loads {
		l := &loads[i]
		if t := &l.term; t.Account >= 0 && j.w.Rules.Spaces[j.w.Rules.Clauses[t.Clause].Space].Pooled {
			// Under conditions of a pool each part may count by another one: what
			// is asked of the account is what all of them take.
			l.devices, l.rate = 0, 0
			for _, p := range parts {
				for _, o := range j.w.Terms(j.q.Class, p.Stock) {
					if o.Account == t.Account && o.Side == t.Side && !o.Twin {
						l.devices += p.Devices
						l.rate += o.Rate * p.Devices
						t.Rate = max(t.Rate, o.Rate)
					}
				}
			}
		}
		terms[i] = l.term
	}
	j.cuts(terms)
	for i := range loads {
		j.term(&loads[i].term, loads[i].devices, loads[i].rate)
	}
}

// gates judges what each permit of a stock demands by itself. part is the
// part's index, or −1 when there is one: a permit over several parts is judged
// once.
func (j *judge) gates(stock int32, part int) {
	for _, p := range j.w.Rules.Stocks[stock].Permits {
		if part > 0 && j.seen(-1-p) {
			continue
		}
		j.gate(p)
	}
}

func (j *judge) seen(clause int32) bool {
	for i := range j.v.Reasons {
		if j.v.Reasons[i].Clause == clause {
			return true
		}
	}
	return false
}

func (j *judge) gate(p int32) {
	rules, s := &j.w.Rules.Permits[p], j.w.Permit(p)
	if j.deliver && !rules.Delivery || !j.deliver && !rules.Use {
		return
	}
	r := j.v.next()
	r.begin(-1-p, world.Gate, -1, j.now)
	switch {
	// An end counts whether the permit had taken effect or not: what was revoked
	// waits for no endorsement.
	case s.Ended <= j.now && (j.deliver || rules.OnEnd != permit.Continue) && !j.w.Muted(rules.EndGroup):
		r.Outcome, r.First, r.Largest = Deny, calendar.Never, 0
		if s.Why == world.Suspended {
			r.Outcome = Hold
		}
		j.w.Act(rules.EndGroup)
	case s.Effective > j.now:
		r.Outcome, r.First, r.Largest = Hold, s.Effective, 0
		for k, at := range s.Endorsed {
			if at > j.now {
				j.w.Act(rules.GateGroups[k])
			}
		}
	case !j.deliver && j.end > rules.Until && (rules.OnEnd == permit.Drain || rules.OnEnd == permit.Stop) && !j.w.Muted(rules.EndGroup):
		j.cutAt(rules.Until, r.Clause, rules.EndGroup)
	}
	j.v.add(r)
}

// cutAt ends the reservation early: the job is drained there, so it must be
// able to stop, else it is refused.
func (j *judge) cutAt(t calendar.Instant, clause, group int32) {
	if t >= j.end {
		return
	}
	j.w.Need(group)
	j.end, j.expect = t, min(j.expect, t)
	j.v.Cut, j.v.CutBy = true, clause
	if j.q.Checkpoint <= 0 && !j.stuckSet {
		j.stuck, j.stuckSet = clause, true
	}
}

// cuts finds where certain shares cut the reservation, before anything is
// judged: a job has one reservation end, and every account reads it.
func (j *judge) cuts(terms []world.Term) {
	j.terms = terms
	if !j.w.Cuts() {
		return
	}
	certain, helps, allows := 0, false, false
	for i := range terms {
		t := &terms[i]
		if !t.Cuts {
			continue
		}
		if c := &j.w.Rules.Clauses[t.Clause]; !j.w.Muted(c.Group) {
			certain++
			helps = helps || t.Side == world.Helpful
			allows = allows || c.Allowance.Sign() > 0
		}
	}
	if certain == 0 {
		return
	}
	// With more than one certain floor only work inside some of them may use
	// an allowance: a third class would take it first, and then nothing runs.
	j.exempt = certain == 1 || helps
	if certain > 1 && allows {
		for i := range terms {
			if c := &j.w.Rules.Clauses[terms[i].Clause]; c.Cut && !j.w.Muted(c.Group) {
				j.w.Need(c.Group)
			}
		}
	}
	for i := range terms {
		t := &terms[i]
		c := &j.w.Rules.Clauses[t.Clause]
		if !c.Cut || t.Side != world.Harmful || j.w.Muted(c.Group) {
			continue
		}
		if at := j.cutOf(t, c); at < j.end {
			j.cutAt(at, t.Clause, c.Group)
		}
	}
}

// term judges one clause of work that takes n devices and rate in a
// millisecond.
func (j *judge) term(t *world.Term, n, rate int64) {
	if j.w.Muted(t.Group) || t.Plain != world.NotPlain && (!j.deliver || t.Plain == world.Pass) && j.plainly(t, rate) {
		return
	}
	c := &j.w.Rules.Clauses[t.Clause]
	r := j.v.next()
	r.begin(t.Clause, c.Form, t.Account, j.now)
	state := j.w.Clause(t.Clause)
	switch c.Form {
	case world.Require:
		if !t.Holds {
			r.Outcome, r.First, r.Largest = Deny, calendar.Never, 0
		}
	case world.Approval:
		if !t.Holds && !j.w.Approved(t.Clause, j.q.Subject) {
			r.Outcome, r.First, r.Largest = NeedsApproval, calendar.Never, 0
		}
	case world.Duty:
		if state.Holding {
			r.refuse(Hold, calendar.Never)
		}
	case world.Evidence:
		if j.holdsWithout(c) && j.stale(t.Clause) {
			r.refuse(Hold, calendar.Never)
		}
	case world.Limit:
		j.limited(t, c, rate, r)
	case world.Share:
		j.shared(t, c, n, rate, r)
		if state.Holding && t.Side == world.Harmful {
			r.refuse(Hold, calendar.Never)
		}
	}
	if j.stuckSet && j.stuck == t.Clause {
		j.uncut(t, c, r)
	}
	if r.Outcome != Admit {
		j.w.Act(c.Group)
	}
	j.v.add(r)
}

func (r *Reason) refuse(o Outcome, first calendar.Instant) {
	r.Outcome, r.First, r.Largest = max(o, r.Outcome), first, 0
}

// uncut refuses work that a certain share would cut and that cannot stop. It
// may fit between two later cuts if it is short enough.
func (j *judge) uncut(t *world.Term, c *world.Clause, r *Reason) {
	a := j.w.Touch(t.Account)
	for v := a.Window() + 1; v < a.Windows(); v++ {
		if a.Cuts[v+1]-a.Cuts[v] >= j.limit || c.Allowance.Sign() > 0 {
			r.refuse(Hold, max(a.Cuts[v], j.end))
			return
		}
	}
	r.refuse(Deny, calendar.Never)
}

// holdsWithout reports whether missing evidence forbids the request.
func (j *judge) holdsWithout(c *world.Clause) bool { return c.Action != permit.Notify }

func (j *judge) stale(clause int32) bool {
	if j.deliver && j.w.Lot(j.lot).Certified&(1<<j.w.Rules.Clauses[clause].Kind) != 0 {
		return false
	}
	if j.w.Stale(j.q.First.Stock, clause) {
		return true
	}
	for _, p := range j.q.More {
		if j.w.Stale(p.Stock, clause) {
			return true
		}
	}
	return false
}

// finish refuses what the end of a permit cuts and cannot stop there.
func (j *judge) finish() {
	if !j.stuckSet || j.stuck >= 0 {
		return
	}
	for i := range j.v.Reasons {
		if r := &j.v.Reasons[i]; r.Clause == j.stuck {
			r.refuse(Deny, calendar.Never)
			j.v.Outcome, j.v.Largest, j.v.Again = Deny, 0, calendar.Never
		}
	}
}

// Deliver judges the arrival of n devices of a lot: whether all may come, and
// how many may.
func Deliver(w *world.World, lot int32, n int64, v *Verdict) {
	stock := w.Rules.Lots[lot].Stock
	q := Request{First: world.Part{Stock: stock, Devices: n}, Limit: 1, Expected: 1, Own: -1}
	now := w.Now()
	j := judge{w: w, v: v, q: &q, now: now, limit: 1, end: now + 1, expect: now + 1, devices: n, deliver: true, lot: lot, exempt: true}
	v.reset(j.end)
	j.gates(stock, -1)
	j.granted(stock)
	terms := w.DeliveryTerms(stock)
	for i := range terms {
		j.term(&terms[i], n, terms[i].Rate*n)
	}
}

// granted judges the granted quantities.
func (j *judge) granted(stock int32) {
	st := &j.w.Rules.Stocks[stock]
	for _, p := range st.Permits {
		if !j.w.Rules.Permits[p].Delivery {
			continue
		}
		r := j.v.next()
		*r = Reason{Clause: -1 - p, Form: world.Grant, Account: -1, First: j.now}
		for k, g := range j.w.Rules.Permits[p].Grants {
			if g.Product == st.Product {
				r.Value = r.Value.Add(account.Of(j.w.Permit(p).Delivered[k]))
				r.Bound = r.Bound.Add(account.Of(g.Quantity))
			}
		}
		r.Ask = account.Of(j.devices)
		r.Largest = max(0, r.Room().Int64())
		if r.Largest < j.devices {
			r.Outcome, r.First = Deny, calendar.Never
		}
		j.v.add(r)
	}
}
