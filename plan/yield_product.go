package plan

import (
	"fmt"
	"math"
	"slices"

	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/world"
	"github.com/proviso-dev/proviso/yield"
)

// predictOn predicts a phase on one product.
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
