package queue

import (
	"github.com/proviso-dev/proviso/calendar"
)

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
