package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/yield"
)

// compareRow is one accelerator in a comparison.
type compareRow struct {
	Accelerator string  `json:"accelerator"`
	Devices     int     `json:"devices,omitempty"`
	Memory      float64 `json:"memoryGB"`
	Bandwidth   float64 `json:"bandwidthGBs"`
	Link        float64 `json:"linkGBs"`
	// Train is tokens/s of one device in pretraining, TTFT and TPOT in ms,
	// Output tokens/s of one device, Energy J and Cost $ per million output
	// tokens.
	Train     *intervalView `json:"trainTokensPerSecond,omitempty"`
	TTFT      *intervalView `json:"ttftMs,omitempty"`
	TPOT      *intervalView `json:"tpotMs,omitempty"`
	Output    *intervalView `json:"outputTokensPerSecond,omitempty"`
	Energy    *intervalView `json:"joulesPerToken,omitempty"`
	Cost      *intervalView `json:"dollarsPerMillion,omitempty"`
	Validated bool          `json:"validated"`
	Note      string        `json:"note,omitempty"`
}

func newYieldCompareCommand() *cobra.Command {
	var f serveFlags
	var prices string
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare accelerators for a model: bandwidth, training, latencies, energy, cost",
		Long: `Compare accelerators for one model. Each serves the same load with --count devices,
or with the fewest that hold the model, and pretrains on 2,048 devices. Values are
middle predictions with their 80 % intervals in brackets.`,
		Example: `  proviso yield compare --model deepseek-v3 --on h20,h800,h200,b200,ascend-910c
  proviso yield compare --model llama-3.1-70b --on h20,h200 --prices h20=1.2,h200=2.5 -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			perHour, err := priceList(prices)
			if err != nil {
				return err
			}
			rows, err := f.compare(perHour)
			if err != nil {
				return err
			}
			return f.writeCompare(cmd.OutOrStdout(), rows)
		},
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.Float64Var(&f.isl, "isl", 8000, "tokens of a prompt")
	fl.Float64Var(&f.osl, "osl", 1000, "tokens of an answer")
	fl.Float64Var(&f.concurrency, "concurrency", 8, "requests in flight for each device")
	fl.StringVar(&f.engine, "engine", "", "vllm, sglang or trtllm (default: between them)")
	fl.StringVar(&prices, "prices", "", "dollars for a device-hour of each, such as h20=1.2,h200=2.5")
	return cmd
}

func priceList(s string) (map[string]float64, error) {
	all := map[string]float64{}
	if s == "" {
		return all, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(part, "=")
		var v float64
		if _, err := fmt.Sscanf(value, "%g", &v); err != nil || v < 0 {
			return nil, fmt.Errorf("--prices: %q is not a price: write h200=2.5", part)
		}
		all[name] = v
	}
	return all, nil
}

func (f *serveFlags) compare(prices map[string]float64) ([]compareRow, error) {
	b, err := f.books()
	if err != nil {
		return nil, err
	}
	if f.on == "" {
		return nil, errors.New("name accelerators with --on, such as h20,h800,h200")
	}
	rates, err := f.rates()
	if err != nil {
		return nil, err
	}
	serving, err := f.shape(b, false)
	if err != nil {
		return nil, err
	}
	training, err := f.shape(b, true)
	if err != nil {
		return nil, err
	}
	model, err := catalog.FindModel(b.models, f.model)
	if err != nil {
		return nil, err
	}
	batch := comparedBatch(&model, training)
	var rows []compareRow
	for name := range strings.SplitSeq(f.on, ",") {
		d, err := f.device(b, strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		own := rates
		for n, v := range prices {
			if e, err := f.device(b, n); err != nil {
				return nil, err
			} else if e.Name == d.Name {
				own.PerDeviceHour = v
			}
		}
		rows = append(rows, f.compareOne(serving, training, batch, d, own))
	}
	return rows, nil
}

// What training is compared at.
const (
	comparedDevices  = 2048
	comparedSequence = 4096
)

// comparedBatch is the sequences of a step: those of a run of the tokens that
// the model was trained on, or of 20 for each active parameter where that is
// not published.
func comparedBatch(m *catalog.Entry[work.Model], s *yield.Shape) float64 {
	tokens := 20 * s.Active
	if n, err := m.Spec.Tokens.Int64(quantity.Count); err == nil && n > 0 {
		tokens = float64(n)
	}
	return yield.Batch(s, tokens, comparedSequence, comparedDevices)
}

func (f *serveFlags) compareOne(serving, training *yield.Shape, batch float64, d *yield.Device, rates yield.Rates) compareRow {
	p := yield.Default()
	row := compareRow{Accelerator: d.Name, Devices: max(f.count, 1), Memory: d.Memory / 1e9, Bandwidth: d.Bandwidth / 1e9, Link: 2 * d.Link / 1e9}
	q := yield.Deployment{Model: serving, Device: d, Devices: row.Devices, Engine: yield.Engine(f.engine), Rates: rates}
	q.Load = yield.Load{Input: f.isl, Output: f.osl, Concurrency: f.concurrency * float64(q.Devices)}
	out, err := p.Deploy(q)
	var small *yield.NotFit
	if f.count == 0 && errors.As(err, &small) && small.Needed > 0 {
		q.Devices = small.Needed
		row.Devices = q.Devices
		q.Load.Concurrency = f.concurrency * float64(q.Devices)
		out, err = p.Deploy(q)
	}
	if err != nil {
		row.Note = err.Error()
		return row
	}
	row.Validated = out.Confidence.Validated
	row.TTFT, row.TPOT, row.Output = of(out.First.Scale(1000)), of(out.Each.Scale(1000)), of(out.Rate)
	if d.Power > 0 {
		row.Energy = of(out.PerToken)
	}
	if rates.PerDeviceHour > 0 {
		row.Cost = of(out.PerMillion)
	}
	t, err := p.Train(yield.Run{Model: training, Device: d, Devices: comparedDevices, Sequence: comparedSequence, Batch: batch})
	if err == nil {
		v, _ := p.Around(yield.Class{Metric: "trainRate", Accelerator: d.Name, MoE: training.MoE(), Format: training.Activations.String()}, t.Rate/comparedDevices)
		row.Train = of(v)
	}
	return row
}

func of(v yield.Interval) *intervalView {
	return &intervalView{figures(v.P10), figures(v.P50), figures(v.P90)}
}

func (f *serveFlags) writeCompare(w io.Writer, rows []compareRow) error {
	switch f.output {
	case "json":
		return writeJSON(w, struct {
			Format string       `json:"format"`
			Model  string       `json:"model"`
			Rows   []compareRow `json:"rows"`
		}{yieldFormat, f.model, rows})
	case "table":
	default:
		return fmt.Errorf("output %q is not known: it is table or json", f.output)
	}
	fmt.Fprintf(w, "%s: prompts of %s tokens, answers of %s, %s in flight for each device\n\n", f.model, amount(f.isl), amount(f.osl), amount(f.concurrency))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ACCELERATOR\tGB\tGB/s\tLINK GB/s\tTRAINING tok/s\tCOUNT\tTTFT ms\tTPOT ms\tOUTPUT tok/s\tJ/token\t$/M tokens\tBASIS")
	for _, r := range rows {
		state := "validated"
		if !r.Validated {
			state = "prior"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Accelerator, amount(r.Memory), amount(r.Bandwidth), amount(r.Link), brackets(r.Train), r.Devices,
			brackets(r.TTFT), brackets(r.TPOT), brackets(r.Output), brackets(r.Energy), brackets(r.Cost), state)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Note != "" {
			fmt.Fprintln(w, r.Note)
		}
	}
	_, err := fmt.Fprintf(w, "\nTraining and output are for one device, training as one of %d; in brackets 80 %% intervals. Prior: not validated. %s: not published, or no price given.\n", comparedDevices, notKnown)
	return err
}

func brackets(v *intervalView) string {
	if v == nil {
		return notKnown
	}
	return fmt.Sprintf("%s [%s–%s]", amount(v.P50), amount(v.P10), amount(v.P90))
}
