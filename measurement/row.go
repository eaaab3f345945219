// Package measurement holds published measurements of what accelerators give
// models, reads further ones from the large tables that they were collected
// in, and says how far predictions are from them.
package measurement

import (
	"fmt"
	"strings"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/yield"
)

// Row is one published measurement with its circumstances.
type Row struct {
	// Source is the public file that it stands in.
	Source string
	// Kind is what was done: serve (requests in flight at once), offline (as
	// many as fit), disaggregated (other devices read prompts), train, finetune.
	Kind string
	// Accelerator and Model are names of the catalogue.
	Accelerator, Model string
	// Weights, Experts, KV and Activations are the formats.
	Formats yield.Formats
	// Precision is the format as published.
	Precision string
	Engine    yield.Engine
	// Devices, and of them Tensor for each request, Expert over which experts are spread.
	Devices, Tensor, Expert int
	// Copies of the model, and the Prefill devices beside Devices that read
	// prompts for them, where others decode; 0 elsewhere.
	Copies, Prefill int
	// Pipeline and ContextParallel of training; 0 when not stated.
	Pipeline, ContextParallel int
	// Input and Output are tokens; of training, Input is the sequence's length.
	Input, Output float64
	// Concurrency is requests in flight; of training, sequences in a batch.
	Concurrency float64
	// Waves: all requests have the same lengths. Speculative: further tokens
	// are drafted and checked.
	Waves, Speculative bool
	// Poll is the steps between an engine's looks at new requests, where a run
	// was set up to look less often than at each; 0 elsewhere.
	Poll int
	// Serial: the engine does not overlap scheduling with the devices' work.
	Serial bool
	// StepsAlone: the time of a whole run was published as a rate of its steps.
	StepsAlone bool
	// Early: training software of before the autumn of 2024.
	Early bool
	// Recompute says that training computes activations anew.
	Recompute bool
	// Metric is what was measured, Value its value in seconds, tokens per
	// second (of all devices), W (of one device), J per token.
	Metric Metric
	Value  float64
	// series names the runs that were made together, where the table says so.
	series string
}

// Metric is a measured quantity.
type Metric string

// The metrics.
const (
	TTFT       Metric = "ttft"       // s
	TPOT       Metric = "tpot"       // s, the mean
	ITL        Metric = "itl"        // s, the median between two tokens
	OutputRate Metric = "outputRate" // tokens/s of all devices
	ApartTTFT  Metric = "apartTTFT"  // s, where other devices read prompts
	ApartTPOT  Metric = "apartTPOT"  // s, the same
	Power      Metric = "power"      // W of one device
	PerToken   Metric = "energy"     // J for each output token, all devices
	TrainRate  Metric = "trainRate"  // tokens/s of one device
	TrainTime  Metric = "trainTime"  // device-seconds of a whole run
	NodePower  Metric = "nodePower"  // W of a node, for one device
)

// Metrics lists them in the order of reports.
func Metrics() []Metric {
	return []Metric{TrainRate, TrainTime, TPOT, ITL, OutputRate, TTFT, ApartTPOT, ApartTTFT, PerToken, Power, NodePower}
}

// books is the shipped models and accelerators, resolved once.
type books struct {
	models  []catalog.Entry[work.Model]
	devices map[string]*yield.Device
	shapes  map[string]*yield.Shape
	unknown map[string]int
}

func newBooks() (*books, error) {
	models, err := catalog.BuiltinModels()
	if err != nil {
		return nil, err
	}
	accelerators, err := catalog.BuiltinAccelerators()
	if err != nil {
		return nil, err
	}
	b := &books{models: models, devices: map[string]*yield.Device{}, shapes: map[string]*yield.Shape{}, unknown: map[string]int{}}
	for i := range accelerators {
		d, err := yield.NewDevice(accelerators[i].Name, &accelerators[i].Spec)
		if err != nil {
			return nil, err
		}
		b.devices[d.Name] = &d
	}
	return b, nil
}

// device gives a product by the name that a table has for it.
func (b *books) device(name string) *yield.Device {
	n := strings.ToLower(name)
	for _, p := range []struct{ part, product string }{
		{"nvl", ""}, {"pcie", ""}, {"gb200", ""}, {"gb300", ""}, {"gh200", ""}, {"pcap", ""}, {"40gb", ""},
		{"h200", "h200-sxm"}, {"h100", "h100-sxm"}, {"h800", "h800-sxm"}, {"h20", "h20-sxm"}, {"b200", "b200-sxm"}, {"b300", "b300-sxm"}, {"a100", "a100-sxm"},
		{"910b", "ascend-910b"}, {"910c", "ascend-910c"}, {"mi300x", "mi300x"}, {"mi325x", "mi325x"},
	} {
		if strings.Contains(n, p.part) {
			return b.devices[p.product]
		}
	}
	return nil
}

// modelSuffixes are what tables add to a model's name that leaves its
// architecture as it is.
var modelSuffixes = []string{"-instruct", "-fp8", "-nvfp4", "-hf", "-2507", "-thinking", "-0528", "-it", "-v0.1", "-128e", "-16e", "-17b"}

// model gives the catalogue's name of a model by the name that a table has.
func (b *books) model(name string) string {
	n := strings.ToLower(name[strings.LastIndex(name, "/")+1:])
	n = strings.NewReplacer(" ", "-", "_", "-", "meta-llama", "llama").Replace(n)
	n = strings.Replace(n, "-vl-", "-", 1)
	for again := true; again; {
		again = false
		for _, s := range modelSuffixes {
			if t := strings.TrimSuffix(n, s); t != n {
				n, again = t, true
			}
		}
	}
	if e, err := catalog.FindModel(b.models, n); err == nil {
		return e.Name
	}
	b.unknown[n]++
	return ""
}

// shape gives a model with formats.
func (b *books) shape(name string, f yield.Formats) (*yield.Shape, error) {
	key := fmt.Sprint(name, f)
	if s := b.shapes[key]; s != nil {
		return s, nil
	}
	e, err := catalog.FindModel(b.models, name)
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
	s, err := yield.NewShape(e.Name, &e.Spec, like, f)
	if err == nil {
		b.shapes[key] = s
	}
	return s, err
}

// formatsOf gives the formats that a table's word for a precision stands for.
// fp4 and int4 checkpoints of models with experts keep attention wider: fp8 as
// DeepSeek publishes it, else bf16. Engines keep the cache in fp8 where kv says
// so.
func (b *books) formatsOf(precision, model string, kv fleet.Precision) (yield.Formats, bool) {
	wide := fleet.Precision("bf16")
	if strings.HasPrefix(model, "deepseek") {
		wide = "fp8"
	}
	if s, err := b.shape(model, yield.Formats{}); err == nil && !s.MoE() {
		wide = "fp4"
	}
	oss := strings.HasPrefix(model, "gpt-oss")
	switch p := strings.ToLower(precision); {
	case oss:
		return yield.Formats{KV: kv}, true
	case strings.Contains(p, "fp8"):
		return yield.Formats{Weights: "fp8", Activations: "fp8", KV: kv}, true
	case strings.Contains(p, "fp4"):
		return yield.Formats{Weights: wide, Experts: "fp4", Activations: "fp4", KV: kv}, true
	case p == "int4":
		return yield.Formats{Weights: wide, Experts: "fp4", Activations: "bf16", KV: kv}, true
	case p == "" || strings.Contains(p, "bf16") || strings.Contains(p, "bfloat16") || strings.Contains(p, "fp16"):
		return yield.Formats{Weights: "bf16", Activations: "bf16", KV: kv}, true
	}
	return yield.Formats{}, false
}
