package queue

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// headPlan is when the head of a queue can start if running work goes to its
// ends: nothing behind it may make that later.
type headPlan struct {
	id GroupID
	// at is the instant, or Never where none can be computed: such a head holds
	// nothing back.
	at calendar.Instant
	// option is the place that gives that instant.
	option int
	known  bool
}

// release tries the groups of a domain again that were held back by its head:
// the head has changed.
func (q *Queue) release(domain int32) {
	delete(q.heads, domain)
	held := q.held[domain]
	q.held[domain] = held[:0]
	for _, id := range held {
		q.wake(id)
	}
}

// replan finds the instants of the heads again after something has grown, and
// tries what a head held back whose instant has changed.
func (q *Queue) replan() {
	for domain, held := range q.held {
		old := q.heads[domain]
		delete(q.heads, domain)
		if len(held) == 0 {
			continue
		}
		if h := q.head(domain); old == nil || !old.known || h.id < 0 || h.id != old.id || q.planned(h) != old.at {
			q.release(domain)
		}
	}
	for domain := range q.heads {
		if len(q.held[domain]) == 0 {
			delete(q.heads, domain)
		}
	}
}

// head gives the plan of the head of a domain, its instant still to be found.
func (q *Queue) head(domain int32) *headPlan {
	if h, ok := q.heads[domain]; ok {
		return h
	}
	h := &headPlan{id: -1}
	for i := range q.groups {
		o := &q.groups[i]
		if o.len() == 0 || o.shape.Domain != domain {
			continue
		}
		if h.id < 0 {
			h.id = GroupID(i)
			continue
		}
		b := &q.groups[h.id]
		if before(o.shape.Priority, o.head().Seq, b.shape.Priority, b.head().Seq) < 0 {
			h.id = GroupID(i)
		}
	}
	q.heads[domain] = h
	return h
}

// planned is the instant of a head. One that has passed without a start is
// found again.
func (q *Queue) planned(h *headPlan) calendar.Instant {
	if !h.known || h.at < q.w.Now() {
		h.at, h.option = q.instant(h.id, -1)
		h.known = true
	}
	return h.at
}

// headBefore gives the plan of the head of the group's queue, unless the group
// holds the head itself or the head holds nothing back.
func (q *Queue) headBefore(id GroupID) *headPlan {
	g := &q.groups[id]
	if q.count == g.len() {
		return nil // nobody else waits
	}
	h := q.head(g.shape.Domain)
	if h.id == id || h.id < 0 || q.planned(h) == calendar.Never {
		return nil
	}
	return h
}

// delays reports whether the head can start later now than planned.
func (q *Queue) delays(h *headPlan) bool {
	at, _ := q.instant(h.id, h.option)
	return at > h.at
}

// instant is the first instant at which a group's head could start with its
// least size, by its conditions and by the devices that come free; only is the
// option to look at, or −1 for the one that gives the earliest.
func (q *Queue) instant(id GroupID, only int) (calendar.Instant, int) {
	g := &q.groups[id]
	it, s := g.head(), &g.shape
	first, at := 0, calendar.Never
	saved := q.request
	for i := range s.Options {
		if only >= 0 && i != only {
			continue
		}
		devices := q.free.first(q.w, s.Options[i].Stocks, it.Min)
		if devices == calendar.Never {
			continue
		}
		q.request.First, q.request.More = world.Part{Stock: s.Options[i].Stocks[0], Devices: it.Min}, nil
		q.fill(s, it, i, it.Min)
		decision.Judge(q.w, &q.request, &q.probe)
		t := devices
		if q.probe.Outcome != decision.Admit {
			if q.probe.Again == calendar.Never {
				continue
			}
			t = max(t, q.probe.Again)
		}
		if t < at {
			first, at = i, t
		}
	}
	q.request = saved
	return at, first
}
