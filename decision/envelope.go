package decision

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// A bound that follows a fact is a row of steps that are known ahead. A job is
// admitted if what runs, with the job, stays under the lowest step that its
// reservation touches.
//
// Why this keeps every step under certain: at an instant t let X be the job
// admitted last of those that run then. When X was admitted, all others that
// run at t ran already; with X they were under the lowest step of a time that
// contains t.

// until is how far ahead the steps count: to the reservation's end, to the
// expected end, or not at all.
func (j *judge) until(c *world.Clause) calendar.Instant {
	switch c.Assure {
	case permit.Observed:
		return j.now
	case permit.Booked:
		return j.expect
	}
	return j.end
}

// firstStep is the first step at which a request fits beside what runs now;
// Never where none is, or the bound never changes.
func (j *judge) firstStep(c *world.Clause, r *Reason) calendar.Instant {
	length := j.until(c) - j.now
	for _, s := range c.Steps {
		if s.At > j.now && s.At <= calendar.Never-length && !c.Lowest(s.At, s.At+length).Less(r.Value.Add(r.Ask)) {
			return s.At
		}
	}
	return calendar.Never
}
