package yield

import (
	"math"
)

// Engine is the software that serves.
type Engine string

// The engines that coefficients are fitted for. Auto is the mean of them.
const (
	VLLM   Engine = "vllm"
	SGLang Engine = "sglang"
	TRTLLM Engine = "trtllm"
)

// Engines lists them.
func Engines() []string { return []string{string(VLLM), string(SGLang), string(TRTLLM)} }

// Instance is one copy of a model on Devices that serve together.
type Instance struct {
	Model  *Shape
	Device *Device
	// Devices is how many hold the copy. Tensor of them share each request's
	// attention: Devices, or 1 with data-parallel attention. Expert is over
	// how many the experts are spread whole instead of cut; 1 when cut.
	Devices, Tensor, Expert int
	Engine                  Engine
	// Serial says that the engine is of a release that does not overlap
	// scheduling with the devices' work, as most of 2025 were.
	Serial bool
}

// Load is what an instance has to serve at once.
type Load struct {
	// Input and Output are the tokens of a request (ISL and OSL).
	Input, Output float64
	// Concurrency is the requests in flight.
	Concurrency float64
	// Waves says that all lengths are equal, so that requests begin and end
	// together.
	Waves bool
	// Disaggregated says that other devices do the prefill.
	Disaggregated bool
	// Speculative says that further tokens are drafted and checked.
	Speculative bool
}

// The coefficients of serving. Times are in seconds; the rest multiplies a
// time that the roofline gives.
const (
	stepVLLM = iota // fixed time of a step
	stepSGLang
	stepTRTLLM
	layerVLLM // fixed time of a layer
	layerSGLang
	layerTRTLLM
	sequenceVLLM // time for each sequence of a step: scheduling, sampling, detokenising
	sequenceSGLang
	sequenceTRTLLM
	serialStep     // added to a step where scheduling is not overlapped
	serialSequence // the same, for each sequence
	layerMoE       // added by experts
	layerLatent    // added by latent attention
	layerLinear    // added by linear attention
	timesAmpere    // what fixed times are multiplied by, relative to Hopper
	timesBlackwellVLLM
	timesBlackwellSGLang
	timesBlackwellTRTLLM
	readWeights // reading weights
	readExperts // reading the experts that are touched
	readKV      // reading the cache
	readLatent  // reading a latent cache
	computeDecode
	prefillVLLM // multiplying in a prefill
	prefillSGLang
	prefillTRTLLM
	computeExperts   // prefill through experts, relative to dense parts
	computeAttention // looking back in a prefill, relative to matrices in bf16
	computeSmall     // how much of what small matrices lose of the peak counts
	computeFP8       // multiplying in fp8 and narrower, relative to bf16
	sumAlpha         // fixed time of collectives
	sumBytes         // their bytes
	prefillLayer     // fixed time of a layer of a prefill, relative to that of a step
	prefillMoE       // added by experts
	prefillLatent    // added by latent attention
	mixVLLM          // share of others' prefill that delays decoding
	mixSGLang
	mixTRTLLM
	mixWaveVLLM // the same where requests begin together
	mixWaveSGLang
	mixWaveTRTLLM
	firstVLLM // fixed time of a request until its prefill begins
	firstSGLang
	firstTRTLLM
	queueVLLM // prefills of others that a request waits for
	queueSGLang
	queueTRTLLM
	powerVLLM // the power of the number of requests that waiting grows with
	powerSGLang
	powerTRTLLM
	waveVLLM // waiting where requests begin together, relative
	waveSGLang
	waveTRTLLM
	wavePowerVLLM
	wavePowerSGLang
	wavePowerTRTLLM
	distinct // experts: the share of tokens that choose as if at random; the rest choose what others chose
	spread   // experts: how unevenly tokens fall on devices
	draft    // how many times faster tokens come when further ones are drafted
	servingCount
)

// ServingNames gives the names of the coefficients in their order.
func ServingNames() []string {
	return []string{
		"stepVLLM", "stepSGLang", "stepTRTLLM", "layerVLLM", "layerSGLang", "layerTRTLLM", "sequenceVLLM", "sequenceSGLang", "sequenceTRTLLM",
		"serialStep", "serialSequence", "layerMoE", "layerLatent", "layerLinear", "timesAmpere", "timesBlackwellVLLM", "timesBlackwellSGLang", "timesBlackwellTRTLLM", "readWeights", "readExperts", "readKV", "readLatent",
		"computeDecode", "prefillVLLM", "prefillSGLang", "prefillTRTLLM", "computeExperts", "computeAttention", "computeSmall", "computeFP8", "sumAlpha", "sumBytes", "prefillLayer", "prefillMoE", "prefillLatent",
		"mixVLLM", "mixSGLang", "mixTRTLLM", "mixWaveVLLM", "mixWaveSGLang", "mixWaveTRTLLM", "firstVLLM", "firstSGLang", "firstTRTLLM",
		"queueVLLM", "queueSGLang", "queueTRTLLM", "powerVLLM", "powerSGLang", "powerTRTLLM", "waveVLLM", "waveSGLang", "waveTRTLLM",
		"wavePowerVLLM", "wavePowerSGLang", "wavePowerTRTLLM", "distinct", "spread", "draft",
	}
}

// byEngine picks an engine's coefficient of three that follow one another; an
// unknown engine has their geometric mean.
func (p *Predictor) byEngine(first int, e Engine) float64 {
	c := p.serving[first : first+3]
	switch e {
	case VLLM:
		return c[0]
	case SGLang:
		return c[1]
	case TRTLLM:
		return c[2]
	}
	return math.Cbrt(c[0] * c[1] * c[2])
}

// fixed is what fixed times are multiplied by on a device.
func (p *Predictor) fixed(in *Instance) float64 {
	switch in.Device.Generation {
	case Ampere:
		return p.serving[timesAmpere]
	case Blackwell:
		return p.byEngine(timesBlackwellVLLM, in.Engine)
	}
	return 1
}

// step is the parts of the time of one decoding step.
type step struct{ fixed, weights, cache, compute, communicate float64 }

func (s step) total() float64 { return s.fixed + s.weights + s.cache + s.compute + s.communicate }

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
		m.MoELayers*p.serving[layerMoE] + m.LatentLayers*p.serving[layerLatent] + m.LinearLayers*p.serving[layerLinear]
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
		t += p.serving[readExperts] * p.imbalance(in, n) * experts / bandwidth
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
	fixed := (p.serving[prefillLayer]*m.Layers*p.byEngine(layerVLLM, in.Engine) + m.MoELayers*p.serving[prefillMoE] + m.LatentLayers*p.serving[prefillLatent]) *
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
