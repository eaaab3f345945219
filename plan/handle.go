package plan

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// handle does one event.
func (r *run) handle(e event) {
	switch e.kind {
	case factChanges:
		f := &r.sample.facts[e.id]
		r.w.SetFact(f.fact, f.value)
		r.tryLots = true
	case endorses:
		r.w.Endorse(e.id, r.p.Rules.Permits[e.id].Required[e.more])
		r.tryLots = true
	case incident:
		r.incident(&r.sample.events[e.id])
	case recovers:
		r.w.Capacitate(e.id, int64(e.more))
	case evidenceStops:
		r.w.See(e.id, e.more, false)
	case evidenceSeen:
		r.w.See(e.id, e.more, false)
	case evidenceComes:
		r.w.See(e.id, e.more, true)
	case certified:
		r.w.Certify(e.id, e.more)
		r.lots[e.id].try = true
	case filed:
		// A report that was not owed when it was due stands for no later one.
		if r.w.Clause(e.id).Filed <= int(e.more) {
			r.w.File(e.id)
		}
	case approves:
		r.w.Approve(e.id, e.more, int32(e.version))
	case lotReady:
		r.ready(e.id)
	case jobEnds:
		if t := &r.jobs[e.id]; t.running && t.version == e.version {
			r.ended(e.id)
		}
	case jobDrains:
		if t := &r.jobs[e.id]; t.running && t.version == e.version {
			r.stop(e.id, false)
		}
	case phaseReady:
		r.begin(e.id)
	case submits:
		r.submitSeries(e.id)
	case probe:
		r.tracer.probe(r)
		r.at(r.w.Now()+r.tracer.every, probe, 0, 0, 0)
	}
}

// ready takes note that a lot may come.
func (r *run) ready(lot int32) {
	l := &r.lots[lot]
	l.ready, l.try = true, true
	if at, found := slices.BinarySearch(r.open, lot); !found {
		r.open = slices.Insert(r.open, at, lot)
	}
}

// deliver tries the lots that are ready, all or those for which something has
// changed, in document order, until none moves: one lot's arrival can make room
// for another.
func (r *run) deliver(all bool) {
	last := len(r.open) - 1 // the lot that moved last; those behind it were judged since
	for moved := true; moved; {
		moved = false
		for k := 0; k < len(r.open) && (moved || k <= last); k++ {
			i := r.open[k]
			l := &r.lots[i]
			if l.rest == 0 || !all && !l.try {
				continue
			}
			l.try = false
			r.q.Tries++
			decision.Deliver(r.w, i, l.rest, &r.verdict)
			n := min(l.rest, r.verdict.Largest)
			l.blocked, l.held, l.awaits = noClause, r.verdict.Outcome != decision.Admit, -1
			for k := range r.verdict.Reasons {
				if x := &r.verdict.Reasons[k]; x.Outcome != decision.Admit {
					l.blocked, l.form = x.Clause, x.Form
				}
			}
			if l.held {
				l.awaits = r.wait(l.rest, n)
			}
			if n <= 0 {
				continue
			}
			r.w.Deliver(i, n)
			l.rest -= n
			moved, all, last = true, true, k
		}
	}
	r.open = slices.DeleteFunc(r.open, func(i int32) bool { return r.lots[i].rest == 0 })
}

// wait notes which condition holds a lot of which n of rest devices may come,
// and gives the account that has no room, −1 if there is none.
func (r *run) wait(rest, n int64) int32 {
	v := &r.verdict
	k := v.Deciding(r.w, func(x *decision.Reason) bool { return max(0, min(rest, x.Largest)) == max(0, n) })
	if k < 0 {
		return -1
	}
	decision.Need(r.w, &v.Reasons[k])
	a := v.Reasons[k].Account
	if a >= 0 {
		r.w.Await(a)
	}
	return a
}

// book makes a job of a series, and announces it where it is booked. Its
// submission is in the sample's timeline.
func (r *run) book(s, k int32, t calendar.Instant) {
	j := &r.p.series[s]
	id := int32(len(r.jobs))
	own := world.BookingID(-1)
	if j.entry.Booked {
		own = r.w.Book(world.Booking{Class: r.q.Shape(r.bySeries[s]).Class, Stocks: j.stocks, Devices: j.max, Arrives: t, Lasts: j.expected})
	}
	r.jobs = append(r.jobs, task{
		source: fromSeries, index: s, runs: r.sample.runs[s][k], submit: t, name: k,
		item: queue.Item{Ref: id, Subject: id, Own: own, Min: j.min, Max: j.max, Limit: j.limit, Expected: j.expected, Checkpoint: j.checkpoint},
	})
}

func (r *run) submitSeries(id int32) {
	t := &r.jobs[id]
	r.submit++
	t.item.Seq = r.submit
	r.q.Submit(r.bySeries[t.index], t.item)
}

func (r *run) submitTraced(i int32) {
	j := &r.p.Trace.Jobs[i]
	load := r.p.loadOf[i]
	id := int32(len(r.jobs))
	r.submit++
	n := int64(j.Devices)
	r.jobs = append(r.jobs, task{
		source: fromTrace, index: load, runs: min(instant(j.Runs), instant(j.Limit)), submit: r.w.Now(), name: i,
		item: queue.Item{Ref: id, Subject: id, Own: -1, Seq: r.submit, Min: n, Max: n, Limit: instant(j.Limit), Expected: instant(j.Limit)},
	})
	r.q.Submit(r.byLoad[load], r.jobs[id].item)
}

// begin starts a phase: its first job goes into the queue.
func (r *run) begin(ph int32) {
	st := &r.phases[ph]
	st.started, st.began = true, r.w.Now()
	id := int32(len(r.jobs))
	f := &r.p.phases[ph]
	// Approvals are given to the phase, not to each of its jobs.
	r.jobs = append(r.jobs, task{source: fromPhase, index: ph, submit: r.w.Now(), item: queue.Item{
		Ref: id, Subject: -1 - ph, Own: -1, Min: f.min, Max: f.max, Limit: f.limit, Expected: f.limit, Checkpoint: f.checkpoint, Drag: f.drag,
	}})
	r.again(id)
}

// again puts a job of a phase into the queue, for what is left to do.
func (r *run) again(id int32) {
	t := &r.jobs[id]
	f, st := &r.p.phases[t.index], &r.phases[t.index]
	t.item.Work, t.item.Demand = st.left, 0
	if f.serve {
		now := r.w.Now()
		if now >= f.until {
			return
		}
		t.item.Work = 0
		t.item.Demand = speedAt(r.sample.demand[t.index], now-st.began)
		t.item.Limit = min(f.limit, f.until-now)
		t.item.Expected = t.item.Limit
		if t.item.Demand == 0 {
			return
		}
	}
	if t.item.Seq == 0 {
		r.submit++
		t.item.Seq = r.submit
	}
	r.q.Submit(r.byPhase[t.index], t.item)
}

// started takes note of a start.
func (r *run) started(s *queue.Shape, it *queue.Item, p queue.Placed) {
	t := &r.jobs[it.Ref]
	t.version++
	t.running, t.began, t.job, t.option, t.devices = true, r.w.Now(), p.Job, int32(p.Option), p.Devices
	j := r.w.Job(p.Job)
	end := j.End
	switch {
	case t.source == fromPhase && it.Work > 0:
		end = min(end, r.w.Now()+it.Length(s.Options[p.Option].Speed, p.Devices))
	case t.source != fromPhase:
		end = min(end, r.w.Now()+t.runs)
	}
	r.at(end, jobEnds, it.Ref, 0, t.version)
	r.result.Trace.start(r, t, p)
}

// ended is a job that ends as planned: its work is done, or its reservation.
func (r *run) ended(id int32) {
	t := &r.jobs[id]
	now := r.w.Now()
	ran := now - t.began
	r.close(t)
	switch t.source {
	case fromPhase:
		r.progress(id, ran)
	default:
		if t.runs -= ran; t.runs > 0 && t.item.Checkpoint > 0 && ran < t.item.Limit {
			r.q.Submit(r.groupOf(t), t.item) // cut: what is left goes on later
		} else {
			r.result.Trace.end(r, t)
		}
	}
}

// stop ends a job against its plan. It loses the work since its last
// checkpoint, at once or at a checkpoint; without checkpoints all of it, and
// then it is not tried again.
func (r *run) stop(id int32, abrupt bool) {
	t := &r.jobs[id]
	ran := r.w.Now() - t.began
	kept := ran
	if c := t.item.Checkpoint; abrupt && c > 0 {
		kept = ran / c * c
	}
	r.close(t)
	switch {
	case t.source == fromPhase:
		r.progress(id, kept)
	case t.item.Checkpoint > 0 && t.runs-kept > 0:
		t.runs -= kept
		r.q.Submit(r.groupOf(t), t.item)
	default:
		r.result.Trace.kill(r, t)
	}
}

func (r *run) groupOf(t *task) queue.GroupID {
	switch t.source {
	case fromSeries:
		return r.bySeries[t.index]
	case fromPhase:
		return r.byPhase[t.index]
	}
	return r.byLoad[t.index]
}

// close ends a job in the world and counts what it took.
func (r *run) close(t *task) {
	j := r.w.Job(t.job)
	r.count(t, j, r.w.Now())
	r.q.Ended(t.job)
	r.w.End(t.job)
	t.running = false
	t.version++
}

// progress takes done work off a phase, and goes on with the rest.
func (r *run) progress(id int32, kept calendar.Instant) {
	t := &r.jobs[id]
	st := &r.phases[t.index]
	if r.p.phases[t.index].serve {
		r.again(id)
		return
	}
	speed := r.q.Shape(r.byPhase[t.index]).Options[t.option].Speed
	it := t.item
	it.Work = st.left
	st.left -= it.Done(speed, t.devices, kept)
	if st.left > 0 && kept < it.Length(speed, t.devices) {
		r.again(id)
		return
	}
	st.left, st.ended = 0, r.w.Now()
	for i := range r.p.phases {
		for _, a := range r.p.phases[i].after {
			if a != t.index {
				continue
			}
			if r.phases[i].waiting--; r.phases[i].waiting == 0 {
				r.at(max(r.w.Now(), r.sample.earliest[i]), phaseReady, int32(i), 0, 0)
			}
		}
	}
	for i := range r.p.milestones {
		m := &r.p.milestones[i]
		if r.result.Milestones[i] < calendar.Never {
			continue
		}
		reached := true
		for _, a := range m.after {
			reached = reached && r.phases[a].ended < calendar.Never
		}
		if reached {
			r.result.Milestones[i] = r.w.Now()
			r.energyUpTo(i)
		}
	}
}

// energyUpTo adds what running work of a milestone's programme took before the
// milestone was reached.
func (r *run) energyUpTo(i int) {
	r.w.Each(func(_ world.JobID, j *world.Running) {
		t := &r.jobs[j.Ref]
		if t.source != fromPhase {
			return
		}
		ph := &r.p.phases[t.index]
		if ph.serve || r.p.programmes[ph.programme].name != r.p.milestones[i].Programme {
			return
		}
		for _, p := range append([]world.Part{j.First}, j.More...) {
			watts := r.power(t, p.Stock) * p.Devices
			r.result.Energy[i] = r.result.Energy[i].Add(account.Product(watts, int64(r.w.Now()-t.began)))
		}
	})
}

// leftovers counts recorded jobs that still wait, by load.
func (r *run) leftovers() map[int32]int {
	if r.p.Trace == nil {
		return nil
	}
	out := map[int32]int{}
	r.q.Each(func(_ *queue.Shape, it *queue.Item) {
		if t := &r.jobs[it.Ref]; t.source == fromTrace {
			out[t.index]++
		}
	})
	return out
}

// count adds what a job took up to now to the run's sums.
func (r *run) count(t *task, j *world.Running, now calendar.Instant) {
	if t.source != fromPhase {
		return
	}
	ph := &r.p.phases[t.index]
	add := func(p world.Part) {
		ms := int64(now - t.began)
		if r.p.allCount || !r.p.lots[r.p.Rules.Stocks[p.Stock].Lots[0]].present {
			r.result.Used += p.Devices * ms
		}
		if ph.serve {
			return
		}
		energy := account.Product(r.power(t, p.Stock)*p.Devices, ms)
		for i := range r.p.milestones {
			if r.result.Milestones[i] == calendar.Never && r.p.milestones[i].Programme == r.p.programmes[ph.programme].name {
				r.result.Energy[i] = r.result.Energy[i].Add(energy)
			}
		}
	}
	add(j.First)
	for _, p := range j.More {
		add(p)
	}
}

// finish counts what still runs at the end of the period.
func (r *run) finish() {
	r.w.Each(func(_ world.JobID, j *world.Running) { r.count(&r.jobs[j.Ref], j, r.p.Until) })
	for i := range r.p.lots {
		if s := r.w.Lot(int32(i)); !r.p.lots[i].present && s.First < r.p.Until {
			r.result.Available += s.Delivered * int64(r.p.Until-s.First)
		}
	}
	if r.p.Trace != nil {
		r.q.Each(func(_ *queue.Shape, it *queue.Item) {
			if t := &r.jobs[it.Ref]; t.source == fromTrace {
				r.result.Trace.Open += int64(r.p.Until - t.submit)
			}
		})
	}
	r.result.Acted = append(r.result.Acted[:0], r.w.Acted()...)
	for g := range r.result.Acted {
		r.result.Needed = append(r.result.Needed, r.w.Needed(int32(g)))
	}
	if r.tracer != nil {
		r.tracer.finish(r)
	}
}
