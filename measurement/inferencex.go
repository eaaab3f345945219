package measurement

import (
	"strings"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/yield"
)

func readInferenceX(b *books, r *record) (Row, bool) {
	row, ok := start(b, r, "serve")
	if !ok || strings.Contains(r.notes, "disagg") || setting(r.notes, "pp") != "1" {
		return row, false
	}
	engine, _, _ := strings.Cut(r.notes, " ")
	row.Engine = yield.Engine(engine)
	row.Tensor = min(row.Devices, max(1, int(num(setting(r.notes, "tp")))))
	if num(setting(r.notes, "dp_attn")) > 1 {
		row.Tensor = 1
	}
	row.Expert = min(row.Devices, max(1, int(num(setting(r.notes, "moe_ep")))))
	row.series = setting(r.notes, "source_file")
	kv := fleet.Precision("bf16")
	if row.Waves = strings.Contains(r.notes, "_sxm/"); row.Waves { // NVIDIA's own runs, of fixed lengths
		if row.Engine == yield.TRTLLM && row.Precision != "" {
			kv = "fp8"
		}
	} else {
		on := made(r.notes)
		kv, row.Speculative, row.Poll = cacheFormat(&row, on), speculative(&row, r.notes, on), polls(&row)
		row.Input, row.Output = drawn*row.Input, drawn*row.Output
	}
	row.Formats, ok = b.formatsOf(row.Precision, row.Model, kv)
	microscaled(&row)
	row.Value = r.value / 1e3
	row.Metric = Metric(r.metric)
	return row, ok && (row.Metric == TTFT || row.Metric == TPOT) && row.Concurrency > 0
}
