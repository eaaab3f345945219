package yield

import "math"

// step is the parts of the time of one decoding step.
type step struct{ fixed, weights, cache, compute, communicate, host float64 }

func (s step) total() float64 {
	return s.fixed + s.weights + s.cache + s.compute + s.communicate + s.host
}

// overlapped reports whether exchanges between experts are hidden behind the
// work of another half of the batch, as engines do where they leave a domain.
// Source: DeepSeek-V3, arXiv 2412.19437, and open-infra-index, day 6.
func (in *Instance) overlapped() bool { return in.Tensor < in.Devices && in.Devices > in.Device.Domain }

// ranks is how many parts of an instance have attention, and requests, of
// their own.
func (in *Instance) ranks() float64 { return float64(in.Devices / in.Tensor) }

// overhead is the fixed time of a pass through all layers.
func (p *Predictor) overhead(in *Instance) float64 {
	m := in.Model
	t := p.byEngine(stepVLLM, in.Engine) + m.Layers*p.byEngine(layerVLLM, in.Engine) +
		m.MoELayers*p.serving[layerMoE] + m.LatentLayers*p.serving[layerLatent] + m.LinearLayers*p.serving[layerLinear] + m.IndexLayers*p.serving[layerIndex]
	if max(m.Activations, m.Weights) < bf16 {
		t += (m.Layers-m.MoELayers)*p.serving[layerNarrow] + m.MoELayers*p.serving[layerBlocks]
	}
	return t * p.fixed(in)
}

// touched is the share of the experts that n tokens go through: all choices
// differ for one token, and for more the less they choose alike.
func (p *Predictor) touched(s *Shape, n float64) float64 {
	return 1 - math.Pow(1-s.TopK/s.Experts, 1+p.serving[distinct]*max(0, n-1))
}

// imbalance is how much longer the device takes that most tokens fall on than
// the mean one: relative to 1, it falls with the tokens that an expert gets.
func (p *Predictor) imbalance(in *Instance, n float64) float64 {
	if in.Expert <= 1 {
		return 1
	}
	each := n * in.Model.TopK / float64(in.Expert)
	return 1 + p.serving[spread]*math.Sqrt(2*math.Log(float64(in.Expert))/max(1, each))
}

// read is the time to read the weights that n tokens need.
func (p *Predictor) read(in *Instance, n float64) float64 {
	m, d := in.Model, in.Device
	bandwidth := d.Bandwidth * d.Kernels.Stream
	all, tensor := float64(in.Devices), float64(in.Tensor)
	dense := (m.Attention/tensor + m.Dense/all) * m.Weights.bytes()
	t := p.serving[readWeights] * (dense + m.Output/all*2) / bandwidth
	if m.MoE() {
		experts := m.Routed * m.ExpertWeights.bytes() * p.touched(m, n) / all
		c := p.serving[readExperts]
		if d.Generation == Blackwell {
			c *= p.serving[readExpertsBlackwell]
			if m.ExpertWeights == fp4 {
				c *= p.serving[readExpertsFP4]
			}
		}
		if f, _ := d.compute(m.Activations); m.ExpertWeights < f {
			c *= p.serving[readExpertsWidened]
		}
		t += c * p.imbalance(in, n) * experts / bandwidth
	}
	return t
}

// communicate is the time of the collectives of a pass of n tokens.
func (p *Predictor) communicate(in *Instance, n float64) float64 {
	if in.Devices == 1 {
		return 0
	}
	m, d := in.Model, in.Device
	bytes := n * m.Hidden * 2
	sums := 2 * m.Layers
	t := 0.0
	if in.Tensor < in.Devices {
		// Attention needs no sum; experts exchange each token with the devices
		// that hold its experts, one byte there and two back.
		exchanges := 2 * m.MoELayers
		share := n / in.ranks() * m.Hidden * in.copies()
		t = exchanges * (d.Kernels.AllToAll.Alpha*math.Log2(float64(in.Devices))*p.serving[sumAlpha] +
			p.serving[sumBytes]*(d.allToAll(1.5*share, in.Devices)-d.Kernels.AllToAll.Alpha*math.Log2(float64(in.Devices))))
		sums = 2 * (m.Layers - m.MoELayers)
	}
	if in.Tensor > 1 {
		fixed := d.Kernels.AllReduce.Alpha * math.Log2(float64(in.Tensor))
		t += sums * (p.serving[sumAlpha]*fixed + p.serving[sumBytes]*(d.allReduce(bytes, in.Tensor)-fixed))
	}
	return t
}

// copies is how often a token is sent to reach its experts: to each of them
// within a domain; beyond one, once to each domain that holds any, from where
// it is passed on. Source: DeepEP, and arXiv 2412.19437 on node-limited routing.
func (in *Instance) copies() float64 {
	domains := float64(in.Devices) / float64(in.Device.Domain)
	if domains <= 1 {
		return in.Model.TopK
	}
	return domains * (1 - math.Pow(1-1/domains, in.Model.TopK))
}

// decode is the time of a step that gives each of n sequences a token.
func (p *Predictor) decode(in *Instance, n, context float64) step {
	m, d := in.Model, in.Device
	all := float64(in.Devices)
	own := n / in.ranks() // each part schedules its own sequences
	s := step{fixed: p.overhead(in) + own*p.byEngine(sequenceVLLM, in.Engine), weights: p.read(in, n), communicate: p.communicate(in, n)}
	if in.Serial {
		s.fixed += p.serving[serialStep] + own*p.serving[serialSequence]
	}
	// The cache is split over sequences by data parallelism, and over heads by
	// tensor parallelism up to their number; a latent cache has no heads.
	split := all / float64(in.Tensor) * min(float64(in.Tensor), m.KVHeads)
	coefficient := p.serving[readKV]
	if m.LatentLayers > 0 {
		coefficient = p.serving[readLatent]
	}
	s.cache = coefficient * n / split * m.kvRead(context) / (d.Bandwidth * d.Kernels.Stream)
	f, peak := d.compute(max(m.Activations, min(m.Weights, m.ExpertWeights)))
	rate := peak * d.Kernels.share(f, large)
	s.compute = p.serving[computeDecode] * p.narrow(f) * n * (2*m.Active + m.attentionFLOPs(context, true)) / (all * rate)
	if in.overlapped() {
		s.communicate = max(0, s.communicate-s.weights-s.cache-s.compute)
	}
	if !in.Serial {
		// The host prepares a step while devices are busy with the one before.
		s.host = max(0, own*p.byEngine(hostVLLM, in.Engine)-s.total())
	}
	return s
}

func (p *Predictor) narrow(f format) float64 {
	if f < bf16 {
		return p.serving[computeFP8]
	}
	return 1
}

// prefill is the time to read a prompt of so many tokens. The output matrix
// works on the last token alone. With data-parallel attention, one request's
// attention runs on few of the devices while the others have requests of their
// own: latency is what the request sees, work its share of all devices' time.
func (p *Predictor) prefill(in *Instance, input float64) (latency, work float64) {
	m, d := in.Model, in.Device
	all, tensor := float64(in.Devices), float64(in.Tensor)
	f, peak := d.compute(max(m.Activations, min(m.Weights, m.ExpertWeights)))
	longer := p.byEngine(prefillVLLM, in.Engine)
	// Seconds of one device for the multiplications of a token, at what matrices
	// of their size reach; looking back is multiplied in bf16.
	_, wide := d.compute(bf16)
	projection, both, expert := m.matrices()
	if in.Expert <= 1 {
		expert /= all
	}
	narrow, lost := longer*p.narrow(f), p.serving[computeSmall]
	attention := input * (narrow*2*m.Attention/(peak*d.Kernels.reach(f, projection/tensor, lost)) + p.serving[computeAttention]*m.attentionFLOPs(input/2, false)/(wide*d.Kernels.share(bf16, large)))
	beside := 1.0
	if in.overlapped() {
		beside = in.ranks() // each part reads a prompt of its own
	}
	pass := input * beside
	rest := input * narrow * 2 * m.Dense / (peak * d.Kernels.reach(f, both/all, lost))
	if m.MoE() {
		rest += input * narrow * 2 * p.serving[computeExperts] * p.imbalance(in, pass) * max(0, m.Active-m.Attention-m.Dense-m.Output) / (peak * d.Kernels.reach(f, expert, lost))
	}
	fixed := (m.Layers*p.byEngine(prefillLayerVLLM, in.Engine) + m.MoELayers*p.serving[prefillMoE] + m.LatentLayers*p.byEngine(prefillLatentVLLM, in.Engine)) *
		p.fixed(in)
	read, sums := p.read(in, pass), p.communicate(in, input)
	// Few tokens take as long as reading the weights. Parts with attention of
	// their own read prompts side by side, and share what a pass takes.
	busy := math.Hypot((attention+rest)/all, read/beside)
	if in.overlapped() {
		sums = max(0, sums-busy)
	}
	work = fixed/beside + busy + sums
	latency = fixed + math.Hypot(attention/tensor+rest/all, read) + sums
	return latency, work
}
