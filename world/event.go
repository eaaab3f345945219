package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// Endorse records an authority's endorsement of a permit.
func (w *World) Endorse(p int32, authority int32) {
	s := &w.permits[p]
	for k, a := range w.Rules.Permits[p].Required {
		if a == authority && s.Endorsed[k] == calendar.Never {
			s.Endorsed[k] = w.now
			s.settle(w.Rules.Permits[p].From)
			w.wakes.Gates = true
		}
	}
}

// Revoke ends a permit for good, unless its end is muted.
func (w *World) Revoke(p int32) { w.endPermit(p, Revoked) }

// Suspend ends a permit until it is reinstated, unless its end is muted.
func (w *World) Suspend(p int32) { w.endPermit(p, Suspended) }

// Reinstate lifts a suspension.
func (w *World) Reinstate(p int32) {
	s := &w.permits[p]
	if s.Why == Suspended {
		s.Ended, s.Why = calendar.Never, NotEnded
		w.wakes.Gates = true
	}
}

// Deliver puts n devices of a lot into service. The caller has judged it.
func (w *World) Deliver(lot int32, n int64) {
	stock := w.Rules.Lots[lot].Stock
	s := &w.lots[lot]
	s.Delivered += n
	s.First = min(s.First, w.now)
	st := &w.Rules.Stocks[stock]
	for _, p := range st.Permits {
		for k, g := range w.Rules.Permits[p].Grants {
			if g.Product == st.Product {
				w.permits[p].Delivered[k] += n
			}
		}
	}
	terms := w.DeliveryTerms(stock)
	for i := range terms {
		t := &terms[i]
		if t.Account < 0 || t.Side == Neutral || t.Twin {
			continue
		}
		a, c := w.side(t)
		w.touch(a)
		amount := account.Product(t.Rate, n)
		switch {
		case c.Measure.Instant():
			a.Reserve(t.Rate*n, w.now, w.now, w.now)
		case a.Roll != nil:
			a.Roll.Add(amount, w.now)
		default:
			a.Add(amount, w.now)
		}
		if a.waiting {
			w.wakes.Accounts = append(w.wakes.Accounts, t.Account)
		}
		w.noteDevices(t.Account)
	}
	w.stocks[stock].Held += n
	w.Capacitate(stock, n)
}

// Capacitate changes the devices in service of a stock: a shutdown, a repair.
// Devices that are taken away while they are in use make Used exceed Capacity;
// the caller stops jobs until it no longer does.
func (w *World) Capacitate(stock int32, n int64) {
	w.stocks[stock].Capacity += n
	if n > 0 {
		// More may run, and shares of what is available grow.
		w.wakes.Stocks = append(w.wakes.Stocks, stock)
		w.wakeShares(func(c *Clause) bool {
			return (c.Base == Available || c.Assure == permit.Booked) && slices.Contains(w.Rules.Stocks[stock].Permits, c.Permit)
		})
	}
	w.bookCapacity(stock, n)
	w.countCapacity(stock, n, func(int32) bool { return true })
}

// countCapacity counts devices from now on in what shares of what is available
// compare with, in the spaces that a test selects.
func (w *World) countCapacity(stock int32, n int64, selects func(space int32) bool) {
	for i := range w.Rules.Clauses {
		c := &w.Rules.Clauses[i]
		if c.Form != Share || c.Base != Available || !selects(c.Space) || !slices.Contains(w.Rules.Stocks[stock].Permits, c.Permit) {
			continue
		}
		if first := slices.IndexFunc(w.Rules.Clauses, func(o Clause) bool {
			return o.Form == Share && o.Base == Available && o.Space == c.Space && slices.Contains(w.Rules.Stocks[stock].Permits, o.Permit)
		}); first != i {
			continue // clauses of one pool share the capacity
		}
		w.capacity(c, w.key(c.Per, &Attributes{}, stock)).Reserve(w.rate(c.Measure, stock)*n, w.now, calendar.Never, calendar.Never)
	}
}

// See records evidence about a stock that was made now; always means that it
// is renewed from now on without a gap.
func (w *World) See(stock, kind int32, always bool) {
	at := w.now
	if always {
		at = calendar.Never
	}
	w.evidence[int(stock)*len(w.Rules.EvidenceKinds)+int(kind)] = at
	w.wakes.Gates = true
	if always {
		return
	}
	for i := range w.Rules.Clauses {
		c := &w.Rules.Clauses[i]
		if c.Form == Evidence && c.Kind == kind && c.MaxAge > 0 && slices.Contains(w.Rules.Stocks[stock].Permits, c.Permit) {
			w.push(timer{at: w.now + c.MaxAge + 1, kind: evidenceAges, id: stock, more: int32(i)})
		}
	}
}

// Certify records evidence about a lot before its delivery.
func (w *World) Certify(lot, kind int32) { w.lots[lot].Certified |= 1 << kind }

// SetFact gives a fact its present value.
func (w *World) SetFact(f int32, v account.Sum) {
	for int(f) >= len(w.facts) {
		w.facts = append(w.facts, account.Sum{})
	}
	w.facts[f] = v
	for i := range w.Rules.Clauses {
		if c := &w.Rules.Clauses[i]; c.Form == Share && c.Base == OfFact && c.Fact == f {
			for _, id := range w.spaces[c.Space].ids {
				w.noteDevices(id)
			}
		}
	}
	w.wakeShares(func(c *Clause) bool { return c.Base == OfFact && c.Fact == f })
}

// File records that the holder fulfilled a duty for its next window.
func (w *World) File(clause int32) {
	s := &w.clauses[clause]
	s.Filed++
	if s.Missed && s.Filed >= s.Judged {
		s.Missed, s.Holding = false, false
		w.wakes.Gates = true
	}
}

// Approve records that one of an approval's authorities said yes to a subject.
func (w *World) Approve(clause, subject int32, authority int32) {
	if w.approvals == nil {
		w.approvals = map[approvalKey]uint64{}
	}
	k := slices.Index(w.Rules.Clauses[clause].By, authority)
	if k >= 0 {
		w.approvals[approvalKey{clause, subject}] |= 1 << k
		w.wakes.Approved = append(w.wakes.Approved, subject)
	}
}

// Begin does what a start needs beyond its accounts: the checkpoints of jobs
// under a draining limit, and a new look at what waits for a share that the
// job raises.
func (w *World) Begin(id JobID) {
	r := w.jobs.at(id)
	raises := func(terms []Term) {
		for i := range terms {
			if t := &terms[i]; t.Account >= 0 && t.Side == Helpful && w.accounts[t.Account].waiting && w.Rules.Clauses[t.Clause].Form == Share {
				w.wakes.Accounts = append(w.wakes.Accounts, t.Account)
			}
		}
	}
	raises(r.terms)
	for _, t := range r.more {
		raises(t)
	}
	if r.Checkpoint > 0 && w.drains(r) {
		w.scheduleCheckpoint(id)
	}
}

// Draining marks a job that stops at its next checkpoint, and says when.
func (w *World) Draining(id JobID) calendar.Instant {
	r := w.jobs.at(id)
	r.drain = true
	return r.NextCheckpoint(w.now - 1)
}
