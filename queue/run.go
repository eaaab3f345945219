package queue

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
)

// Run wakes what the world's last events may let go ahead, and tries it in
// order: priority, then arrival. started is called after each start. It reports
// whether it came to the end of it, see Full.
func (q *Queue) Run(started func(*Shape, *Item, Placed)) bool {
	q.collect()
	for {
		if q.Full != nil && q.Full() {
			return false
		}
		id := q.next()
		if id < 0 {
			break
		}
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
	return true
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
	if q.count--; q.count == 0 {
		d := &q.domains[g.shape.Domain]
		d.order = d.order[:0] // heads that have gone: nobody asked for them
	}
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

// readyGroup is where a group stands among those that are to be tried.
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
