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

// Option is a place where an item may run: the stocks of one product at one
// site, in document order.
type Option struct {
	Stocks []int32
	// Speed is the work that one device does in a millisecond there; 0 when the
	// item has a length instead of an amount of work.
	Speed int64
}

// Shape is what the items of a group have in common.
type Shape struct {
	Class   world.ClassID
	Options []Option
	// Priority: higher goes first.
	Priority int
	// Domain is the queue that the item stands in; each has a head of its own.
	Domain int32
	// Fastest takes the option and size that end the item earliest, instead of
	// the first option that admits it.
	Fastest bool
}

// GroupID names a group of waiting work.
type GroupID int32

// Item is one waiting job.
type Item struct {
	Ref     int32 // the caller's number
	Subject int32 // what approvals are given to
	Own     world.BookingID
	// Seq orders items of equal priority; an item that comes back keeps it.
	Seq int64
	// Limit and Expected are lengths; with Work they are upper bounds, and the
	// length follows from the size.
	Limit, Expected, Checkpoint calendar.Instant
	// Min and Max are the least and the most devices.
	Min, Max int64
	// Work is what is left to do, in the units of Option.Speed.
	Work int64
	// Demand, for serving, is the work wanted in a millisecond: the most devices
	// follow from it and from Option.Speed.
	Demand int64
	// Drag is what one device's failures add to the length, in parts of 10¹²:
	// failures in a millisecond times what each costs.
	Drag int64
}

// Placed says how an item started.
type Placed struct {
	Job     world.JobID
	Option  int
	Devices int64
	Verdict *decision.Verdict
}

type group struct {
	shape Shape
	items []Item
	first int
	ready bool
	wide  bool             // some option spans several stocks
	seq   int64            // of the head for which it is ready
	look  calendar.Instant // when its last verdict is looked at again
	// pushed is the last instant that stands in the heap of looks for it.
	pushed calendar.Instant
}

// least is how many devices of a stock must be free for the head to be tried.
func (g *group) least() int64 {
	if g.wide || g.head().Demand > 0 {
		return 0
	}
	return g.head().Min
}

func (g *group) len() int    { return len(g.items) - g.first }
func (g *group) head() *Item { return &g.items[g.first] }

// place is where a group stands by its head.
func (q *Queue) place(id GroupID) readyGroup {
	g := &q.groups[id]
	return readyGroup{g.shape.Priority, g.head().Seq, id}
}

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
	// lacking are the accounts of which it would take what a head needs.
	lacking []int32
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

// Reset empties the queue; groups stay. It comes before the world's Reset.
func (q *Queue) Reset() {
	q.w.Each(func(id world.JobID, _ *world.Running) { q.free.remove(q.w, id) })
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

// NextLook is the next instant at which a blocked group is tried again, or
// Never.
func (q *Queue) NextLook() calendar.Instant {
	next := calendar.Never
	for i := range q.domains {
		if d := &q.domains[i]; d.holds() && d.plan.known && d.plan.at > q.w.Now() {
			next = min(next, d.plan.at)
		}
	}
	for len(q.looks) > 0 {
		l := q.looks[0]
		if q.stands(l) {
			return min(next, l.at)
		}
		q.popLook()
	}
	return next
}

// Run wakes what the world's last events may let go ahead, and tries it in
// order: priority, then arrival. started is called after each start.
func (q *Queue) Run(started func(*Shape, *Item, Placed)) {
	q.collect()
	for id := q.next(); id >= 0; id = q.next() {
		g := &q.groups[id]
		g.ready, g.look = false, calendar.Never
		p, ok, refused := q.try(id)
		if refused {
			q.drop(id)
			q.release(&q.domains[g.shape.Domain])
			q.wake(id)
			continue
		}
		if !ok {
			continue
		}
		q.started = *g.head()
		d := &q.domains[g.shape.Domain]
		heads := !d.have || d.plan.id == id
		q.drop(id)
		if heads {
			q.release(d)
			d = nil
		}
		q.replan(d) // what it took may move the heads of other domains
		q.wake(id)
		started(&q.groups[id].shape, &q.started, p)
		q.collect()
	}
	q.freed = q.freed[:0]
}

// next is the group that is to be tried next, −1 if there is none: the first of
// those that were woken and of those for which devices came free.
func (q *Queue) next() GroupID {
	q.reconsider()
	var best readyGroup
	found := false
	for len(q.ready) > 0 && !found {
		best = q.ready[0]
		g := &q.groups[best.id]
		if found = g.ready && g.seq == best.seq && g.len() > 0; !found {
			q.ready.pop()
		}
	}
	woken := found
	var from *waiters
	at := 0
	for _, s := range q.freed {
		ws := &q.byStock[s]
		i := ws.first(q.spare(s), q.round)
		for i >= 0 && q.moved(ws, i) {
			i = ws.first(q.spare(s), q.round)
		}
		if i >= 0 && (!found || ws.all[i].place.before(best)) {
			best, found, from, at = ws.all[i].place, true, ws, i
		}
	}
	switch {
	case from != nil:
		from.remove(at)
	case woken:
		q.ready.pop()
	default:
		return -1
	}
	return best.id
}

// moved puts a waiting group that has another head by now in its place, or
// takes one out that has none; it reports whether there was anything to do.
func (q *Queue) moved(ws *waiters, i int) bool {
	x := &ws.all[i]
	g := &q.groups[x.place.id]
	switch {
	case g.len() == 0:
		ws.remove(i)
	case x.place.seq != g.head().Seq:
		ws.add(q.place(x.place.id), g.least(), x.round)
	default:
		return false
	}
	return true
}

// drop takes the head out of a group.
func (q *Queue) drop(id GroupID) {
	g := &q.groups[id]
	g.first++
	if g.first == len(g.items) {
		g.items, g.first = g.items[:0], 0
	}
	q.count--
	q.leads(id)
}

// collect wakes the groups that wait for what has grown.
func (q *Queue) collect() {
	k := q.w.Wakes()
	if k.All {
		for i := range q.groups {
			q.wake(GroupID(i))
		}
		for i := range q.domains {
			d := &q.domains[i]
			d.have, d.held = false, d.held[:0]
			d.behind.reset()
			d.stale = false
		}
	}
	if k.Gates || len(k.Approved) > 0 {
		q.byEvent.release(func(x *waiter) bool {
			g := &q.groups[x.place.id]
			return k.Gates || g.len() > 0 && slices.Contains(k.Approved, g.head().Subject)
		}, q.wake)
	}
	for _, a := range k.Accounts {
		q.grown(a)
	}
	for _, s := range k.Stocks {
		if len(q.byStock[s].all) > 0 && !slices.Contains(q.freed, s) {
			q.freed = append(q.freed, s)
		}
	}
	if len(k.Stocks) > 0 || len(k.Accounts) > 0 || k.Gates || len(k.Approved) > 0 {
		q.round++
		q.changes++
		q.replan(nil)
	}
	k.Clear()
	for i := range q.domains {
		// A head that does not start at its instant has another plan.
		if d := &q.domains[i]; d.holds() && d.plan.known && d.plan.at <= q.w.Now() {
			q.release(d)
		}
	}
	for len(q.looks) > 0 && q.looks[0].at <= q.w.Now() {
		switch l, stands := q.popLook(); {
		case !stands:
		case l.id < 0:
			q.accountLook[-1-l.id] = calendar.Never
			q.grown(int32(-1 - l.id))
		default:
			q.wake(l.id)
		}
	}
}

// block puts a group behind what refused it, and behind the devices of the
// options where they are missing.
func (q *Queue) block(id GroupID, v *decision.Verdict, short []int) {
	g := &q.groups[id]
	for _, o := range short {
		for _, s := range g.shape.Options[o].Stocks {
			q.byStock[s].add(q.place(id), g.least(), q.round)
		}
	}
	if v == nil {
		return
	}
	if q.bindsEvent {
		q.byEvent.add(q.place(id), 0, q.round)
	}
	for i, s := range q.binding {
		for k := range q.binding {
			if k != i && q.binding[k].account == s.account {
				s.clause = -1 // of two options, whatever lets either go ahead
			}
		}
		q.await(id, s)
	}
	q.lookAt(id, v.Again)
}

// lookAt tries a group again at t, or earlier if it is to be tried earlier.
func (q *Queue) lookAt(id GroupID, t calendar.Instant) {
	if g := &q.groups[id]; t < calendar.Never && t > q.w.Now() && t < g.look {
		g.look = t
		if g.pushed != t {
			g.pushed = t
			q.looks.push(look{t, id})
		}
	}
}

// bind notes what a refusal waits for; a condition without an instant lets go
// by an event.
func (q *Queue) bind(v *decision.Verdict) {
	i := v.Binding(q.w)
	if i < 0 {
		return
	}
	decision.Need(q.w, &v.Reasons[i])
	if r := &v.Reasons[i]; r.Account >= 0 {
		q.binding = append(q.binding, q.shortageOf(r, v.End))
	} else {
		q.bindsEvent = true
	}
}

type readyGroup struct {
	priority int
	seq      int64
	id       GroupID
}

func (a readyGroup) before(b readyGroup) bool {
	if a.priority != b.priority {
		return a.priority > b.priority
	}
	if a.seq != b.seq {
		return a.seq < b.seq
	}
	return a.id < b.id
}

// look is an instant at which a group is tried again, or, for −1−a, what waits
// for account a is looked at.
type look struct {
	at calendar.Instant
	id GroupID
}

// stands reports whether a look has not been replaced by another.
func (q *Queue) stands(l look) bool {
	if l.id < 0 {
		return q.accountLook[-1-l.id] == l.at
	}
	return q.groups[l.id].look == l.at
}

// popLook takes the first look, and reports whether it stands.
func (q *Queue) popLook() (look, bool) {
	l := q.looks.pop()
	stands := q.stands(l)
	if l.id >= 0 && q.groups[l.id].pushed == l.at {
		q.groups[l.id].pushed = calendar.Never
	}
	return l, stands
}

func (a look) before(b look) bool { return a.at < b.at || a.at == b.at && a.id < b.id }
