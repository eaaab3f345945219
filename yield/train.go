package yield

import "math"

// Run is a training run: what is trained, on what, how. Matrices are
// multiplied in the format of the model's activations.
type Run struct {
	Model  *Shape
	Device *Device
	// Devices is how many train together.
	Devices int
	// Sequence is the tokens of a sequence, Batch the sequences of a step.
	Sequence, Batch float64
	// LoRA trains low-rank adapters only: weights are kept as they are.
	LoRA bool
	// Recompute computes activations anew in the backward pass, which adds a
	// third to the operations.
	Recompute bool
	// Early says that the software is of before the autumn of 2024.
	Early bool
}

// Layout is how a run is spread over its devices: Devices = Tensor × Pipeline
// × Context × Data. Experts are spread over Expert of those.
type Layout struct {
	Tensor, Pipeline, Context, Expert, Data int
	// Micro is the sequences of a micro-batch.
	Micro int
	// Sharded spreads weights, gradients and optimizer over all Data devices
	// (fully sharded data parallelism) instead of the optimizer alone.
	Sharded bool
}

// The coefficients of training.
const (
	useBF16      = iota // share of what kernels reach that whole layers reach, in bf16
	useFP8              // the same in fp8, where only matrices are narrow
	useFP4              // in fp4
	useAmpere           // relative, for Ampere
	useBlackwell        // relative, for Blackwell
	useExperts          // relative, for models with experts
	useEarly            // relative, with software of before the autumn of 2024
	useLoRA             // of the operations, with LoRA: weights need no gradient
	useAttention        // attention, relative to matrices
	layerTime           // seconds for a layer of a micro-batch that no work hides
	showTensor          // share of tensor-parallel communication that is not hidden
	showExpert          // of the exchange of tokens between experts
	showData            // of the exchange of gradients and weights
	showBubble          // of the pipeline's bubble
	lossDoubling        // loss of speed for each doubling of the devices beyond a domain
	beside              // what a whole pretraining run takes beside its steps and failures: evaluation, restarts, work done over
	trainingCount
)

// TrainingNames gives the names of the coefficients of training in their order.
func TrainingNames() []string {
	return []string{
		"useBF16", "useFP8", "useFP4", "useAmpere", "useBlackwell", "useExperts", "useEarly", "useLoRA", "useAttention", "layerTime",
		"showTensor", "showExpert", "showData", "showBubble", "lossDoubling", "beside",
	}
}

// TrainingFLOPs is the floating point operations of training for each token:
// six for each active parameter, and attention over the tokens before it (the
// causal form: half of the sequence on average), three times that of a forward
// pass. Activations computed anew are not counted. Source: the scaling-book's
// 6·N·D with attention.
func (s *Shape) TrainingFLOPs(sequence float64) float64 {
	return 3 * (2*s.Active + s.attentionFLOPs(sequence/2, false))
}

// Trained is what a run gives.
type Trained struct {
	Layout Layout
	// Rate is tokens per second of all devices, without failures.
	Rate float64
	// MFU is the model's operations over the peak of the format that is
	// computed in.
	MFU float64
	// TFLOPs is the model's operations per second of one device, in 10¹².
	TFLOPs float64
	// Memory is what a device needs, in bytes.
	Memory float64
	// Compute is the share of time in which devices multiply.
	Compute float64
}

// train predicts a run with a layout, without asking whether it fits.
func (p *Predictor) train(r *Run, l Layout) Trained {
	m, d := r.Model, r.Device
	c := &p.training
	f, peak := d.train(m.Activations)
	use := c[useBF16]
	switch {
	case f == fp8:
		use = c[useFP8]
	case f == fp4:
		use = c[useFP4]
	}
	switch d.Generation {
	case Ampere:
		use *= c[useAmpere]
	case Blackwell:
		use *= c[useBlackwell]
	}
	if m.MoE() {
		use *= c[useExperts]
	}
	if r.Early {
		use *= c[useEarly]
	}
	_, wide := d.compute(bf16)
	wide *= d.Kernels.share(bf16, large)
	attention := 3 * m.attentionFLOPs(r.Sequence/2, false)
	work := 1.0
	if r.LoRA {
		work = c[useLoRA]
	}
	if r.Recompute {
		work *= 4.0 / 3
	}
	n := float64(r.Devices)
	// Seconds of a device for each token that passes through all of the model.
	multiply := work * (6*p.perPeak(m, d, f, float64(l.Tensor))/(peak*use) + attention/(wide*c[useBF16]*c[useAttention]))
	tensor, pipeline, data := float64(l.Tensor), float64(l.Pipeline), float64(l.Data)
	micro := float64(l.Micro) * r.Sequence / float64(l.Context) // tokens of a micro-batch on a device
	layers := m.Layers / pipeline
	steps := max(1, r.Batch/(data*float64(l.Micro))) // micro-batches of a step
	compute := multiply * micro * float64(l.Context) / (tensor * pipeline * float64(l.Context))
	fixed := layers * c[layerTime]
	hidden := micro * m.Hidden * 2
	t := compute + fixed
	if l.Tensor > 1 {
		t += c[showTensor] * layers * 4 * d.allReduce(hidden, l.Tensor)
	}
	if l.Context > 1 {
		t += c[showTensor] * layers * 3 * d.allReduce(hidden*2*min(1, m.KVHeads/8), l.Context)
	}
	if l.Expert > 1 && m.MoE() {
		t += c[showExpert] * m.MoELayers / pipeline * 4 * d.allToAll(hidden*0.75*m.TopK/tensor, l.Expert)
	}
	// Weights of a device in two bytes; sharded ones are gathered twice and
	// their gradients summed for each micro-batch.
	common, routed := heldWeights(m, l)
	weights := (common + routed) * 2
	link := d.Network
	if r.Devices <= d.Domain {
		link = d.Link * d.Kernels.AllReduce.Share
	} else if l.Sharded {
		link *= float64(d.Domain) / tensor / pipeline * 0.5
		link = min(max(link, d.Network), d.Link)
	}
	update := 0.0
	if l.Data > 1 {
		if l.Sharded {
			t += c[showData] * 3 * weights / link
		} else if !r.LoRA {
			update = c[showData] * 4 * weights / link
		}
	}
	whole := steps*t + update
	if l.Pipeline > 1 {
		// One-forward-one-backward with interleaved stages; source: Megatron-LM,
		// arXiv 2104.04473.
		stages := max(1, min(m.Layers/pipeline, 4))
		whole += c[showBubble] * (pipeline - 1) / stages * t
	}
	doublings := max(0, math.Log2(n/float64(d.Domain)))
	whole *= 1 + c[lossDoubling]*doublings
	tokens := r.Batch * r.Sequence
	if steps*data*float64(l.Micro) > r.Batch {
		tokens = steps * data * float64(l.Micro) * r.Sequence
	}
	out := Trained{Layout: l, Rate: tokens / whole}
	flops := m.TrainingFLOPs(r.Sequence)
	if r.LoRA {
		flops *= 2.0 / 3 // no gradients of weights
	}
	out.TFLOPs = out.Rate * flops / n / 1e12
	out.MFU = out.Rate * flops / n / d.Peak[f]
	out.Compute = min(1, steps*compute/whole)
	out.Memory = p.trainingMemory(r, l)
	return out
}

// perPeak is the parameters that multiply for a token, each over the share of
// the peak that its matrix reaches when it is cut so many times. What matrices
// lose by being small is that of bf16 in every format, at half of the size where
// multiplying is twice as fast: the narrow kernels that are measured are those
// of serving, which make values narrow as they go.
func (p *Predictor) perPeak(m *Shape, d *Device, f format, cut float64) float64 {
	most := d.Kernels.share(bf16, large)
	faster := d.Peak[f] / max(1, d.Peak[bf16])
	reach := func(weights float64) float64 {
		return d.Kernels.share(f, large) * min(1, d.Kernels.share(bf16, weights/max(1, faster))/most)
	}
	attention, dense, expert := m.matrices()
	sum := m.Attention/reach(attention/cut) + m.Dense/reach(dense/cut) + m.Output/reach(large)
	if m.MoE() {
		sum += max(0, m.Active-m.Attention-m.Dense-m.Output) / reach(expert)
	}
	return sum
}

// TrainAs predicts a run with a given layout, whether or not it fits.
func (p *Predictor) TrainAs(r Run, l Layout) Trained { return p.train(&r, l) }
