package plan

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/quantity"
)

// measureOf reads one figure of a run, for which costs are shared out.
type measureOf func(*kept) int64

// statistic is the figure of all samples that is shown: the middle one, or the
// mean.
type statistic bool

const (
	middleOf statistic = false
	meanOf   statistic = true
)

// rank is the value that percent of the samples do not exceed, of sorted
// values.
func rank(sorted []int64, percent int) int64 {
	if len(sorted) == 0 {
		return 0
	}
	k := (len(sorted)*percent + 99) / 100
	return sorted[max(1, k)-1]
}

// middle is the value that half of the samples do not exceed.
func middle(sorted []int64) int64 { return rank(sorted, 50) }

// column is one figure of every sample under one combination, with the samples
// in the order of their values, so that a sum over weighted samples needs no
// sorting.
type column struct {
	values []int64
	order  []int32
}

func columnOf(values []int64) column {
	c := column{values: values, order: make([]int32, len(values))}
	for i := range c.order {
		c.order[i] = int32(i)
	}
	slices.SortStableFunc(c.order, func(a, b int32) int { return cmp.Compare(values[a], values[b]) })
	return c
}

// of gives the statistic of the samples, each counted as often as its weight
// says; nil counts each once.
func (stat statistic) of(c column, weights []int) int64 {
	n := len(c.values)
	if n == 0 {
		return 0
	}
	weight := func(i int32) int {
		if weights == nil {
			return 1
		}
		return weights[i]
	}
	if stat == meanOf {
		sum := account.Sum{}
		for i, v := range c.values {
			sum = sum.Add(account.Product(v, int64(weight(int32(i)))))
		}
		if sum.Sign() < 0 {
			return -account.Sum{}.Sub(sum).Quo(int64(n))
		}
		return sum.Quo(int64(n))
	}
	half := (n*50 + 99) / 100
	for _, i := range c.order {
		if half -= weight(i); half <= 0 {
			return c.values[i]
		}
	}
	return c.values[c.order[n-1]]
}

// columns reads one figure of every sample, for every combination.
func (m *maker) columns(read measureOf) []column {
	out := make([]column, 1<<len(m.active))
	for s := range out {
		values := make([]int64, len(m.all))
		for n := range m.all {
			values[n] = read(&m.all[n].values[s])
		}
		out[s] = columnOf(values)
	}
	return out
}

// fair gives each active group its fair share (Shapley value) of
// worth[all] − worth[none]: the mean, over all orders in which the groups could
// be added, of what adding it changes. Exactly:
// φᵢ = Σ_{S∌i} |S|! (k−|S|−1)! / k! · (v(S∪i) − v(S)).
// The shares are rationals with denominator k!, and add up exactly.
// Source: L. S. Shapley, A Value for n-Person Games, 1953.
func fair(worth []int64, k int) []*big.Rat {
	fact := make([]*big.Int, k+1)
	fact[0] = big.NewInt(1)
	for i := 1; i <= k; i++ {
		fact[i] = new(big.Int).Mul(fact[i-1], big.NewInt(int64(i)))
	}
	out := make([]*big.Rat, k)
	for i := range k {
		// Sums by size of S first: they fit 64 bits, and need one product each.
		bySize := make([]int64, k)
		for s := range len(worth) {
			if s&(1<<i) == 0 {
				bySize[bits.OnesCount(uint(s))] += worth[s|1<<i] - worth[s]
			}
		}
		sum := new(big.Int)
		for n, v := range bySize {
			w := new(big.Int).Mul(fact[n], fact[k-n-1])
			sum.Add(sum, w.Mul(w, big.NewInt(v)))
		}
		out[i] = new(big.Rat).SetFrac(sum, fact[k])
	}
	return out
}

// resamples is how many times the samples are drawn anew, with replacement, for
// standard errors (Efron's bootstrap).
const resamples = 60

// shares gives the fair shares of a figure with their standard errors, in
// units of scale.
func (m *maker) shares(read measureOf, stat statistic, scale float64) []Figure {
	k := len(m.active)
	columns := m.columns(read)
	worth := make([]int64, len(columns))
	value := func(weights []int) []*big.Rat {
		for s := range columns {
			worth[s] = stat.of(columns[s], weights)
		}
		return fair(worth, k)
	}
	exact := value(nil)
	sum, square := make([]float64, k), make([]float64, k)
	weights := make([]int, len(m.all))
	for b := range resamples {
		clear(weights)
		d := dice{m.p.Seed, b}
		for i := range m.all {
			weights[d.roll(fmt.Sprint(i), "resample")*int64(len(m.all))/million]++
		}
		for i, v := range value(weights) {
			f, _ := v.Float64()
			f /= scale
			sum[i] += f
			square[i] += f * f
		}
	}
	out := make([]Figure, k)
	for i, v := range exact {
		f, _ := v.Float64()
		mu := sum[i] / resamples
		out[i] = Figure{f / scale, math.Sqrt(max(0, square[i]/resamples-mu*mu))}
	}
	return out
}

// The units of costs.
const (
	msPerDay  = float64(quantity.Day)
	msPerHour = float64(quantity.Hour)
	mJPerMWh  = 3.6e12
	joule     = 1000 // mJ
)

// costs prices every active group; those without any effect cost nothing and
// are left out.
func (m *maker) costs() []Cost {
	if m.orders > 0 || len(m.active) == 0 {
		return m.drawnCosts()
	}
	out := make([]Cost, len(m.active))
	for i, g := range m.active {
		gr := &m.p.Rules.Groups[g]
		out[i] = Cost{Group: gr.Name, Basis: gr.Basis, Source: gr.Source}
	}
	for k := range m.p.milestones {
		for i, f := range m.shares(func(x *kept) int64 { return x.milestones[k] }, middleOf, msPerDay) {
			out[i].Delay = append(out[i].Delay, f)
		}
	}
	for i, f := range m.shares(func(x *kept) int64 { return -x.used }, meanOf, msPerHour) {
		out[i].DeviceHour = f
	}
	if n := m.p.recorded(); n > 0 {
		for i, f := range m.shares(func(x *kept) int64 { return x.wait }, meanOf, msPerHour*float64(n)) {
			out[i].Wait = &f
		}
	}
	// Energy in joules, which fits 63 bits where mJ may not.
	for i, f := range m.shares(func(x *kept) int64 { return x.energy.Over(joule).Int64() }, meanOf, mJPerMWh/joule) {
		out[i].MWh = f
	}
	m.order(out)
	return out
}

// recorded is the number of recorded jobs.
func (p *Problem) recorded() int {
	if p.Trace == nil {
		return 0
	}
	return len(p.Trace.Jobs)
}

// order puts the dearest first, by the last milestone, then by device-hours.
func (m *maker) order(costs []Cost) {
	slices.SortStableFunc(costs, func(a, b Cost) int {
		if n := len(a.Delay); n > 0 {
			if x, y := math.Abs(a.Delay[n-1].Value), math.Abs(b.Delay[n-1].Value); x != y {
				if x > y {
					return -1
				}
				return 1
			}
		}
		if a.Wait != nil && b.Wait != nil && a.Wait.Value != b.Wait.Value {
			if a.Wait.Value > b.Wait.Value {
				return -1
			}
			return 1
		}
		switch x, y := math.Abs(a.DeviceHour.Value), math.Abs(b.DeviceHour.Value); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
}
