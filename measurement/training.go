package measurement

import (
	"strings"

	"github.com/proviso-dev/proviso/yield"
)

// nemoNames are models as NVIDIA's tables of training call them.
var nemoNames = map[string]string{
	"DeepSeekV3": "deepseek-v3", "DeepSeek V3 671B": "deepseek-v3", "GPT OSS 120B": "gpt-oss-120b", "GPT-OSS 20B": "gpt-oss-20b", "Kimi K2": "kimi-k2",
	"LLAMA3.1_405B": "llama-3-1-405b", "LLAMA3_70B": "llama-3-70b", "Llama3 70B": "llama-3-70b", "Llama3 70B 2-node": "llama-3-70b", "LLAMA3_8B": "llama-3-8b", "Llama3 8B": "llama-3-8b",
	"Qwen3 MoE 30B": "qwen3-30b-a3b", "Qwen3_30B_a3B": "qwen3-30b-a3b", "Qwen3_235B_a22B": "qwen3-235b-a22b",
}

// trainFormats are the formats that matrices are multiplied in.
func trainFormats(precision string) (yield.Formats, bool) {
	p := strings.ToLower(precision)
	switch {
	case strings.Contains(p, "fp4"):
		return yield.Formats{Weights: "bf16", Activations: "fp4"}, true
	case strings.Contains(p, "fp8"):
		return yield.Formats{Weights: "bf16", Activations: "fp8"}, true
	case strings.Contains(p, "bf16"):
		return yield.Formats{Weights: "bf16", Activations: "bf16"}, true
	}
	return yield.Formats{}, false
}

func readNeMo(b *books, r *record) (Row, bool) {
	if name := nemoNames[r.model]; name != "" {
		r.model = name
	}
	kind := "train"
	if strings.HasPrefix(r.notes, "SFT") {
		kind = "finetune"
	}
	if strings.HasPrefix(r.notes, "LoRA") {
		kind = "lora"
	}
	row, ok := start(b, r, kind)
	if !ok || r.metric != "train_tokens_per_sec_per_gpu" {
		return row, false
	}
	row.Tensor, row.Pipeline = max(1, int(num(setting(r.notes, "TP")))), max(1, int(num(setting(r.notes, "PP"))))
	row.ContextParallel, row.Expert = max(1, int(num(setting(r.notes, "CP")))), max(1, int(num(setting(r.notes, "EP"))))
	row.Formats, ok = trainFormats(r.precision)
	row.Metric, row.Value = TrainRate, r.value
	return row, ok && row.Devices > 0 && row.Input > 0 && row.Concurrency > 0
}

func readFoundry(b *books, r *record) (Row, bool) {
	row, ok := start(b, r, "train")
	if !ok || r.metric != "train_tokens_per_sec_per_gpu" || !strings.Contains(row.Precision, "bf16") {
		return row, false
	}
	row.Tensor, row.Pipeline, row.ContextParallel = 1, 1, 1
	row.Recompute, row.Early = strings.Contains(r.notes, "act_ckpt=True"), true // of 2023
	row.Formats, ok = trainFormats(r.precision)
	row.Metric, row.Value = TrainRate, r.value
	return row, ok && row.Devices > 0
}

// mlperfTasks are the benchmarks of MLPerf Training, with the sequences'
// length. Precision is not logged: Hopper and later ran in fp8, A100 in bf16.
var mlperfTasks = map[string]struct {
	model, kind string
	length      float64
}{
	"gpt3": {"gpt-3", "train", 2048}, "llama2_70b_lora": {"llama-2-70b", "lora", 8192}, "llama31_405b": {"llama-3-1-405b", "train", 8192}, "llama31_8b": {"llama-3-1-8b", "train", 8192},
}

func readMLPerf(b *books, r *record) (Row, bool) {
	task, known := mlperfTasks[r.model]
	if !known || r.metric != "train_throughput_logged" {
		return Row{}, false
	}
	r.model = task.model
	row, ok := start(b, r, task.kind)
	if !ok || row.Devices == 0 {
		return row, false
	}
	precision := "fp8"
	if row.Accelerator == "a100-sxm" {
		precision = "bf16"
	}
	row.Precision = precision
	row.Formats, _ = trainFormats(precision)
	row.Input = task.length
	row.Early = strings.HasPrefix(r.source, "MLPerf Training v3") || strings.HasPrefix(r.source, "MLPerf Training v4.0") // before the autumn of 2024
	row.Metric, row.Value = TrainRate, r.value/float64(row.Devices)
	if r.unit == "samples/s" {
		row.Value *= task.length
	}
	return row, true
}

func readNodePower(b *books, r *record) (Row, bool) {
	task, known := mlperfTasks[r.model]
	if !known || r.metric != "avg_node_power" {
		return Row{}, false
	}
	r.model = task.model
	row, ok := start(b, r, task.kind)
	row.Precision = "fp8"
	row.Formats, _ = trainFormats("fp8")
	row.Input = task.length
	row.Metric, row.Value = NodePower, r.value/8
	return row, ok
}

// readCost reads whole runs: achieved rates of known models.
func readCost(b *books, r *record) (Row, bool) {
	row, ok := start(b, r, "train")
	if !ok || r.metric != "model_tflops_per_gpu" || row.Devices == 0 || row.Concurrency == 0 {
		return row, false
	}
	s, err := b.shape(row.Model, yield.Formats{})
	if err != nil {
		return row, false
	}
	row.Formats, _ = trainFormats("bf16")
	row.Recompute = strings.Contains(r.notes, "act ckpt")
	row.Metric, row.Value = TrainRate, r.value*1e12/s.TrainingFLOPs(row.Input)
	return row, true
}
