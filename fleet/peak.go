package fleet

import "github.com/proviso-dev/proviso/quantity"

// PeakTera is the dense peak rate, in TFLOP/s, at the first of the formats
// that the data sheet gives; 0 if it gives none of them. A TFLOP/s is a GFLOP
// in a millisecond.
func (a *Accelerator) PeakTera(formats ...Precision) int64 {
	for _, f := range formats {
		for _, p := range a.Peak {
			if p.Precision != f {
				continue
			}
			if v, err := p.Tera.Int64(quantity.Count); err == nil {
				return v
			}
		}
	}
	return 0
}
