package work

import (
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Model is a language model's architecture, from which its parameters, its
// operations for each token and its memory are computed. What is not published
// is left out and named in Gaps. A model of which only the size is known has
// Parameters and Active alone, and Like.
type Model struct {
	// What the model is.
	Description string `json:"description,omitempty"`
	// Who made it.
	Developer string `json:"developer,omitempty"`
	// Other names that it is known by.
	Aliases []string `json:"aliases,omitempty"`
	// The name of the architecture that it shares with its siblings, such as deepseek-v3 for DeepSeek-R1; its own name when absent.
	Family string `json:"family,omitempty"`
	// All parameters, as published.
	Parameters quantity.Amount `json:"parameters,omitzero"`
	// The parameters that take part in each token, as published.
	Active quantity.Amount `json:"active,omitzero"`
	// The tokens that it was pretrained on, as published.
	Tokens quantity.Amount `json:"tokens,omitzero"`
	// The model whose architecture is scaled to Parameters and Active, where none is published.
	Like string `json:"like,omitempty"`
	// The longest context, in tokens.
	Context int64 `json:"context,omitempty"`
	// Tokens in the vocabulary.
	Vocabulary int64 `json:"vocabulary,omitempty"`
	// Width of the residual stream.
	Hidden int64 `json:"hidden,omitempty"`
	// Whether input and output embeddings are one matrix.
	TiedEmbeddings bool `json:"tiedEmbeddings,omitempty"`
	// Learned position embeddings, in positions; absent with rotary or linear ones.
	Positions int64 `json:"positions,omitempty"`
	// The layers, in groups of equal ones.
	Layers []Layers `json:"layers,omitempty"`
	// Modules that predict further tokens (multi-token prediction), each a layer like the last group's.
	PredictionModules int64 `json:"predictionModules,omitempty"`
	// The number formats of the published checkpoint; bf16 throughout when absent.
	Precision Precisions `json:"precision,omitzero"`
	// What is not published or in dispute, and why no value is given.
	Gaps []fleet.Missing `json:"gaps,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Layers is a number of equal layers.
type Layers struct {
	// How many layers.
	Count int64 `json:"count" doc:"required"`
	// Their attention; that of the group before when absent.
	Attention *Attention `json:"attention,omitempty"`
	// Their feed-forward part; that of the group before when absent.
	FeedForward *FeedForward `json:"feedForward,omitempty"`
}

// Attention is how a layer looks back at earlier tokens. With fewer KVHeads
// than Heads it is grouped-query attention (GQA), with KVRank multi-head
// latent attention (MLA), with Window it sees only the last tokens.
type Attention struct {
	// full, latent (MLA), compressed (several tokens share an entry of the cache) or linear (a state of constant size).
	Kind AttentionKind `json:"kind" doc:"required"`
	// Query heads; of linear attention the heads of the values.
	Heads int64 `json:"heads" doc:"required"`
	// Key and value heads; as many as Heads when absent. Of linear attention the heads of keys and queries.
	KVHeads int64 `json:"kvHeads,omitempty"`
	// Width of a head; of latent attention the part without position.
	HeadDim int64 `json:"headDim" doc:"required"`
	// Width of a head's values, when not HeadDim.
	ValueDim int64 `json:"valueDim,omitempty"`
	// Latent and compressed: rank of the queries' compression; absent when they are not compressed.
	QueryRank int64 `json:"queryRank,omitempty"`
	// Latent: rank of the keys' and values' compression, which is what is cached.
	KVRank int64 `json:"kvRank,omitempty"`
	// Latent: width of the part of a head that carries the position.
	RopeDim int64 `json:"ropeDim,omitempty"`
	// Compressed: tokens that share an entry of the cache.
	Compression int64 `json:"compression,omitempty"`
	// Compressed: rank of the output projection of each of OutputGroups.
	OutputRank int64 `json:"outputRank,omitempty"`
	// Compressed: groups of heads that are projected together.
	OutputGroups int64 `json:"outputGroups,omitempty"`
	// The last tokens that are seen; all when absent.
	Window int64 `json:"window,omitempty"`
	// Whether the output is multiplied by a learned gate.
	Gate bool `json:"gate,omitempty"`
	// Sparse attention: a light index picks the tokens that are looked at.
	Index *Index `json:"index,omitempty"`
}

// Index picks, for each token, the earlier tokens that attention looks at.
type Index struct {
	// Heads of the index.
	Heads int64 `json:"heads" doc:"required"`
	// Width of a head of the index.
	HeadDim int64 `json:"headDim" doc:"required"`
	// How many tokens it picks.
	TopK int64 `json:"topK" doc:"required"`
}

// AttentionKind is a kind of attention.
type AttentionKind string

// Enum lists the kinds of attention.
func (AttentionKind) Enum() []string { return []string{"full", "latent", "compressed", "linear"} }

// FeedForward is the part of a layer that works on each token by itself.
type FeedForward struct {
	// gated (three matrices) or plain (two).
	Kind FeedForwardKind `json:"kind" doc:"required"`
	// Width of the dense part; absent when all of it is experts.
	Hidden int64 `json:"hidden,omitempty"`
	// A mixture of experts.
	Experts *Experts `json:"experts,omitempty"`
}

// Experts is a mixture of experts: each token goes through a few of many.
type Experts struct {
	// Experts to choose from.
	Routed int64 `json:"routed" doc:"required"`
	// How many each token goes through.
	TopK int64 `json:"topK" doc:"required"`
	// Width of an expert.
	Hidden int64 `json:"hidden" doc:"required"`
	// Experts that every token goes through.
	Shared int64 `json:"shared,omitempty"`
	// Width of a shared expert, when not Hidden.
	SharedHidden int64 `json:"sharedHidden,omitempty"`
}

// FeedForwardKind is a kind of feed-forward part.
type FeedForwardKind string

// Enum lists the kinds of feed-forward parts.
func (FeedForwardKind) Enum() []string { return []string{"gated", "plain"} }

// Precisions are the number formats of a checkpoint.
type Precisions struct {
	// Of all weights but embeddings; bf16 when absent.
	Weights fleet.Precision `json:"weights,omitempty"`
	// Of the routed experts' weights, when another.
	Experts fleet.Precision `json:"experts,omitempty"`
	// Of the activations that matrices are multiplied with; bf16 when absent.
	Activations fleet.Precision `json:"activations,omitempty"`
	// Of the cache of keys and values; bf16 when absent.
	KV fleet.Precision `json:"kv,omitempty"`
}

// Each calls f for every group of layers, with what a group takes over from
// the one before filled in.
func (m *Model) Each(f func(count int64, a *Attention, ff *FeedForward)) {
	var a *Attention
	var ff *FeedForward
	for i := range m.Layers {
		l := &m.Layers[i]
		if l.Attention != nil {
			a = l.Attention
		}
		if l.FeedForward != nil {
			ff = l.FeedForward
		}
		if a != nil && ff != nil {
			f(l.Count, a, ff)
		}
	}
}

// Depth is the number of layers.
func (m *Model) Depth() (n int64) {
	m.Each(func(count int64, _ *Attention, _ *FeedForward) { n += count })
	return n
}

// Described reports whether the architecture is given, so that it can be
// computed with.
func (m *Model) Described() bool { return m.Hidden > 0 && m.Vocabulary > 0 && m.Depth() > 0 }
