package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sort"
	"strings"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/optimize"

	"github.com/proviso-dev/proviso/measurement"
	"github.com/proviso-dev/proviso/yield"
)

// prior is where the search for each coefficient starts, and how far it may
// go: the logarithm's standard deviation. A coefficient that the data do not
// speak to stays here.
var prior = map[string][2]float64{
	"stepVLLM": {1e-3, 1}, "stepSGLang": {1e-3, 1}, "stepTRTLLM": {1e-3, 1},
	"layerVLLM": {40e-6, 1}, "layerSGLang": {40e-6, 1}, "layerTRTLLM": {30e-6, 1},
	"sequenceVLLM": {5e-6, 1}, "sequenceSGLang": {5e-6, 1}, "sequenceTRTLLM": {5e-6, 1},
	"serialStep": {2e-3, 1}, "serialSequence": {20e-6, 1}, "distinct": {0.7, 0.4},
	"layerMoE": {30e-6, 1}, "layerLatent": {20e-6, 1}, "layerLinear": {20e-6, 1}, "timesAmpere": {1.2, 0.3}, "timesBlackwellVLLM": {0.7, 0.4}, "timesBlackwellSGLang": {0.7, 0.4}, "timesBlackwellTRTLLM": {0.7, 0.4},
	"readWeights": {1, 0.3}, "readExperts": {1.3, 0.5}, "readKV": {1.2, 0.5}, "readLatent": {1.5, 0.7}, "computeDecode": {1, 0.5}, "prefillVLLM": {1.3, 0.5}, "prefillSGLang": {1.3, 0.5}, "prefillTRTLLM": {1.3, 0.5},
	"computeExperts": {1.5, 0.5}, "computeAttention": {1.7, 0.4}, "computeFP8": {1.2, 0.3}, "sumAlpha": {0.8, 0.5}, "sumBytes": {1, 0.5},
	"prefillLayer": {3, 1}, "prefillMoE": {200e-6, 1}, "prefillLatent": {200e-6, 1},
	"mixVLLM": {1, 0.3}, "mixSGLang": {1, 0.3}, "mixTRTLLM": {1, 0.3}, "mixWaveVLLM": {0.7, 0.4}, "mixWaveSGLang": {0.7, 0.4}, "mixWaveTRTLLM": {0.7, 0.4},
	"firstVLLM": {30e-3, 1}, "firstSGLang": {50e-3, 1}, "firstTRTLLM": {50e-3, 1},
	"queueVLLM": {0.3, 1}, "queueSGLang": {0.3, 1}, "queueTRTLLM": {0.3, 1}, "powerVLLM": {0.7, 0.3}, "powerSGLang": {0.7, 0.3}, "powerTRTLLM": {0.7, 0.3},
	"waveVLLM": {1, 0.7}, "waveSGLang": {1, 0.7}, "waveTRTLLM": {1, 0.7}, "wavePowerVLLM": {0.9, 0.3}, "wavePowerSGLang": {0.9, 0.3}, "wavePowerTRTLLM": {0.9, 0.3},
	"spread": {0.3, 0.7}, "draft": {1.5, 0.3},
	"useBF16": {0.75, 0.3}, "useFP8": {0.7, 0.3}, "useFP4": {0.6, 0.3}, "useAmpere": {0.9, 0.2}, "useBlackwell": {1, 0.2}, "useExperts": {0.7, 0.3}, "useLoRA": {0.75, 0.2},
	"useAttention": {0.7, 0.3}, "layerTime": {200e-6, 1}, "showTensor": {0.6, 0.5}, "showExpert": {0.6, 0.5}, "showData": {0.4, 0.7}, "showBubble": {0.8, 0.4}, "lossDoubling": {0.015, 0.7}, "beside": {0.15, 0.7}, "computeSmall": {0.6, 0.7}, "useSmall": {0.6, 0.7},
	"powerIdle": {0.3, 0.5}, "powerCompute": {0.5, 0.5}, "powerMemory": {0.3, 0.5}, "powerTrain": {0.6, 0.3}, "powerTrainCompute": {0.3, 0.5}, "powerNode": {0.4, 0.4},
}

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
	const typical = 0.3 // the logarithm's standard deviation among engines
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
		sum += 0.1 * (square - mean*mean) / (typical * typical)
	}
	return sum
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

// folds splits groups into parts of about equal weight, in a fixed order;
// those of training and of serving apart, so that each part has both.
func folds(cases []measurement.Case, n int) map[string]int {
	rows := map[string]int{}
	training := map[string]bool{}
	for i := range cases {
		g := cases[i].Group()
		rows[g]++
		training[g] = cases[i].Training()
	}
	of := map[string]int{}
	if n == 0 {
		return of
	}
	for _, kind := range []bool{false, true} {
		var groups []string
		for g := range rows {
			if training[g] == kind {
				groups = append(groups, g)
			}
		}
		slices.SortFunc(groups, func(a, b string) int { return cmp.Or(cmp.Compare(rows[b], rows[a]), cmp.Compare(a, b)) })
		size := make([]int, n)
		for _, g := range groups {
			least := 0
			for k := range size {
				if size[k] < size[least] {
					least = k
				}
			}
			of[g] = least
			size[least] += rows[g] + 1
		}
	}
	return of
}

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
func calibrate(dir, out string, steps, parts int) error {
	rows, used, err := measurement.ReadDirectory(dir)
	if err != nil {
		return err
	}
	cases, err := measurement.Cases(rows)
	if err != nil {
		return err
	}
	of := folds(cases, parts)
	all, err := fitAll(cases, func(*measurement.Case) bool { return true }, steps)
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
			held[fold], err = fitAll(cases, func(c *measurement.Case) bool { return of[c.Group()] != fold }, steps)
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
func fitAll(cases []measurement.Case, take func(*measurement.Case) bool, steps int) (*yield.Coefficients, error) {
	c := &yield.Coefficients{Serving: start(yield.ServingNames()), Training: start(yield.TrainingNames()), Energy: start(yield.EnergyNames())}
	for i := range subjects {
		s := &subjects[i]
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

// wholeRuns sets what whole pretraining runs take beside their steps, from the
// cases that take lets in: the middle one. The speed of steps stays as it is.
func wholeRuns(c *yield.Coefficients, cases []measurement.Case, take func(*measurement.Case) bool) error {
	c.Training["beside"] = 0
	p, err := yield.NewPredictor(c)
	if err != nil {
		return err
	}
	var longer []float64
	for i := range cases {
		if w := &cases[i]; w.Metric == measurement.TrainTime && w.Accelerator != "h800-sxm" && take(w) {
			if got := w.Predict(p); got > 0 {
				longer = append(longer, w.Value/got-1)
			}
		}
	}
	c.Training["beside"] = round(max(0, median(longer)))
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
