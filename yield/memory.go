package yield

// heldWeights is the parameters that a device works on: those that all tokens
// go through, and the experts.
func heldWeights(m *Shape, l Layout) (common, routed float64) {
	tensor, pipeline := float64(l.Tensor), float64(l.Pipeline)
	return (m.Attention + m.Dense + m.Output + m.Embedding) / (tensor * pipeline), m.Routed / (float64(max(l.Expert, l.Tensor)) * pipeline)
}

// trainingMemory is the bytes that a device needs: weights in two bytes,
// gradients in four, and the optimizer's twelve for each parameter (Adam in
// fp32 with a master copy), the latter spread over the data-parallel devices;
// activations of as many micro-batches as a pipeline's first stage holds.
// Source: Megatron-LM's selective recomputation, arXiv 2205.05198, 34 bytes for
// each token and unit of width; 2 with everything computed anew.
func (p *Predictor) trainingMemory(r *Run, l Layout) float64 {
	m := r.Model
	common, routed := heldWeights(m, l)
	// The same parameter is on so many devices: fewer for experts, which are
	// spread over devices that other weights are copied on.
	data := float64(l.Data * l.Context)
	copies := max(1, data*float64(l.Tensor)/float64(max(l.Expert, l.Tensor)))
	var state float64
	switch {
	case r.LoRA && l.Sharded:
		state = (common/data + routed/copies) * m.Weights.bytes()
	case r.LoRA:
		state = (common + routed) * m.Weights.bytes()
	case l.Sharded:
		// Two layers' weights are gathered at a time.
		state = 18*(common/data+routed/copies) + 4*(common+routed)/max(1, m.Layers/float64(l.Pipeline))
	default:
		state = 6*(common+routed) + 12*(common/data+routed/copies)
	}
	each := 34.0
	if r.Recompute {
		each = 2
	}
	tokens := float64(l.Micro) * r.Sequence / float64(l.Context)
	flight := min(float64(l.Pipeline), max(1, r.Batch/float64(l.Data*l.Micro)))
	activations := tokens * m.Hidden * m.Layers / float64(l.Pipeline) * each / float64(l.Tensor) * flight
	if m.MoE() && !r.Recompute {
		activations *= 1 + 0.25*m.TopK/4
	}
	logits := tokens * m.Vocabulary * 6 / float64(l.Tensor)
	return state + activations + logits
}
