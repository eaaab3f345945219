package plan

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// drawnOrders prices more groups than all combinations can be run for: the
// mean over drawn orders of what adding each group changes. Every order adds
// up to the whole, so the shares do too.
func (m *maker) drawnOrders(ctx context.Context) error {
	m.orders = 24
	k := len(m.active)
	for i := range m.all {
		m.all[i].fresh = make([]bool, len(m.p.Rules.Groups))
	}
	chains := m.chains()
	return m.each(ctx, func(r *run, n int) {
		a := &m.all[n]
		a.values = make([]kept, m.orders*(k+1))
		flags := make([]bool, len(m.p.Rules.Groups))
		for o, chain := range chains {
			for i := range flags {
				flags[i] = true
			}
			a.values[o*(k+1)] = a.none
			for i, g := range chain {
				flags[m.active[g]] = false
				if i == k-1 {
					a.values[o*(k+1)+k] = a.full
					break
				}
				a.values[o*(k+1)+i+1] = m.p.keep(r.do(m.drawn[n], flags, false))
				a.runs++
			}
		}
		m.runs.Add(int64(a.runs))
	})
}

// chains are the drawn orders; each comes with its reverse, which lowers the
// spread.
func (m *maker) chains() [][]int {
	var out [][]int
	for o := 0; o < m.orders; o += 2 {
		c := make([]int, len(m.active))
		for i := range c {
			c[i] = i
		}
		d := dice{m.p.Seed, o}
		for i := len(c) - 1; i > 0; i-- {
			j := d.roll(fmt.Sprint(i), "order") * int64(i+1) / million
			c[i], c[j] = c[j], c[i]
		}
		back := slices.Clone(c)
		slices.Reverse(back)
		out = append(out, c, back)
	}
	return out
}

// drawnCosts reads the costs off the drawn orders.
func (m *maker) drawnCosts() []Cost {
	k := len(m.active)
	out := make([]Cost, k)
	for i, g := range m.active {
		gr := &m.p.Rules.Groups[g]
		out[i] = Cost{Group: gr.Name, Basis: gr.Basis, Source: gr.Source}
	}
	if k == 0 {
		return out
	}
	chains := m.chains()
	figures := func(read measureOf, stat statistic, scale float64) []Figure {
		sum, square := make([]float64, k), make([]float64, k)
		buf := make([]int64, len(m.all))
		at := func(o, i int) int64 {
			for n := range m.all {
				buf[n] = read(&m.all[n].values[o*(k+1)+i])
			}
			return stat.of(columnOf(buf), nil)
		}
		for o, chain := range chains {
			before := at(o, 0)
			for i, g := range chain {
				after := at(o, i+1)
				d := float64(after-before) / scale
				sum[g] += d
				square[g] += d * d
				before = after
			}
		}
		fs := make([]Figure, k)
		n := float64(len(chains))
		for i := range fs {
			mu := sum[i] / n
			fs[i] = Figure{mu, math.Sqrt(max(0, square[i]/n-mu*mu) / n)}
		}
		return fs
	}
	for j := range m.p.milestones {
		for i, f := range figures(func(x *kept) int64 { return x.milestones[j] }, middleOf, msPerDay) {
			out[i].Delay = append(out[i].Delay, f)
		}
	}
	if n := m.p.recorded(); n > 0 {
		for i, f := range figures(func(x *kept) int64 { return x.wait }, meanOf, msPerHour*float64(n)) {
			out[i].Wait = &f
		}
	}
	for i, f := range figures(func(x *kept) int64 { return -x.used }, meanOf, msPerHour) {
		out[i].DeviceHour = f
	}
	for i, f := range figures(func(x *kept) int64 { return x.energy.Over(joule).Int64() }, meanOf, mJPerMWh/joule) {
		out[i].MWh = f
	}
	m.order(out)
	return out
}
