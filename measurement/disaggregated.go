package measurement

import (
	"regexp"
	"strings"

	"github.com/proviso-dev/proviso/yield"
)

// workers are the copies that read prompts and those that decode, as InferenceX
// writes them: how many, and of each the tensor and data parallelism and over
// how many devices experts are spread.
var workers = regexp.MustCompile(`disagg P:(\d+)w tp(\d+) dp(\d+) ep(\d+) .*D:(\d+)w tp(\d+) dp(\d+) ep(\d+) `)

// readDisaggregated reads the runs in which other devices read prompts.
func readDisaggregated(b *books, r *record) (Row, bool) {
	w := workers.FindStringSubmatch(r.notes)
	row, ok := start(b, r, "disaggregated")
	if !ok || w == nil {
		return row, false
	}
	n := func(i int) int { return max(1, int(num(w[i]))) }
	engine, _, _ := strings.Cut(r.notes, " ")
	row.Engine = yield.Engine(engine)
	row.Tensor, row.Expert = n(6), n(8)
	row.Prefill = n(1) * n(2) * n(3)
	row.Devices = n(5) * n(6) * n(7)
	row.Copies = n(5)
	kv := cacheFormat(&row, made(r.notes))
	row.Input, row.Output = drawn*row.Input, drawn*row.Output
	row.Formats, ok = b.formatsOf(row.Precision, row.Model, kv)
	microscaled(&row)
	row.Value = r.value / 1e3
	switch r.metric {
	case "tpot":
		row.Metric = ApartTPOT
	case "ttft":
		row.Metric = ApartTTFT
	default:
		return row, false
	}
	return row, ok && row.Concurrency > 0 && row.Output > 1
}
