package world

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// timerKind is also the rank of timers due at one instant.
type timerKind uint8

const (
	permitEnds timerKind = iota
	listChanges
	predicateChanges
	windowEnds
	lapseDue
	dutyDue
	evidenceAges
	boundReached
	shareTurns
	boundSteps
	checkpoint
	wakeUp
)

type timer struct {
	at      calendar.Instant
	kind    timerKind
	id      int32
	more    int32
	version uint32
}

// timers are what the world itself will do next: those known from the rules
// in order, and those that depend on what happens in a heap.
type timers struct {
	fixed   []timer
	next    int
	heap    timerHeap
	actions []Action // not yet handed over
	due     []Action // handed over by the last call of Fire
}

type timerHeap []timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)        { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (a timer) compare(b timer) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id), cmp.Compare(a.more, b.more), cmp.Compare(a.version, b.version))
}

func (t *timers) reset(r *Rules) {
	t.next, t.heap, t.actions = 0, t.heap[:0], t.actions[:0]
	if t.fixed != nil {
		return
	}
	t.fixed = []timer{}
	for i, p := range r.Permits {
		// A permit whose endorsements are there, or that needs none, takes effect
		// by its date alone.
		t.fixed = append(t.fixed, timer{at: p.From, kind: wakeUp, id: int32(i)}, timer{at: p.Until, kind: permitEnds, id: int32(i)})
	}
	for i, l := range r.Listings {
		t.fixed = append(t.fixed, timer{at: l.From, kind: listChanges, id: int32(i)}, timer{at: l.Until, kind: listChanges, id: int32(i)})
	}
	seen := map[int32]bool{}
	for i, c := range r.Clauses {
		for _, s := range c.Steps {
			t.fixed = append(t.fixed, timer{at: s.At, kind: boundSteps, id: int32(i)})
		}
		for _, l := range c.Lapses {
			t.fixed = append(t.fixed, timer{at: l.At, kind: lapseDue, id: int32(i)})
		}
		for k, d := range c.Due {
			t.fixed = append(t.fixed, timer{at: d.At, kind: dutyDue, id: int32(i), more: int32(k)})
		}
		if c.Space < 0 || seen[c.Space] {
			continue
		}
		seen[c.Space] = true
		for _, cut := range r.Spaces[c.Space].Cuts[1:] {
			t.fixed = append(t.fixed, timer{at: cut, kind: windowEnds, id: c.Space})
		}
	}
	t.fixed = slices.DeleteFunc(t.fixed, func(x timer) bool { return x.at < r.From || x.at > r.Until })
	slices.SortFunc(t.fixed, timer.compare)
}

// Action is what a condition does to a running job.
type Action struct {
	Job    JobID
	Do     permit.Action // stop or drain
	Clause int32         // whose action it is; −1−p for the end of permit p
}

// NextTimer is the instant at which the world itself does something, or Never.
func (w *World) NextTimer() calendar.Instant {
	t := &w.timers
	at := calendar.Never
	if t.next < len(t.fixed) {
		at = t.fixed[t.next].at
	}
	if len(t.heap) > 0 {
		at = min(at, t.heap[0].at)
	}
	return at
}

// Advance moves the world to t, which lies at or before NextTimer.
func (w *World) Advance(t calendar.Instant) {
	w.now = max(w.now, t)
}

// Fire does all that is due now. The actions that it returns hold for each job
// once, the strongest, with those of a revocation or a suspension since the
// last call; they are valid until the next one. All conditions due at one
// instant are evaluated before any action applies.
func (w *World) Fire() []Action {
	t := &w.timers
	for t.next < len(t.fixed) && t.fixed[t.next].at <= w.now {
		x := t.fixed[t.next]
		t.next++
		w.fire(x)
	}
	for len(t.heap) > 0 && t.heap[0].at <= w.now {
		x := heap.Pop(&t.heap).(timer)
		w.fire(x)
	}
	t.due = append(t.due[:0], strongest(t.actions)...)
	t.actions = t.actions[:0]
	return t.due
}

func (w *World) fire(x timer) {
	switch x.kind {
	case permitEnds:
		w.endPermit(x.id, Expired)
	case listChanges:
		w.changeList()
	case predicateChanges:
		w.lookAgain(func(_ *Clause, index int32) bool { return index == x.id })
	case windowEnds:
		w.judgeWindow(x.id)
	case lapseDue:
		w.lapseAll(x.id)
	case dutyDue:
		w.missDuty(x.id, int(x.more))
	case evidenceAges:
		w.ageEvidence(x.id, x.more)
	case boundSteps:
		w.stepDown(x.id)
	case boundReached:
		if w.accounts[x.id].version == x.version {
			w.reach(x.id, x.more)
		}
	case shareTurns:
		if w.accounts[x.id].turned == x.version {
			w.turn(x.id, x.more)
		}
	case checkpoint:
		w.passCheckpoint(JobID(x.more), x.version)
	case wakeUp:
		w.wakes.Gates = true
	}
}

func (w *World) push(x timer) {
	if x.at < calendar.Never {
		heap.Push(&w.timers.heap, x)
	}
}

// strongest keeps one action for each job, in the order of job numbers.
func strongest(actions []Action) []Action {
	if len(actions) < 2 {
		return actions
	}
	slices.SortStableFunc(actions, func(a, b Action) int {
		return cmp.Or(cmp.Compare(a.Job, b.Job), -cmp.Compare(strength(a.Do), strength(b.Do)))
	})
	return slices.CompactFunc(actions, func(a, b Action) bool { return a.Job == b.Job })
}

func strength(a permit.Action) int {
	switch a {
	case permit.Stop:
		return 3
	case permit.Drain:
		return 2
	case permit.Hold:
		return 1
	}
	return 0
}
