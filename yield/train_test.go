package yield_test

import (
	"math"
	"testing"

	"github.com/proviso-dev/proviso/yield"
	"pgregory.net/rapid"
)

func training(t testing.TB, name string) *yield.Shape {
	return shape(t, name, yield.Formats{Weights: "bf16", Activations: "bf16"})
}

// Published: Llama 3.1 405B has 6·N·D = 3.8e25 operations over 15.6e12 tokens,
// DeepSeek-V3 2.2e11 of its active parameters for each token beside attention.
func TestTrainingFLOPs(t *testing.T) {
	m := training(t, "llama-3-1-405b")
	if got := m.TrainingFLOPs(8192) * 15.6e12; math.Abs(got/3.8e25-1) > 0.06 {
		t.Errorf("Llama 3.1 405B: %.3g operations, published 3.8e25", got)
	}
	// Attention of one layer, by hand: 2 matrices × 2 operations × s/2 tokens × width, forward and twice backward.
	n := training(t, "llama-2-7b")
	want := 6*n.Active + 3*32*4*(4096/2)*4096
	if got := n.TrainingFLOPs(4096); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("Llama 2 7B: %.6g operations for each token, want %.6g", got, want)
	}
}

// The layout covers all devices, fits, and more devices never take longer for
// the same step by more than the loss of scale.
func TestTrainLayouts(t *testing.T) {
	p := yield.Default()
	names := []string{"llama-3-1-8b", "llama-3-1-70b", "llama-3-1-405b", "deepseek-v3", "qwen3-235b-a22b", "mpt-7b"}
	rapid.Check(t, func(r *rapid.T) {
		d := device(t, rapid.SampledFrom(used).Draw(r, "on"))
		run := yield.Run{
			Model: training(t, rapid.SampledFrom(names).Draw(r, "model")), Device: d, Devices: 8 * rapid.IntRange(1, 64).Draw(r, "nodes"),
			Sequence: 4096, Batch: rapid.Float64Range(64, 2048).Draw(r, "batch"), LoRA: rapid.Bool().Draw(r, "lora"),
		}
		out, err := p.Train(run)
		if err != nil {
			if _, ok := err.(*yield.NotFit); !ok {
				r.Fatal(err)
			}
			return
		}
		l := out.Layout
		if l.Tensor*l.Pipeline*l.Context*l.Data != run.Devices {
			r.Fatalf("%+v does not cover %d devices", l, run.Devices)
		}
		if out.Memory > d.Memory {
			r.Fatalf("%.3g bytes do not fit %.3g", out.Memory, d.Memory)
		}
		if !(out.Rate > 0) || out.MFU > 1 {
			r.Fatalf("rate %v, share of the peak %v", out.Rate, out.MFU)
		}
	})
}

// The number of devices that an error names is enough, and half of it is not.
func TestTrainNotFit(t *testing.T) {
	p := yield.Default()
	run := yield.Run{Model: training(t, "llama-3-1-405b"), Device: device(t, "h100"), Devices: 8, Sequence: 8192, Batch: 512}
	_, err := p.Train(run)
	small, ok := err.(*yield.NotFit)
	if !ok || small.Needed <= 8 {
		t.Fatalf("got %v, want a number of devices", err)
	}
	run.Devices = small.Needed
	if _, err := p.Train(run); err != nil {
		t.Errorf("on %d devices: %v", small.Needed, err)
	}
	run.Devices = small.Needed - 8
	if _, err := p.Train(run); err == nil {
		t.Errorf("it fits %d devices, fewer than said", run.Devices)
	}
}

func TestEstimateTrainingRefuses(t *testing.T) {
	p := yield.Default()
	w := yield.Work{Model: training(t, "llama-3-1-8b"), Device: device(t, "h200"), Devices: 8, Method: "pretrain", Rates: yield.Rates{PUE: 1}}
	for _, change := range []func(*yield.Work){
		func(w *yield.Work) {}, func(w *yield.Work) { w.Tokens = -1 }, func(w *yield.Work) { w.Tokens = math.NaN() },
		func(w *yield.Work) { w.Tokens, w.Devices = 1e9, 0 }, func(w *yield.Work) { w.Tokens, w.Sequence = 1e9, 1e9 },
	} {
		x := w
		change(&x)
		if _, err := p.EstimateTraining(x); err == nil {
			t.Errorf("%+v is taken", x)
		}
	}
}

// Adapters are faster than all weights, failures lengthen, and the interval
// holds its middle.
func TestEstimateTraining(t *testing.T) {
	p := yield.Default()
	w := yield.Work{Model: training(t, "llama-3-1-70b"), Device: device(t, "h200"), Devices: 64, Tokens: 1e9, Method: "full", Failures: yield.Usual, Rates: yield.Rates{PUE: 1.3, PerDeviceHour: 2}}
	full, err := p.EstimateTraining(w)
	if err != nil {
		t.Fatal(err)
	}
	w.Method = "lora"
	lora, err := p.EstimateTraining(w)
	if err != nil {
		t.Fatal(err)
	}
	if lora.Time.P50 >= full.Time.P50 {
		t.Errorf("adapters take %v, all weights %v", lora.Time.P50, full.Time.P50)
	}
	for _, v := range []yield.Interval{full.Time, full.DeviceHours, full.Energy, full.Cost} {
		if !(v.P10 <= v.P50 && v.P50 <= v.P90 && v.P10 > 0) {
			t.Errorf("interval %+v", v)
		}
	}
	if got := full.Cost.P50 / full.DeviceHours.P50; math.Abs(got-2) > 1e-9 {
		t.Errorf("a device-hour costs %v, want 2", got)
	}
	w.Failures.PerDeviceYear *= 1000
	worse, err := p.EstimateTraining(w)
	if err != nil || worse.Time.P50 <= lora.Time.P50 {
		t.Errorf("a thousand times as many failures take %v after %v", worse.Time.P50, lora.Time.P50)
	}
}

func TestLargestGrowsWithTime(t *testing.T) {
	p := yield.Default()
	q := yield.LargestQuestion{Family: training(t, "deepseek-v3"), Device: device(t, "h200"), Devices: 1024, Time: 60 * 86400, TokensPerActive: 400, Sequence: 4096, Failures: yield.Usual}
	a, err := p.Largest(q)
	if err != nil {
		t.Fatal(err)
	}
	q.Time *= 4
	b, err := p.Largest(q)
	if err != nil {
		t.Fatal(err)
	}
	if b.Active <= a.Active*1.2 || a.Training.Time.P50 > 60*86400*1.0001 {
		t.Errorf("%.3g active parameters in 60 days, %.3g in 240", a.Active, b.Active)
	}
	// Four times the time trains twice the model on twice the tokens.
	if r := b.Active / a.Active; r < 1.6 || r > 2.4 {
		t.Errorf("four times the time gives %.2f times the parameters", r)
	}
}

func BenchmarkTrain2048(b *testing.B) {
	p := yield.Default()
	run := yield.Run{Model: training(b, "deepseek-v3"), Device: device(b, "h800"), Devices: 2048, Sequence: 4096, Batch: 15360}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Train(run); err != nil {
			b.Fatal(err)
		}
	}
}
