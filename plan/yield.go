package plan

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/yield"
)

// predicted is what package yield says of a phase on one product.
type predicted struct {
	product int32
	// speed of one device in the middle case, in the phase's units.
	speed int64
	// takes is how much longer than in the middle case the same work takes, in
	// millionths: early, middle and late case.
	takes [3]int64
	// watts of one device with its share of the node, in the same cases; zero
	// where the product's rated power is not published.
	watts [3]int64
	row   Yield
}

// demandUnit is what a demand of one token in a second counts.
const demandUnit = 1000

// nominal is the devices that a phase without a largest size is predicted for.
const nominal = 1024

// predict gives the speed of the phase on each product on which it can run,
// for a phase that counts tokens.
func (p *Problem) predict(ph *phase, f *work.Phase, holder string) error {
	model, err := p.shape(f)
	if err != nil {
		return err
	}
	scale := int64(demandUnit)
	if f.Work != nil {
		ph.unit = quantity.Tokens
		if scale, err = tokenScale(f.Work.Tokens); err != nil {
			return err
		}
		ph.scale = big.NewRat(scale, 1)
	}
	var refusals []error
	for _, o := range p.options(holder, f.Accelerators, f.Sites, nil) {
		product := p.Rules.Stocks[o.Stocks[0]].Product
		if slices.ContainsFunc(ph.predicted, func(x predicted) bool { return x.product == product }) {
			continue
		}
		x, err := p.predictOn(ph, f, model, product, scale)
		if err != nil {
			if name := p.Rules.Products[product].Name; slices.Contains(f.Accelerators, name) {
				return fmt.Errorf("on %s, which it names: %w", name, err)
			}
			refusals = append(refusals, err)
			continue
		}
		ph.predicted = append(ph.predicted, x)
	}
	if len(ph.predicted) == 0 && len(refusals) > 0 {
		return fmt.Errorf("it can run on none of the holder's products: %w", errors.Join(refusals...))
	}
	return nil
}

// tokenScale is the largest power of ten that an amount of tokens can be
// multiplied by and counted.
func tokenScale(d quantity.Distribution[quantity.Amount]) (int64, error) {
	most, err := largest(d, quantity.Tokens)
	if err != nil {
		return 0, err
	}
	if most > maxWork {
		return 0, fmt.Errorf("its work is larger than can be counted (%d tokens)", maxWork)
	}
	scale := int64(1)
	for scale < 1_000_000 && most < maxWork/(scale*10) {
		scale *= 10
	}
	return scale, nil
}

// shape sums up the phase's model in the precision that the phase asks for.
func (p *Problem) shape(f *work.Phase) (*yield.Shape, error) {
	e, err := catalog.FindModel(p.Catalog.Models, f.Model)
	if err != nil {
		return nil, err
	}
	var like *work.Model
	if e.Spec.Like != "" {
		base, err := catalog.FindModel(p.Catalog.Models, e.Spec.Like)
		if err != nil {
			return nil, err
		}
		like = &base.Spec
	}
	if f.Work != nil {
		return yield.NewShape(e.Name, &e.Spec, like, yield.Formats{Weights: "bf16", Activations: precision(f.Work.Precision, e.Spec.Precision.Activations)})
	}
	return yield.NewShape(e.Name, &e.Spec, like, yield.Formats{Weights: f.Serve.Requests.Precision, Activations: f.Serve.Requests.Precision})
}

func precision(asked, own fleet.Precision) fleet.Precision {
	if asked != "" {
		return asked
	}
	return own
}

// predictedSpeed gives the middle speeds by product.
func (ph *phase) predictedSpeed(product int32) int64 {
	for i := range ph.predicted {
		if ph.predicted[i].product == product {
			return ph.predicted[i].speed
		}
	}
	return 0
}

// digits keeps four significant digits, so that a plan does not depend on the
// last bits of a platform's arithmetic.
func digits(v float64) float64 {
	x, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		return v
	}
	return x
}

func cases(v yield.Interval) [3]float64 {
	return [3]float64{digits(v.P10), digits(v.P50), digits(v.P90)}
}
