package measurement

import "github.com/proviso-dev/proviso/yield"

// mlEnergyInput is the mean prompt of each task, in tokens. The tables do not
// give it; it is assumed from the tasks' public data sets.
var mlEnergyInput = map[string]float64{"gpqa": 250, "lm-arena-chat": 200, "sourcegraph-fim": 600}

func readMLEnergy(b *books, r *record) (Row, bool) {
	row, ok := start(b, r, "serve")
	task := setting(r.notes, "task")
	if !ok || mlEnergyInput[task] == 0 {
		return row, false
	}
	row.Input = mlEnergyInput[task]
	row.Output = num(setting(r.notes, "avg_output_len"))
	row.Concurrency = num(setting(r.notes, "avg_batch"))
	row.Engine, row.Serial = yield.VLLM, true // of the autumn of 2025
	row.Tensor = max(1, int(num(setting(r.notes, "tp"))))
	row.Expert = max(1, int(num(setting(r.notes, "ep"))))
	if row.Devices > row.Tensor && num(setting(r.notes, "dp")) <= 1 {
		row.Tensor = row.Devices // experts over all devices, attention cut
	}
	row.Formats, ok = b.formatsOf(row.Precision, row.Model, "bf16")
	microscaled(&row)
	row.Value = r.value
	switch r.metric {
	case "itl_median":
		row.Metric, row.Value = ITL, r.value/1e3
	case "output_throughput":
		row.Metric = OutputRate
	case "energy_per_output_token":
		row.Metric = PerToken
	case "avg_gpu_power_total":
		row.Metric, row.Value = Power, r.value/max(1, float64(row.Devices))
	default:
		return row, false
	}
	return row, ok && row.Output > 1 && row.Concurrency > 0
}
