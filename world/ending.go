package world

import "github.com/proviso-dev/proviso/calendar"

// ending is the end of a reservation.
type ending struct {
	at, began calendar.Instant
	job       JobID
}

// endings is a heap by time.
type endings []ending

func (h *endings) push(e ending) {
	s := append(*h, e)
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if s[parent].at <= e.at {
			break
		}
		s[i], i = s[parent], parent
	}
	s[i] = e
	*h = s
}

func (h *endings) pop() ending {
	s := *h
	top, last := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	for i := 0; len(s) > 0; {
		child := 2*i + 1
		if child+1 < len(s) && s[child+1].at < s[child].at {
			child++
		}
		if child >= len(s) || s[child].at >= last.at {
			s[i] = last
			break
		}
		s[i], i = s[child], child
	}
	*h = s
	return top
}
