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
}

// domain is one queue of holders' work, with a head of its own.
type domain struct {
	// order holds the groups by their heads; an entry whose group has another
	// head by now is passed over.
	order heap[readyGroup]
	plan  headPlan
	era   uint32 // in which plan was made
}

// leads takes note that a group has another head.
func (q *Queue) leads(id GroupID) {
	g := &q.groups[id]
	d := &q.domains[g.shape.Domain]
	d.era = q.era - 1
	if g.len() > 0 {
		d.order.push(readyGroup{g.shape.Priority, g.head().Seq, id})
	}
}

// head is the group whose head is first in a domain, or −1.
func (q *Queue) head(d *domain) GroupID {
	for len(d.order) > 0 {
		top := d.order[0]
		if g := &q.groups[top.id]; g.len() > 0 && g.head().Seq == top.seq {
			return top.id
		}
		d.order.pop()
	}
	return -1
}

// headBefore gives the plan of the head of the group's queue, unless the group
// holds the head itself or the head holds nothing back.
func (q *Queue) headBefore(id GroupID) *headPlan {
	g := &q.groups[id]
	if q.count == g.len() {
		return nil // nobody else waits
	}
	d := &q.domains[g.shape.Domain]
	h := &d.plan
	if d.era != q.era {
		d.era = q.era
		*h = headPlan{id: q.head(d)}
		if h.id >= 0 && h.id != id {
			h.at, h.option = q.instant(h.id, -1)
		}
	}
	if h.id == id || h.id < 0 || h.at == calendar.Never {
		return nil
	}
	return h
}

// holdsUp reports whether a job of one part that ran to end would leave the
// head without devices at its instant; then nothing need be started to see that
// it delays the head.
func (q *Queue) holdsUp(h *headPlan, part world.Part, end calendar.Instant) bool {
	g := &q.groups[h.id]
	return q.free.first(q.w, g.shape.Options[h.option].Stocks, g.head().Min, part, end) > h.at
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
		devices := q.free.first(q.w, s.Options[i].Stocks, it.Min, world.Part{}, 0)
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
