package yield

import "math"

// serveTables are an instance's times on a grid, for simulations that ask for
// millions of them. Steps are linear in the context, and by parts in the
// logarithm of the number of sequences; prompts by parts in the logarithm of
// their length.
type serveTables struct {
	base, slope [gridPoints]float64 // of a step: at no context, and for each token of it
	read        [gridPoints]float64
	first       float64
}

// The grid has gridDensity points for each doubling, up to 2²⁰.
const (
	gridDensity = 4
	gridPoints  = 20*gridDensity + 2
)

func (p *Predictor) tables(in *Instance) serveTables {
	var t serveTables
	mix := p.byEngine(mixVLLM, in.Engine)
	const short, long = 1024, 9216
	for i := range gridPoints {
		n := math.Exp2(float64(i) / gridDensity)
		a, b := p.decode(in, n, short).total(), p.decode(in, n, long).total()
		t.slope[i] = (b - a) / (long - short)
		t.base[i] = a - t.slope[i]*short
		_, work := p.prefill(in, n)
		t.read[i] = mix * work
	}
	t.first = p.byEngine(firstVLLM, in.Engine) * p.fixed(in)
	return t
}

func at(n float64) (i int, part float64) {
	x := math.Log2(max(1, n)) * gridDensity
	i = min(int(x), gridPoints-2)
	return i, x - float64(i)
}

// step is the time of a step of n sequences with so much context each.
func (t *serveTables) step(n, context float64) float64 {
	i, f := at(n)
	return (1-f)*(t.base[i]+t.slope[i]*context) + f*(t.base[i+1]+t.slope[i+1]*context)
}

// prefill is how long reading a prompt holds up a copy.
func (t *serveTables) prefill(input float64) float64 {
	i, f := at(input)
	return (1-f)*t.read[i] + f*t.read[i+1]
}
