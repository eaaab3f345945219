package work_test

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/work"
)

// configs are config.json files as they lie beside published weights, cut to
// what matters.
var configs = map[string]string{
	"llama-3-1-8b":    `{"model_type":"llama","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"vocab_size":128256,"max_position_embeddings":131072,"tie_word_embeddings":false}`,
	"qwen2-5-72b":     `{"model_type":"qwen2","hidden_size":8192,"intermediate_size":29568,"num_hidden_layers":80,"num_attention_heads":64,"num_key_value_heads":8,"vocab_size":152064,"max_position_embeddings":131072,"sliding_window":4096,"use_sliding_window":false}`,
	"qwen3-235b-a22b": `{"model_type":"qwen3_moe","hidden_size":4096,"intermediate_size":12288,"moe_intermediate_size":1536,"num_hidden_layers":94,"num_attention_heads":64,"num_key_value_heads":4,"head_dim":128,"vocab_size":151936,"max_position_embeddings":40960,"num_experts":128,"num_experts_per_tok":8,"decoder_sparse_step":1,"sliding_window":null}`,
	"mixtral-8x7b":    `{"model_type":"mixtral","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"vocab_size":32000,"max_position_embeddings":32768,"num_local_experts":8,"num_experts_per_tok":2,"sliding_window":null}`,
	"deepseek-v2":     `{"model_type":"deepseek_v2","hidden_size":5120,"intermediate_size":12288,"moe_intermediate_size":1536,"num_hidden_layers":60,"num_attention_heads":128,"num_key_value_heads":128,"vocab_size":102400,"max_position_embeddings":163840,"n_routed_experts":160,"n_shared_experts":2,"num_experts_per_tok":6,"first_k_dense_replace":1,"q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128}`,
	"deepseek-v3":     `{"model_type":"deepseek_v3","hidden_size":7168,"intermediate_size":18432,"moe_intermediate_size":2048,"num_hidden_layers":61,"num_attention_heads":128,"num_key_value_heads":128,"vocab_size":129280,"max_position_embeddings":163840,"n_routed_experts":256,"n_shared_experts":1,"num_experts_per_tok":8,"first_k_dense_replace":3,"q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"num_nextn_predict_layers":1,"quantization_config":{"quant_method":"fp8"}}`,
	"deepseek-v3-2":   `{"model_type":"deepseek_v32","hidden_size":7168,"intermediate_size":18432,"moe_intermediate_size":2048,"num_hidden_layers":61,"num_attention_heads":128,"num_key_value_heads":128,"vocab_size":129280,"max_position_embeddings":163840,"n_routed_experts":256,"n_shared_experts":1,"num_experts_per_tok":8,"first_k_dense_replace":3,"q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"index_n_heads":64,"index_head_dim":128,"index_topk":2048,"num_nextn_predict_layers":1,"quantization_config":{"quant_method":"fp8"}}`,
	"gpt-oss-120b":    `{"model_type":"gpt_oss","hidden_size":2880,"intermediate_size":2880,"num_hidden_layers":36,"num_attention_heads":64,"num_key_value_heads":8,"head_dim":64,"vocab_size":201088,"max_position_embeddings":131072,"num_local_experts":128,"num_experts_per_tok":4,"sliding_window":128,"quantization_config":{"quant_method":"mxfp4"}}`,
}

func TestImportConfigGivesTheShippedModel(t *testing.T) {
	all := models(t)
	for name, text := range configs {
		got, err := work.ImportConfig([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := all[name]
		if got.Count() != want.Count() {
			t.Errorf("%s: counts %+v, the shipped model %+v", name, got.Count(), want.Count())
		}
		if g, w := got.KVBytes(50_000, 2), want.KVBytes(50_000, 2); g != w {
			t.Errorf("%s: cache %v, the shipped model %v", name, g, w)
		}
		if got.Precision.Weights != want.Precision.Weights {
			t.Errorf("%s: weights in %q, the shipped model %q", name, got.Precision.Weights, want.Precision.Weights)
		}
	}
}

func TestImportConfigRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"model_type":"llamma","hidden_size":1}`: `did you mean "llama"?`,
		`{"model_type":"mamba"}`:                  "known are llama",
		`[]`:                                      "is not a Hugging Face config",
		`{`:                                       "is not a Hugging Face config",
		`{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":0}`: "num_attention_heads 0",
		`{"model_type":"llama","hidden_size":-1}`:                                                  "hidden_size -1",
	} {
		if _, err := work.ImportConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func FuzzImportConfig(f *testing.F) {
	for _, text := range configs {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := work.ImportConfig(data); err == nil && m.Depth() < 1 {
			t.Error("a model without layers")
		}
	})
}
