package work

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/internal/spelling"
)

// config is the part of a Hugging Face config.json that says something about
// the architecture. Field names are those of the transformers library.
type config struct {
	ModelType          string   `json:"model_type"`
	TextConfig         *config  `json:"text_config"`
	HiddenSize         int64    `json:"hidden_size"`
	IntermediateSize   int64    `json:"intermediate_size"`
	NumHiddenLayers    int64    `json:"num_hidden_layers"`
	NumAttentionHeads  int64    `json:"num_attention_heads"`
	NumKeyValueHeads   int64    `json:"num_key_value_heads"`
	HeadDim            int64    `json:"head_dim"`
	VocabSize          int64    `json:"vocab_size"`
	MaxPosition        int64    `json:"max_position_embeddings"`
	Tie                bool     `json:"tie_word_embeddings"`
	SlidingWindow      int64    `json:"sliding_window"`
	UseSlidingWindow   *bool    `json:"use_sliding_window"`
	LayerTypes         []string `json:"layer_types"`
	NumLocalExperts    int64    `json:"num_local_experts"`
	NumExperts         int64    `json:"num_experts"`
	NumRoutedExperts   int64    `json:"n_routed_experts"`
	NumSharedExperts   int64    `json:"n_shared_experts"`
	NumExpertsPerTok   int64    `json:"num_experts_per_tok"`
	MoEIntermediate    int64    `json:"moe_intermediate_size"`
	FirstDense         int64    `json:"first_k_dense_replace"`
	SparseStep         int64    `json:"decoder_sparse_step"`
	QueryRank          int64    `json:"q_lora_rank"`
	KVRank             int64    `json:"kv_lora_rank"`
	NopeDim            int64    `json:"qk_nope_head_dim"`
	RopeDim            int64    `json:"qk_rope_head_dim"`
	ValueDim           int64    `json:"v_head_dim"`
	IndexHeads         int64    `json:"index_n_heads"`
	IndexDim           int64    `json:"index_head_dim"`
	IndexTopK          int64    `json:"index_topk"`
	PredictionModules  int64    `json:"num_nextn_predict_layers"`
	QuantizationConfig *struct {
		Method string `json:"quant_method"`
	} `json:"quantization_config"`
}

// ConfigTypes are the model types of Hugging Face configs that ImportConfig
// reads.
var ConfigTypes = []string{
	"llama", "mistral", "mixtral", "qwen2", "qwen3", "qwen3_moe", "deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "glm_moe_dsa", "gpt_oss", "olmo", "olmo2",
}

// ImportConfig reads the config.json that lies beside a model's weights on
// Hugging Face. It is an error if the architecture is none of ConfigTypes, or
// a size is missing.
func ImportConfig(data []byte) (*Model, error) {
	var c config
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("is not a Hugging Face config: %w", err)
	}
	if c.TextConfig != nil && !known(c.ModelType) {
		quantization := c.QuantizationConfig
		c = *c.TextConfig
		c.QuantizationConfig = cmp.Or(c.QuantizationConfig, quantization)
	}
	if !known(c.ModelType) {
		hint := cmp.Or(spelling.Hint(c.ModelType, ConfigTypes), "known are "+strings.Join(ConfigTypes, ", "))
		return nil, fmt.Errorf("has the model_type %q, which is not read (%s)", c.ModelType, hint)
	}
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"hidden_size", c.HiddenSize}, {"num_hidden_layers", c.NumHiddenLayers}, {"num_attention_heads", c.NumAttentionHeads},
		{"vocab_size", c.VocabSize}, {"intermediate_size", max(c.IntermediateSize, c.MoEIntermediate)},
	} {
		if f.n <= 0 || f.n > 1<<31 {
			return nil, fmt.Errorf("has %s %d, which no model has", f.name, f.n)
		}
	}
	m := &Model{Context: c.MaxPosition, Vocabulary: c.VocabSize, Hidden: c.HiddenSize, TiedEmbeddings: c.Tie, PredictionModules: c.PredictionModules}
	m.Precision = c.precisions()
	var last Layers
	for i := range c.NumHiddenLayers {
		l := Layers{Count: 1, Attention: c.attention(i), FeedForward: c.feedForward(i)}
		if i > 0 && l.Attention.equal(last.Attention) && l.FeedForward.equal(last.FeedForward) {
			m.Layers[len(m.Layers)-1].Count++
			continue
		}
		m.Layers = append(m.Layers, l)
		last = l
	}
	m.Layers = merged(m.Layers)
	return m, nil
}

func known(modelType string) bool {
	for _, t := range ConfigTypes {
		if t == modelType {
			return true
		}
	}
	return false
}

// merged joins equal groups that alternate: the order of layers changes
// nothing that is computed.
func merged(all []Layers) (out []Layers) {
next:
	for _, l := range all {
		for i := range out {
			if out[i].Attention.equal(l.Attention) && out[i].FeedForward.equal(l.FeedForward) {
				out[i].Count += l.Count
				continue next
			}
		}
		out = append(out, l)
	}
	return out
}

func (a *Attention) equal(b *Attention) bool {
	if a.Index != nil && b.Index != nil && *a.Index == *b.Index {
		x, y := *a, *b
		x.Index, y.Index = nil, nil
		return x == y
	}
	return *a == *b
}

func (f *FeedForward) equal(g *FeedForward) bool {
	if f.Kind != g.Kind || f.Hidden != g.Hidden || (f.Experts == nil) != (g.Experts == nil) {
		return false
	}
	return f.Experts == nil || *f.Experts == *g.Experts
}

func (c *config) attention(layer int64) *Attention {
	a := &Attention{Kind: "full", Heads: c.NumAttentionHeads, HeadDim: cmp.Or(c.HeadDim, c.HiddenSize/c.NumAttentionHeads)}
	if c.KVRank > 0 {
		a.Kind, a.HeadDim, a.QueryRank, a.KVRank, a.RopeDim = "latent", cmp.Or(c.NopeDim, 128), c.QueryRank, c.KVRank, c.RopeDim
		if c.ValueDim != a.HeadDim {
			a.ValueDim = c.ValueDim
		}
	} else if c.NumKeyValueHeads != c.NumAttentionHeads {
		a.KVHeads = c.NumKeyValueHeads
	}
	if c.IndexTopK > 0 && c.KVRank > 0 {
		a.Index = &Index{Heads: c.IndexHeads, HeadDim: c.IndexDim, TopK: c.IndexTopK}
	}
	if len(c.LayerTypes) > int(layer) {
		if c.LayerTypes[layer] == "sliding_attention" {
			a.Window = c.SlidingWindow
		}
	} else if c.SlidingWindow > 0 && c.SlidingWindow < c.MaxPosition && (c.UseSlidingWindow == nil || *c.UseSlidingWindow) {
		// gpt-oss alternates, beginning with a window; the others slide in all layers.
		if c.ModelType != "gpt_oss" || layer%2 == 0 {
			a.Window = c.SlidingWindow
		}
	}
	return a
}

func (c *config) feedForward(layer int64) *FeedForward {
	routed := max(c.NumRoutedExperts, c.NumLocalExperts, c.NumExperts)
	if routed == 0 || layer < c.FirstDense || c.SparseStep > 1 && (layer+1)%c.SparseStep != 0 {
		return &FeedForward{Kind: "gated", Hidden: c.IntermediateSize}
	}
	return &FeedForward{Kind: "gated", Experts: &Experts{
		Routed: routed, TopK: max(1, c.NumExpertsPerTok), Hidden: cmp.Or(c.MoEIntermediate, c.IntermediateSize), Shared: c.NumSharedExperts,
	}}
}

func (c *config) precisions() (p Precisions) {
	if c.QuantizationConfig == nil {
		return p
	}
	switch c.QuantizationConfig.Method {
	case "fp8":
		return Precisions{Weights: "fp8", Activations: "fp8"}
	case "mxfp4":
		return Precisions{Weights: "bf16", Experts: fleet.Precision("fp4")}
	}
	return p
}
