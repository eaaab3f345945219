// Package fleet describes accelerators, the sites where they stand and the
// lots in which they come.
package fleet

import "github.com/proviso-dev/proviso/quantity"

// Accelerator is a product with its data sheet. Every value has its source;
// a value that is disputed or unpublished is left out and named in Gaps.
type Accelerator struct {
	// The product's full name.
	Description string `json:"description,omitempty"`
	// Who makes it.
	Vendor string `json:"vendor" doc:"required"`
	// The country of the vendor's headquarters, as ISO 3166-1 alpha-2.
	Country string `json:"country,omitempty"`
	// Other names that it is known by, such as h200.
	Aliases []string `json:"aliases,omitempty"`
	// Dense peak rates by precision, in TFLOP/s (TOP/s for integers), without sparsity.
	Peak []Peak `json:"peak" doc:"required"`
	// Memory, in GB (10⁹ bytes).
	Memory *Figure `json:"memory,omitempty"`
	// DRAM bandwidth, in GB/s.
	Bandwidth *Figure `json:"bandwidth,omitempty"`
	// Link bandwidth between devices in both directions together, in GB/s.
	Link *Figure `json:"link,omitempty"`
	// Thermal design power, in W.
	Power *Figure `json:"power,omitempty"`
	// Applicable die area of logic dies on non-planar nodes, in mm².
	DieArea *Figure `json:"dieArea,omitempty"`
	// What is disputed or not published, and why no value is given.
	Gaps []Missing `json:"gaps,omitempty"`
}

// Peak is one peak rate.
type Peak struct {
	// The number format: fp4, fp8, int8, fp16, bf16, tf32, fp32, fp64.
	Precision Precision `json:"precision" doc:"required"`
	// Dense TFLOP/s or TOP/s.
	Tera quantity.Amount `json:"tera" doc:"required"`
	// Where the value comes from.
	Source string `json:"source" doc:"required"`
}

// Figure is a data-sheet value with its source.
type Figure struct {
	// The value, in the unit of the field.
	Value quantity.Amount `json:"value" doc:"required"`
	// Where the value comes from.
	Source string `json:"source" doc:"required"`
}

// Missing names a value that is not given.
type Missing struct {
	// The field that has no value.
	Field string `json:"field" doc:"required"`
	// Why: disputed, unpublished, conflicting.
	Why string `json:"why" doc:"required"`
}

// Precision is a number format.
type Precision string

// Enum lists the formats.
func (Precision) Enum() []string {
	return []string{"fp4", "fp8", "int8", "fp16", "bf16", "tf32", "fp32", "fp64"}
}
