package measurement

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

// possible drops series of runs that contradict their product's own kernels:
// those with a run whose TTFT and TPOT together mean more multiplications for
// each second than large matrices alone reach. Its prompts were cached, most
// likely, and so were those of the other runs that the same file gives.
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
	cached := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		t := times[r.Source]
		if r.Metric != TTFT && r.Metric != TPOT || t[0] == 0 || t[1] == 0 {
			continue
		}
		s, err := b.shape(r.Model, r.Formats)
		if err != nil {
			continue
		}
		each := r.Concurrency / (t[0] + r.Output*t[1])
		flops := each * 2 * s.Active * (r.Input + r.Output) / float64(max(1, r.Devices))
		if flops > s.Reachable(b.devices[r.Accelerator]) {
			cached[cmp.Or(r.series, r.Source)] = true
		}
	}
	return slices.DeleteFunc(rows, func(r Row) bool { return cached[cmp.Or(r.series, r.Source)] })
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
	if d.Name == "b300-sxm" && kind != "serve" {
		return Row{}, false // training is asked for and scored on A100 to B200
	}
	return Row{
		Source: r.source, Kind: kind, Accelerator: d.Name, Model: m, Precision: strings.ToLower(r.precision),
		Devices: int(num(r.gpus)), Input: num(r.input), Output: num(r.output), Concurrency: num(r.concurrency), Expert: 1,
	}, true
}
