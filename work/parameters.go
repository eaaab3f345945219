package work

import "cmp"

// Counts are the parameters of a model, computed from its architecture. Norms
// and biases are left out: together less than a thousandth of any model here.
type Counts struct {
	// Total is all parameters but the modules for further tokens.
	Total int64
	// Embedding is the table that tokens are looked up in, and the positions'.
	Embedding int64
	// Output is the matrix that gives the next token; 0 when it is the embedding's.
	Output int64
	// Attention is that of all layers, Dense the feed-forward parts that every
	// token goes through, shared experts and routers among them, and Routed
	// the experts to choose from.
	Attention, Dense, Routed int64
	// Active takes part in the multiplications for each token: attention,
	// dense parts, the chosen experts and the output matrix. The lookup of the
	// embedding multiplies nothing and is not counted; publishers that count
	// it give a higher figure.
	Active int64
	// Prediction is the modules for further tokens.
	Prediction int64
}

// Count computes the parameters.
func (m *Model) Count() Counts {
	c := Counts{Embedding: m.Vocabulary*m.Hidden + m.Positions*m.Hidden}
	chosen := int64(0)
	var last Counts
	m.Each(func(n int64, a *Attention, f *FeedForward) {
		last = Counts{Attention: a.parameters(m.Hidden), Dense: f.dense(m.Hidden), Routed: f.routed(m.Hidden)}
		c.Attention += n * last.Attention
		c.Dense += n * last.Dense
		c.Routed += n * last.Routed
		if e := f.Experts; e != nil {
			chosen += n * last.Routed / e.Routed * e.TopK
		}
	})
	output := m.Vocabulary * m.Hidden
	if !m.TiedEmbeddings {
		c.Output = output
	}
	c.Total = c.Embedding + c.Output + c.Attention + c.Dense + c.Routed
	c.Active = c.Attention + c.Dense + chosen + output
	// A module for a further token is one more layer and the matrix that joins
	// the token's embedding to the state before it.
	c.Prediction = m.PredictionModules * (last.Attention + last.Dense + last.Routed + 2*m.Hidden*m.Hidden)
	return c
}

// KeyHeads is the number of key and value heads.
func (a *Attention) KeyHeads() int64 { return cmp.Or(a.KVHeads, a.Heads) }

// Values is the width of a head's values.
func (a *Attention) Values() int64 { return cmp.Or(a.ValueDim, a.HeadDim) }

func (a *Attention) parameters(d int64) int64 {
	n := int64(0)
	out := a.Heads * a.Values()
	switch a.Kind {
	case "full":
		n = d*a.Heads*a.HeadDim + d*a.KeyHeads()*(a.HeadDim+a.Values()) + out*d
	case "latent":
		n = a.query(d, a.HeadDim+a.RopeDim) + d*(a.KVRank+a.RopeDim) + a.KVRank*a.Heads*(a.HeadDim+a.Values()) + out*d
	case "compressed":
		// The keys are the values; entries are weighted sums, so that each
		// group of tokens needs a second projection for the weights.
		n = a.query(d, a.HeadDim) + d*a.KeyHeads()*a.HeadDim + out*a.OutputRank + a.OutputGroups*a.OutputRank*d
		if a.Compression > 1 {
			n += 2 * d * a.HeadDim
		}
	case "linear":
		// Gated delta rule: queries and keys, values and gates, two scalars for each head.
		n = d*2*a.KeyHeads()*a.HeadDim + d*out + d*2*a.Heads + out*d
	}
	if a.Gate {
		n += d * out
	}
	if x := a.Index; x != nil {
		n += cmp.Or(a.QueryRank, d)*x.Heads*x.HeadDim + d*x.HeadDim + d*x.Heads
	}
	return n
}

func (a *Attention) query(d, width int64) int64 {
	if a.QueryRank == 0 {
		return d * a.Heads * width
	}
	return d*a.QueryRank + a.QueryRank*a.Heads*width
}

// matrices is how many matrices of d × Hidden the part has.
func (f *FeedForward) matrices() int64 {
	if f.Kind == "plain" {
		return 2
	}
	return 3
}

func (f *FeedForward) dense(d int64) int64 {
	n := f.matrices() * d * f.Hidden
	if e := f.Experts; e != nil {
		n += f.matrices()*d*e.Shared*cmp.Or(e.SharedHidden, e.Hidden) + d*e.Routed
	}
	return n
}

func (f *FeedForward) routed(d int64) int64 {
	if f.Experts == nil {
		return 0
	}
	return f.matrices() * d * f.Experts.Hidden * f.Experts.Routed
}
