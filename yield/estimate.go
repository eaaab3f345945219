package yield

import (
	"errors"
	"fmt"
	"math"
)

// Failures of a training run.
type Failures struct {
	// PerDeviceYear is failures of one device in a year, Checkpoint the time
	// between saved states, Restart what a failure costs beside the lost work,
	// Save what saving takes, all in seconds.
	PerDeviceYear, Checkpoint, Restart, Save float64
}

// Usual is Llama 3.1 405B's pretraining: 419 unexpected interruptions in 54
// days of 16,384 H100 (arXiv 2407.21783), with states saved every half hour
// and ten minutes to start again, which are assumed.
var Usual = Failures{PerDeviceYear: 419 / (16384 * 54 / 365.0), Checkpoint: 1800, Restart: 600, Save: 10}

// Slowdown is the factor by which failures and checkpoints lengthen a run.
func (f Failures) Slowdown(devices int) float64 {
	const year = 365 * 86400
	lost := f.PerDeviceYear * float64(devices) / year * (f.Checkpoint/2 + f.Restart)
	saved := 0.0
	if f.Checkpoint > 0 {
		saved = f.Save / f.Checkpoint
	}
	return (1 + saved) * (1 + lost)
}

// Rates are what energy and devices cost.
type Rates struct {
	// PUE is all power over the computers' power.
	PUE float64
	// PerDeviceHour is the price of a device for an hour, in dollars; 0 when
	// not said.
	PerDeviceHour float64
}

// Work is an amount of training.
type Work struct {
	Model  *Shape
	Device *Device
	// Devices together, tokens in all, tokens of a sequence, sequences of a
	// step (0: see Batch).
	Devices                 int
	Tokens, Sequence, Batch float64
	// Method is pretrain, full, lora or rl.
	Method string
	// Early says that the software is of before the autumn of 2024.
	Early bool
	// Layout, where it is known; else the fastest is searched.
	Layout   *Layout
	Failures Failures
	Rates    Rates
}

// Batch is the sequences of a step where none are said: as many as train best
// for the operations of a whole run of so many tokens, and enough for all
// devices. Source of the rule: DeepSeek LLM, arXiv 2401.02954, 0.292·C^0.3271
// tokens.
func Batch(m *Shape, tokens, sequence float64, devices int) float64 {
	step := 0.292 * math.Pow(6*m.Active*tokens, 0.3271)
	return max(1, math.Round(step/sequence), float64(devices)/8)
}

// trained predicts a run with a layout, or with the fastest that fits.
func (p *Predictor) trained(r Run, l *Layout) (Trained, error) {
	if l == nil {
		return p.Train(r)
	}
	return p.TrainAs(r, *l), nil
}

// Methods lists the ways to train.
func Methods() []string { return []string{"pretrain", "full", "lora", "rl"} }

// TrainingEstimate is what a run takes.
type TrainingEstimate struct {
	Trained
	Confidence Confidence
	// Time in seconds, DeviceHours, Energy in J (with PUE, 0 when the device's
	// power is not published), Cost in dollars (0 without a price).
	Time, DeviceHours, Energy, Cost Interval
	// DevicePower is the mean of one device, in W.
	DevicePower float64
	// Slowdown is the factor by which failures and checkpoints lengthen it.
	Slowdown float64
}

// EstimateTraining predicts an amount of training.
func (p *Predictor) EstimateTraining(w Work) (TrainingEstimate, error) {
	var e TrainingEstimate
	if !(w.Tokens > 0) || math.IsInf(w.Tokens, 0) {
		return e, errors.New("training on zero tokens takes no time: say how many")
	}
	if w.Devices < 1 {
		return e, errors.New("training needs at least one device")
	}
	run := Run{Model: w.Model, Device: w.Device, Devices: w.Devices, Sequence: w.Sequence, Batch: w.Batch, LoRA: w.Method == "lora", Early: w.Early}
	if run.Sequence == 0 {
		run.Sequence = 4096
	}
	if w.Model.Context > 0 && run.Sequence > w.Model.Context {
		return e, fmt.Errorf("sequences of %.0f tokens are longer than the %.0f that %s reads", run.Sequence, w.Model.Context, w.Model.Name)
	}
	if run.Batch == 0 {
		run.Batch = Batch(w.Model, w.Tokens, run.Sequence, w.Devices)
	}
	t, err := p.trained(run, w.Layout)
	if err != nil {
		return e, err
	}
	e.Trained = t
	rate := t.Rate
	if w.Method == "rl" {
		// Each token is written by the model before it learns from it, on the
		// same devices, one after the other; weights are read as they multiply.
		writer := *w.Model
		writer.Weights, writer.ExpertWeights = writer.Activations, writer.Activations
		answer := 8192.0
		if c := w.Model.Context; c > 0 {
			answer = min(answer, c/2)
		}
		d, err := p.Deploy(Deployment{Model: &writer, Device: w.Device, Devices: w.Devices, Load: Load{Input: min(1024, answer), Output: answer, Concurrency: float64(w.Devices) * 64}})
		if err != nil {
			return e, err
		}
		rate = 1 / (1/rate + 1/d.OutputRate)
	}
	e.Slowdown = w.Failures.Slowdown(w.Devices)
	var speed Interval
	speed, e.Confidence = p.Around(Class{
		Metric: "trainRate", Accelerator: w.Device.Name, MoE: w.Model.MoE(), Format: w.Model.Activations.String(), Prior: w.Method == "rl" || w.Model.Scaled,
	}, rate)
	e.Time = speed.Inverse(w.Tokens * e.Slowdown)
	if w.Method == "pretrain" {
		// Whole runs differ by more than their speed. What one takes beside its
		// steps may also be next to nothing, whether or not the steps are fast.
		e.Time = e.Time.Scale(1 + p.training[beside])
		low := math.Exp(-math.Hypot(math.Log(e.Time.P50/e.Time.P10), math.Log1p(p.training[beside])))
		whole := p.whole(e.Time.P50)
		e.Time.P10, e.Time.P90 = min(e.Time.P50*low, whole.P10), max(e.Time.P90, whole.P90)
	}
	e.DeviceHours = e.Time.Scale(float64(w.Devices) / 3600)
	e.DevicePower = p.TrainingPower(w.Device, t)
	e.Energy = e.Time.Scale(float64(w.Devices) * p.NodePower(w.Device, e.DevicePower) * w.Rates.PUE)
	e.Cost = e.DeviceHours.Scale(w.Rates.PerDeviceHour)
	return e, nil
}
