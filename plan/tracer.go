package plan

import (
	"cmp"
	"maps"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// tracer watches one run for the report; it changes nothing in it.
type tracer struct {
	every  calendar.Instant
	series Series
	fresh  usage // of new devices
	all    usage // of all
	rooms  map[int32][]float64
}

// usage is devices in use by purpose, over time.
type usage map[string][]int64

// at notes what is in use at the n-th instant.
func (u usage) at(n int, now map[string]int64) {
	for p := range now {
		if u[p] == nil {
			u[p] = make([]int64, n)
		}
	}
	for p := range u {
		u[p] = append(u[p], now[p])
	}
}

// lines gives the purposes in order.
func (u usage) lines() (out []Line) {
	for _, p := range slices.Sorted(maps.Keys(u)) {
		out = append(out, Line{p, u[p]})
	}
	return out
}

// points is about how many instants a chart shows.
const points = 180

func (t *tracer) begin(r *run) {
	t.every = max(1, (r.p.Until-r.p.From)/points)
	t.fresh, t.all, t.rooms = usage{}, usage{}, map[int32][]float64{}
	r.at(r.p.From, probe, 0, 0, 0)
}

// probe reads the state at an instant.
func (t *tracer) probe(r *run) {
	n := len(t.series.At)
	t.series.At = append(t.series.At, r.p.time(r.w.Now()))
	granted, delivered := int64(0), int64(0)
	seen := map[string]int64{}
	for i := range r.p.lots {
		if l := &r.p.lots[i]; !l.present {
			delivered += r.w.Lot(int32(i)).Delivered
		}
	}
	for i := range r.p.Rules.Permits {
		if !r.p.Rules.Permits[i].Delivery {
			continue
		}
		for _, g := range r.p.Rules.Permits[i].Grants {
			// Two permits over one holder's devices grant the same ones.
			k := r.p.Rules.Permits[i].Holder + "/" + r.p.Rules.Products[g.Product].Name
			seen[k] = max(seen[k], g.Quantity)
		}
	}
	for _, q := range seen {
		granted += q
	}
	t.series.Granted, t.series.Delivered = append(t.series.Granted, granted), append(t.series.Delivered, delivered)
	service := int64(0)
	for i := range r.p.Rules.Stocks {
		service += r.w.Stock(int32(i)).Capacity
	}
	t.series.InService = append(t.series.InService, service)
	fresh, all := map[string]int64{}, map[string]int64{}
	r.w.Each(func(_ world.JobID, j *world.Running) {
		purpose := cmp.Or(r.w.Attributes(j.Class).Purpose, "no purpose given")
		add := func(p world.Part) {
			all[purpose] += p.Devices
			if !r.p.lots[r.p.Rules.Stocks[p.Stock].Lots[0]].present {
				fresh[purpose] += p.Devices
			}
		}
		add(j.First)
		for _, p := range j.More {
			add(p)
		}
	})
	t.fresh.at(n, fresh)
	t.all.at(n, all)
	for i := range r.p.Rules.Clauses {
		if v, ok := t.room(r, int32(i)); ok {
			for len(t.rooms[int32(i)]) < n {
				t.rooms[int32(i)] = append(t.rooms[int32(i)], 1)
			}
			t.rooms[int32(i)] = append(t.rooms[int32(i)], v)
		}
	}
}

func (t *tracer) finish(r *run) {
	t.series.InUse, t.series.AllInUse = t.fresh.lines(), t.all.lines()
	for i := range r.p.Rules.Clauses {
		if v := t.rooms[int32(i)]; v != nil {
			c := &r.p.Rules.Clauses[i]
			t.series.Room = append(t.series.Room, RoomLine{r.p.reasonName(int32(i), c.Form), r.p.Rules.Groups[c.Group].Basis, v})
		}
	}
}

// series runs the sample whose last milestone is the middle one once more and
// watches it.
func (m *maker) series(r *Result) error {
	if len(m.all) == 0 {
		return nil
	}
	n := 0
	if k := len(m.p.milestones); k > 0 {
		order := make([]int, len(m.all))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Compare(m.all[a].full.milestones[k-1], m.all[b].full.milestones[k-1])
		})
		n = order[(len(order)-1)/2]
	}
	w := newRun(m.p)
	w.tracer = &tracer{}
	w.do(m.drawn[n], nil, false)
	s := w.tracer.series
	s.Sample = n
	r.Series = &s
	return nil
}
