package queue

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// shortage is what a group waits for in an account: what its head's least size
// asks for in one window.
type shortage struct {
	id      GroupID
	account int32
	clause  int32 // −1: whatever comes back is worth a look
	window  int32
	rate    int64
	length  calendar.Instant
	ask     account.Sum // of a rate, where the measure is one
}

// plain reports whether room under a limit is its bound less what running work
// may take, so that a start takes no more of it than it may use.
func (q *Queue) plain(clause, id int32) bool {
	c := &q.w.Rules.Clauses[clause]
	return c.Form == world.Limit && q.w.Account(id).Roll == nil && c.Measure != permit.Jobs &&
		(c.Measure.Instant() || c.Assure == permit.Certain && c.Action != permit.Drain)
}

// shortageOf reads what a refusal lacks.
func (q *Queue) shortageOf(r *decision.Reason, end calendar.Instant) shortage {
	s := shortage{account: r.Account, clause: -1}
	if r.Clause < 0 || !q.plain(r.Clause, r.Account) || q.w.Cuts() && q.request.Checkpoint > 0 {
		return s // what may be cut takes less as time goes on
	}
	now := q.w.Now()
	s.clause, s.window, s.ask, s.length = r.Clause, r.Window, r.Ask, end-now
	if !q.w.Rules.Clauses[r.Clause].Measure.Instant() {
		ms := q.w.Account(r.Account).Overlap(int(r.Window), now, end)
		if ms <= 0 {
			s.clause = -1
			return s
		}
		s.rate = r.Ask.Quo(ms)
	}
	return s
}

// over is when a shortage may be over, as things stand: now, near the window's
// end, or Never where only more room can end it.
func (q *Queue) over(s *shortage) calendar.Instant {
	now := q.w.Now()
	if s.clause < 0 {
		return now
	}
	c, a := &q.w.Rules.Clauses[s.clause], q.w.Touch(s.account)
	if c.Measure.Instant() {
		if c.Bound.Less(account.Of(a.Rate()).Add(s.ask)) {
			return calendar.Never
		}
		return now
	}
	v := int(s.window)
	if v < a.Window() {
		return now
	}
	room := q.w.Bound(c, a, v).Sub(a.Committed[v])
	if !room.Less(account.Product(s.rate, a.Overlap(v, now, now+s.length))) {
		return now
	}
	// So late that only what the room lasts for lies before the window's end.
	return a.Cuts[v+1] - calendar.Instant(room.Max(account.Sum{}).Quo(s.rate))
}

// await puts the group under trial behind an account.
func (q *Queue) await(id GroupID, s shortage) {
	s.id = id
	q.w.Await(s.account)
	for int(s.account) >= len(q.byAccount) {
		q.byAccount, q.accountLook = append(q.byAccount, nil), append(q.accountLook, calendar.Never)
	}
	list := &q.byAccount[s.account]
	if i := slices.IndexFunc(*list, func(x shortage) bool { return x.id == id }); i >= 0 {
		(*list)[i] = s
		return
	}
	*list = append(*list, s)
}

// grown tries the groups again that lack no more of an account than is there,
// and looks again when the next may.
func (q *Queue) grown(id int32) {
	if int(id) >= len(q.byAccount) {
		return
	}
	list := q.byAccount[id]
	kept, next := list[:0], calendar.Never
	for _, x := range list {
		if at := q.over(&x); at <= q.w.Now() {
			q.wake(x.id)
		} else {
			kept, next = append(kept, x), min(next, at)
		}
	}
	q.byAccount[id] = kept
	if next < q.accountLook[id] {
		q.accountLook[id] = next
		q.looks.push(look{next, -1 - GroupID(id)})
	}
}

// heldByAccounts reports whether a request that would delay a head does so in
// accounts alone: then it waits until the head's instant moves. Else anything
// that comes free is worth a look.
func (q *Queue) heldByAccounts(h *headPlan) bool {
	if len(q.request.More) > 0 || q.request.Own >= 0 {
		return false
	}
	if !h.plain {
		decision.Need(q.w, &h.because)
		return false
	}
	return true
}
