package work

// Entries gives how many entries of the cache a token looks at when the
// context before it is so many tokens long, and how many there are: a window
// keeps only the last, an index looks at the ones that it picks, compression
// keeps one entry for several tokens beside a window of the last.
func (a *Attention) Entries(context float64) (seen, kept float64) {
	switch a.Kind {
	case "linear":
		return 0, 0
	case "compressed":
		all := context
		if a.Compression > 1 {
			all = context / float64(a.Compression)
		} else if a.Window > 0 {
			all = 0
		}
		seen = all
		if a.Index != nil {
			seen = min(all, float64(a.Index.TopK))
		}
		window := min(context, float64(a.Window))
		return seen + window, all + window
	}
	kept = context
	if a.Window > 0 {
		kept = min(context, float64(a.Window))
	}
	seen = kept
	if a.Index != nil {
		seen = min(kept, float64(a.Index.TopK))
	}
	return seen, kept
}

// entry is the values that an entry of the cache holds.
func (a *Attention) entry() float64 {
	switch a.Kind {
	case "latent":
		return float64(a.KVRank + a.RopeDim)
	case "compressed":
		return float64(a.KeyHeads() * a.HeadDim)
	}
	return float64(a.KeyHeads() * (a.HeadDim + a.Values()))
}

// State is the values that linear attention keeps for a sequence in a layer,
// whatever its length.
func (a *Attention) State() float64 {
	if a.Kind != "linear" {
		return 0
	}
	return float64(a.Heads * a.HeadDim * a.Values())
}

// indexBytes is the size of an index entry: fp8 with a scale of four bytes.
func (a *Attention) indexBytes() float64 {
	if a.Index == nil {
		return 0
	}
	return float64(a.Index.HeadDim) + 4
}

// KVBytes is the memory that the cache of one sequence of so many tokens takes,
// at so many bytes for each value. The states of linear attention are held in
// four bytes.
func (m *Model) KVBytes(context, bytes float64) (sum float64) {
	m.Each(func(n int64, a *Attention, _ *FeedForward) {
		_, kept := a.Entries(context)
		compression := max(1, float64(a.Compression))
		sum += float64(n) * (kept*a.entry()*bytes + context/compression*a.indexBytes() + 4*a.State())
	})
	return sum
}

// KVRead is what one token reads of that memory.
func (m *Model) KVRead(context, bytes float64) (sum float64) {
	m.Each(func(n int64, a *Attention, _ *FeedForward) {
		seen, _ := a.Entries(context)
		compression := max(1, float64(a.Compression))
		sum += float64(n) * (seen*a.entry()*bytes + context/compression*a.indexBytes() + 4*a.State())
	})
	return sum
}

// KVBytesPerToken is what a token adds to the cache of a long sequence at two
// bytes for each value, or at one for fp8: windows and states do not grow.
// Source of the count for latent attention: DeepSeek-V2, arXiv 2405.04434.
func (m *Model) KVBytesPerToken(bytes float64) float64 {
	const long = 1 << 22
	return (m.KVBytes(2*long, bytes) - m.KVBytes(long, bytes)) / long
}

// AttentionFLOPs is the floating point operations of looking back, for one
// token with so many before it: two for each multiplication and addition, the
// causal form. Prefill and training work on whole heads, decoding of latent
// attention on the compressed entries (absorbed).
func (m *Model) AttentionFLOPs(context float64, decode bool) (sum float64) {
	m.Each(func(n int64, a *Attention, _ *FeedForward) {
		seen, _ := a.Entries(context)
		width := float64(a.HeadDim + a.RopeDim + a.Values())
		if a.Kind == "latent" && (decode || a.Index != nil) {
			width = float64(2*a.KVRank + a.RopeDim)
		}
		if a.Kind == "compressed" {
			width = float64(2 * a.HeadDim)
		}
		flops := 2 * seen * width * float64(a.Heads)
		if a.Kind == "linear" {
			flops = 6 * a.State()
		}
		if x := a.Index; x != nil {
			flops += 2 * context / max(1, float64(a.Compression)) * float64(x.Heads*x.HeadDim)
		}
		sum += float64(n) * flops
	})
	return sum
}
