package main

import (
	"math"
	"sort"
	"strings"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/optimize"

	"github.com/proviso-dev/proviso/measurement"
	"github.com/proviso-dev/proviso/yield"
)

// problem is one set of named coefficients and the cases that they are fitted
// to; the other sets stay as they are.
type problem struct {
	names []string
	base  *yield.Coefficients
	part  func(*yield.Coefficients) map[string]float64
	cases []measurement.Case
	// weight of each case: every group counts as much as the square root of
	// its rows, so that a large one does not drown the rest.
	weight []float64
}

func newProblem(names []string, base *yield.Coefficients, part func(*yield.Coefficients) map[string]float64, cases []measurement.Case) *problem {
	p := &problem{names: names, base: base, part: part, cases: cases}
	rows := map[string]float64{}
	key := func(c *measurement.Case) string { return string(c.Metric) + c.Group() }
	for i := range cases {
		rows[key(&cases[i])]++
	}
	for i := range cases {
		p.weight = append(p.weight, 1/math.Sqrt(rows[key(&cases[i])]))
	}
	return p
}

// set gives the coefficients at a point: the logarithm of each over its prior,
// in standard deviations.
func (p *problem) set(x []float64) *yield.Coefficients {
	c := *p.base
	values := map[string]float64{}
	for i, n := range p.names {
		values[n] = prior[n][0] * math.Exp(x[i]*prior[n][1])
	}
	p.put(&c, values)
	return &c
}

func (p *problem) put(c *yield.Coefficients, values map[string]float64) {
	for _, slot := range []*map[string]float64{&c.Serving, &c.Training, &c.Energy} {
		if _, ok := values[first(*slot)]; ok || sameKeys(*slot, values) {
			*slot = values
			return
		}
	}
}

func first(m map[string]float64) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}

func sameKeys(a, b map[string]float64) bool {
	for k := range b {
		if _, ok := a[k]; !ok {
			return false
		}
	}
	return len(a) == len(b)
}

// loss is the sum of pseudo-Huber errors of the logarithms, which weigh an
// outlier by its size and not by its square, and of the distance to the prior.
func (p *problem) loss(x []float64) float64 {
	predictor, err := yield.NewPredictor(p.set(x))
	if err != nil {
		panic(err)
	}
	const delta = 0.1
	sum := 0.0
	for i := range p.cases {
		c := &p.cases[i]
		got := c.Predict(predictor)
		if !(got > 0) {
			continue
		}
		e := math.Log(got/c.Value) / delta
		sum += p.weight[i] * delta * (math.Sqrt(1+e*e) - 1)
	}
	for _, v := range x {
		sum += 0.05 * v * v
	}
	return sum + p.apart(x)
}

// apart is the price of engines that differ: each may, where the data insist,
// but what is known of two says much about the third.
func (p *problem) apart(x []float64) (sum float64) {
	for i := range p.names {
		stem, ok := strings.CutSuffix(p.names[i], "VLLM")
		if !ok {
			continue
		}
		mean, square := 0.0, 0.0
		for k := range 3 {
			n := p.names[i+k]
			v := math.Log(prior[n][0]/prior[stem+"VLLM"][0]) + x[i+k]*prior[n][1]
			mean += v / 3
			square += v * v / 3
		}
		spread := typical(stem)
		sum += 0.1 * (square - mean*mean) / (spread * spread)
	}
	return sum
}

// typical is the logarithm's standard deviation among engines: most multiply
// and read with kernels that are alike, and differ most in what a prefill takes
// beside them.
func typical(stem string) float64 {
	switch stem {
	case "prefill":
		return 0.05
	case "prefillLayer", "prefillLatent":
		return 0.7
	}
	return 0.15
}

// fit minimises the loss from a start.
func (p *problem) fit(start []float64, steps int) []float64 {
	result, err := optimize.Minimize(optimize.Problem{
		Func: p.loss,
		Grad: func(grad, x []float64) { fd.Gradient(grad, p.loss, x, &fd.Settings{Step: 1e-4}) },
	}, start, &optimize.Settings{MajorIterations: steps, GradientThreshold: 1e-3}, &optimize.LBFGS{})
	if result == nil {
		panic(err)
	}
	return result.X
}
