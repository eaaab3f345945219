package queue

import (
	"math"
	"slices"

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
	// slack is what others may take of the accounts that the head needs without
	// delaying it, as of an instant and a number of changes.
	slack   []slack
	plain   bool
	because decision.Reason // why it is not
	now     calendar.Instant
	changes uint64
}

// domain is one queue of holders' work, with a head of its own.
type domain struct {
	// order holds the groups by their heads; an entry whose group has another
	// head by now is passed over.
	order heap[readyGroup]
	// plan is that of the head, if there is one.
	plan headPlan
	have bool
	// held are the groups that wait because they would delay the head.
	held []GroupID
	// behind are those of them that would only take devices that the head needs
	// at its instant, by their size: they wait until more is left then.
	behind waiters
	// stale: what is behind must be looked at again.
	stale bool
}

// leads takes note that a group has another head.
func (q *Queue) leads(id GroupID) {
	if g := &q.groups[id]; g.len() > 0 {
		q.domains[g.shape.Domain].order.push(readyGroup{g.shape.Priority, g.head().Seq, id})
	}
}

// first is the group whose head is first in a domain, or −1.
func (q *Queue) first(d *domain) GroupID {
	for len(d.order) > 0 {
		top := d.order[0]
		if g := &q.groups[top.id]; g.len() > 0 && g.head().Seq == top.seq {
			return top.id
		}
		d.order.pop()
	}
	return -1
}

// release tries the groups of a domain again that were held back by its head:
// the head has changed.
func (q *Queue) release(d *domain) {
	d.have = false
	held := d.held
	d.held = d.held[:0]
	for _, id := range held {
		q.wake(id)
	}
	d.stale = true
}

// releaseHeld tries the groups again that a head held back whose instant has
// moved, but those that would make it later for certain.
func (q *Queue) releaseHeld(d *domain, h *headPlan) {
	q.refresh(h)
	kept := d.held[:0]
	for _, id := range d.held {
		g := &q.groups[id]
		if g.len() > 0 && len(g.shape.Options) == 1 && !g.wide && q.late(h, g.shape.Class, g.shape.Options[0].Stocks[0]) {
			kept = append(kept, id)
			continue
		}
		q.wake(id)
	}
	d.held = kept
}

// reconsider tries the groups again that would have taken devices from a head
// and would not any more: there is another head, or work that ended early leaves
// more at its instant. A head that is to be tried itself comes first.
func (q *Queue) reconsider() {
	for i := range q.domains {
		d := &q.domains[i]
		if !d.stale {
			continue
		}
		if len(d.behind.all) == 0 {
			d.stale = false
			continue
		}
		h := q.head(d)
		if h.id >= 0 && q.groups[h.id].ready {
			continue
		}
		d.stale = false
		left, at := int64(math.MaxInt64), calendar.Never
		if h.id >= 0 && q.planned(h) < calendar.Never {
			left, at = q.left(h), h.at
		}
		kept := 0
		for _, x := range d.behind.all {
			g := &q.groups[x.place.id]
			if x.place.id != h.id && x.need > left && q.w.Now()+x.length > at && g.len() > 0 && g.head().Seq == x.place.seq {
				d.behind.all[kept] = x
				kept++
				continue
			}
			d.behind.in[x.place.id] = false
			q.wake(x.place.id)
		}
		d.behind.all = d.behind.all[:kept]
	}
}

// left is how many devices a head leaves at its instant.
func (q *Queue) left(h *headPlan) int64 {
	g := &q.groups[h.id]
	return q.free.at(q.w, g.shape.Options[h.option].Stocks, h.at) - g.head().Min
}

// hold notes that a group waits because it would delay the head.
func (q *Queue) hold(id GroupID, d int32) {
	if h := &q.domains[d].held; !slices.Contains(*h, id) {
		*h = append(*h, id)
	}
}

// holds reports whether the head holds anything back.
func (d *domain) holds() bool { return d.have && (len(d.held) > 0 || len(d.behind.all) > 0) }

// replan finds the instants of the heads again after something has changed, but
// that of one domain, and tries what a head held back whose instant has moved.
func (q *Queue) replan(but *domain) {
	for i := range q.domains {
		d := &q.domains[i]
		if d == but {
			continue
		}
		old, had := d.plan, d.have
		d.have, d.stale = false, true
		if len(d.held) == 0 {
			continue
		}
		h := q.head(d)
		switch {
		case !had || !old.known || h.id < 0 || h.id != old.id:
			q.release(d)
		case q.planned(h) != old.at:
			q.releaseHeld(d, h)
		}
	}
}

// head gives the plan of the head of a domain, its instant still to be found.
func (q *Queue) head(d *domain) *headPlan {
	if !d.have {
		d.plan, d.have = headPlan{id: q.first(d), slack: d.plan.slack[:0]}, true
	}
	return &d.plan
}

// planned is the instant of a head. One that has passed without a start is
// found again.
func (q *Queue) planned(h *headPlan) calendar.Instant {
	if !h.known || h.at < q.w.Now() {
		h.at, h.option = q.instant(h.id, -1)
		h.known, h.changes = true, 0
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
	h := q.head(&q.domains[g.shape.Domain])
	if h.id == id || h.id < 0 || q.planned(h) == calendar.Never {
		return nil
	}
	return h
}

// holdsUp reports whether a job of one part that ran to end would leave the
// head without devices at its instant; then nothing need be started to see that
// it delays the head.
func (q *Queue) holdsUp(h *headPlan, part world.Part, end calendar.Instant) bool {
	stocks := q.groups[h.id].shape.Options[h.option].Stocks
	return end > h.at && slices.Contains(stocks, part.Stock) && q.left(h) < part.Devices
}

// delays reports whether the head can start later now than planned.
func (q *Queue) delays(h *headPlan) bool {
	at, _ := q.instant(h.id, h.option)
	return at > h.at
}

// bindHead notes what a head's instant rests on.
func (q *Queue) bindHead(v *decision.Verdict) {
	if i := v.Binding(q.w); i >= 0 {
		decision.Need(q.w, &v.Reasons[i])
	}
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
				q.bindHead(&q.probe)
				continue
			}
			if q.probe.Again > t {
				q.bindHead(&q.probe)
				t = q.probe.Again
			}
		}
		if t < at {
			first, at = i, t
		}
	}
	q.request = saved
	return at, first
}
