package yield

import (
	"errors"
	"fmt"
	"math"
)

// Deployment is a model served by a number of devices.
type Deployment struct {
	Model  *Shape
	Device *Device
	// Devices in all, of which Prefill read prompts alone; 0 when all do both.
	Devices, Prefill int
	// Tensor fixes how many devices hold one copy; 0 tries all.
	Tensor int
	Engine Engine
	// Load is that of all devices together.
	Load  Load
	Rates Rates
}

// Deployed is what a deployment gives.
type Deployed struct {
	Served
	Confidence Confidence
	// Instance is one copy, Copies how many there are.
	Instance Instance
	Copies   int
	// First and Each are TTFT and TPOT, Rate output tokens per second of one
	// device, with their intervals.
	First, Each, Rate Interval
	// PerToken is J for each output token, with the node and PUE; zero when the
	// power is not published. PerMillion is dollars for a million output
	// tokens; zero without a price.
	PerToken, PerMillion Interval
	DevicePower          float64
}

// Check says what is wrong with a load.
func (l Load) Check() error {
	switch {
	case !(l.Input >= 1) || math.IsInf(l.Input, 0):
		return errors.New("a prompt has at least one token: say how many (--isl)")
	case !(l.Output >= 1) || math.IsInf(l.Output, 0):
		return errors.New("an answer has at least one token: say how many (--osl)")
	case !(l.Concurrency > 0) || math.IsInf(l.Concurrency, 0):
		return errors.New("at least one request is in flight: say how many (--concurrency)")
	}
	return nil
}

// Deploy predicts a deployment with the split into copies that gives the most
// tokens.
func (p *Predictor) Deploy(d Deployment) (Deployed, error) {
	var best Deployed
	if err := d.Load.Check(); err != nil {
		return best, err
	}
	if d.Devices < 1 {
		return best, errors.New("serving needs at least one device")
	}
	if c := d.Model.Context; c > 0 && d.Load.Input+d.Load.Output > c {
		return best, fmt.Errorf("%.0f tokens are more than the %.0f that %s reads", d.Load.Input+d.Load.Output, c, d.Model.Name)
	}
	decoding := d.Devices - d.Prefill
	if d.Prefill < 0 || decoding < 1 {
		return best, fmt.Errorf("of %d devices %d cannot read prompts alone", d.Devices, d.Prefill)
	}
	for _, in := range p.instances(d, decoding) {
		copies := decoding / in.Devices
		l := d.Load
		l.Concurrency /= float64(copies)
		if l.Concurrency < 1 {
			copies = int(max(1, d.Load.Concurrency))
			l.Concurrency = 1
		}
		if in.Capacity(l.Input+l.Output) < 1 {
			continue
		}
		s := p.Serve(&in, l)
		if d.Prefill > 0 {
			s = p.Apart(&in, l, d.Prefill, copies)
		}
		if s.OutputRate*float64(copies) > best.OutputRate {
			best.Served, best.Instance, best.Copies = s, in, copies
			best.OutputRate *= float64(copies)
			best.InputRate *= float64(copies)
		}
	}
	if best.Copies == 0 {
		return best, p.noRoom(d, decoding)
	}
	p.around(&best, d)
	return best, nil
}

func (p *Predictor) around(out *Deployed, d Deployment) {
	c := Class{Metric: "ttft", Accelerator: d.Device.Name, MoE: d.Model.MoE(), Format: d.Model.Activations.String(), Engine: d.Engine, Prior: d.Model.Scaled || d.Prefill > 0}
	out.First, _ = p.Around(c, out.TTFT)
	c.Metric = "tpot"
	out.Each, out.Confidence = p.Around(c, out.TPOT)
	c.Metric = "outputRate"
	out.Rate, _ = p.Around(c, out.OutputRate/float64(d.Devices))
	out.DevicePower = p.ServingPower(d.Device, out.Served)
	c.Metric = "energy"
	used := out.Instance.Devices*out.Copies + d.Prefill
	out.PerToken, _ = p.Around(c, p.NodePower(d.Device, out.DevicePower)*d.Rates.PUE*float64(used)/out.OutputRate)
	if d.Device.Power == 0 {
		out.PerToken = Interval{}
	}
	out.PerMillion = out.Rate.Inverse(d.Rates.PerDeviceHour / 3600 * 1e6)
}

// instances lists the copies worth a try: powers of two. One with experts may
// have attention by data parallelism, and spreads whole experts beyond a domain;
// a dense one leaves a domain only where it does not fit into it.
func (p *Predictor) instances(d Deployment, devices int) []Instance {
	var out []Instance
	fits := false
	for n := 1; n <= devices; n *= 2 {
		if d.Tensor != 0 && n != d.Tensor {
			continue
		}
		in := Instance{Model: d.Model, Device: d.Device, Devices: n, Tensor: n, Expert: 1, Engine: d.Engine}
		if !d.Model.MoE() {
			if n > d.Device.Domain && fits {
				break
			}
			fits = fits || in.Capacity(d.Load.Input+d.Load.Output) >= 1
			out = append(out, in)
			continue
		}
		if n > d.Device.Domain {
			in.Tensor, in.Expert = d.Device.Domain, n
		}
		out = append(out, in)
		if n > 1 {
			in.Tensor, in.Expert = 1, n
			out = append(out, in)
		}
	}
	return out
}

// noRoom says how much memory is missing for one request, and how many devices
// hold it.
func (p *Predictor) noRoom(d Deployment, devices int) error {
	length := d.Load.Input + d.Load.Output
	e := &NotFit{Model: d.Model.Name, Device: d.Device.Name, Devices: devices, Missing: math.Inf(1)}
	for _, in := range p.instances(d, devices) {
		e.Missing = min(e.Missing, in.weights()+in.cachePerRequest(length)-in.room())
	}
	d.Tensor = 0
	for n := 1; n <= 1<<16 && e.Needed == 0; n *= 2 {
		for _, in := range p.instances(d, n) {
			if in.Devices == n && in.Capacity(length) >= 1 {
				e.Needed = n
			}
		}
	}
	if math.IsInf(e.Missing, 1) {
		return fmt.Errorf("no copy of %s takes %d of %d devices: a copy takes a power of two", d.Model.Name, d.Tensor, devices)
	}
	return e
}

// Apart predicts copies that decode beside devices that read prompts: the
// slower of the two sets the pace, and prompts wait as in a queue with fixed
// service times. The load is that of one copy.
func (p *Predictor) Apart(in *Instance, l Load, prefill, copies int) Served {
	l.Disaggregated = true
	s := p.Serve(in, l)
	latency, work := p.prefill(in, l.Input)
	// Requests per second that one copy's share of the prefill devices reads.
	readers := float64(prefill) / float64(in.Devices) / float64(copies)
	wanted := s.OutputRate / l.Output
	read := readers / work
	busy := min(0.98, wanted/read)
	s.TTFT = p.byEngine(firstVLLM, in.Engine)*p.fixed(in) + latency + latency*busy/(2*(1-busy))
	if wanted > read {
		// Those in flight that are not decoded wait to be read.
		s.OutputRate = read * l.Output
		s.Running = s.OutputRate * s.TPOT
		s.TTFT = max(s.TTFT, l.Concurrency/read-l.Output*s.TPOT)
	}
	s.InputRate = s.OutputRate / l.Output * l.Input
	return s
}
