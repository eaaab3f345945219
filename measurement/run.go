package measurement

import (
	"cmp"
	"strings"

	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/yield"
)

// pretraining is how a published run was made, where its table does not say:
// sequences and devices. Sources: the model cards and reports that the table
// names, arXiv 2307.09288, 2407.21783, 2412.19437 and 2211.05100.
var pretraining = map[string]struct {
	devices   int
	sequence  float64
	precision string
}{
	"llama-2-7b": {2000, 4096, "bf16"}, "llama-2-13b": {2000, 4096, "bf16"}, "llama-2-70b": {2000, 4096, "bf16"},
	"llama-3-8b": {16384, 8192, "bf16"}, "llama-3-70b": {16384, 8192, "bf16"},
	"llama-3-1-8b": {16384, 8192, "bf16"}, "llama-3-1-70b": {16384, 8192, "bf16"}, "llama-3-1-405b": {16384, 8192, "bf16"},
	"deepseek-v3": {2048, 4096, "fp8"}, "bloom": {384, 2048, "bf16"},
}

// readRun reads the device-hours of whole pretraining runs: they hold failures,
// evaluation and what was done over.
func readRun(b *books, r *record) (Row, bool) {
	if r.metric != "gpu_hours" && r.metric != "gpu_hours_pretrain" {
		return Row{}, false
	}
	r.model, _, _ = strings.Cut(r.model, " 671B")
	row, ok := start(b, r, "train")
	how, known := pretraining[row.Model]
	if !ok || !known || b.tokens(row.Model) == 0 {
		return row, false
	}
	row.Devices = cmp.Or(row.Devices, how.devices)
	row.Input, row.Precision = how.sequence, how.precision
	row.Formats, _ = trainFormats(how.precision)
	row.StepsAlone = row.Model == "deepseek-v3" // 180 thousand hours for each of 14.8 trillion tokens, arXiv 2412.19437
	row.Metric, row.Value, row.Early = TrainTime, r.value*3600, row.Model != "deepseek-v3"
	return row, !strings.Contains(r.model, "total")
}

// tokens is what a model of the catalogue was pretrained on; 0 when that is not
// published.
func (b *books) tokens(model string) float64 {
	for i := range b.models {
		if b.models[i].Name == model {
			if v, err := b.models[i].Spec.Tokens.Exact(quantity.Tokens); err == nil {
				x, _ := v.Float64()
				return x
			}
		}
	}
	return 0
}

// maker is who made a model of the catalogue.
func (b *books) maker(model string) string {
	for i := range b.models {
		if b.models[i].Name == model {
			return b.models[i].Spec.Developer
		}
	}
	return ""
}

// wholeRun predicts the device-seconds of a pretraining run, with the usual
// failures and what runs take beside their steps, and with the layout and batch
// that are chosen when nothing is said; of the steps alone, with neither.
func (c *Case) wholeRun(p *yield.Predictor) float64 {
	w := yield.Work{Model: c.shape, Device: c.device, Devices: c.Devices, Tokens: c.tokens, Sequence: c.Input, Method: "pretrain", Failures: yield.Usual, Layout: c.layout, Early: c.Early}
	if c.StepsAlone {
		w.Method, w.Failures = "full", yield.Failures{}
	}
	e, err := p.EstimateTraining(w)
	if err != nil {
		return 0
	}
	return e.DeviceHours.P50 * 3600
}
