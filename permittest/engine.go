// Package permittest runs tests of permits on the same world, decision and
// queue that plan and enforce, as promtool does for rules: what happens at
// which times, and which verdicts, accounts and breaches are expected.
package permittest

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// engine is one case under way: a world and a queue with the clock of a test.
type engine struct {
	c     *catalog.Catalog
	rules *world.Rules
	w     *world.World
	q     *queue.Queue
	jobs  []job
	due   []due // in order of time
	seq   int64
	// last is what the last submission or delivery came to.
	last verdict
	// failed has, by clause, whether it ever refused or was broken.
	failed []bool
}

// job is a job of a test.
type job struct {
	entry  *catalog.Submission
	state  catalog.JobState
	group  queue.GroupID
	item   queue.Item
	id     world.JobID
	starts int // how often it was started: an end of an earlier run is void
}

// due is something that will happen unless it is void by then.
type due struct {
	at     calendar.Instant
	job    int
	starts int
	what   happening
}

type happening uint8

const (
	ends happening = iota
	drains
	arrives
)

// verdict is the part of a decision that tests look at.
type verdict struct {
	job     int // the job that was submitted, or −1
	outcome decision.Outcome
	devices int64
	because []string
	again   calendar.Instant
	known   bool
}

func newEngine(c *catalog.Catalog, from, until calendar.Instant, moves []catalog.Move) (*engine, error) {
	rules, err := c.Rules(from, until, moves...)
	if err != nil {
		return nil, err
	}
	w := world.New(rules)
	e := &engine{c: c, rules: rules, w: w, q: queue.New(w), failed: make([]bool, len(rules.Clauses))}
	e.q.Observe = func(_ *queue.Item, _ *queue.Shape, _ int, _ *decision.Request, v *decision.Verdict) { e.note(v) }
	e.q.Blocked = func(it *queue.Item, _ *queue.Shape, v *decision.Verdict) { e.blocked(int(it.Ref), v) }
	e.q.Refused = func(it *queue.Item, _ *queue.Shape, v *decision.Verdict) bool {
		e.blocked(int(it.Ref), v)
		e.jobs[it.Ref].state = "refused"
		return true
	}
	e.begin()
	return e, nil
}

// begin puts the world as the documents say that it is at the start: devices
// that are there, evidence that is renewed, facts and endorsements.
func (e *engine) begin() {
	for i := range e.c.Lots {
		l := &e.c.Lots[i].Spec
		if n, err := e.quantity(l.Quantity); err == nil && !l.Arrives.Set() {
			e.w.Deliver(int32(i), n)
		}
		for _, ev := range l.Evidence {
			if ev.Every > 0 {
				e.w.See(e.rules.Lots[i].Stock, e.kind(ev.Kind), true)
			}
		}
	}
	for i := range e.rules.Permits {
		for _, a := range e.c.Permits[i].Spec.Endorsements.Asserted {
			if id := e.authority(a.By); id >= 0 {
				e.w.Endorse(int32(i), id)
			}
		}
	}
}

func (e *engine) quantity(d quantity.Distribution[quantity.Amount]) (int64, error) {
	a := d.Value
	if a == nil {
		a = d.P50
	}
	return a.Int64(quantity.Count)
}

// note marks the clauses that a judgement refuses by.
func (e *engine) note(v *decision.Verdict) {
	for i := range v.Reasons {
		if r := &v.Reasons[i]; r.Outcome != decision.Admit && r.Clause >= 0 {
			e.failed[r.Clause] = true
		}
	}
}

// blocked takes down why a job does not start now.
func (e *engine) blocked(ref int, v *decision.Verdict) {
	if ref != e.last.job || e.last.known {
		return
	}
	e.last.outcome, e.last.again, e.last.known = v.Outcome, v.Again, true
	e.last.because = e.names(v)
}

// names lists the conditions that refuse, each once, in order.
func (e *engine) names(v *decision.Verdict) []string {
	var out []string
	for i := range v.Reasons {
		r := &v.Reasons[i]
		if r.Outcome != decision.Admit {
			out = append(out, e.name(r.Clause, r.Form))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// name is PERMIT/CLAUSE, or what a permit demands by itself.
func (e *engine) name(clause int32, form world.Form) string {
	if clause < 0 {
		if form == world.Grant {
			return e.rules.Permits[-1-clause].Name + "/quantity granted"
		}
		return e.rules.Permits[-1-clause].Name + "/in effect"
	}
	c := &e.rules.Clauses[clause]
	return e.rules.Permits[c.Permit].Name + "/" + c.Name
}

// to brings the world to t: everything that is due up to then happens, each at
// its own instant.
func (e *engine) to(t calendar.Instant) {
	for {
		next := min(e.w.NextTimer(), e.q.NextLook())
		if len(e.due) > 0 {
			next = min(next, e.due[0].at)
		}
		if next > t {
			break
		}
		e.w.Advance(next)
		e.step()
	}
	e.w.Advance(t)
	e.step()
}

// step does all that is due now: conditions and their actions first, then ends
// and arrivals, then the queue.
func (e *engine) step() {
	for _, a := range e.w.Fire() {
		e.act(a)
	}
	for len(e.due) > 0 && e.due[0].at <= e.w.Now() {
		d := e.due[0]
		e.due = e.due[1:]
		j := &e.jobs[d.job]
		switch {
		case d.what == arrives:
			e.enqueue(d.job)
		case j.state == "running" && j.starts == d.starts && d.what == ends:
			e.close(d.job, "ended")
		case j.state == "running" && j.starts == d.starts:
			e.close(d.job, "stopped")
		}
	}
	e.q.Run(e.started)
}

func (e *engine) at(d due) {
	i, _ := slices.BinarySearchFunc(e.due, d, func(a, b due) int {
		if a.at == b.at {
			return -1 // behind those of the same instant
		}
		return cmp.Compare(a.at, b.at)
	})
	e.due = slices.Insert(e.due, i, d)
}

// act applies what a condition does to a running job.
func (e *engine) act(a world.Action) {
	j := e.w.Job(a.Job)
	if !j.Live() {
		return
	}
	ref := int(j.Ref)
	if a.Clause >= 0 {
		e.failed[a.Clause] = true
	}
	if a.Do == permit.Drain {
		if at := e.w.Draining(a.Job); at > e.w.Now() {
			e.at(due{at: at, job: ref, starts: e.jobs[ref].starts, what: drains})
			return
		}
	}
	e.close(ref, "stopped")
}

// close ends a running job.
func (e *engine) close(ref int, state catalog.JobState) {
	j := &e.jobs[ref]
	e.q.Ended(j.id)
	e.w.End(j.id)
	j.state = state
}

// deliver judges a delivery and lets as many devices arrive as may.
func (e *engine) deliver(lot int32, n int64) {
	var v decision.Verdict
	decision.Deliver(e.w, lot, n, &v)
	e.note(&v)
	e.last = verdict{job: -1, outcome: v.Outcome, because: e.names(&v), again: v.Again, known: true}
	if n = min(n, v.Largest); n > 0 {
		e.w.Deliver(lot, n)
		e.last.devices = n
	}
	e.q.Run(e.started)
}

// move judges devices that move to a stock, or go for good, and lets them. They
// must be free.
func (e *engine) move(lot, from, to int32, n int64) {
	var v decision.Verdict
	if to < 0 {
		decision.Dispose(e.w, lot, from, n, &v)
	} else {
		decision.Move(e.w, lot, from, to, n, &v)
	}
	e.note(&v)
	e.last = verdict{job: -1, outcome: v.Outcome, because: e.names(&v), again: v.Again, known: true}
	if st := e.w.Stock(from); st.Capacity-st.Used < n {
		e.last.outcome, e.last.because = max(e.last.outcome, decision.Hold), append(e.last.because, "devices")
	}
	if e.last.outcome != decision.Admit {
		return
	}
	e.last.devices = n
	if to < 0 {
		e.w.Dispose(from, n)
	} else {
		e.w.Move(from, to, n)
	}
	e.q.Run(e.started)
}
