package yield

import (
	"errors"
	"math"
)

// LargestQuestion asks for the largest model of a family that a fleet can
// train in a time and then serve.
type LargestQuestion struct {
	// Family is a model whose architecture is scaled.
	Family *Shape
	Device *Device
	// Devices train together; the same serve.
	Devices int
	// Time is what there is, in seconds. TokensPerActive is how many tokens
	// the model is trained on for each active parameter.
	Time, TokensPerActive float64
	Sequence              float64
	Failures              Failures
}

// Largest is the answer.
type Largest struct {
	// Parameters and Active of the model, and the tokens that it is trained on.
	Parameters, Active, Tokens float64
	// Context is the longest of which the devices hold one request.
	Context float64
	// Devices that one copy needs to be served.
	CopyDevices int
	Training    TrainingEstimate
}

// Largest finds it by halving: time and memory grow with the size.
func (p *Predictor) Largest(q LargestQuestion) (Largest, error) {
	var out Largest
	if !(q.Time > 0) || q.Devices < 1 || !(q.TokensPerActive > 0) {
		return out, errors.New("the largest model needs time, devices and tokens for each parameter")
	}
	try := func(ratio float64) (Largest, bool) {
		m := q.Family.Resized(ratio)
		l := Largest{Parameters: m.Total(), Active: m.Active, Tokens: m.Active * q.TokensPerActive}
		e, err := p.EstimateTraining(Work{Model: m, Device: q.Device, Devices: q.Devices, Tokens: l.Tokens, Sequence: q.Sequence, Method: "pretrain", Failures: q.Failures})
		if err != nil || e.Time.P50 > q.Time {
			return l, false
		}
		l.Training = e
		l.CopyDevices, l.Context = p.longest(m, q)
		return l, l.CopyDevices > 0
	}
	low, high := 1e-4, 1e4
	if _, ok := try(low); !ok {
		return out, errors.New("not even a ten-thousandth of the model can be trained in that time on so many devices")
	}
	for range 40 {
		mid := math.Sqrt(low * high)
		if l, ok := try(mid); ok {
			low, out = mid, l
		} else {
			high = mid
		}
	}
	return out, nil
}

// longest finds the smallest copy that holds a request of 8,192 tokens, and
// the longest request that all devices hold as one copy.
func (p *Predictor) longest(m *Shape, q LargestQuestion) (devices int, context float64) {
	for _, in := range p.instances(Deployment{Model: m, Device: q.Device}, q.Devices) {
		room := in.room() - in.weights()
		if room <= 0 {
			continue
		}
		if devices == 0 && in.Capacity(8192) >= 1 {
			devices = in.Devices
		}
		perToken := in.cachePerRequest(1<<20) / (1 << 20)
		context = max(context, room/perToken)
	}
	if m.Context > 0 {
		context = min(context, m.Context)
	}
	return devices, context
}

// Resized scales a model's active parameters by a ratio, and the rest with
// them: widths and depth by its cube root.
func (s *Shape) Resized(ratio float64) *Shape {
	m := *s
	m.resize(s.Total()*ratio, s.Active*ratio)
	m.Scaled = true
	return &m
}
