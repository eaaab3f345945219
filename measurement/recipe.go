package measurement

import (
	"regexp"
	"strings"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/yield"
)

// What follows is how InferenceX makes its runs, which its tables do not say.
// Source: SemiAnalysisAI/InferenceX on GitHub, benchmarks/ and
// .github/workflows/benchmark-tmpl.yml, with their history.

// drawn is the mean length of prompts and answers over the one that a run is
// named by: they are drawn evenly between eight tenths of it and all of it.
const drawn = 0.9

// dates are where a line says when its run was made: itself, or the snapshot
// that it comes from.
var dates = regexp.MustCompile(`(?:measured=|source_file=|db-dump/)(20\d\d-\d\d-\d\d)`)

// made gives the first of a line's dates that says most: that of its
// measurement, else of its snapshot; empty when there is none.
func made(notes string) string {
	latest := ""
	for _, m := range dates.FindAllStringSubmatch(notes, -1) {
		if latest == "" || strings.HasPrefix(m[0], "measured=") {
			latest = m[1]
		}
	}
	return latest
}

// cacheFormat is what the recipes keep the cache in: fp8 on Blackwell and with
// TensorRT-LLM, but for int4 and bf16 checkpoints and for what came before the
// recipe took fp8 up; as the checkpoint computes on Hopper, but for three models.
func cacheFormat(row *Row, on string) fleet.Precision {
	before := func(date string) bool { return on != "" && on < date }
	switch {
	case row.Precision == "" || row.Precision == "bf16" || row.Precision == "int4":
		return "bf16"
	case strings.HasPrefix(row.Accelerator, "b"):
		if row.Engine == yield.VLLM && (strings.HasPrefix(row.Model, "gpt-oss") && before("2025-12-05") || row.Precision == "fp8" && before("2026-04-03")) {
			return "bf16"
		}
		return "fp8"
	case row.Engine == yield.TRTLLM:
		if strings.HasPrefix(row.Model, "gpt-oss") {
			return "bf16"
		}
		return "fp8"
	case row.Model == "llama-3-1-70b", strings.HasPrefix(row.Model, "qwen3-5"), row.Model == "minimax-m2" && row.Accelerator == "h200-sxm":
		return "fp8"
	}
	return "bf16"
}

// snapshots are files in which DeepSeek-R1 was, without a label, served with
// drafted tokens from when the recipes for that came; the database calls the
// model DeepSeek-V3 and has none.
var snapshots = regexp.MustCompile(`source_file=20\d\d-\d\d-\d\d\.csv; model=DeepSeek-R1;`)

// speculative reports whether tokens were drafted.
func speculative(row *Row, notes, on string) bool {
	since := "2026-01-14"
	if row.Engine == yield.SGLang {
		since = "2026-02-06"
	}
	return snapshots.MatchString(notes) && on >= since
}

// polls is how many steps pass between an engine's looks at new requests:
// SGLang's recipes on Blackwell save the looks.
func polls(row *Row) int {
	switch {
	case row.Engine != yield.SGLang || !strings.HasPrefix(row.Accelerator, "b") || row.Model == "glm-5" && row.Precision == "fp8":
		return 0
	case row.Concurrency >= 16 && row.Model != "glm-5":
		return 30
	}
	return 10
}
