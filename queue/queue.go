// Package queue keeps what waits: who waits for what, and what wakes it.
//
// Waiting work is grouped by class, devices and placement options, in order
// within the group. A group is tried only on an arrival, at the instant that
// its last verdict named, or when room grows in what last blocked it.
// (Rescanning everything at each event is quadratic.) Work behind the head of
// the queue goes ahead only if the head is not delayed by it, neither in
// devices nor in accounts.
package queue

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// Queue is the waiting work of one world.
type Queue struct {
	w      *world.World
	groups []group
	ready  heap[readyGroup]
	looks  heap[look]
	// waiters by what blocks them.
	byAccount [][]shortage
	// accountLook is when the shortages of an account are looked at again.
	accountLook []calendar.Instant
	byStock     []waiters
	byEvent     waiters // for what has no account
	count       int
	domains     []domain // by Shape.Domain
	// freed are the stocks whose waiters may go ahead; round counts the events
	// that freed any.
	freed []int32
	round uint64
	// changes counts starts and ends.
	changes uint64
	// binding are the accounts that the group under trial waits for; bindsEvent:
	// it waits for something without an account.
	binding    []shortage
	bindsEvent bool
	// short are the options under trial where devices are missing.
	short []int

	request decision.Request
	judged  int // counts what verdict was used for
	started Item
	verdict decision.Verdict
	probe   decision.Verdict
	refusal decision.Verdict
	ahead   decision.Verdict // of a head
	free    releases

	// Tries counts judgements of waiting work.
	Tries int
	// Observe, if set, sees every judgement of an item.
	Observe func(it *Item, shape *Shape, option int, q *decision.Request, v *decision.Verdict)
	// Blocked, if set, is told of what refused an item at some option, also
	// where it starts at another: an approval that is missing can be asked for.
	Blocked func(it *Item, shape *Shape, v *decision.Verdict)
	// Full, if set, is asked before each trial: true leaves what is yet to be
	// tried for the next call of Run.
	Full func() bool
	// Refused, if set, is told of an item that is denied at every option; true
	// takes it out of the queue.
	Refused func(it *Item, shape *Shape, v *decision.Verdict) bool
}

// New gives an empty queue.
func New(w *world.World) *Queue {
	q := &Queue{w: w, byStock: make([]waiters, len(w.Rules.Stocks))}
	q.free.init(w)
	return q
}

// Adopt takes note of a job that runs already, as in a world that goes on under
// other rules.
func (q *Queue) Adopt(job world.JobID) { q.free.add(q.w, job) }

// Reset empties the queue; groups stay.
func (q *Queue) Reset() {
	q.free.reset()
	for i := range q.groups {
		g := &q.groups[i]
		g.items, g.first, g.ready, g.look, g.pushed = g.items[:0], 0, false, calendar.Never, calendar.Never
	}
	q.ready, q.looks, q.freed = q.ready[:0], q.looks[:0], q.freed[:0]
	for i := range q.byAccount {
		q.byAccount[i], q.accountLook[i] = q.byAccount[i][:0], calendar.Never
	}
	for i := range q.byStock {
		q.byStock[i].reset()
	}
	q.byEvent.reset()
	q.count, q.Tries = 0, 0
	for i := range q.domains {
		d := &q.domains[i]
		d.order, d.have, d.held = d.order[:0], false, d.held[:0]
		d.behind.reset()
		d.stale = false
	}
}

// Group makes a group for a shape.
func (q *Queue) Group(s Shape) GroupID {
	for int(s.Domain) >= len(q.domains) {
		q.domains = append(q.domains, domain{})
	}
	wide := slices.ContainsFunc(s.Options, func(o Option) bool { return len(o.Stocks) > 1 })
	q.groups = append(q.groups, group{shape: s, wide: wide, look: calendar.Never, pushed: calendar.Never})
	return GroupID(len(q.groups) - 1)
}

// Shape gives what the items of a group have in common.
func (q *Queue) Shape(id GroupID) *Shape { return &q.groups[id].shape }

// Waiting is the number of items that wait.
func (q *Queue) Waiting() int { return q.count }

// Each calls f with each waiting item, group by group.
func (q *Queue) Each(f func(*Shape, *Item)) {
	for i := range q.groups {
		g := &q.groups[i]
		for k := g.first; k < len(g.items); k++ {
			f(&g.shape, &g.items[k])
		}
	}
}

// Submit puts an item into its group, in the order of Seq.
func (q *Queue) Submit(id GroupID, it Item) {
	g := &q.groups[id]
	if g.first > 64 && g.first*2 > len(g.items) {
		g.items = slices.Delete(g.items, 0, g.first)
		g.first = 0
	}
	at := len(g.items)
	for at > g.first && g.items[at-1].Seq > it.Seq {
		at--
	}
	g.items = slices.Insert(g.items, at, it)
	q.count++
	if at == g.first {
		q.leads(id)
		if d := &q.domains[g.shape.Domain]; !d.have || d.plan.id < 0 || d.plan.id == id || q.groups[d.plan.id].len() == 0 || q.place(id).before(q.place(d.plan.id)) {
			q.release(d) // the domain has another head
		}
		q.wake(id)
	}
}

// Remove takes an item out of its group; it reports whether it was there.
func (q *Queue) Remove(id GroupID, ref int32) bool {
	g := &q.groups[id]
	for k := g.first; k < len(g.items); k++ {
		if g.items[k].Ref == ref {
			g.items = slices.Delete(g.items, k, k+1)
			q.count--
			q.leads(id)
			q.release(&q.domains[g.shape.Domain])
			q.wake(id)
			return true
		}
	}
	return false
}

func (q *Queue) wake(id GroupID) {
	// A new head gets a place of its own; Run passes over the old one.
	if g := &q.groups[id]; g.len() > 0 && (!g.ready || g.seq != g.head().Seq) {
		g.ready, g.seq = true, g.head().Seq
		q.ready.push(q.place(id))
	}
}
