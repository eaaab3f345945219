package plan

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// incident is an event of the scenario.
func (r *run) incident(d *eventDraw) {
	e := &r.p.Events[d.index]
	each := func(names []string, f func(int32)) {
		for _, n := range names {
			for i := range r.p.Rules.Permits {
				if r.p.Rules.Permits[i].Name == n {
					f(int32(i))
				}
			}
		}
	}
	each(e.Revoke, r.w.Revoke)
	each(e.Suspend, r.w.Suspend)
	each(e.Reinstate, r.w.Reinstate)
	if e.Shutdown != nil {
		r.shutdown(e.Shutdown.Lots, e.Shutdown.Accelerator, e.Shutdown.Part.Of, instant(e.Shutdown.For))
	}
	// What the end of a permit does to running work comes as actions.
	r.act(r.w.Fire())
}

// shutdown takes a part of the devices in service away. Jobs on devices that
// are gone stop, those that started last first, of those that started together
// those that were submitted last.
func (r *run) shutdown(lots []string, product string, part func(int64) int64, back calendar.Instant) {
	gone := make([]int64, len(r.p.Rules.Stocks))
	for i := range r.p.lots {
		l := &r.p.lots[i]
		hit := len(lots) == 0 && r.p.Rules.Products[r.p.Rules.Stocks[l.stock].Product].Name == product
		for _, n := range lots {
			hit = hit || n == l.name
		}
		if hit {
			gone[l.stock] += part(r.w.Lot(int32(i)).Delivered)
		}
	}
	for s, n := range gone {
		n = min(n, r.w.Stock(int32(s)).Capacity)
		if n <= 0 {
			continue
		}
		r.w.Capacitate(int32(s), -n)
		for {
			st := r.w.Stock(int32(s))
			if st.Used <= st.Capacity {
				break
			}
			last := int32(-1)
			r.w.Each(func(id world.JobID, j *world.Running) {
				if !holds(j, int32(s)) {
					return
				}
				began := r.jobs[j.Ref].began
				if last < 0 || began > r.jobs[last].began || began == r.jobs[last].began && j.Ref > last {
					last = j.Ref
				}
			})
			r.stop(last, true)
		}
		if back > 0 {
			r.at(r.w.Now()+back, recovers, int32(s), int32(n), 0)
		}
	}
}

func holds(j *world.Running, stock int32) bool {
	if j.First.Stock == stock {
		return true
	}
	for _, p := range j.More {
		if p.Stock == stock {
			return true
		}
	}
	return false
}
