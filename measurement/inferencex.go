package measurement

import (
	"regexp"
	"strings"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/yield"
)

// snapshots are files of InferenceX in which DeepSeek-R1 was, without a label,
// served with one drafted token: the same software and layout takes 0.6 of the
// time of the runs that are labelled DeepSeek-V3.
var snapshots = regexp.MustCompile(`source_file=20\d\d-\d\d-\d\d\.csv; model=DeepSeek-R1;`)

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
	row.Waves = strings.Contains(r.notes, "_sxm/") // fixed lengths; InferenceX draws them
	row.Speculative = snapshots.MatchString(r.notes)
	kv := fleet.Precision("bf16")
	if engine == "trtllm" && row.Precision != "" {
		kv = "fp8"
	}
	row.Formats, ok = b.formatsOf(row.Precision, row.Model, kv)
	microscaled(&row)
	row.Value = r.value / 1e3
	row.Metric = Metric(r.metric)
	return row, ok && (row.Metric == TTFT || row.Metric == TPOT) && row.Concurrency > 0
}
