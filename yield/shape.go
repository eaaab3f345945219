package yield

import (
	"errors"
	"fmt"
	"math"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
)

// Shape is a model with its number formats, summed up so that a prediction
// does not walk the architecture more than once. A Shape does not change.
type Shape struct {
	Name string
	// Family is what siblings of one architecture share.
	Family string
	// Parameters of the parts, see [work.Counts].
	Attention, Dense, Routed, Output, Embedding float64
	// Active is the parameters that multiply for each token.
	Active float64
	// Layers and how many of them have experts, latent or compressed attention, linear attention.
	Layers, MoELayers, LatentLayers, LinearLayers float64
	// IndexLayers pick the tokens that attention looks at.
	IndexLayers float64
	// Hidden is the width of the residual stream, Vocabulary the tokens known.
	Hidden, Vocabulary float64
	// Experts to choose from, and how many each token goes through.
	Experts, TopK float64
	// KVHeads bounds over how many devices the cache can be split by heads; 1 for latent attention.
	KVHeads float64
	// Context is the longest, 0 when not stated.
	Context float64
	// Weights, ExpertWeights, KV and Activations are the formats.
	Weights, ExpertWeights, KV, Activations format
	// Scaled says that the architecture is another model's, scaled to the size.
	Scaled bool

	model       *work.Model
	scaleWidth  float64 // of the widths, with Scaled
	scaleLayers float64
}

// Formats override those of the checkpoint; empty ones leave it.
type Formats struct{ Weights, Experts, KV, Activations fleet.Precision }

// NewShape sums up a model. Like resolves the model that a scaled one is like;
// it may be nil when there is none.
func NewShape(name string, m *work.Model, like *work.Model, f Formats) (*Shape, error) {
	s := &Shape{Name: name, Family: m.Family, model: m, scaleWidth: 1, scaleLayers: 1}
	if s.Family == "" {
		s.Family = name
	}
	if !m.Described() {
		if m.Like == "" || like == nil {
			return nil, fmt.Errorf("model %s: its architecture is not given, and it is like no other model: add layers, or like", name)
		}
		s.model, s.Scaled = like, true
	}
	if err := s.formats(m, f); err != nil {
		return nil, fmt.Errorf("model %s: %w", name, err)
	}
	c := s.model.Count()
	s.Attention, s.Dense, s.Routed = float64(c.Attention), float64(c.Dense), float64(c.Routed)
	s.Output, s.Embedding, s.Active = float64(s.model.Vocabulary*s.model.Hidden), float64(c.Embedding), float64(c.Active)
	s.Hidden, s.Vocabulary, s.Context = float64(s.model.Hidden), float64(s.model.Vocabulary), float64(s.model.Context)
	s.model.Each(func(n int64, a *work.Attention, ff *work.FeedForward) {
		s.Layers += float64(n)
		s.KVHeads = max(s.KVHeads, float64(a.KeyHeads()))
		switch a.Kind {
		case "latent", "compressed":
			s.LatentLayers += float64(n)
		case "linear":
			s.LinearLayers += float64(n)
		}
		if a.Index != nil {
			s.IndexLayers += float64(n)
		}
		if e := ff.Experts; e != nil {
			s.MoELayers += float64(n)
			s.Experts, s.TopK = float64(e.Routed), float64(e.TopK)
		}
	})
	if s.LatentLayers > 0 {
		s.KVHeads = 1
	}
	if s.Scaled {
		if err := s.scale(m); err != nil {
			return nil, fmt.Errorf("model %s: %w", name, err)
		}
	}
	return s, nil
}

func (s *Shape) formats(m *work.Model, f Formats) error {
	for _, p := range []struct {
		to            *format
		own, override fleet.Precision
	}{
		{&s.Weights, m.Precision.Weights, f.Weights}, {&s.Activations, m.Precision.Activations, f.Activations}, {&s.KV, m.Precision.KV, f.KV},
	} {
		x := p.own
		if p.override != "" {
			x = p.override
		}
		v, err := formatOf(x)
		if err != nil {
			return err
		}
		*p.to = v
	}
	s.ExpertWeights = s.Weights
	x := m.Precision.Experts
	if f.Weights != "" {
		x = f.Experts
	}
	if x != "" {
		v, err := formatOf(x)
		if err != nil {
			return err
		}
		s.ExpertWeights = v
	}
	return nil
}

// scale blows the architecture up to the size that the model states: widths
// and depth by the cube root of the active parameters' ratio, the number of
// experts by what is left.
func (s *Shape) scale(m *work.Model) error {
	total, err := tokens(m.Parameters)
	if err != nil {
		return err
	}
	active, err := tokens(m.Active)
	if err != nil {
		return err
	}
	if total <= 0 {
		return errors.New("its parameters are zero")
	}
	base := s.Total()
	if active == 0 {
		active = s.Active * total / base
	}
	if active > total {
		return fmt.Errorf("%.3g parameters are active of %.3g", active, total)
	}
	s.resize(total, active)
	return nil
}

// resize scales to so many parameters.
func (s *Shape) resize(total, active float64) {
	r := active / s.Active
	cube := math.Cbrt(r)
	s.scaleWidth *= cube
	s.scaleLayers *= cube
	s.Attention *= r
	s.Dense *= r
	s.Active = active
	s.Hidden *= cube
	s.Output *= cube
	s.Embedding *= cube
	s.Layers *= cube
	s.MoELayers *= cube
	s.LatentLayers *= cube
	s.LinearLayers *= cube
	s.IndexLayers *= cube
	if s.Routed > 0 {
		routed := max(0, total-s.Attention-s.Dense-s.Embedding-s.Output)
		s.Experts = max(s.TopK, s.Experts*routed/(s.Routed*r))
		s.Routed = routed
	}
}

func tokens(a quantity.Amount) (float64, error) {
	v, err := a.Exact(quantity.Tokens)
	if err != nil {
		return 0, err
	}
	x, _ := v.Float64()
	return x, nil
}

// Total is all parameters.
func (s *Shape) Total() float64 {
	out := s.Output
	if s.model.TiedEmbeddings {
		out = 0
	}
	return s.Attention + s.Dense + s.Routed + out + s.Embedding
}

// WeightBytes is the memory of all weights. Embeddings stay in bf16.
func (s *Shape) WeightBytes() float64 {
	return (s.Attention+s.Dense)*s.Weights.bytes() + s.Routed*s.ExpertWeights.bytes() + (s.Total()-s.Attention-s.Dense-s.Routed)*2
}

// KVBytes is the memory of the cache of one sequence.
func (s *Shape) KVBytes(context float64) float64 {
	return s.model.KVBytes(context, s.KV.bytes()) * s.scaleLayers
}

func (s *Shape) kvRead(context float64) float64 {
	return s.model.KVRead(context, s.KV.bytes()) * s.scaleLayers
}

func (s *Shape) attentionFLOPs(context float64, decode bool) float64 {
	return s.model.AttentionFLOPs(context, decode) * s.scaleLayers * s.scaleWidth
}

// matrices is the mean size of the matrices of a layer, in weights: of
// attention, of what all tokens go through beside it, and of one expert. Those
// that multiply the same values are joined, as engines do, so that attention
// and feed-forward parts have two each; latent attention has four.
func (s *Shape) matrices() (attention, dense, expert float64) {
	attention = s.Attention / s.Layers / (2 + 2*s.LatentLayers/s.Layers)
	dense = s.Dense / s.Layers / 2
	if s.MoELayers > 0 && s.Experts > 0 {
		expert = s.Routed / s.MoELayers / s.Experts / 2
	}
	return attention, dense, expert
}

// MoE reports whether the model has experts.
func (s *Shape) MoE() bool { return s.Experts > 0 }
