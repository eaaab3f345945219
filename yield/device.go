// Package yield predicts what accelerators give a language model: time,
// throughput, latency, memory, energy and cost of training, fine-tuning and
// serving, each with an interval taken from published measurements that the
// prediction was not fitted to.
//
// A prediction is a roofline over the model's architecture with the parallel
// layout, corrected by few coefficients that one command fits to published
// measurements (see [Coefficients]).
package yield

import (
	"fmt"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Device is one accelerator as predictions need it, in SI units.
type Device struct {
	// Name is the product's, Generation the architecture that its coefficients
	// are shared by.
	Name       string
	Generation Generation
	// Peak is the dense rate by format in FLOP/s; 0 where the data sheet gives none.
	Peak [formats]float64
	// Memory in bytes, Bandwidth in bytes/s, Link to one side in bytes/s, Power in W (0 when not published).
	Memory, Bandwidth, Link, Power float64
	// Domain is how many devices reach each other over Link.
	Domain int
	// Network is what each device has to devices beyond its domain, to one
	// side, in bytes/s. No data sheet states it: 400 Gbit/s, as in the
	// reference systems of H100 to B200.
	Network float64
	Kernels Kernels
}

// Generation groups products whose software and kernels are alike.
type Generation string

// The generations that coefficients are fitted for; all others are predicted
// with those of Hopper, unvalidated.
const (
	Ampere    Generation = "ampere"
	Hopper    Generation = "hopper"
	Blackwell Generation = "blackwell"
	Other     Generation = "other"
)

// generations names the products of each generation, and how many devices
// one of their domains holds where that is not 8.
var generations = map[string]Generation{
	"a100-sxm": Ampere, "a800-sxm": Ampere,
	"h100-sxm": Hopper, "h800-sxm": Hopper, "h200-sxm": Hopper, "h20-sxm": Hopper,
	"b200-sxm": Blackwell, "b300-sxm": Blackwell,
}

// format is a number format as an index.
type format int

const (
	fp4 format = iota
	fp8
	int8s
	bf16
	fp32
	formats
)

// formatOf reads a precision; fp16 runs as bf16 does.
func formatOf(p fleet.Precision) (format, error) {
	switch p {
	case "fp4":
		return fp4, nil
	case "fp8":
		return fp8, nil
	case "int8":
		return int8s, nil
	case "bf16", "fp16", "":
		return bf16, nil
	case "fp32", "tf32":
		return fp32, nil
	}
	return 0, fmt.Errorf("cannot compute in %s: known are fp4, fp8, int8, bf16", p)
}

// bytes is the size of a value, with the scales of block formats: fp4 has one
// byte for 16 or 32 values, fp8 four for 128.
func (f format) bytes() float64 {
	return [formats]float64{0.5 + 1.0/24, 1 + 4.0/128, 1, 2, 4}[f]
}

// String is the format's name.
func (f format) String() string { return [formats]string{"fp4", "fp8", "int8", "bf16", "fp32"}[f] }

// NewDevice reads a data sheet. Memory and bandwidth must be known.
func NewDevice(name string, a *fleet.Accelerator) (Device, error) {
	d := Device{Name: name, Generation: generations[name], Domain: 8, Network: 50e9}
	if d.Generation == "" {
		d.Generation = Other
	}
	for _, f := range []struct {
		name   string
		figure *fleet.Figure
		to     *float64
		scale  float64
		needed bool
	}{
		{"memory", a.Memory, &d.Memory, 1e9, true}, {"bandwidth", a.Bandwidth, &d.Bandwidth, 1e9, true},
		{"link", a.Link, &d.Link, 0.5e9, true}, {"power", a.Power, &d.Power, 1, false},
	} {
		if f.figure == nil {
			if f.needed {
				return d, fmt.Errorf("accelerator %s: its %s is not published, so that nothing can be predicted for it", name, f.name)
			}
			continue
		}
		v, err := f.figure.Value.Exact(quantity.Count)
		if err != nil {
			return d, fmt.Errorf("accelerator %s: %s: %w", name, f.name, err)
		}
		x, _ := v.Float64()
		*f.to = x * f.scale
	}
	for _, p := range a.Peak {
		f, err := formatOf(p.Precision)
		if err != nil {
			continue // fp64: nothing here computes in it
		}
		v, err := p.Tera.Exact(quantity.Count)
		if err != nil {
			return d, fmt.Errorf("accelerator %s: peak %s: %w", name, p.Precision, err)
		}
		x, _ := v.Float64()
		d.Peak[f] = max(d.Peak[f], x*1e12)
	}
	d.Kernels = kernelsOf(name, d.Generation)
	return d, nil
}

// compute gives the format that a product multiplies in when asked for f: the
// narrowest that it has and that is not narrower than f, with its peak. Values
// in narrower formats are widened first.
func (d *Device) compute(f format) (format, float64) {
	for _, g := range []format{f, fp8, int8s, bf16} {
		if g >= f && d.Peak[g] > 0 {
			return g, d.Peak[g]
		}
	}
	for _, g := range []format{bf16, int8s, fp8, fp4} {
		if d.Peak[g] > 0 {
			// Nothing as wide is published: half the rate for twice the width.
			return g, d.Peak[g] * g.bytes() / f.bytes()
		}
	}
	return f, 0
}

// large is the weights of a matrix that is as fast as any.
const large = 1 << 28

// train gives the format that a product trains in when asked for f. Whole
// numbers carry no gradients, so that a product without fp8 trains in bf16.
func (d *Device) train(f format) (format, float64) {
	if g, rate := d.compute(f); g != int8s {
		return g, rate
	}
	return d.compute(bf16)
}

// Reachable is the rate, in FLOP/s, that large multiplications in the model's
// format reach on a product.
func (s *Shape) Reachable(d *Device) float64 {
	f, peak := d.compute(max(s.Activations, min(s.Weights, s.ExpertWeights)))
	return peak * d.Kernels.share(f, large)
}
