package permittest

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// submit makes a job and puts it into the queue.
func (e *engine) submit(s *catalog.Submission) int {
	ref := e.makeJob(s)
	e.last = verdict{job: ref, again: calendar.Never}
	e.enqueue(ref)
	e.q.Run(e.started)
	if j := &e.jobs[ref]; j.state == "waiting" && !e.last.known {
		e.last.outcome, e.last.because, e.last.known = decision.Hold, []string{e.missing(j)}, true
	}
	return ref
}

// missing says what a job waits for that no condition refuses: devices, or the
// head of the queue, which it would delay.
func (e *engine) missing(j *job) string {
	for _, o := range e.q.Shape(j.group).Options {
		free := int64(0)
		for _, s := range o.Stocks {
			st := e.w.Stock(s)
			free += st.Capacity - st.Used
		}
		if free >= j.item.Min {
			return "queue"
		}
	}
	return "devices"
}

// announce makes a job that booked shares count on until it is submitted.
func (e *engine) announce(s *catalog.Submission, from calendar.Instant) {
	ref := e.makeJob(s)
	j := &e.jobs[ref]
	var stocks []int32
	shape := e.q.Shape(j.group)
	for _, o := range shape.Options {
		stocks = append(stocks, o.Stocks...)
	}
	at := from + calendar.Instant(s.Arrives)
	j.item.Own = e.w.Book(world.Booking{Class: shape.Class, Stocks: stocks, Devices: j.item.Max, Arrives: at, Lasts: j.item.Expected})
	e.at(due{at: at, job: ref, what: arrives})
}

func (e *engine) makeJob(s *catalog.Submission) int {
	ref := len(e.jobs)
	lo, hi := s.Devices.Range()
	limit := calendar.Instant(s.Limit)
	shape := queue.Shape{Options: e.options(s), Class: e.w.Class(world.Attributes{
		Name: s.Name, Holder: s.Holder, Tenant: s.Tenant, EndUser: s.EndUser, Purpose: s.Purpose, Model: s.Model, Kind: string(s.Kind),
		MinDevices: lo, MaxDevices: hi, LimitHours: int64((s.Limit + quantity.Hour - 1) / quantity.Hour),
	})}
	e.jobs = append(e.jobs, job{entry: s, state: "waiting", group: e.q.Group(shape), item: queue.Item{
		Ref: int32(ref), Subject: int32(ref), Own: -1, Min: lo, Max: hi, Limit: limit,
		Expected: calendar.Instant(cmp.Or(s.Expected, s.Limit)), Checkpoint: calendar.Instant(s.Checkpoint),
	}})
	return ref
}

func (e *engine) enqueue(ref int) {
	e.seq++
	e.jobs[ref].item.Seq = e.seq
	e.q.Submit(e.jobs[ref].group, e.jobs[ref].item)
}

// options lists where a job may run, in document order.
func (e *engine) options(s *catalog.Submission) []queue.Option {
	type place struct{ product, site int32 }
	var order []place
	by := map[place][]int32{}
	for i := range e.rules.Stocks {
		st := &e.rules.Stocks[i]
		if s.Holder != "" && st.Holder != s.Holder ||
			len(s.Sites) > 0 && !slices.Contains(s.Sites, e.rules.Sites[st.Site].Name) ||
			len(s.Accelerators) > 0 && !slices.Contains(s.Accelerators, e.rules.Products[st.Product].Name) {
			continue
		}
		k := place{st.Product, st.Site}
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], int32(i))
	}
	out := make([]queue.Option, len(order))
	for i, k := range order {
		out[i].Stocks = by[k]
	}
	return out
}

func (e *engine) started(_ *queue.Shape, it *queue.Item, p queue.Placed) {
	ref := int(it.Ref)
	j := &e.jobs[ref]
	j.state, j.id = "running", p.Job
	j.starts++
	runs := calendar.Instant(cmp.Or(j.entry.Runs, j.entry.Limit))
	e.at(due{at: min(e.w.Job(p.Job).End, e.w.Now()+runs), job: ref, starts: j.starts, what: ends})
	if ref == e.last.job {
		e.last = verdict{job: ref, outcome: decision.Admit, devices: p.Devices, again: calendar.Never, known: true}
	}
}
