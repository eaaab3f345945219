package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/yield"
)

// trainFlags are what training takes beside the model and the accelerator.
type trainFlags struct {
	yieldFlags
	tokens, method, checkpoint string
	sequence, batch            float64
	failures                   float64
}

func (f *trainFlags) add(cmd *cobra.Command) {
	f.yieldFlags.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.tokens, "tokens", "", "tokens to train on, such as 14.8T or 30M")
	fl.Float64Var(&f.sequence, "sequence", 4096, "tokens of a sequence")
	fl.Float64Var(&f.batch, "batch", 0, "sequences of a step (default: what trains best for the operations of the run, arXiv 2401.02954)")
	fl.Float64Var(&f.failures, "failures", yield.Usual.PerDeviceYear, "failures of one accelerator in a year (Llama 3.1 405B, arXiv 2407.21783)")
	fl.StringVar(&f.checkpoint, "checkpoint", "30m", "time between saved states")
}

func newYieldTrainCommand() *cobra.Command {
	f := trainFlags{method: "pretrain"}
	cmd := &cobra.Command{
		Use:   "train",
		Short: "How long pretraining takes, with energy and cost",
		Long: `Predict pretraining: the fastest layout over tensor, pipeline, context, expert and
data parallelism that fits the memory, and what it gives. Operations are counted
as six for each active parameter and token, and causal attention (half of the
sequence on average); activations computed anew are not counted as useful.`,
		Example: `  proviso yield train --model deepseek-v3 --on h800 --count 2048 --tokens 14.8T
  proviso yield train --model llama-3.1-405b --on h100 --count 16384 --tokens 15.6T --sequence 8192 --price 2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.add(cmd)
	return cmd
}

func newYieldFinetuneCommand() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "finetune",
		Short: "How long fine-tuning takes: all weights, low-rank adapters, or reinforcement learning",
		Long: `Predict fine-tuning. The method is full (all weights), lora (low-rank adapters:
weights need no gradients) or rl (reinforcement learning: each token is written by
the model before it learns from it; never validated).`,
		Example: `  proviso yield finetune --model llama-3.1-70b --on h200 --count 8 --method lora --tokens 30M
  proviso yield finetune --model deepseek-v3 --on h800 --count 512 --method rl --tokens 20B`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known := yield.Methods()[1:]
			for _, m := range known {
				if f.method == m {
					return f.run(cmd)
				}
			}
			hint := spelling.Hint(f.method, known)
			if hint == "" {
				hint = "known are " + strings.Join(known, ", ")
			}
			return fmt.Errorf("--method: %q is not known: %s", f.method, hint)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.method, "method", "full", "full, lora or rl")
	return cmd
}

func (f *trainFlags) run(cmd *cobra.Command) error {
	b, err := f.books()
	if err != nil {
		return err
	}
	m, err := f.shape(b, true)
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
	tokens, err := tokenCount("tokens", f.tokens)
	if err != nil {
		return err
	}
	checkpoint, err := quantity.ParseDuration(f.checkpoint)
	if err != nil {
		return fmt.Errorf("--checkpoint: %w", err)
	}
	if f.count < 1 {
		return fmt.Errorf("say how many accelerators train together with --count")
	}
	if f.failures < 0 || f.sequence < 1 || f.batch < 0 {
		return fmt.Errorf("rates and sizes are not negative: --failures %g, --sequence %g, --batch %g", f.failures, f.sequence, f.batch)
	}
	failures := yield.Usual
	failures.PerDeviceYear, failures.Checkpoint = f.failures, float64(checkpoint)/1000
	e, err := yield.Default().EstimateTraining(yield.Work{
		Model: m, Device: d, Devices: f.count, Tokens: tokens, Sequence: f.sequence, Batch: f.batch, Method: f.method, Failures: failures, Rates: rates,
	})
	if err != nil {
		return err
	}
	return writeYield(cmd.OutOrStdout(), f.output, f.view(m, d, &e))
}

func (f *trainFlags) view(m *yield.Shape, d *yield.Device, e *yield.TrainingEstimate) *yieldView {
	v := &yieldView{
		Question: fmt.Sprintf("%s of %s on %d × %s, %s tokens in %s", f.verb(), m.Name, f.count, d.Name, f.tokens, m.Activations),
		Model:    m.Name, Accelerator: d.Name, Devices: f.count, Layout: layoutWords(e.Layout), Validated: e.Confidence.Validated, Basis: basis(e.Confidence),
	}
	v.Quantities = []quantityView{
		line("time", "days", e.Time.Scale(1/86400.0)), line("device-hours", "h", e.DeviceHours),
		single("throughput of a device", "tokens/s", e.Rate/float64(f.count)),
		single("operations of a device", "TFLOP/s", e.TFLOPs), single("share of the peak (MFU)", "%", 100*e.MFU),
		single("memory of a device", "GB", e.Memory/1e9), single("lengthened by failures", "%", 100*(e.Slowdown-1)),
	}
	if d.Power > 0 {
		v.Quantities = append(v.Quantities, single("power of a device", "W", e.DevicePower), line("energy", "MWh", e.Energy.Scale(1/3.6e9)))
	} else {
		v.Notes = append(v.Notes, "Energy is not given: the accelerator's rated power is not published.")
	}
	v.Quantities = append(v.Quantities, costs("cost", "$", e.Cost, &v.Notes)...)
	if m.Scaled {
		v.Notes = append(v.Notes, "The architecture is not published: another model's is scaled to the size.")
	}
	return v
}

func costs(name, unit string, c yield.Interval, notes *[]string) []quantityView {
	if c.P50 == 0 {
		*notes = append(*notes, "Cost is not given: say what an accelerator costs with --price or --purchase.")
		return nil
	}
	return []quantityView{line(name, unit, c)}
}

func (f *trainFlags) verb() string {
	return map[string]string{"pretrain": "Pretraining", "full": "Fine-tuning", "lora": "Fine-tuning of low-rank adapters", "rl": "Reinforcement learning"}[f.method]
}

func layoutWords(l yield.Layout) string {
	s := fmt.Sprintf("layout: tensor %d × pipeline %d × context %d × data %d, micro-batch %d", l.Tensor, l.Pipeline, l.Context, l.Data, l.Micro)
	if l.Expert > 1 {
		s += fmt.Sprintf(", experts over %d", l.Expert)
	}
	if l.Sharded {
		s += ", weights sharded over data"
	}
	return s
}
