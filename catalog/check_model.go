package catalog

import (
	"slices"

	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
)

// model checks an architecture: sizes are positive and fit together.
func (s *scope) model(m *work.Model) {
	for _, f := range []struct {
		name string
		a    quantity.Amount
	}{{"parameters", m.Parameters}, {"active", m.Active}, {"tokens", m.Tokens}} {
		s.amount("spec."+f.name, f.a, quantity.Tokens)
	}
	s.counts("spec", map[string]int64{
		"context": m.Context, "vocabulary": m.Vocabulary, "hidden": m.Hidden, "positions": m.Positions, "predictionModules": m.PredictionModules,
	})
	if m.Like != "" {
		s.like(m)
		return
	}
	if len(m.Layers) == 0 {
		return
	}
	for _, f := range []struct {
		name string
		n    int64
	}{{"hidden", m.Hidden}, {"vocabulary", m.Vocabulary}} {
		if f.n == 0 {
			s.fail("spec", "a model with layers has a %s", f.name)
		}
	}
	for i := range m.Layers {
		l := &m.Layers[i]
		path := at("spec.layers", i)
		s.counts(path, map[string]int64{"count": l.Count})
		if l.Count == 0 {
			s.fail(path+".count", "must be at least 1")
		}
		if i == 0 && (l.Attention == nil || l.FeedForward == nil) {
			s.hint("later groups take over what they leave out", path, "the first group of layers has attention and feedForward")
		}
		s.attention(path+".attention", l.Attention)
		s.feedForward(path+".feedForward", l.FeedForward)
	}
}

// like requires a model with an architecture to scale, and the size to scale
// it to.
func (s *scope) like(m *work.Model) {
	if name := s.models[m.Like]; name != "" {
		m.Like = name
	}
	if !s.reference("Model", "spec.like", m.Like) {
		return
	}
	i := slices.IndexFunc(s.c.Models, func(e Entry[work.Model]) bool { return e.Name == m.Like })
	if i >= 0 && !s.c.Models[i].Spec.Described() {
		s.fail("spec.like", "%q has no architecture of its own to scale", m.Like)
	}
	if m.Parameters.Zero() {
		s.fail("spec", "an architecture is scaled to parameters: they are missing")
	}
	if len(m.Layers) > 0 {
		s.fail("spec.layers", "stand beside like: write one or the other")
	}
}

// counts requires that sizes are not negative and can be multiplied.
func (s *scope) counts(path string, sizes map[string]int64) {
	const most = 1 << 31
	for _, name := range sortedKeys(sizes) {
		if n := sizes[name]; n < 0 || n > most {
			s.fail(path+"."+name, "%d is not between 0 and %d", n, int64(most))
		}
	}
}

func (s *scope) attention(path string, a *work.Attention) {
	if a == nil {
		return
	}
	s.counts(path, map[string]int64{
		"heads": a.Heads, "kvHeads": a.KVHeads, "headDim": a.HeadDim, "valueDim": a.ValueDim, "queryRank": a.QueryRank, "kvRank": a.KVRank,
		"ropeDim": a.RopeDim, "compression": a.Compression, "outputRank": a.OutputRank, "outputGroups": a.OutputGroups, "window": a.Window,
	})
	if a.Heads == 0 || a.HeadDim == 0 {
		s.fail(path, "heads and headDim must be at least 1")
	} else if a.Kind == "full" && a.Heads%a.KeyHeads() != 0 {
		s.fail(path+".kvHeads", "%d query heads do not divide among %d", a.Heads, a.KeyHeads())
	}
	if (a.Kind == "latent") != (a.KVRank > 0) {
		s.hint("latent attention has one, the other kinds none", path, "kvRank and the kind %s do not go together", a.Kind)
	}
	if a.Kind == "compressed" && (a.OutputRank == 0 || a.OutputGroups == 0) {
		s.fail(path, "compressed attention has outputRank and outputGroups")
	}
	if x := a.Index; x != nil {
		s.counts(path+".index", map[string]int64{"heads": x.Heads, "headDim": x.HeadDim, "topK": x.TopK})
		if x.TopK == 0 {
			s.fail(path+".index.topK", "must be at least 1")
		}
	}
}

func (s *scope) feedForward(path string, f *work.FeedForward) {
	if f == nil {
		return
	}
	s.counts(path, map[string]int64{"hidden": f.Hidden})
	e := f.Experts
	if e == nil {
		if f.Hidden == 0 {
			s.fail(path, "has neither a hidden width nor experts")
		}
		return
	}
	s.counts(path+".experts", map[string]int64{"routed": e.Routed, "topK": e.TopK, "hidden": e.Hidden, "shared": e.Shared, "sharedHidden": e.SharedHidden})
	if e.Routed < 1 || e.Hidden < 1 || e.TopK < 1 {
		s.fail(path+".experts", "routed, topK and hidden must be at least 1")
	} else if e.TopK > e.Routed {
		s.fail(path+".experts.topK", "%d are more than the %d routed experts", e.TopK, e.Routed)
	}
}
