package plan

import "github.com/proviso-dev/proviso/calendar"

// kind is what an event does; its order is the order of events due at one
// instant.
type kind uint8

const (
	factChanges kind = iota
	endorses
	incident
	recovers
	evidenceStops
	evidenceSeen
	evidenceComes
	certified
	filed
	approves
	lotReady
	jobEnds
	jobDrains
	phaseReady
	submits
	probe
)

// event is due at an instant. Events of one instant come by kind, then in the
// order in which they were scheduled.
type event struct {
	at      calendar.Instant
	seq     uint32
	kind    kind
	id      int32
	more    int32
	version uint32
}

func (a *event) before(b *event) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if a.kind != b.kind {
		return a.kind < b.kind
	}
	return a.seq < b.seq
}

// events is a binary heap without interfaces: it is the plan's inner loop.
type events []event

func (h *events) push(e event) {
	s := append(*h, e)
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&s[parent]) {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = e
	*h = s
}

func (h *events) pop() event {
	s := *h
	top := s[0]
	last := s[len(s)-1]
	s = s[:len(s)-1]
	if len(s) > 0 {
		i := 0
		for {
			child := 2*i + 1
			if child >= len(s) {
				break
			}
			if child+1 < len(s) && s[child+1].before(&s[child]) {
				child++
			}
			if !s[child].before(&last) {
				break
			}
			s[i] = s[child]
			i = child
		}
		s[i] = last
	}
	*h = s
	return top
}
