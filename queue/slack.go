package queue

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// slack is what is left in an account beside what a head asks for, in the
// window where that is least.
type slack struct {
	account int32
	clause  int32
	left    account.Sum
	instant bool // a rate, not a sum
	// blocks: room in its current window is what gives the head its instant, so
	// whoever takes of it makes that later.
	blocks bool
}

// late reports whether work of a class would make a head later for certain.
func (q *Queue) late(h *headPlan, c world.ClassID, stock int32) bool {
	if !h.plain {
		return false
	}
	terms := q.w.Terms(c, stock)
	for k := range h.slack {
		if s := &h.slack[k]; s.blocks && slices.ContainsFunc(terms, func(t world.Term) bool { return t.Account == s.account && t.Rate > 0 }) {
			q.w.Need(q.w.Rules.Clauses[s.clause].Group)
			return true
		}
	}
	return false
}

// spares reports whether a request leaves the head all that it needs, by what
// is left of each account beside the head's own request: then nothing need be
// started to see it. If it does, what it takes is taken off.
func (q *Queue) spares(h *headPlan, r *decision.Request, end calendar.Instant) bool {
	if len(r.More) > 0 || r.Own >= 0 {
		return false
	}
	q.refresh(h)
	if !h.plain {
		return false
	}
	take := func(t *world.Term, s *slack) account.Sum {
		if s.instant {
			return account.Of(t.Rate * r.First.Devices)
		}
		return account.Product(t.Rate*r.First.Devices, int64(end-h.now))
	}
	terms := q.w.Terms(r.Class, r.First.Stock)
	for i := range terms {
		for k := range h.slack {
			if s := &h.slack[k]; s.account == terms[i].Account && s.left.Less(take(&terms[i], s)) {
				return false
			}
		}
	}
	for i := range terms {
		for k := range h.slack {
			if s := &h.slack[k]; s.account == terms[i].Account && !terms[i].Twin {
				s.left = s.left.Sub(take(&terms[i], s))
			}
		}
	}
	return true
}

// refresh finds what a head leaves, if something has changed since.
func (q *Queue) refresh(h *headPlan) {
	if now := q.w.Now(); h.now != now || h.changes != q.changes {
		h.now, h.changes = now, q.changes
		q.leave(h)
	}
}

// leave finds what a head leaves of the accounts that it needs: nothing of one
// that holds it up. It is plain if all of its conditions with accounts are such
// that a start takes from their room what it may use and no more.
func (q *Queue) leave(h *headPlan) {
	g := &q.groups[h.id]
	it, s := g.head(), &g.shape
	h.slack, h.plain, h.because = h.slack[:0], false, decision.Reason{Clause: -1, Form: world.Grant}
	saved := q.request
	q.request.First, q.request.More = world.Part{Stock: s.Options[h.option].Stocks[0], Devices: it.Min}, nil
	q.fill(s, it, h.option, it.Min)
	decision.Judge(q.w, &q.request, &q.ahead)
	q.request = saved
	if q.ahead.Cut {
		return
	}
	for i := range q.ahead.Reasons {
		r := &q.ahead.Reasons[i]
		switch {
		case r.Account < 0 && r.Outcome == decision.Admit:
			continue
		case r.Account < 0 || !q.plain(r.Clause, r.Account):
			h.because = *r
			return
		}
		s := slack{account: r.Account, clause: r.Clause, left: account.Of(-1), instant: q.w.Rules.Clauses[r.Clause].Measure.Instant()}
		if a := q.w.Account(r.Account); r.Outcome == decision.Admit {
			s.left = r.Room().Sub(r.Ask)
		} else {
			s.blocks = !s.instant && r.First == h.at && int(r.Window) == a.Window() && r.First < a.End(a.Window())
		}
		h.slack = append(h.slack, s)
	}
	h.plain = true
}
