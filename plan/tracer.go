package plan

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/queue"
)

// tracer watches one run for the report; it changes nothing in it.
type tracer struct {
	every calendar.Instant
}

func (t *tracer) begin(r *run)                            {}
func (t *tracer) probe(r *run)                            {}
func (t *tracer) started(r *run, k *task, p queue.Placed) {}
func (t *tracer) closed(r *run, k *task)                  {}
func (t *tracer) finish(r *run)                           {}
