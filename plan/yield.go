package plan

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/world"
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

func (p *Problem) predictOn(ph *phase, f *work.Phase, model *yield.Shape, product int32, scale int64) (predicted, error) {
	name := p.Rules.Products[product].Name
	x := predicted{product: product, row: Yield{Phase: ph.name, Model: model.Name, Kind: string(f.Kind), Product: name}}
	device, err := yield.NewDevice(name, &p.Catalog.Accelerators[product].Spec)
	if err != nil {
		return x, err
	}
	var rate, watts yield.Interval
	if f.Work != nil {
		rate, watts, err = x.trained(ph, f, model, &device)
	} else {
		rate, watts, err = x.served(f, model, &device)
	}
	if err != nil {
		return x, err
	}
	speed := digits(rate.P50) * float64(scale)
	if f.Work != nil {
		speed /= 1000 // work is done by the millisecond
	}
	if !(speed >= 1) || speed > float64(maxWork) {
		return x, fmt.Errorf("%s gives %.3g tokens a second, which cannot be counted", name, rate.P50)
	}
	x.speed = int64(math.Round(speed))
	for i, v := range []float64{rate.P50 / rate.P90, 1, rate.P50 / rate.P10} {
		x.takes[i] = int64(math.Round(million * digits(v)))
	}
	for i, v := range []float64{watts.P10, watts.P50, watts.P90} {
		x.watts[i] = int64(math.Round(digits(v)))
	}
	x.row.Rate = cases(rate)
	x.row.Watts = cases(watts)
	x.price(p, product, rate, watts)
	return x, nil
}

// trained predicts a phase that trains, at its largest size; at its smallest
// it must fit.
func (x *predicted) trained(ph *phase, f *work.Phase, model *yield.Shape, device *yield.Device) (rate, watts yield.Interval, err error) {
	most, err := f.Work.Tokens.Middle().Int64(quantity.Tokens)
	if err != nil {
		return rate, watts, err
	}
	w := yield.Work{Model: model, Device: device, Tokens: max(1, float64(most)), Sequence: float64(f.Work.Sequence), Method: "pretrain", Rates: yield.Rates{PUE: 1}}
	switch {
	case f.Kind == "rl":
		w.Method = "rl"
	case f.Work.Adapters:
		w.Method = "lora"
	case f.Kind == "finetune":
		w.Method = "full"
	}
	p := yield.Default()
	w.Devices = int(ph.min)
	if _, err := p.EstimateTraining(w); err != nil {
		return rate, watts, err
	}
	size := ph.max
	if size >= unlimited {
		size = max(ph.min, nominal)
	}
	if size > 64 {
		size -= size % 64 // layouts divide the devices evenly
	}
	w.Devices = int(size)
	e, err := p.EstimateTraining(w)
	if err != nil {
		return rate, watts, err
	}
	x.row.Devices, x.row.Validated = size, e.Confidence.Validated
	days := cases(e.Time.Scale(1 / 86400.0))
	x.row.Days = &days
	watts, _ = p.Around(yield.Class{Metric: "nodePower", Accelerator: device.Name, MoE: model.MoE(), Format: model.Activations.String()}, p.NodePower(device, e.DevicePower))
	return e.Time.Inverse(w.Tokens / float64(size)), watts, nil
}

// served predicts a phase that serves.
func (x *predicted) served(f *work.Phase, model *yield.Shape, device *yield.Device) (rate, watts yield.Interval, err error) {
	q := f.Serve.Requests
	p := yield.Default()
	d, err := p.Saturate(yield.Deployment{
		Model: model, Device: device, Devices: nominal, Rates: yield.Rates{PUE: 1}, Load: yield.Load{Input: float64(q.Prompt), Output: float64(q.Answer)},
	}, float64(q.TPOT)/1000)
	if err != nil {
		return rate, watts, err
	}
	x.row.Devices, x.row.Validated = int64(d.Instance.Devices), d.Confidence.Validated
	each := cases(d.Each.Scale(1000))
	x.row.TPOT = &each
	watts, _ = p.Around(yield.Class{Metric: "power", Accelerator: device.Name, MoE: model.MoE(), Format: model.Activations.String()}, p.NodePower(device, d.DevicePower))
	return d.Rate, watts, nil
}

// price adds what a token takes in energy and money, with the overhead and the
// price of the product's first stock.
func (x *predicted) price(p *Problem, product int32, rate, watts yield.Interval) {
	i := slices.IndexFunc(p.Rules.Stocks, func(s world.Stock) bool { return s.Product == product && s.Price > 0 })
	if i >= 0 {
		perHour := float64(p.Rules.Stocks[i].Price) / million
		v := cases(rate.Inverse(perHour / 3600 * 1e6))
		x.row.PerMillion = &v
	}
	if watts.P50 > 0 {
		s := p.Rules.Sites[p.Rules.Stocks[slices.IndexFunc(p.Rules.Stocks, func(s world.Stock) bool { return s.Product == product })].Site]
		v := cases(rate.Inverse(watts.P50 * float64(s.PUE.Num) / float64(s.PUE.Den)))
		x.row.PerToken = &v
	}
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

// drawYield draws how far the predictions of a phase are off: its speed and
// power on each option. One roll holds for all phases of a model that train, or
// that serve, and for all products: what is too fast for one is so for all.
func (p *Problem) drawYield(s *sample, ph *phase) {
	if len(ph.predicted) == 0 {
		s.speeds, s.watts = append(s.speeds, nil), append(s.watts, nil)
		return
	}
	purpose := "training"
	if ph.serve {
		purpose = "serving"
	}
	entity := "yield/" + ph.attributes.Model
	takes, draws := s.dice.roll(entity, purpose), s.dice.roll(entity, purpose+"/power")
	speeds, watts := make([]int64, len(ph.options)), make([]int64, len(ph.options))
	for i := range ph.options {
		product := p.Rules.Stocks[ph.options[i].Stocks[0]].Product
		for k := range ph.predicted {
			x := &ph.predicted[k]
			if x.product != product {
				continue
			}
			longer := max(million/10, quantile(x.takes[0], x.takes[1], x.takes[2], takes))
			speeds[i] = max(1, account.Product(x.speed, million).Quo(longer))
			watts[i] = max(0, quantile(x.watts[0], x.watts[1], x.watts[2], draws))
		}
	}
	s.speeds, s.watts = append(s.speeds, speeds), append(s.watts, watts)
}

// power is what one device of a stock draws for a phase, with the site's
// overhead: what is predicted for its work, or else the rated power.
func (r *run) power(t *task, stock int32) int64 {
	st := &r.p.Rules.Stocks[stock]
	w := r.sample.watts[t.index]
	if w == nil || w[t.option] == 0 {
		return st.Watts
	}
	pue := r.p.Rules.Sites[st.Site].PUE
	return account.Product(w[t.option], pue.Num).QuoUp(pue.Den)
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
