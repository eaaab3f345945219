package measurement

import (
	"regexp"
	"strings"

	"github.com/proviso-dev/proviso/yield"
)

var trtLayout = regexp.MustCompile(`^(DEP|TEP|TP|DTP)(\d+)`)

func readTRTLLM(b *books, r *record) (Row, bool) {
	row, ok := start(b, r, "offline")
	layout := trtLayout.FindStringSubmatch(r.notes)
	if !ok || layout == nil || !strings.HasPrefix(r.concurrency, "max") {
		return row, false
	}
	row.Engine, row.Devices = yield.TRTLLM, int(num(layout[2]))
	row.Tensor = row.Devices
	if layout[1] == "DEP" {
		row.Tensor, row.Expert = 1, row.Devices
	}
	if layout[1] == "TEP" {
		row.Expert = row.Devices
	}
	row.Formats, ok = b.formatsOf(row.Precision, row.Model, "fp8")
	microscaled(&row)
	row.Waves = true
	row.Metric, row.Value = OutputRate, r.value
	switch r.metric {
	case "output_throughput_per_gpu":
		row.Value *= float64(row.Devices)
	case "output_throughput_total":
	default:
		return row, false
	}
	return row, ok && row.Output > 0
}
