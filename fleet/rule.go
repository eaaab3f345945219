package fleet

import (
	"fmt"
	"math/big"

	"github.com/proviso-dev/proviso/quantity"
)

// Rule is one line of a rule that classifies products by their data sheets,
// such as 3A090.a.1: a product meets it if it keeps to all bounds.
type Rule struct {
	// The line's name.
	Name string `json:"name" doc:"required"`
	// The bounds, all of which a product must keep to.
	AllOf []Bound `json:"allOf" doc:"required"`
}

// Bound compares one figure of a product.
type Bound struct {
	// The figure.
	Figure Sheet `json:"figure" doc:"required"`
	// The figure is this or more.
	AtLeast *quantity.Amount `json:"atLeast,omitempty"`
	// The figure is more than this.
	Above *quantity.Amount `json:"above,omitempty"`
	// The figure is less than this.
	Below *quantity.Amount `json:"below,omitempty"`
}

// Sheet names a figure of a data sheet, or one computed from it.
type Sheet string

// The figures: total processing performance; TPP over the die area, per mm²;
// DRAM bandwidth and link bandwidth in GB/s; their sum; and the bandwidth of a
// memory package over its area, in GB/s per mm², which no data sheet of a
// device gives.
const (
	TPP           Sheet = "tpp"
	Density       Sheet = "density"
	DRAM          Sheet = "bandwidth"
	Link          Sheet = "link"
	DRAMAndLink   Sheet = "bandwidthAndLink"
	PackageMemory Sheet = "packageMemory"
)

// Enum lists the figures.
func (Sheet) Enum() []string {
	return []string{"tpp", "density", "bandwidth", "link", "bandwidthAndLink", "packageMemory"}
}

// figures gives what is known of each figure of a product.
func figures(a Accelerator, p Performance) (map[Sheet]measure, error) {
	bandwidth, err := figureOf(a, "DRAM bandwidth", "bandwidth", a.Bandwidth)
	if err != nil {
		return nil, err
	}
	link, err := figureOf(a, "link bandwidth", "link", a.Link)
	if err != nil {
		return nil, err
	}
	both := measure{name: "DRAM and link bandwidth", unit: "GB/s"}
	switch {
	case bandwidth.value == nil:
		both.why = bandwidth.why
	case link.value == nil:
		both.why = link.why
	default:
		both.value = new(big.Rat).Add(bandwidth.value, link.value)
	}
	return map[Sheet]measure{
		TPP:           {name: "TPP", value: p.TPP, atLeast: p.AtLeast, why: "TPP may be higher: " + whyMissing(a, "peak.")},
		Density:       {name: "density", value: p.Density, atLeast: p.AtLeast, places: 2, why: "the die area is not known: " + whyMissing(a, "dieArea")},
		DRAM:          bandwidth,
		Link:          link,
		DRAMAndLink:   both,
		PackageMemory: {name: "memory", unit: "GB/s/mm²", why: "the area of the memory packages is not on a device's data sheet"},
	}, nil
}

func figureOf(a Accelerator, name, field string, f *Figure) (measure, error) {
	m := measure{name: name, unit: "GB/s", why: "the " + name + " is not known: " + whyMissing(a, field)}
	if f == nil {
		return m, nil
	}
	v, err := f.Value.Exact(quantity.Count)
	if err != nil {
		return m, fmt.Errorf("%s: %w", field, err)
	}
	m.value = v
	return m, nil
}

// check compares a figure with a bound.
func (b Bound) check(m measure) []Check {
	var all []Check
	for _, x := range []struct {
		relation string
		bound    *quantity.Amount
	}{{"≥", b.AtLeast}, {">", b.Above}, {"<", b.Below}} {
		if x.bound != nil {
			all = append(all, m.compare(x.relation, x.bound.String()))
		}
	}
	return all
}

// Asks says in symbols what a line asks of a product.
func Asks(r Rule) (string, error) {
	known, err := figures(Accelerator{}, Performance{})
	return r.asks(known), err
}

// asks says in symbols what a line asks.
func (r Rule) asks(sheet map[Sheet]measure) string {
	out := ""
	for _, b := range r.AllOf {
		m := sheet[b.Figure]
		if out != "" {
			out += ", "
		}
		switch {
		case b.AtLeast != nil && b.Below != nil:
			out += b.AtLeast.String() + " ≤ " + short(m.name) + " < " + b.Below.String() + m.in()
		case b.AtLeast != nil:
			out += short(m.name) + " ≥ " + b.AtLeast.String() + m.in()
		case b.Above != nil:
			out += short(m.name) + " > " + b.Above.String() + m.in()
		case b.Below != nil:
			out += short(m.name) + " < " + b.Below.String() + m.in()
		}
	}
	return out
}

// short is a figure's name in a table.
func short(name string) string {
	if name == "DRAM bandwidth" {
		return "bandwidth"
	}
	return name
}
