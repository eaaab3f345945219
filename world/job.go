package world

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// JobID names a running job until it ends; numbers are used again.
type JobID int32

// Part is a number of devices of one stock.
type Part struct {
	Stock   int32
	Devices int64
}

// Start says how a job runs: on which devices, and up to which ends.
type Start struct {
	Class ClassID
	// First is the only part of most jobs; More holds the others.
	First Part
	More  []Part
	// End is the end of the reservation: the earliest of the limit and all cuts.
	End calendar.Instant
	// Expected is when it is expected to end.
	Expected calendar.Instant
	// Checkpoint is the time between two checkpoints; 0 when it cannot be
	// stopped and resumed.
	Checkpoint calendar.Instant
	// Ref is the caller's own number for the job.
	Ref int32
}

// Running is a job that runs.
type Running struct {
	Start
	Began calendar.Instant
	terms []Term
	more  [][]Term
	live  bool
	drain bool // it stops at its next checkpoint
	stops bool // it stops now: an action says so
	// overdue: it runs past the end of its reservation, as bookings see it.
	overdue bool
}

// Job gives a running job.
func (w *World) Job(id JobID) *Running { return w.jobs.at(id) }

// Live reports whether the job runs still.
func (r *Running) Live() bool { return r.live }

// Devices is the number of devices that the job holds.
func (s *Start) Devices() int64 {
	n := s.First.Devices
	for _, p := range s.More {
		n += p.Devices
	}
	return n
}

// NextCheckpoint is the first checkpoint after t, or the end of the
// reservation where there is none before it.
func (r *Running) NextCheckpoint(t calendar.Instant) calendar.Instant {
	if r.Checkpoint <= 0 {
		return r.End
	}
	n := (t-r.Began)/r.Checkpoint + 1
	return min(r.Began+n*r.Checkpoint, r.End)
}

// Start starts a job now. The caller has judged it: nothing is checked here.
func (w *World) Start(s Start) JobID {
	var id JobID
	if n := len(w.free); n > 0 {
		id, w.free = w.free[n-1], w.free[:n-1]
	} else {
		id = w.jobs.add()
	}
	r := w.jobs.at(id)
	*r = Running{Start: s, Began: w.now, live: true, terms: w.Terms(s.Class, s.First.Stock)}
	w.running++
	w.take(r.terms, s.First, r)
	for _, p := range s.More {
		t := w.Terms(s.Class, p.Stock)
		r.more = append(r.more, t)
		w.take(t, p, r)
	}
	w.countStart(r)
	w.bookStart(id)
	return id
}

// take puts a part of a job on its devices and accounts.
func (w *World) take(terms []Term, p Part, r *Running) {
	w.stocks[p.Stock].Used += p.Devices
	for i := range terms {
		a, c, rate := w.charged(&terms[i], p)
		switch {
		case a == nil:
			continue
		case c.Measure.Instant():
			a.Reserve(rate, w.now, w.now, w.now)
		case a.Roll != nil:
			a.Roll.Reserve(rate, w.now, r.End)
			a.Reserve(rate, w.now, w.now, w.now)
		default:
			a.Reserve(rate, w.now, r.End, r.Expected)
		}
		w.watch(terms[i].Account + int32(terms[i].Side))
	}
}

// charged is the account, brought to now, in which a part of a job counts at a
// rate under a term; nil where it counts in none, as a job and not by rate, or
// under another term already.
func (w *World) charged(t *Term, p Part) (*Account, *Clause, int64) {
	if t.Account < 0 || t.Side == Neutral || t.Twin {
		return nil, nil, 0
	}
	a, c := w.side(t)
	if c.Measure == permit.Jobs {
		return nil, nil, 0
	}
	w.touch(a)
	return a, c, t.Rate * p.Devices
}

// countStart counts the job itself, once for each account that counts jobs.
func (w *World) countStart(r *Running) {
	w.eachAccountOnce(r, func(a *Account, c *Clause) {
		if c.Measure != permit.Jobs {
			return
		}
		w.touch(a)
		if a.Roll != nil {
			a.Roll.Add(account.Of(1), w.now)
		}
		a.Add(account.Of(1), w.now)
		if a.pair > 0 {
			w.watchShares(a.pair - 1)
		}
	})
}

func (w *World) eachAccountOnce(r *Running, f func(*Account, *Clause)) {
	var seen []*Account
	visit := func(terms []Term) {
		for i := range terms {
			t := &terms[i]
			if t.Account < 0 || t.Side == Neutral {
				continue
			}
			a, c := w.side(t)
			if c.Measure != permit.Jobs {
				continue
			}
			dup := false
			for _, s := range seen {
				dup = dup || s == a
			}
			if !dup {
				seen = append(seen, a)
				f(a, c)
			}
		}
	}
	visit(r.terms)
	for _, t := range r.more {
		visit(t)
	}
}

// side gives the account that a term's work counts in.
func (w *World) side(t *Term) (*Account, *Clause) {
	c := &w.Rules.Clauses[t.Clause]
	if c.Form == Share {
		return &w.accounts[t.Account+int32(t.Side)], c
	}
	return &w.accounts[t.Account], c
}

// End ends a job now: what it reserved and did not use returns.
func (w *World) End(id JobID) {
	r := w.jobs.at(id)
	w.giveBack(r.terms, r.First, r)
	for i, p := range r.More {
		w.giveBack(r.more[i], p, r)
	}
	w.bookEnd(r)
	r.live, r.terms, r.more, r.More = false, nil, nil, nil
	w.free = append(w.free, id)
	w.running--
}

// giveBack takes a part of a job off its devices and accounts.
func (w *World) giveBack(terms []Term, p Part, r *Running) {
	w.stocks[p.Stock].Used -= p.Devices
	w.wakes.Stocks = append(w.wakes.Stocks, p.Stock)
	for i := range terms {
		t := &terms[i]
		a, c, rate := w.charged(t, p)
		switch {
		case a == nil && t.Twin:
			c = &w.Rules.Clauses[t.Clause]
		case a == nil:
			continue
		case c.Measure.Instant():
			a.Release(rate, w.now, w.now, w.now)
		case a.Roll != nil:
			a.Roll.Release(rate, r.Began, r.End, w.now)
			a.Release(rate, w.now, w.now, w.now)
		default:
			a.Release(rate, w.now, r.End, max(r.Expected, a.opened))
			a.forfeitUnused(r, rate, w.now)
		}
		if a != nil {
			w.watch(t.Account + int32(t.Side))
		}
		if w.accounts[t.Account].waiting && (w.now < r.End || c.Measure.Instant() || c.Form == Share || c.Assure != permit.Certain || c.Action == permit.Drain) {
			w.wakes.Accounts = append(w.wakes.Accounts, t.Account)
		}
	}
}

// Each calls f with each running job, in the order of their numbers.
func (w *World) Each(f func(JobID, *Running)) {
	for id := range JobID(w.jobs.len()) {
		if r := w.jobs.at(id); r.live {
			f(id, r)
		}
	}
}

// Undo takes back a start of this instant, as if it had never been.
func (w *World) Undo(id JobID) {
	r := w.jobs.at(id)
	accounts, stocks := len(w.wakes.Accounts), len(w.wakes.Stocks)
	w.eachAccountOnce(r, func(a *Account, c *Clause) {
		if a.Roll != nil {
			a.Roll.Add(account.Of(-1), w.now)
		}
		a.Add(account.Of(-1), w.now)
	})
	w.End(id)
	w.wakes.Accounts, w.wakes.Stocks = w.wakes.Accounts[:accounts], w.wakes.Stocks[:stocks]
}
