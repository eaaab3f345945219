package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"sort"

	"golang.org/x/sync/errgroup"

	"github.com/proviso-dev/proviso/measurement"
	"github.com/proviso-dev/proviso/yield"
)

// heldOut is a case with its prediction by coefficients that were fitted
// without its group.
type heldOut struct {
	c   *measurement.Case
	got float64
}

// subject is a set of coefficients and the measurements that speak to it.
type subject struct {
	name  string
	names []string
	of    func(*yield.Coefficients) map[string]float64
	takes func(*measurement.Case) bool
}

var subjects = []subject{
	{"serving", yield.ServingNames(), func(c *yield.Coefficients) map[string]float64 { return c.Serving }, func(c *measurement.Case) bool {
		return c.Metric == measurement.TTFT || c.Metric == measurement.TPOT || c.Metric == measurement.ITL || c.Metric == measurement.OutputRate
	}},
	{"training", yield.TrainingNames(), func(c *yield.Coefficients) map[string]float64 { return c.Training }, func(c *measurement.Case) bool {
		return c.Metric == measurement.TrainRate && c.Accelerator != "h800-sxm" && c.Accelerator != "mi300x"
	}},
	{"energy", yield.EnergyNames(), func(c *yield.Coefficients) map[string]float64 { return c.Energy }, func(c *measurement.Case) bool {
		return c.Metric == measurement.Power || c.Metric == measurement.NodePower
	}},
}

// calibrate fits all coefficients to the tables of a directory, and again with
// each fold of groups left out, whose errors give the intervals.
func calibrate(dir, out string, steps, parts int, keep []string) error {
	rows, used, err := measurement.ReadDirectory(dir)
	if err != nil {
		return err
	}
	cases, err := measurement.Cases(rows)
	if err != nil {
		return err
	}
	of := folds(cases, parts)
	kept, err := keptSets(keep, of, parts)
	if err != nil {
		return err
	}
	all, err := fitAll(cases, func(*measurement.Case) bool { return true }, steps, kept[parts])
	if err != nil {
		return err
	}
	all.Command = fmt.Sprintf("go run ./internal/calibrate fit -data DIR -steps %d -parts %d", steps, parts)
	for _, name := range sortedKeys(used) {
		all.Data = append(all.Data, fmt.Sprintf("%s: %d of %d lines", name, used[name][0], used[name][1]))
	}
	for _, n := range slices.Concat(yield.ServingNames(), yield.TrainingNames(), yield.EnergyNames()) {
		for _, m := range []map[string]float64{all.Serving, all.Training, all.Energy} {
			if v, ok := m[n]; ok {
				fmt.Fprintf(os.Stderr, "  %-20s %.4g (%+.1f)\n", n, v, math.Log(v/prior[n][0])/prior[n][1])
			}
		}
	}
	// Parts are fitted side by side; the order of the results stays theirs.
	held := make([]*yield.Coefficients, parts)
	var wg errgroup.Group
	wg.SetLimit(runtime.GOMAXPROCS(0))
	for fold := range parts {
		wg.Go(func() (err error) {
			held[fold], err = fitAll(cases, func(c *measurement.Case) bool { return of[c.Group()] != fold }, steps, kept[fold])
			fmt.Fprintf(os.Stderr, "part %d of %d\n", fold+1, parts)
			return err
		})
	}
	if err := wg.Wait(); err != nil {
		return err
	}
	var errors []heldOut
	for fold, c := range held {
		p, err := yield.NewPredictor(c)
		if err != nil {
			return err
		}
		var groups []string
		for g, k := range of {
			if k == fold {
				groups = append(groups, g)
			}
		}
		slices.Sort(groups)
		all.HeldOut = append(all.HeldOut, yield.Fold{Groups: groups, Serving: c.Serving, Training: c.Training, Energy: c.Energy})
		for k := range cases {
			if of[cases[k].Group()] == fold {
				errors = append(errors, heldOut{&cases[k], cases[k].Predict(p)})
			}
		}
	}
	summarise(errors)
	all.Residuals = residuals(errors)
	return write(all, out)
}

// most is how many rows of a class of measurements are fitted to: more of the
// same say little more.
const most = 30

// thin keeps at most so many rows of each class, evenly over their order.
func thin(cases []measurement.Case) []measurement.Case {
	of := map[string][]int{}
	for i := range cases {
		c := &cases[i]
		key := fmt.Sprint(c.Metric, c.Group(), c.Format(), c.Engine)
		of[key] = append(of[key], i)
	}
	var keep []int
	for _, key := range sortedKeys(of) {
		all := of[key]
		n := min(most, len(all))
		for k := range n {
			keep = append(keep, all[(2*k+1)*len(all)/(2*n)])
		}
	}
	slices.Sort(keep)
	out := make([]measurement.Case, len(keep))
	for i, k := range keep {
		out[i] = cases[k]
	}
	return out
}

// fitAll fits every subject to the cases that take lets in, from the prior on:
// nothing of what is held out may leak into the start.
// Subjects that kept has coefficients of keep them.
func fitAll(cases []measurement.Case, take func(*measurement.Case) bool, steps int, kept map[string]map[string]float64) (*yield.Coefficients, error) {
	c := &yield.Coefficients{Serving: start(yield.ServingNames()), Training: start(yield.TrainingNames()), Energy: start(yield.EnergyNames())}
	for i := range subjects {
		s := &subjects[i]
		if values := kept[s.name]; values != nil {
			maps.Copy(s.of(c), values)
			continue
		}
		base, err := yield.NewPredictor(c)
		if err != nil {
			return nil, err
		}
		var own []measurement.Case
		for k := range cases {
			if take(&cases[k]) && s.takes(&cases[k]) {
				own = append(own, cases[k])
				own[len(own)-1].Fix(base)
			}
		}
		p := newProblem(s.names, c, s.of, thin(own))
		c = p.set(p.fit(make([]float64, len(s.names)), steps))
		for k, v := range s.of(c) {
			s.of(c)[k] = round(v)
		}
	}
	return c, wholeRuns(c, cases, take)
}

// betweenMakers is how much makers' whole runs differ: the standard deviation of
// the logarithm of what they take over what their steps take.
const betweenMakers = 0.3

// wholeRuns sets what whole pretraining runs take beside their steps and
// failures, from the cases that take lets in: the mean of the makers' logarithms,
// each of which is the middle one of its runs, and of what is known beforehand.
// Runs that are published as a rate of their steps say nothing of it. The speed
// of steps stays as it is.
func wholeRuns(c *yield.Coefficients, cases []measurement.Case, take func(*measurement.Case) bool) error {
	c.Training["beside"] = 0
	p, err := yield.NewPredictor(c)
	if err != nil {
		return err
	}
	longer := map[string][]float64{}
	for i := range cases {
		if w := &cases[i]; w.Metric == measurement.TrainTime && !w.StepsAlone && take(w) {
			if got := w.Predict(p); got > 0 {
				longer[w.Maker()] = append(longer[w.Maker()], math.Log(w.Value/got))
			}
		}
	}
	known := prior["beside"]
	weight := 1 / (known[1] * known[1])
	sum := weight * math.Log1p(known[0])
	for _, maker := range sortedKeys(longer) {
		const each = 1 / (betweenMakers * betweenMakers)
		weight, sum = weight+each, sum+each*median(longer[maker])
	}
	c.Training["beside"] = round(max(0, math.Expm1(sum/weight)))
	return nil
}

func start(names []string) map[string]float64 {
	m := map[string]float64{}
	for _, n := range names {
		m[n] = prior[n][0]
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
