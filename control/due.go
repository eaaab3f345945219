package control

import (
	"container/heap"
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// happening is what becomes due; it is also the rank of what is due at one
// instant.
type happening uint8

const (
	factChanges happening = iota
	jobEnds               // its reservation ends
	jobDrains             // it passes the checkpoint at which it is to stop
)

// due is something that will happen, unless it is void by then.
type due struct {
	at      calendar.Instant
	what    happening
	id      int32 // of the job, or of the fact
	version int32 // how often the job had started; the point of the fact's series
	seq     int64
	value   account.Sum
}

// dues are in order of time, rank and sequence.
type dues struct {
	heap []due
	seq  int64
}

func (d *dues) Len() int { return len(d.heap) }
func (d *dues) Less(i, j int) bool {
	a, b := &d.heap[i], &d.heap[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.what != b.what {
		return a.what < b.what
	}
	return a.seq < b.seq
}
func (d *dues) Swap(i, j int) { d.heap[i], d.heap[j] = d.heap[j], d.heap[i] }
func (d *dues) Push(x any)    { d.heap = append(d.heap, x.(due)) }
func (d *dues) Pop() any {
	x := d.heap[len(d.heap)-1]
	d.heap = d.heap[:len(d.heap)-1]
	return x
}

func (d *dues) next() calendar.Instant {
	if len(d.heap) == 0 {
		return calendar.Never
	}
	return d.heap[0].at
}

func (d *dues) add(x due) {
	if x.at == calendar.Never {
		return
	}
	d.seq++
	x.seq = d.seq
	d.heap = append(d.heap, x) // not heap.Push, which puts each into memory of its own
	heap.Fix(d, len(d.heap)-1)
}

// drop forgets all that is due of one kind.
func (d *dues) drop(what happening) {
	d.heap = slices.DeleteFunc(d.heap, func(x due) bool { return x.what == what })
	heap.Init(d)
}

// happen does what is due now. It reports whether the entry had room for all.
func (s *State) happen() bool {
	for s.due.next() <= s.world.Now() {
		if s.full() {
			return false
		}
		d := heap.Pop(&s.due).(due)
		if d.what == factChanges {
			s.world.SetFact(d.id, d.value)
			continue
		}
		j := s.jobs[d.id]
		if j.state != Running || j.starts != d.version {
			continue // it ended before, or was started again
		}
		by := "limit"
		if d.what == jobDrains {
			by = "checkpoint"
		} else if j.cut != "" {
			by = j.cut
		}
		s.close(d.id, Stopped)
		s.effect(Effect{Do: Stops, Job: decimal(d.id + 1), By: by})
	}
	return true
}

// fire does what the world itself does now, and what its conditions do to
// running jobs. It reports whether the entry had room for all; if not, nothing
// else happens before the rest.
func (s *State) fire() bool {
	if len(s.actions) == 0 {
		s.actions = append(s.actions, s.world.Fire()...)
	}
	for i, a := range s.actions {
		if s.full() {
			s.actions = append(s.actions[:0], s.actions[i:]...)
			return false
		}
		r := s.world.Job(a.Job)
		if !r.Live() {
			continue
		}
		ref := r.Ref
		if a.Do == permit.Drain {
			if at := s.world.Draining(a.Job); at > s.world.Now() {
				s.due.add(due{at: at, what: jobDrains, id: ref, version: s.jobs[ref].starts})
				s.effect(Effect{Do: Drains, Job: decimal(ref + 1), By: s.clauseName(a.Clause), End: decimal(at)})
				continue
			}
		}
		s.close(ref, Stopped)
		s.effect(Effect{Do: Stops, Job: decimal(ref + 1), By: s.clauseName(a.Clause)})
	}
	s.actions = s.actions[:0]
	return s.look()
}
