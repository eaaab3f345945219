package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/yield"
)

// newYieldCommand predicts what accelerators give a model.
func newYieldCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "yield",
		Short: "Predict what accelerators give a model: time, throughput, latency, energy, cost",
		Long: `Predict time, throughput, latency, memory, energy and cost of training, fine-tuning
and serving a model on accelerators, each with an 80 % interval: P10, P50 and P90
are the values that one, five and nine of ten outcomes do not exceed.

Intervals come from published measurements that the prediction was not fitted to.
Where an accelerator was never measured with such a model the answer says
"prior, not validated".

TTFT is the time to the first token, TPOT the time for each further one, ISL and
OSL the tokens of a prompt and of an answer, MFU the share of the peak rate that
the model's own operations reach.`,
		Example: `  proviso yield train --model deepseek-v3 --on h800 --count 2048 --tokens 14.8T
  proviso yield serve --model deepseek-v3 --on h200 --count 8 --isl 8000 --osl 1000 --concurrency 64
  proviso yield compare --model deepseek-v3 --on h20,h800,h200,b200,ascend-910c`,
	}
	cmd.AddCommand(newYieldTrainCommand(), newYieldFinetuneCommand(), newYieldServeCommand(), newYieldCompareCommand(), newYieldLargestCommand(), newYieldValidateCommand())
	return cmd
}

// yieldFlags are what all predictions take.
type yieldFlags struct {
	model, on, precision, kv string
	count                    int
	price, purchase          float64
	tariff, pue, life        string
	documents                []string
	output                   string
}

func (f *yieldFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.model, "model", "", "the model: see proviso model list")
	fl.StringVar(&f.on, "on", "", "the accelerator: see proviso accelerator list")
	fl.StringVar(&f.precision, "precision", "", "number format of the multiplications: fp4, fp8, int8, bf16 (default: the checkpoint's)")
	fl.StringVar(&f.kv, "kv", "", "number format of the cache of keys and values (default: bf16)")
	fl.IntVar(&f.count, "count", 0, "how many accelerators")
	fl.Float64Var(&f.price, "price", 0, "price of an accelerator for an hour, in dollars")
	fl.Float64Var(&f.purchase, "purchase", 0, "price of an accelerator, in dollars, when it is bought: spread over its life")
	fl.StringVar(&f.tariff, "tariff", "0%", "duty on the purchase, such as the 25% that the US levies on entry for testing")
	fl.StringVar(&f.life, "life", "4y", "how long a bought accelerator is used")
	fl.StringVar(&f.pue, "pue", "1.56", "power usage effectiveness: all power over the computers' (Uptime Institute, 2024 average)")
	fl.StringArrayVarP(&f.documents, "file", "f", nil, "documents with further models and accelerators; may be given more than once")
	fl.StringVarP(&f.output, "output", "o", "table", "output: table or json")
	for name, complete := range map[string]func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective){
		"model": func(c *cobra.Command, _ []string, s string) ([]string, cobra.ShellCompDirective) {
			return completeModels(c, nil, s)
		},
		"on": func(c *cobra.Command, _ []string, s string) ([]string, cobra.ShellCompDirective) {
			return completeAccelerators(c, nil, s)
		},
	} {
		if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic(err) // a flag of this very function
		}
	}
}

// books is the models and accelerators that names are looked up in.
type books struct {
	models       []catalog.Entry[work.Model]
	accelerators []catalog.Entry[fleet.Accelerator]
}

func (f *yieldFlags) books() (*books, error) {
	c, errs := catalog.Load(f.documents...)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return &books{c.Models, c.Accelerators}, nil
}

// shape sums up a model; training says that weights are kept in bf16 whatever
// they are multiplied in.
func (f *yieldFlags) shape(b *books, training bool) (*yield.Shape, error) {
	if f.model == "" {
		return nil, fmt.Errorf("name a model with --model, such as deepseek-v3")
	}
	e, err := catalog.FindModel(b.models, f.model)
	if err != nil {
		return nil, err
	}
	var like *work.Model
	if e.Spec.Like != "" {
		base, err := catalog.FindModel(b.models, e.Spec.Like)
		if err != nil {
			return nil, err
		}
		like = &base.Spec
	}
	for _, p := range []string{f.precision, f.kv} {
		known := fleet.Precision("").Enum()
		if p != "" && !slices.Contains(known, p) {
			hint := spelling.Hint(p, known)
			if hint == "" {
				hint = "known are " + strings.Join(known, ", ")
			}
			return nil, fmt.Errorf("the number format %q is not known: %s", p, hint)
		}
	}
	formats := yield.Formats{Activations: fleet.Precision(f.precision), KV: fleet.Precision(f.kv)}
	switch {
	case training:
		formats.Weights = "bf16"
		if f.precision == "" {
			formats.Activations = e.Spec.Precision.Activations
		}
	case f.precision != "":
		formats.Weights = fleet.Precision(f.precision)
	}
	return yield.NewShape(e.Name, &e.Spec, like, formats)
}

// device finds an accelerator and the rates of using it.
func (f *yieldFlags) device(b *books, name string) (*yield.Device, error) {
	if name == "" {
		return nil, fmt.Errorf("name an accelerator with --on, such as h200")
	}
	e, err := catalog.FindAccelerator(b.accelerators, name)
	if err != nil {
		return nil, err
	}
	d, err := yield.NewDevice(e.Name, &e.Spec)
	return &d, err
}

func (f *yieldFlags) rates() (yield.Rates, error) {
	r := yield.Rates{PerDeviceHour: f.price}
	pue, err := quantity.ParseRatio(f.pue)
	if err != nil {
		return r, fmt.Errorf("--pue: %w", err)
	}
	if r.PUE = float64(pue.Num) / float64(pue.Den); r.PUE < 1 {
		return r, fmt.Errorf("--pue %s: all power is at least the computers': 1 or more", f.pue)
	}
	if f.price < 0 || f.purchase < 0 {
		return r, fmt.Errorf("a price is not negative")
	}
	if f.price > 0 && f.purchase > 0 {
		return r, fmt.Errorf("write --price or --purchase, not both")
	}
	if f.purchase > 0 {
		tariff, err := quantity.ParseRatio(f.tariff)
		if err != nil {
			return r, fmt.Errorf("--tariff: %w", err)
		}
		hours, err := lifetime(f.life)
		if err != nil {
			return r, err
		}
		r.PerDeviceHour = f.purchase * (1 + float64(tariff.Num)/float64(tariff.Den)) / hours
	}
	return r, nil
}

// lifetime reads a duration, which may be in years, in hours.
func lifetime(s string) (float64, error) {
	if years, ok := strings.CutSuffix(s, "y"); ok {
		n, err := quantity.ParseAmount(years)
		if err == nil {
			v, err := n.Exact(quantity.Count)
			if x, _ := v.Float64(); err == nil && x > 0 {
				return x * 8760, nil
			}
		}
		return 0, fmt.Errorf("--life: %q is not a time: write 4y or 1000d", s)
	}
	d, err := quantity.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("--life: %q is not a time: write 4y or 1000d", s)
	}
	return float64(d) / float64(quantity.Hour), nil
}

// tokenCount reads a number of tokens such as 14.8T.
func tokenCount(flag, s string) (float64, error) {
	if s == "" {
		return 0, fmt.Errorf("say how many tokens with --%s, such as 14.8T", flag)
	}
	a, err := quantity.ParseAmount(s)
	if err != nil {
		return 0, fmt.Errorf("--%s: %w", flag, err)
	}
	v, err := a.Exact(quantity.Tokens)
	if err != nil {
		return 0, fmt.Errorf("--%s: %w", flag, err)
	}
	x, _ := v.Float64()
	if x <= 0 {
		return 0, fmt.Errorf("--%s: zero tokens take no time: say how many", flag)
	}
	return x, nil
}
