package plan

import (
	"context"
	"math"
	"slices"

	"github.com/proviso-dev/proviso/world"
)

// Room is the least room left under a clause over the period, as a part of its
// bound from 0 to 1, at the instants of a chart.
type Room struct {
	Clause string `json:"clause"`
	// Least is that of the tightest, the middle and the widest case: a tenth,
	// half and nine tenths of the samples have no more.
	Least [3]float64 `json:"least"`
}

// rooms runs every sample once more and watches it. Each clause is compared
// over all samples: one run's room says little about another's.
func (m *maker) rooms(ctx context.Context) error {
	m.least = make([]map[string]float64, m.p.Samples)
	return m.each(ctx, func(r *run, n int) {
		r.tracer = &tracer{}
		r.do(m.drawn[n], nil, false)
		m.least[n] = map[string]float64{}
		for _, l := range r.tracer.series.Room {
			least := slices.Min(l.Values)
			if x, ok := m.least[n][l.Name]; ok { // a band is two clauses of one name
				least = min(least, x)
			}
			m.least[n][l.Name] = least
		}
		r.tracer = nil
	})
}

// roomOf gives the rooms in the order of the clauses.
func (m *maker) roomOf() (out []Room) {
	said := map[string]bool{}
	for i := range m.p.Rules.Clauses {
		name := m.p.reasonName(int32(i), m.p.Rules.Clauses[i].Form)
		if said[name] {
			continue
		}
		said[name] = true
		var v []float64
		for _, of := range m.least {
			if x, ok := of[name]; ok {
				v = append(v, x)
			}
		}
		if len(v) == 0 {
			continue
		}
		slices.Sort(v)
		x := Room{Clause: name}
		for k, percent := range []int{10, 50, 90} {
			x.Least[k] = v[(len(v)-1)*percent/100]
		}
		out = append(out, x)
	}
	return out
}

// room is the least room left under a clause over its accounts, as a part of
// its bound.
func (t *tracer) room(r *run, clause int32) (float64, bool) {
	c := &r.p.Rules.Clauses[clause]
	if c.Space < 0 || c.Form != world.Limit && c.Form != world.Share {
		return 0, false
	}
	least, any := 1.0, false
	r.w.Keys(c.Space, func(_ string, id int32) {
		any = true
		a := r.w.Touch(id)
		var used, bound float64
		switch {
		case c.Form == world.Limit && c.Measure.Instant():
			used, bound = float64(a.Rate()), c.Bound.Float()
		case c.Form == world.Limit:
			used, bound = a.Counts(r.w.Now()).Float(), r.w.Bound(c, a, a.Window()).Float()
		case c.Base == world.Used:
			o := r.w.Touch(id + int32(world.Harmful))
			used = o.Counts(r.w.Now()).Float()
			rest := float64(c.Floor.Den-c.Floor.Num) / math.Max(1, float64(c.Floor.Num))
			bound = a.Counts(r.w.Now()).Float()*rest + c.Allowance.Float()
			if c.Always { // nothing is asked for up to minBase
				bound = math.Max(bound, c.MinBase.Float()*float64(c.Floor.Den-c.Floor.Num)/float64(c.Floor.Den))
			}
			if used == 0 {
				return
			}
		case c.Ceiling:
			o := r.w.Touch(id + int32(world.Harmful))
			used = o.Used(r.w.Now()).Float()
			bound = r.w.ShareBase(c, id, o.Window()).Float() * float64(c.Floor.Den-c.Floor.Num) / float64(c.Floor.Den)
		default:
			return
		}
		if bound <= 0 {
			if used > 0 {
				least = 0
			}
			return
		}
		least = min(least, max(0, 1-used/bound))
	})
	return math.Round(least*1e4) / 1e4, any
}
