package plan

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// run simulates one sample under one set of muted groups. A simulator is used
// again and again; each worker has its own.
type run struct {
	p *Problem
	w *world.World
	q *queue.Queue

	sample  *sample
	without bool // no lot arrives

	heap     events
	seq      uint32
	submit   int64 // order of submissions
	jobs     []task
	phases   []phaseState
	lots     []lotState
	open     []int32 // lots that are ready and not all here, in document order
	timeline int     // of the sample: what comes next
	asked    map[approval]bool
	tryLots  bool
	next     int // of the trace
	verdict  decision.Verdict
	bySeries []queue.GroupID
	byLoad   []queue.GroupID
	byPhase  []queue.GroupID
	result   outcome
	tracer   *tracer
	refused  map[refusedKey]int
}

type approval struct{ clause, subject int32 }

// task is a job under way or waiting: of a series, of a phase, or of the trace.
type task struct {
	source  source
	index   int32 // series, phase or load
	item    queue.Item
	runs    calendar.Instant // how long it runs if nothing stops it
	began   calendar.Instant
	job     world.JobID
	option  int32
	devices int64
	version uint32
	running bool
	submit  calendar.Instant
	name    int32 // occurrence in a series, line of a trace
}

type source uint8

const (
	fromSeries source = iota
	fromPhase
	fromTrace
)

type phaseState struct {
	waiting int // phases that have not ended
	left    int64
	began   calendar.Instant
	started bool
	ended   calendar.Instant
}

type lotState struct {
	rest    int64
	ready   bool
	blocked int32 // the clause that held it last, by Reason.Clause
	form    world.Form
	held    bool
	awaits  int32 // the account without room, or −1
	try     bool  // something has changed for it
}

// outcome is what one run comes to.
type outcome struct {
	Milestones []calendar.Instant // Never if not reached in the period
	// Used is device-ms of programmes on devices that arrived in the period.
	Used int64
	// Available is device-ms in service of devices that arrived in the period.
	Available int64
	// Energy, in mJ, that the programmes of each milestone took up to it.
	Energy []account.Sum
	Acted  []bool
	Needed []bool // a part of Acted: see world.World.Need
	Events int
	Trace  traceOutcome
}

// newRun gives a simulator for a problem.
func newRun(p *Problem) *run {
	w := world.New(p.Rules)
	r := &run{p: p, w: w, q: queue.New(w), asked: map[approval]bool{}, refused: map[refusedKey]int{}}
	r.phases = make([]phaseState, len(p.phases))
	r.lots = make([]lotState, len(p.lots))
	for i := range p.series {
		r.bySeries = append(r.bySeries, r.group(&p.series[i].load, false))
	}
	for i := range p.phases {
		l := p.phases[i].load
		if len(p.phases[i].predicted) > 0 {
			l.options = slices.Clone(l.options) // each sample has speeds of its own
		}
		r.byPhase = append(r.byPhase, r.group(&l, !p.phases[i].serve))
	}
	for i := range p.loads {
		r.byLoad = append(r.byLoad, r.group(&p.loads[i], false))
	}
	r.q.Blocked = r.blocked
	r.q.Refused = r.refuse
	return r
}

func (r *run) group(l *load, fastest bool) queue.GroupID {
	return r.q.Group(queue.Shape{Class: r.w.Class(l.attributes), Options: l.options, Priority: l.priority, Domain: l.domain, Fastest: fastest})
}

// do simulates one sample with some groups muted. without leaves out the lots
// that are not in service from the start.
func (r *run) do(s *sample, muted []bool, without bool) *outcome {
	r.start(s, muted, without)
	for {
		t := r.nextInstant()
		if t >= r.p.Until {
			break
		}
		r.w.Advance(t)
		r.step()
	}
	r.w.Advance(r.p.Until)
	r.finish()
	return &r.result
}

func (r *run) nextInstant() calendar.Instant {
	t := r.w.NextTimer()
	if e := r.due(); e != nil {
		t = min(t, e.at)
	}
	if r.next < len(r.p.loadOf) {
		t = min(t, max(r.p.From, r.p.Trace.Jobs[r.next].Submit))
	}
	return min(t, r.q.NextLook())
}

// step does all that is due now: conditions and their actions first, then what
// happens, then deliveries, then the queue.
func (r *run) step() {
	now := r.w.Now()
	r.act(r.w.Fire())
	for e := r.due(); e != nil && e.at <= now; e = r.due() {
		r.result.Events++
		r.handle(r.take(e))
	}
	for r.next < len(r.p.loadOf) && r.p.Trace.Jobs[r.next].Submit <= now {
		r.submitTraced(int32(r.next))
		r.next++
	}
	if all := r.tryLots || r.w.Wakes().All || r.w.Wakes().Gates; all || r.lotsWoken() {
		r.tryLots = false
		r.deliver(all)
	}
	r.q.Run(r.started)
}

// due is the event that comes next, of the sample's own and of those that the
// run has led to; nil if there is none.
func (r *run) due() *event {
	var own *event
	if r.timeline < len(r.sample.timeline) {
		own = &r.sample.timeline[r.timeline]
	}
	if len(r.heap) == 0 {
		return own
	}
	if e := &r.heap[0]; own == nil || e.before(own) {
		return e
	}
	return own
}

// take takes out the event that due gave.
func (r *run) take(e *event) event {
	if len(r.heap) > 0 && e == &r.heap[0] {
		return r.heap.pop()
	}
	r.timeline++
	return *e
}

// lotsWoken marks the lots that wait for an account with new room, and reports
// whether any lot is to be tried.
func (r *run) lotsWoken() bool {
	any, grown := false, r.w.Wakes().Accounts
	for _, i := range r.open {
		l := &r.lots[i]
		if len(grown) > 0 && l.held && l.awaits >= 0 && slices.Contains(grown, l.awaits) {
			l.try = true
		}
		any = any || l.try
	}
	return any
}

func (r *run) at(t calendar.Instant, k kind, id, more int32, version uint32) {
	if t >= r.p.Until {
		return
	}
	r.seq++
	r.heap.push(event{at: max(t, r.w.Now()), seq: r.seq, kind: k, id: id, more: more, version: version})
}

func (r *run) start(s *sample, muted []bool, without bool) {
	p := r.p
	r.q.Reset()
	r.w.Reset(muted)
	r.sample, r.without = s, without
	if s.timeline == nil {
		s.timeline = p.timeline(s)
	}
	r.heap, r.seq, r.timeline = r.heap[:0], uint32(len(s.timeline)), 0
	r.submit, r.jobs, r.next, r.open = 0, r.jobs[:0], 0, r.open[:0]
	if n := len(p.loadOf); cap(r.jobs) < n {
		r.jobs = make([]task, 0, n)
	}
	clear(r.asked)
	clear(r.refused)
	r.tryLots = false
	r.result = outcome{
		Milestones: make([]calendar.Instant, len(p.milestones)), Energy: make([]account.Sum, len(p.milestones)),
	}
	for i := range r.result.Milestones {
		r.result.Milestones[i] = calendar.Never
	}
	r.startPermits()
	r.startLots()
	for _, f := range p.fresh {
		r.w.See(f.stock, f.kind, true)
	}
	for i := range p.phases {
		st := &r.phases[i]
		*st = phaseState{waiting: len(p.phases[i].after), left: s.work[i], ended: calendar.Never}
		for k, speed := range s.speeds[i] {
			r.q.Shape(r.byPhase[i]).Options[k].Speed = speed
		}
		if st.waiting == 0 {
			r.at(max(p.From, s.earliest[i]), phaseReady, int32(i), 0, 0)
		}
	}
	for i := range p.series {
		for k, t := range p.series[i].starts {
			r.book(int32(i), int32(k), t)
		}
	}
	if r.tracer != nil {
		r.tracer.begin(r)
	}
}

// startPermits schedules endorsements, those that are there already at the
// start.
func (r *run) startPermits() {
	for i := range r.p.Rules.Permits {
		for k, t := range r.sample.endorsed[i] {
			if r.w.Muted(r.p.Rules.Permits[i].GateGroups[k]) || t == calendar.Never {
				continue
			}
			r.at(max(t, r.p.From), endorses, int32(i), int32(k), 0)
		}
	}
}

// effective is when a permit takes effect in this run, or Never.
func (r *run) effective(p int32) calendar.Instant {
	at := max(r.p.From, r.p.Rules.Permits[p].From)
	for k, t := range r.sample.endorsed[p] {
		if !r.w.Muted(r.p.Rules.Permits[p].GateGroups[k]) {
			at = max(at, t)
		}
	}
	return at
}

// opens is when all permits that govern deliveries to a stock have taken
// effect, and the group of the gate that opens last, −1 if none opens late. Each
// that opens late has an effect; the run rests on the last.
func (r *run) opens(stock int32) (calendar.Instant, int32) {
	open, by := r.p.From, int32(-1)
	for _, p := range r.p.Rules.Stocks[stock].Permits {
		pm := &r.p.Rules.Permits[p]
		if !pm.Delivery {
			continue
		}
		if pm.From > open {
			open, by = pm.From, -1
		}
		for k, t := range r.sample.endorsed[p] {
			g := pm.GateGroups[k]
			if t <= r.p.From || r.w.Muted(g) {
				continue
			}
			r.w.Act(g)
			if t > open || t == open && by >= 0 && r.w.Needed(g) {
				open, by = t, g
			}
		}
	}
	return open, by
}

// startLots puts the devices in service that are there, and schedules the
// others: at the supply's date, or when all permits that govern delivery have
// taken effect and the leads are over.
func (r *run) startLots() {
	for i := range r.p.lots {
		l, d := &r.p.lots[i], &r.sample.lots[i]
		r.lots[i] = lotState{rest: d.quantity, blocked: noClause, awaits: -1}
		if l.present {
			continue
		}
		if r.without || d.quantity == 0 {
			r.lots[i].rest = 0
			continue
		}
		open, by := r.opens(l.stock)
		if by >= 0 && d.arrives < calendar.Never && (open == calendar.Never || open+d.leads > d.arrives) {
			r.w.Need(by)
		}
		if open == calendar.Never || d.arrives == calendar.Never {
			continue
		}
		r.at(max(d.arrives, open+d.leads), lotReady, int32(i), 0, 0)
		for k, ev := range l.entry.Evidence {
			if at := d.certified[k]; at < calendar.Never {
				r.at(d.arrives+at, certified, int32(i), r.p.kindOf(ev.Kind), 0)
			}
		}
	}
	for i := range r.p.lots {
		if l := &r.p.lots[i]; l.present {
			r.w.Deliver(int32(i), r.lots[i].rest)
			r.lots[i].rest = 0
		}
	}
}

// noClause marks that nothing holds a lot.
const noClause = int32(-1 << 30)

// act applies what conditions do to running work.
func (r *run) act(actions []world.Action) {
	for _, a := range actions {
		j := r.w.Job(a.Job)
		if !j.Live() {
			continue
		}
		t := &r.jobs[j.Ref]
		if a.Do == permit.Drain {
			if at := r.w.Draining(a.Job); at > r.w.Now() {
				r.at(at, jobDrains, j.Ref, 0, t.version)
				continue
			}
		}
		r.stop(j.Ref, a.Do == permit.Stop)
	}
}
