package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/yield"
)

type serveFlags struct {
	yieldFlags
	isl, osl, concurrency, share float64
	tensor, prefill, most        int
	engine, trace, slo           string
}

func newYieldServeCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "What serving gives: latencies, throughput, energy and cost; or the smallest fleet for a trace",
		Long: `Predict serving under a steady load, in closed form: prompts are read and answers
written by the same devices under continuous batching, or by separate ones
(--prefill-count). The split into copies that gives the most tokens is taken.

With --trace, requests are served by a simulation of events instead, and with
--slo the smallest number of devices is found that keeps to it. A trace is a CSV
file with columns for the time of arrival and the tokens of prompt and answer:
arrival,input,output in seconds from the start, or the Azure LLM traces'
TIMESTAMP,ContextTokens,GeneratedTokens.`,
		Example: `  proviso yield serve --model deepseek-v3 --on h200 --count 8 --isl 8000 --osl 1000 --concurrency 64
  proviso yield serve --model llama-3.1-70b --on h200 --trace requests.csv --slo ttft=500ms,tpot=50ms`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.add(cmd)
	fl := cmd.Flags()
	fl.Float64Var(&f.isl, "isl", 1024, "tokens of a prompt")
	fl.Float64Var(&f.osl, "osl", 1024, "tokens of an answer")
	fl.Float64Var(&f.concurrency, "concurrency", 0, "requests in flight at once")
	fl.IntVar(&f.tensor, "tensor", 0, "devices that hold one copy (default: what gives the most tokens)")
	fl.IntVar(&f.prefill, "prefill-count", 0, "of the devices, those that read prompts alone")
	fl.StringVar(&f.engine, "engine", "", "vllm, sglang or trtllm (default: between them)")
	fl.StringVar(&f.trace, "trace", "", "CSV file of requests")
	fl.StringVar(&f.slo, "slo", "", "what requests must meet, such as ttft=500ms,tpot=50ms")
	fl.Float64Var(&f.share, "share", 90, "per cent of requests that must meet it")
	fl.IntVar(&f.most, "most", 4096, "most devices to try for a trace")
	return cmd
}

func (f *serveFlags) run(cmd *cobra.Command) error {
	b, err := f.books()
	if err != nil {
		return err
	}
	m, err := f.shape(b, false)
	if err != nil {
		return err
	}
	d, err := f.device(b, f.on)
	if err != nil {
		return err
	}
	rates, err := f.rates()
	if err != nil {
		return err
	}
	if known := yield.Engines(); f.engine != "" && !slices.Contains(known, f.engine) {
		hint := spelling.Hint(f.engine, known)
		if hint == "" {
			hint = "known are " + strings.Join(known, ", ")
		}
		return fmt.Errorf("--engine: %q is not known: %s", f.engine, hint)
	}
	q := yield.Deployment{
		Model: m, Device: d, Devices: f.count, Prefill: f.prefill, Tensor: f.tensor, Engine: yield.Engine(f.engine), Rates: rates,
		Load: yield.Load{Input: f.isl, Output: f.osl, Concurrency: f.concurrency},
	}
	if f.trace != "" {
		return f.fleet(cmd, q)
	}
	if f.slo != "" {
		return fmt.Errorf("--slo belongs to --trace")
	}
	if f.count < 1 {
		return fmt.Errorf("say how many accelerators serve with --count")
	}
	out, err := yield.Default().Deploy(q)
	if err != nil {
		return err
	}
	return writeYield(cmd.OutOrStdout(), f.output, serveView(&q, &out))
}

func serveView(q *yield.Deployment, out *yield.Deployed) *yieldView {
	v := &yieldView{
		Question: fmt.Sprintf("Serving %s on %d × %s: prompts of %s tokens, answers of %s, %s in flight", q.Model.Name, q.Devices, q.Device.Name,
			amount(q.Load.Input), amount(q.Load.Output), amount(q.Load.Concurrency)),
		Model: q.Model.Name, Accelerator: q.Device.Name, Devices: q.Devices, Layout: copiesWords(out.Copies, &out.Instance, q.Prefill),
		Validated: out.Confidence.Validated, Basis: basis(out.Confidence),
	}
	v.Quantities = []quantityView{
		line("time to first token (TTFT)", "ms", out.First.Scale(1000)), line("time per output token (TPOT)", "ms", out.Each.Scale(1000)),
		line("output of a device", "tokens/s", out.Rate), single("output of all", "tokens/s", out.OutputRate),
		single("requests decoded at once by a copy", "", out.Running), single("requests that a copy's memory holds", "", out.Capacity),
	}
	if q.Device.Power > 0 {
		v.Quantities = append(v.Quantities, single("power of a device", "W", out.DevicePower), line("energy of an output token, all power", "J", out.PerToken))
	} else {
		v.Notes = append(v.Notes, "Energy is not given: the accelerator's rated power is not published.")
	}
	v.Quantities = append(v.Quantities, costs("cost of a million output tokens", "$", out.PerMillion, &v.Notes)...)
	if q.Load.Concurrency > float64(out.Copies)*out.Capacity {
		v.Notes = append(v.Notes, "More requests are in flight than memory holds: the rest wait for a place.")
	}
	return v
}

func copiesWords(copies int, in *yield.Instance, prefill int) string {
	s := fmt.Sprintf("layout: %d copies of %d devices, attention over %d, experts whole over %d", copies, in.Devices, in.Tensor, in.Expert)
	if copies == 1 {
		s = strings.Replace(s, "1 copies", "1 copy", 1)
	}
	if !in.Model.MoE() {
		s = strings.Split(s, ", experts")[0]
	}
	if prefill > 0 {
		s += fmt.Sprintf("; %d more devices read prompts", prefill)
	}
	return s
}

// fleet answers for a trace.
func (f *serveFlags) fleet(cmd *cobra.Command, q yield.Deployment) error {
	o, err := objective(f.slo)
	if err != nil {
		return err
	}
	if !(f.share > 0 && f.share <= 100) {
		return fmt.Errorf("--share %g: a share of requests is above 0 and at most 100 per cent", f.share)
	}
	o.Share = f.share / 100
	file, err := os.Open(f.trace)
	if err != nil {
		return err
	}
	defer file.Close()
	requests, err := yield.ReadRequests(file, f.trace)
	if err != nil {
		return err
	}
	most := f.most
	if f.count > 0 {
		most = f.count
	}
	in, copies, l, err := yield.Default().FleetFor(q, requests, o, most)
	if err != nil {
		return err
	}
	q.Devices = in.Devices * copies
	v := &yieldView{
		Question: fmt.Sprintf("The smallest fleet of %s that serves %s for %d requests", q.Device.Name, q.Model.Name, len(requests)),
		Model:    q.Model.Name, Accelerator: q.Device.Name, Devices: q.Devices, Layout: copiesWords(copies, &in, 0),
	}
	v.Quantities = []quantityView{single("devices", "", float64(q.Devices))}
	for _, x := range []struct {
		name   string
		values []float32
	}{{"TTFT", l.TTFT}, {"TPOT", l.TPOT}} {
		for _, p := range []float64{0.5, o.Share, 0.99} {
			v.Quantities = append(v.Quantities, single(fmt.Sprintf("%s, %g %% of requests", x.name, 100*p), "ms", 1000*yield.Percentile(x.values, p)))
		}
	}
	v.Quantities = append(v.Quantities, single("the last request ends", "s", l.End))
	c := yield.Class{Metric: "ttft", Accelerator: q.Device.Name, MoE: q.Model.MoE(), Format: q.Model.Activations.String(), Engine: q.Engine}
	low, high, conf := yield.Default().Spread(c)
	v.Validated, v.Basis = conf.Validated, basis(conf)
	v.Notes = append(v.Notes, fmt.Sprintf("Times are middle predictions; 80 %% of measured TTFT lie between %.2g and %.2g times the predicted one.", low, high))
	return writeYield(cmd.OutOrStdout(), f.output, v)
}

// objective reads ttft=500ms,tpot=50ms.
func objective(s string) (yield.Objective, error) {
	var o yield.Objective
	if s == "" {
		return o, fmt.Errorf("say what requests must meet with --slo, such as ttft=500ms,tpot=50ms")
	}
	for part := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(part, "=")
		d, err := quantity.ParseDuration(value)
		if err != nil || d <= 0 {
			return o, fmt.Errorf("--slo: %q is not an objective: write ttft=500ms,tpot=50ms", part)
		}
		switch seconds := float64(d) / 1000; name {
		case "ttft":
			o.TTFT = seconds
		case "tpot":
			o.TPOT = seconds
		default:
			hint := spelling.Hint(name, []string{"ttft", "tpot"})
			if hint == "" {
				hint = "known are ttft and tpot"
			}
			return o, fmt.Errorf("--slo: %q is not known: %s", name, hint)
		}
	}
	return o, nil
}
