package measurement

import (
	"fmt"

	"github.com/proviso-dev/proviso/yield"
)

// Case is a row made ready to be predicted, with its architecture summed up.
type Case struct {
	Row
	shape  *yield.Shape
	device *yield.Device
	layout *yield.Layout
	tokens float64 // that the model was pretrained on
	maker  string  // who pretrained it
}

// Cases makes rows ready. A row whose model or accelerator is not in the
// catalogue is an error.
func Cases(rows []Row) ([]Case, error) {
	b, err := newBooks()
	if err != nil {
		return nil, err
	}
	out := make([]Case, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		c := Case{Row: *r, device: b.devices[r.Accelerator]}
		if c.device == nil {
			return nil, fmt.Errorf("%s: the accelerator %q is not in the catalogue", r.Source, r.Accelerator)
		}
		if c.shape, err = b.shape(r.Model, r.Formats); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Source, err)
		}
		if r.Metric == TrainTime {
			c.tokens, c.maker = b.tokens(r.Model), b.maker(r.Model)
		}
		if r.Pipeline > 0 {
			data := r.Devices / (r.Tensor * r.Pipeline * max(1, r.ContextParallel))
			if data < 1 {
				continue // the table contradicts itself
			}
			c.layout = &yield.Layout{Tensor: r.Tensor, Pipeline: r.Pipeline, Context: max(1, r.ContextParallel), Expert: max(1, r.Expert), Data: data, Micro: 1}
		}
		out = append(out, c)
	}
	return out, nil
}

// Group is what is held out together: the kind of work, the accelerator and
// the architecture. Siblings share an architecture.
func (c *Case) Group() string {
	kind := "serve"
	if c.Training() {
		kind = "train"
	}
	return kind + " " + c.Accelerator + " " + c.shape.Family
}

// Maker is who made a whole run; empty for other measurements.
func (c *Case) Maker() string { return c.maker }

// Training reports whether the row is about training.
func (c *Case) Training() bool {
	return c.Kind != "serve" && c.Kind != "offline" && c.Kind != "disaggregated"
}

// ModelKind is moe or dense.
func (c *Case) ModelKind() string {
	if c.shape.MoE() {
		return "moe"
	}
	return "dense"
}

// Format is the format that matrices are multiplied in.
func (c *Case) Format() string { return c.shape.Activations.String() }

// offlineBatch is the requests that an engine runs at once when there are
// always more: TensorRT-LLM's default.
const offlineBatch = 2048

// Predict gives the value that a predictor expects; 0 when it cannot say.
func (c *Case) Predict(p *yield.Predictor) float64 {
	if c.Training() {
		return c.train(p)
	}
	in := yield.Instance{Model: c.shape, Device: c.device, Devices: c.Devices, Tensor: max(1, c.Tensor), Expert: max(1, c.Expert), Engine: c.Engine, Serial: c.Serial}
	l := yield.Load{Input: c.Input, Output: c.Output, Concurrency: c.Concurrency, Waves: c.Waves, Speculative: c.Speculative}
	if c.Kind == "offline" {
		l.Concurrency = max(1, min(in.Capacity(c.Input+c.Output/2), offlineBatch*float64(c.Devices/in.Tensor)))
	}
	if c.Kind == "disaggregated" {
		in.Devices /= c.Copies
		l.Concurrency = max(1, l.Concurrency/float64(c.Copies))
		s := p.Apart(&in, l, c.Prefill, c.Copies)
		if c.Metric == ApartTTFT {
			return s.TTFT
		}
		return s.TPOT
	}
	s := p.Serve(&in, l)
	switch c.Metric {
	case TTFT:
		return s.TTFT + float64(c.Poll)/2*s.Step // half of the time between looks
	case TPOT:
		return s.TPOT
	case ITL:
		return s.Step
	case OutputRate:
		return s.OutputRate
	case Power:
		return p.ServingPower(c.device, s)
	case PerToken:
		return p.ServingPower(c.device, s) * float64(c.Devices) / s.OutputRate
	}
	return 0
}

func (c *Case) train(p *yield.Predictor) float64 {
	if c.Metric == TrainTime {
		return c.wholeRun(p)
	}
	r := yield.Run{
		Model: c.shape, Device: c.device, Devices: c.Devices, Sequence: c.Input, Batch: c.Concurrency, LoRA: c.Kind == "lora", Recompute: c.Recompute, Early: c.Early,
	}
	if r.Batch == 0 {
		r.Batch = max(1, float64(c.Devices)/8)
	}
	var t yield.Trained
	if c.layout != nil {
		t = p.TrainAs(r, *c.layout)
	} else {
		var err error
		if t, err = p.Train(r); err != nil {
			return 0
		}
	}
	switch c.Metric {
	case TrainRate:
		return t.Rate / float64(c.Devices)
	case NodePower:
		return p.NodePower(c.device, p.TrainingPower(c.device, t))
	}
	return 0
}

// Fix makes the layout that a predictor finds for a training run the case's
// own, so that fitting coefficients does not search again at each step.
func (c *Case) Fix(p *yield.Predictor) {
	if !c.Training() || c.layout != nil {
		return
	}
	if c.Metric == TrainTime {
		e, err := p.EstimateTraining(yield.Work{Model: c.shape, Device: c.device, Devices: c.Devices, Tokens: c.tokens, Sequence: c.Input, Method: "pretrain", Early: c.Early})
		if err == nil {
			c.layout = &e.Layout
		}
		return
	}
	batch := c.Concurrency
	if batch == 0 {
		batch = max(1, float64(c.Devices)/8)
	}
	t, err := p.Train(yield.Run{Model: c.shape, Device: c.device, Devices: c.Devices, Sequence: c.Input, Batch: batch, LoRA: c.Kind == "lora", Recompute: c.Recompute, Early: c.Early})
	if err == nil {
		c.layout = &t.Layout
	}
}
