package plan

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/yield"
)

// yieldDocs is a room of H100 and a programme of one phase.
func yieldDocs(phase string) string {
	return machineRoom(64, "") + `---
apiVersion: proviso.dev/v1alpha1
kind: Programme
metadata: {name: lab}
spec:
  phases:
  - {name: work, limit: 400d, checkpoint: 1h, ` + phase + `}
  milestones:
  - {name: done, after: [work]}
`
}

func yieldProblem(t *testing.T, phase string, samples int) *Problem {
	t.Helper()
	return problemOf(t, yieldDocs(phase), Options{From: on(t, "2026-01-01"), Until: on(t, "2027-06-01"), Zone: time.UTC, Samples: samples, Seed: 3, NoCosts: true})
}

// asked is what package yield itself says of a phase on 64 H100.
func asked(t *testing.T, w yield.Work, name string, f yield.Formats) yield.TrainingEstimate {
	t.Helper()
	w.Model, w.Device = shapeOf(t, name, f), h100(t)
	w.Devices, w.Rates = 64, yield.Rates{PUE: 1}
	e, err := yield.Default().EstimateTraining(w)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func shapeOf(t *testing.T, name string, f yield.Formats) *yield.Shape {
	t.Helper()
	models, err := catalog.BuiltinModels()
	if err != nil {
		t.Fatal(err)
	}
	e, err := catalog.FindModel(models, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := yield.NewShape(e.Name, &e.Spec, nil, f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func h100(t *testing.T) *yield.Device {
	t.Helper()
	all, err := catalog.BuiltinAccelerators()
	if err != nil {
		t.Fatal(err)
	}
	e, err := catalog.FindAccelerator(all, "h100-sxm")
	if err != nil {
		t.Fatal(err)
	}
	d, err := yield.NewDevice(e.Name, &e.Spec)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// TestPredictedTraining: a phase in tokens takes what package yield says, its
// early and late cases too; energy comes from the power that is predicted.
func TestPredictedTraining(t *testing.T) {
	for _, x := range []struct {
		name, phase string
		work        yield.Work
		formats     yield.Formats
	}{
		{"bf16", "kind: pretrain, devices: 64, model: llama-3-1-8b, work: {tokens: 1T, sequence: 8192}", yield.Work{Tokens: 1e12, Sequence: 8192, Method: "pretrain"}, yield.Formats{Weights: "bf16"}},
		{"fp8", "kind: pretrain, devices: 64, model: llama-3.1-8b, work: {tokens: 1T, precision: fp8}", yield.Work{Tokens: 1e12, Method: "pretrain"}, yield.Formats{Weights: "bf16", Activations: "fp8"}},
		{"lora", "kind: finetune, devices: 64, model: llama-3-1-70b, work: {tokens: 60B, adapters: true}", yield.Work{Tokens: 6e10, Method: "lora"}, yield.Formats{Weights: "bf16"}},
		{"rl", "kind: rl, devices: 64, model: llama-3-1-8b, work: {tokens: 100B}", yield.Work{Tokens: 1e11, Method: "rl"}, yield.Formats{Weights: "bf16"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			model := map[bool]string{true: "llama-3-1-70b", false: "llama-3-1-8b"}[x.name == "lora"]
			want := asked(t, x.work, model, x.formats)
			p := yieldProblem(t, x.phase, 400)
			r := made(t, p)
			m := r.Milestones[0].Conditional
			for _, c := range []struct {
				name string
				got  time.Time
				want float64
			}{{"early", m.Early, want.Time.P10}, {"middle", m.Middle, want.Time.P50}, {"late", m.Late, want.Time.P90}} {
				got := c.got.Sub(r.From).Seconds()
				if math.Abs(got/c.want-1) > 0.05 { // 400 draws
					t.Errorf("%s: %.4g days, predicted were %.4g", c.name, got/86400, c.want/86400)
				}
			}
			if len(r.Yield) != 1 || math.Abs(r.Yield[0].Rate[1]*64*want.Time.P50/x.work.Tokens-1) > 0.01 {
				t.Errorf("the result says %+v", r.Yield)
			}
			// The run's own energy, at its own length: less than at the rated power of 700 W with the site's 1.2.
			run := newRun(p)
			o := run.do(p.draw(0), nil, false)
			each := o.Energy[0].Quo(3_600_000) / 64 // Wh of a device
			lasted := float64(o.Milestones[0]-p.From) / 3_600_000
			watts := float64(each) / lasted
			if low, high := r.Yield[0].Watts[0]*1.2*0.7, r.Yield[0].Watts[2]*1.2*1.3; watts < low || watts > high || watts == 840 {
				t.Errorf("a device draws %.0f W, not between %.0f and %.0f", watts, low, high)
			}
		})
	}
}

// TestPredictedServing: a demand in tokens takes as many devices as give it.
func TestPredictedServing(t *testing.T) {
	p := yieldProblem(t, "kind: serve, model: llama-3-1-8b, devices: {min: 1, max: 64}, serve: {requests: {prompt: 1000, answer: 500, tpot: 20ms, precision: fp8}, demand: [{after: 0d, tokensPerSecond: 50k}]}", 1)
	d, err := yield.Default().Saturate(yield.Deployment{
		Model: shapeOf(t, "llama-3-1-8b", yield.Formats{Weights: "fp8", Activations: "fp8"}), Device: h100(t), Devices: nominal, Load: yield.Load{Input: 1000, Output: 500}, Rates: yield.Rates{PUE: 1},
	}, 0.02)
	if err != nil {
		t.Fatal(err)
	}
	if d.TPOT > 0.02 || d.TPOT < 0.015 {
		t.Errorf("a token takes %.1f ms, 20 were allowed", 1000*d.TPOT)
	}
	r := newRun(p)
	s := p.draw(0)
	r.do(s, nil, false)
	rate := float64(s.speeds[0][0]) / demandUnit
	if ratio := rate / d.Rate.P50; ratio < 0.3 || ratio > 3 {
		t.Errorf("a device gives %.0f tokens a second, %.0f were predicted", rate, d.Rate.P50)
	}
	if want := int64(math.Ceil(50_000 / rate)); r.w.Stock(0).Used != want {
		t.Errorf("%d devices serve, %d give 50,000 tokens a second", r.w.Stock(0).Used, want)
	}
}

// TestOneRollForAModel: what is predicted too fast for one phase of a model is
// so for its next.
func TestOneRollForAModel(t *testing.T) {
	p := example(t, "h200", 3)
	for n := range 3 {
		s := p.draw(n)
		var off []float64
		for i := range p.phases {
			if ph := &p.phases[i]; strings.HasPrefix(ph.name, "deepseek-roadmap/v4-") && !ph.serve {
				off = append(off, float64(s.speeds[i][0])/float64(ph.predictedSpeed(p.Rules.Stocks[ph.options[0].Stocks[0]].Product)))
			}
		}
		// Their intervals differ a little: pretraining also has that of whole runs.
		if len(off) != 2 || math.Abs(off[0]/off[1]-1) > 0.1 || (off[0] > 1) != (off[1] > 1) || math.Abs(off[0]-1) < 0.02 {
			t.Errorf("sample %d: the phases of v4 are %v times as fast as predicted", n, off)
		}
	}
}

func TestPredictedErrors(t *testing.T) {
	for _, x := range []struct{ phase, want string }{
		{"kind: pretrain, model: deepseek-v3, accelerators: [h100-sxm], devices: 16, work: {tokens: 1T}", "deepseek-v3 does not fit 16 × h100-sxm: "},
		{"kind: pretrain, model: deepseek-v3, devices: 16, work: {tokens: 1T}", "it can run on none of the holder's products: deepseek-v3 does not fit"},
		{"kind: serve, model: llama-3-1-405b, serve: {requests: {prompt: 1000, answer: 500, tpot: 1ms}, demand: [{after: 0d, tokensPerSecond: 1k}]}", "gives a token every 1 ms: one request alone takes"},
		{"kind: pretrain, model: llama-3-1-8b, devices: 64, work: {tokens: 1T, sequence: 200000}", "sequences of 200000 tokens are longer"},
	} {
		file := filepath.Join(t.TempDir(), "docs.yaml")
		if err := os.WriteFile(file, []byte(yieldDocs(x.phase)), 0o600); err != nil {
			t.Fatal(err)
		}
		c, errs := catalog.Load(file)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if _, err := NewProblem(c, Options{From: on(t, "2026-01-01"), Until: on(t, "2027-01-01"), Zone: time.UTC, Samples: 1}); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want %s", x.phase, err, x.want)
		}
	}
}
