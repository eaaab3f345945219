package measurement

import (
	"math"
	"slices"
	"sort"

	"github.com/proviso-dev/proviso/yield"
)

// Score is how far predictions of some rows are from what was published.
type Score struct {
	// By is the metric, accelerator, model, format and engine that the rows
	// have in common; empty ones stand for all.
	Metric                             Metric
	Accelerator, Model, Format, Engine string
	Rows, Groups                       int
	// Error is the median of |predicted ÷ published − 1|, Bias the median of
	// predicted ÷ published − 1, Covered the share of rows inside the 80 %
	// interval.
	Error, Bias, Covered float64
	// Unpredicted is rows that have no prediction: no layout fits.
	Unpredicted int
}

// prediction is one row's.
type prediction struct {
	c       *Case
	value   float64
	covered bool
}

// Scores predicts each row with the coefficients that were fitted without its
// group, and with the interval that the other groups' errors give, and sums
// up: over all of a metric, by accelerator, by model, by class.
func Scores(cases []Case, c *yield.Coefficients) ([]Score, error) {
	predictors := map[string]*yield.Predictor{}
	all := make([]prediction, len(cases))
	for i := range cases {
		g := cases[i].Group()
		if predictors[g] == nil {
			p, err := yield.Without(c, g)
			if err != nil {
				return nil, err
			}
			predictors[g] = p
		}
		all[i] = prediction{c: &cases[i], value: cases[i].Predict(predictors[g])}
	}
	cover(all)
	var out []Score
	for _, metric := range Metrics() {
		sums := map[Score][]*prediction{}
		for i := range all {
			if all[i].c.Metric != metric {
				continue
			}
			x := all[i].c
			by := []Score{
				{Metric: metric}, {Metric: metric, Accelerator: x.Accelerator}, {Metric: metric, Model: x.Model},
				{Metric: metric, Accelerator: x.Accelerator, Model: x.Model, Format: x.Format(), Engine: string(x.Engine)},
			}
			if x.Engine != "" {
				by = append(by, Score{Metric: metric, Engine: string(x.Engine)})
			}
			for _, k := range by {
				sums[k] = append(sums[k], &all[i])
			}
		}
		keys := make([]Score, 0, len(sums))
		for k := range sums {
			keys = append(keys, k)
		}
		sort.Slice(keys, func(i, j int) bool { return keys[i].order() < keys[j].order() })
		for _, k := range keys {
			out = append(out, k.of(sums[k]))
		}
	}
	return out, nil
}

// order puts the wider sums first.
func (s *Score) order() string {
	level := "0"
	switch {
	case s.Format != "":
		level = "4"
	case s.Engine != "":
		level = "3"
	case s.Model != "":
		level = "2"
	case s.Accelerator != "":
		level = "1"
	}
	return level + s.Accelerator + " " + s.Model + " " + s.Format + " " + s.Engine
}

func (s Score) of(rows []*prediction) Score {
	var off, bias []float64
	groups := map[string]bool{}
	covered := 0
	for _, p := range rows {
		groups[p.c.Group()] = true
		if !(p.value > 0) {
			s.Unpredicted++
			continue
		}
		e := p.value/p.c.Value - 1
		off, bias = append(off, math.Abs(e)), append(bias, e)
		if p.covered {
			covered++
		}
	}
	s.Rows, s.Groups = len(rows), len(groups)
	if len(off) > 0 {
		s.Error, s.Bias, s.Covered = middle(off), middle(bias), float64(covered)/float64(len(off))
	}
	return s
}

func middle(v []float64) float64 {
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// cover asks of each row whether it lies in the interval that the errors of
// all other groups give for its class.
func cover(all []prediction) {
	groups := map[string]*yield.Predictor{}
	for i := range all {
		g := all[i].c.Group()
		if groups[g] == nil {
			var others []Residual
			for k := range all {
				if all[k].c.Group() != g {
					others = append(others, residual(&all[k]))
				}
			}
			groups[g] = yield.WithResiduals(Residuals(others))
		}
		x := all[i].c
		class := yield.Class{Metric: string(x.Metric), Accelerator: x.Accelerator, MoE: x.shape.MoE(), Format: x.Format(), Engine: x.Engine}
		v, _ := groups[g].Around(class, all[i].value)
		all[i].covered = v.P10 <= x.Value && x.Value <= v.P90
	}
}

func residual(p *prediction) Residual {
	return Residual{p.c.Metric, p.c.Accelerator, p.c.ModelKind(), p.c.Format(), string(p.c.Engine), p.c.Group(), p.c.Value / p.value}
}
