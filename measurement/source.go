package measurement

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/yield"
)

// record is a line of the collected tables; all have the same columns.
type record struct {
	source, system, model, precision, gpus, input, output, concurrency, metric, unit, notes string
	value                                                                                   float64
}

// reader turns a line of one table into a row; ok is false where the line says
// too little, or concerns what is not predicted.
type reader func(b *books, r *record) (row Row, ok bool)

// readers are the tables that are understood, by the file's name.
var readers = []struct {
	file string
	read reader
}{
	{"inferencex_aic_silicon.csv", readInferenceX},
	{"inferencex_aic_silicon.csv", readDisaggregated},
	{"mlenergy_llm.csv", readMLEnergy},
	{"trtllm.csv", readTRTLLM},
	{"nemo_training_throughput.csv", readNeMo},
	{"llmfoundry_mfu.csv", readFoundry},
	{"mlperf_training_v3.1-v5.1.csv", readMLPerf},
	{"mlperf_training_power.csv", readNodePower},
	{"model_training_cost.csv", readCost},
	{"model_training_cost.csv", readRun},
}

// ReadDirectory reads the collected tables of a directory. It also says how
// many lines of each file were used.
func ReadDirectory(dir string) (rows []Row, used map[string][2]int, err error) {
	b, err := newBooks()
	if err != nil {
		return nil, nil, err
	}
	used = map[string][2]int{}
	for _, f := range readers {
		name := filepath.Join(dir, f.file)
		lines, err := readRecords(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		n := used[f.file] // two readers may share a file
		n[1] = len(lines)
		for i := range lines {
			if row, ok := f.read(b, &lines[i]); ok && row.Value > 0 {
				rows = append(rows, row)
				n[0]++
			}
		}
		used[f.file] = n
	}
	rows = b.possible(rows)
	if len(used) == 0 {
		return nil, nil, fmt.Errorf("%s: no table of measurements is in the directory", dir)
	}
	return rows, used, nil
}

// possible drops runs that contradict their product's own kernels: a TTFT and
// a TPOT that together mean more multiplications for each second than large
// matrices alone reach. Prompts that were cached are the likely cause.
func (b *books) possible(rows []Row) []Row {
	times := map[string][2]float64{}
	for i := range rows {
		t := times[rows[i].Source]
		switch rows[i].Metric {
		case TTFT:
			t[0] = rows[i].Value
		case TPOT:
			t[1] = rows[i].Value
		}
		times[rows[i].Source] = t
	}
	return slices.DeleteFunc(rows, func(r Row) bool {
		t := times[r.Source]
		if r.Metric != TTFT && r.Metric != TPOT || t[0] == 0 || t[1] == 0 {
			return false
		}
		s, err := b.shape(r.Model, r.Formats)
		if err != nil {
			return false
		}
		each := r.Concurrency / (t[0] + r.Output*t[1])
		flops := each * 2 * s.Active * (r.Input + r.Output) / float64(max(1, r.Devices))
		return flops > s.Reachable(b.devices[r.Accelerator])
	})
}

func readRecords(name string) ([]record, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []record
	for i, l := range all {
		if i == 0 {
			if !slices.Equal(l, strings.Split("source,system,model,precision,gpus,isl,osl,concurrency_or_batch,metric,value,unit,notes", ",")) {
				return nil, fmt.Errorf("%s:1:1: the columns are not those of a table of measurements", name)
			}
			continue
		}
		v, err := strconv.ParseFloat(l[9], 64)
		if err != nil {
			continue // ranges and words: not a measurement to compare with
		}
		out = append(out, record{l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7], l[8], l[10], l[11], v})
	}
	return out, nil
}

func num(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return 0
	}
	return v
}

// setting finds key=value in notes.
func setting(notes, key string) string {
	i := strings.Index(notes, key+"=")
	if i > 0 && notes[i-1] != ' ' && notes[i-1] != ';' {
		if j := strings.Index(notes[i+1:], " "+key+"="); j >= 0 {
			i += j + 2
		} else {
			return ""
		}
	}
	if i < 0 {
		return ""
	}
	rest := notes[i+len(key)+1:]
	if j := strings.IndexAny(rest, " ;,"); j >= 0 {
		rest = rest[:j]
	}
	return rest
}

// microscaled makes gpt-oss multiply in fp8 where the product has fp4 units,
// as engines do there.
func microscaled(row *Row) {
	if strings.HasPrefix(row.Model, "gpt-oss") && row.Accelerator == "b200-sxm" {
		row.Formats.Weights, row.Formats.Experts, row.Formats.Activations = "bf16", "fp4", "fp8"
	}
}

// start fills in what all tables have.
func start(b *books, r *record, kind string) (Row, bool) {
	d := b.device(r.system)
	m := b.model(r.model)
	if d == nil || m == "" {
		return Row{}, false
	}
	return Row{
		Source: r.source, Kind: kind, Accelerator: d.Name, Model: m, Precision: strings.ToLower(r.precision),
		Devices: int(num(r.gpus)), Input: num(r.input), Output: num(r.output), Concurrency: num(r.concurrency), Expert: 1,
	}, true
}

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
