package plan

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/queue"
)

// traceOutcome is what became of recorded jobs.
type traceOutcome struct {
	Started, Ended, Killed int
	// Wait is the sum and the most of the time between submission and start.
	Wait int64
	// Open is the time that jobs have waited that still do at the end.
	Open    int64
	Longest calendar.Instant
	// ByLoad counts starts and waits by load.
	ByLoad []loadOutcome
}

type loadOutcome struct {
	Started int
	Refused int
	Wait    int64
	Devices int64 // device-ms used
}

func (o *traceOutcome) of(r *run, load int32) *loadOutcome {
	if o.ByLoad == nil {
		o.ByLoad = make([]loadOutcome, len(r.p.loads))
	}
	return &o.ByLoad[load]
}

func (o *traceOutcome) start(r *run, t *task, p queue.Placed) {
	if t.source != fromTrace {
		return
	}
	wait := r.w.Now() - t.submit
	o.Started++
	o.Wait += int64(wait)
	o.Longest = max(o.Longest, wait)
	l := o.of(r, t.index)
	l.Started++
	l.Wait += int64(wait)
}

func (o *traceOutcome) end(r *run, t *task) {
	if t.source == fromTrace {
		o.Ended++
		o.of(r, t.index).Devices += t.devices * int64(r.w.Now()-t.began)
	}
}

func (o *traceOutcome) kill(r *run, t *task) {
	if t.source == fromTrace {
		o.Killed++
		o.of(r, t.index).Devices += t.devices * int64(r.w.Now()-t.began)
	}
}
