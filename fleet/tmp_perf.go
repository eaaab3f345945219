package fleet

import "github.com/proviso-dev/proviso/quantity"

func (a *Accelerator) TPP() int64 {
	bits := map[Precision]int64{"fp4": 4, "fp8": 8, "int8": 8, "fp16": 16, "bf16": 16, "tf32": 32}
	best := int64(0)
	for _, p := range a.Peak {
		v, _ := p.Tera.Int64(quantity.Count)
		best = max(best, v*bits[p.Precision])
	}
	return best
}

func (a *Accelerator) PeakTera(which ...Precision) int64 {
	for _, w := range which {
		for _, p := range a.Peak {
			if p.Precision == w {
				v, _ := p.Tera.Int64(quantity.Count)
				return v
			}
		}
	}
	return 0
}
