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
	hostVLLM // time of the host for each sequence of a step, beside what devices do
	hostSGLang
	hostTRTLLM
	serialStep     // added to a step where scheduling is not overlapped
	serialSequence // the same, for each sequence
	layerMoE       // added by experts
	layerLatent    // added by latent attention
	layerLinear    // added by linear attention
	layerNarrow    // added by making values narrow, one scale for all
	layerBlocks    // the same beside experts, whose checkpoints have a scale for each block
	layerIndex     // added by an index of sparse attention
	timesAmpere    // what fixed times are multiplied by, relative to Hopper
	timesBlackwellVLLM
	timesBlackwellSGLang
	timesBlackwellTRTLLM
	readWeights          // reading weights
	readExperts          // reading the experts that are touched
	readExpertsBlackwell // the same on Blackwell, relative
	readExpertsWidened   // of weights that are widened as they are read, relative
	readExpertsFP4       // of fp4, relative
	readKV               // reading the cache
	readLatent           // reading a latent cache
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
	prefillLayerVLLM // fixed time of a layer of a prefill
	prefillLayerSGLang
	prefillLayerTRTLLM
	prefillMoE        // added by experts
	prefillLatentVLLM // added by latent attention
	prefillLatentSGLang
	prefillLatentTRTLLM
	mixVLLM // how much of the time of others' prefills decoding is held up; the rest is shared with it
	mixSGLang
	mixTRTLLM
	firstVLLM // fixed time of a request until its prefill begins
	firstSGLang
	firstTRTLLM
	queueVLLM // prefills of others that a request waits for, for the root of their number
	queueSGLang
	queueTRTLLM
	burst    // share of all others' prefills that it waits for besides, since a run begins with all requests at once
	waveVLLM // the same where requests begin together again and again
	waveSGLang
	waveTRTLLM
	distinct // experts: the share of tokens that choose as if at random; the rest choose what others chose
	spread   // experts: how unevenly tokens fall on devices
	draft    // how many times faster tokens come when further ones are drafted
	servingCount
)

// ServingNames gives the names of the coefficients in their order.
func ServingNames() []string {
	return []string{
		"stepVLLM", "stepSGLang", "stepTRTLLM", "layerVLLM", "layerSGLang", "layerTRTLLM", "sequenceVLLM", "sequenceSGLang", "sequenceTRTLLM",
		"hostVLLM", "hostSGLang", "hostTRTLLM", "serialStep", "serialSequence", "layerMoE", "layerLatent", "layerLinear", "layerNarrow", "layerBlocks", "layerIndex", "timesAmpere", "timesBlackwellVLLM", "timesBlackwellSGLang", "timesBlackwellTRTLLM", "readWeights", "readExperts", "readExpertsBlackwell", "readExpertsWidened", "readExpertsFP4", "readKV", "readLatent",
		"computeDecode", "prefillVLLM", "prefillSGLang", "prefillTRTLLM", "computeExperts", "computeAttention", "computeSmall", "computeFP8", "sumAlpha", "sumBytes", "prefillLayerVLLM", "prefillLayerSGLang", "prefillLayerTRTLLM", "prefillMoE", "prefillLatentVLLM", "prefillLatentSGLang", "prefillLatentTRTLLM",
		"mixVLLM", "mixSGLang", "mixTRTLLM", "firstVLLM", "firstSGLang", "firstTRTLLM",
		"queueVLLM", "queueSGLang", "queueTRTLLM", "burst", "waveVLLM", "waveSGLang", "waveTRTLLM",
		"distinct", "spread", "draft",
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
