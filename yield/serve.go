package yield

import "math"

// Served is what an instance gives under a load, in steady state. Times are in
// seconds, rates for each second of the whole instance.
type Served struct {
	// TTFT is the time to the first token, TPOT the time for each further one.
	TTFT, TPOT float64
	// Step is the time of a step that reads no prompt: the median of the times
	// between tokens.
	Step float64
	// OutputRate and InputRate are tokens per second.
	OutputRate, InputRate float64
	// Running is how many requests are decoded at once: the concurrency, or
	// what the memory holds.
	Running float64
	// Capacity is how many requests of these lengths the memory holds.
	Capacity float64
	// Busy shares of the time of a step, for power: computing, reading
	// weights, and reading the cache.
	Compute, Memory, Cache float64
}

// memoryShare is the part of a device's memory that engines use by default;
// the rest is for activations and fragments.
const memoryShare = 0.9

// Capacity is how many requests of a length an instance's memory holds; below
// one it does not fit.
func (in *Instance) Capacity(context float64) float64 {
	return (in.room() - in.weights()) / max(1, in.cachePerRequest(context))
}

// room is the memory of all devices that weights and caches may take.
func (in *Instance) room() float64 {
	return float64(in.Devices) * in.Device.Memory * memoryShare
}

// weights is the memory that weights take over all devices: attention is
// copied for each part that has its own.
func (in *Instance) weights() float64 {
	m := in.Model
	copies := float64(in.Devices / in.Tensor)
	return m.WeightBytes() + (copies-1)*m.Attention*m.Weights.bytes()
}

// cachePerRequest is the memory of a request's cache over all devices: where
// there are fewer heads than devices, heads are copied.
func (in *Instance) cachePerRequest(context float64) float64 {
	copies := max(1, float64(in.Tensor)/in.Model.KVHeads)
	return in.Model.KVBytes(context) * copies
}

// Serve predicts the steady state of an instance under a load, in closed form.
// With capacity for fewer requests than are in flight the rest wait.
func (p *Predictor) Serve(in *Instance, l Load) Served {
	out := Served{Capacity: in.Capacity(l.Input + l.Output)}
	held := in.Capacity(l.Input + l.Output/2) // requests are half done on average
	context := l.Input + l.Output/2
	running := min(l.Concurrency, max(1, held))
	latency, prefill := p.prefill(in, l.Input)
	mix := p.byEngine(mixVLLM, in.Engine)
	if l.Disaggregated {
		mix = 0
	}
	faster := 1.0
	if l.Speculative {
		faster = p.serving[draft]
	}
	var s step
	steps := max(1, l.Output-1)
	before := p.wait(in, l, running)
	waits := before * prefill
	n := running
	for range 4 {
		s = p.decode(in, max(1, n), context)
		out.Step = s.total() / faster
		// From one request of a client to the next, each of the others is read
		// once: those that the first token waited for do not hold up the rest.
		out.TPOT = out.Step + mix*max(0, running-1-before)*prefill/max(l.Output, 1)
		// In steady state as many decode as the times' shares say.
		whole := steps*out.TPOT + latency + waits
		n = max(1, running*steps*out.TPOT/whole)
	}
	out.Running = n
	out.TTFT = p.byEngine(firstVLLM, in.Engine)*p.fixed(in) + latency + waits + s.total()/2
	if l.Concurrency > running {
		// Little's law: what does not fit waits for a place.
		out.TTFT += (l.Concurrency - running) / running * (out.TTFT + steps*out.TPOT)
	}
	whole := out.TTFT + steps*out.TPOT
	out.OutputRate = l.Concurrency * l.Output / whole
	out.InputRate = l.Concurrency * l.Input / whole
	prefilling := min(1, mix*running*prefill/(steps*out.TPOT))
	out.Compute = prefilling + (1-prefilling)*s.compute/s.total()
	out.Memory, out.Cache = (1-prefilling)*s.weights/s.total(), (1-prefilling)*s.cache/s.total()
	return out
}

// wait is how many prefills of others a request waits for.
func (p *Predictor) wait(in *Instance, l Load, running float64) float64 {
	others := max(0, running-1)
	share := p.serving[burst]
	if l.Waves {
		share = p.byEngine(waveVLLM, in.Engine)
	}
	return min(others, p.byEngine(queueVLLM, in.Engine)*math.Sqrt(others)+share*others)
}
