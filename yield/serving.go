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
	layerMoE    // added by experts
	layerLatent // added by latent attention
	layerLinear // added by linear attention
	timesAmpere // what fixed times are multiplied by, relative to Hopper
	timesBlackwell
	readWeights // reading weights
	readExperts // reading the experts that are touched
	readKV      // reading the cache
	readLatent  // reading a latent cache
	computeDecode
	computePrefill
	computeExperts // prefill through experts, relative to dense parts
	computeFP8     // multiplying in fp8 and narrower, relative to bf16
	sumAlpha       // fixed time of collectives
	sumBytes       // their bytes
	prefillStep    // fixed time of a prefill, in steps of decoding
	mixVLLM        // share of others' prefill that delays decoding
	mixSGLang
	mixTRTLLM
	firstVLLM // fixed time of a request until its prefill begins
	firstSGLang
	firstTRTLLM
	queueVLLM // requests of a wave that a request waits for
	queueSGLang
	queueTRTLLM
	queuePower // the power of the number of requests that waiting grows with
	waves      // the same where all lengths are equal, relative
	spread     // experts: how unevenly tokens fall on devices
	draft      // how many times faster tokens come when further ones are drafted
	servingCount
)

// ServingNames gives the names of the coefficients in their order.
func ServingNames() []string {
	return []string{
		"stepVLLM", "stepSGLang", "stepTRTLLM", "layerVLLM", "layerSGLang", "layerTRTLLM", "layerMoE", "layerLatent", "layerLinear",
		"timesAmpere", "timesBlackwell", "readWeights", "readExperts", "readKV", "readLatent", "computeDecode", "computePrefill",
		"computeExperts", "computeFP8", "sumAlpha", "sumBytes", "prefillStep", "mixVLLM", "mixSGLang", "mixTRTLLM",
		"firstVLLM", "firstSGLang", "firstTRTLLM", "queueVLLM", "queueSGLang", "queueTRTLLM", "queuePower", "waves", "spread", "draft",
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
func (p *Predictor) fixed(g Generation) float64 {
	switch g {
	case Ampere:
		return p.serving[timesAmpere]
	case Blackwell:
		return p.serving[timesBlackwell]
	}
	return 1
}

// step is the parts of the time of one decoding step.
type step struct{ fixed, weights, cache, compute, communicate float64 }

func (s step) total() float64 { return s.fixed + s.weights + s.cache + s.compute + s.communicate }

// overhead is the fixed time of a pass through all layers.
func (p *Predictor) overhead(in *Instance) float64 {
	m := in.Model
	t := p.byEngine(stepVLLM, in.Engine) + m.Layers*p.byEngine(layerVLLM, in.Engine) +
		m.MoELayers*p.serving[layerMoE] + m.LatentLayers*p.serving[layerLatent] + m.LinearLayers*p.serving[layerLinear]
	return t * p.fixed(in.Device.Generation)
}

// touched is the share of the experts that n tokens go through.
func (s *Shape) touched(n float64) float64 {
	if !s.MoE() {
		return 0
	}
	return 1 - math.Pow(1-s.TopK/s.Experts, n)
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
		experts := m.Routed * m.ExpertWeights.bytes() * m.touched(n) / all
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
		share := n / float64(in.Devices/in.Tensor) * m.Hidden * m.TopK
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

// decode is the time of a step that gives each of n sequences a token.
func (p *Predictor) decode(in *Instance, n, context float64) step {
	m, d := in.Model, in.Device
	all := float64(in.Devices)
	s := step{fixed: p.overhead(in), weights: p.read(in, n), communicate: p.communicate(in, n)}
	// The cache is split over sequences by data parallelism, and over heads by
	// tensor parallelism up to their number; a latent cache has no heads.
	split := all / float64(in.Tensor) * min(float64(in.Tensor), m.KVHeads)
	coefficient := p.serving[readKV]
	if m.LatentLayers > 0 {
		coefficient = p.serving[readLatent]
	}
	s.cache = coefficient * n / split * m.kvRead(context) / (d.Bandwidth * d.Kernels.Stream)
	f, rate := d.compute(max(m.Activations, min(m.Weights, m.ExpertWeights)))
	s.compute = p.serving[computeDecode] * p.narrow(f) * n * (2*m.Active + m.attentionFLOPs(context, true)) / (all * rate)
	return s
}

func (p *Predictor) narrow(f format) float64 {
	if f < bf16 {
		return p.serving[computeFP8]
	}
	return 1
}

// prefill is the time to read a prompt of so many tokens. The output matrix
// works on the last token alone.
func (p *Predictor) prefill(in *Instance, input float64) float64 {
	m, d := in.Model, in.Device
	all := float64(in.Devices)
	f, rate := d.compute(max(m.Activations, min(m.Weights, m.ExpertWeights)))
	dense := m.Attention + m.Dense
	experts := m.Active - dense - m.Output
	flops := input * (2*(dense+p.serving[computeExperts]*p.imbalance(in, input)*max(0, experts)) + m.attentionFLOPs(input/2, false))
	work := p.serving[computePrefill] * p.narrow(f) * flops / (all * rate)
	// Few tokens take as long as reading the weights.
	return p.serving[prefillStep]*p.overhead(in) + math.Hypot(work, p.read(in, input)) + p.communicate(in, input)
}
