// Package permittest runs tests of permits on the same world, decision and
// queue that plan and enforce, as promtool does for rules: what happens at
// which times, and which verdicts, accounts and breaches are expected.
package permittest

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/account"
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

func (e *engine) setFact(name string, v quantity.Amount) error {
	for i := range e.c.Facts {
		if e.c.Facts[i].Name != name {
			continue
		}
		unit := quantity.Count
		for k := range e.rules.Clauses {
			if c := &e.rules.Clauses[k]; c.Base == world.OfFact && c.Fact == int32(i) {
				unit = c.Unit
			}
		}
		b, err := v.In(unit)
		if err != nil {
			return err
		}
		sum, ok := account.FromBig(b)
		if !ok {
			return &tooLarge{v}
		}
		e.w.SetFact(int32(i), sum)
		return nil
	}
	return nil
}

type tooLarge struct{ amount quantity.Amount }

func (t *tooLarge) Error() string { return t.amount.String() + " is too large" }

func (e *engine) kind(name string) int32 {
	return int32(slices.Index(e.rules.EvidenceKinds, name))
}

func (e *engine) authority(name string) int32 {
	return int32(slices.Index(e.rules.Authorities, name))
}
