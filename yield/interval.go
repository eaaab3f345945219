package yield

import "math"

// Interval is a prediction with its 80 % interval: one outcome in ten lies
// below P10, one above P90.
type Interval struct{ P10, P50, P90 float64 }

// Scale multiplies an interval.
func (v Interval) Scale(by float64) Interval { return Interval{v.P10 * by, v.P50 * by, v.P90 * by} }

// Inverse is the interval of an amount divided by the quantity.
func (v Interval) Inverse(amount float64) Interval {
	return Interval{amount / v.P90, amount / v.P50, amount / v.P10}
}

// Confidence says what an interval rests on.
type Confidence struct {
	// Rows and Groups of measurements of the class, each predicted by
	// coefficients that were fitted without its group.
	Rows, Groups int
	// Validated says that the accelerator was measured with such a model; else
	// the interval is a prior.
	Validated bool
}

// String says it in words.
func (c Confidence) String() string {
	if !c.Validated {
		return "prior, not validated"
	}
	return "validated"
}

// Class is what a prediction's error is looked up by.
type Class struct {
	Metric      string
	Accelerator string
	MoE         bool
	Format      string
	Engine      Engine
	// Prior says that nothing of the kind was measured, whatever the rest of
	// the class says: an architecture that is scaled, another way to work.
	Prior bool
}

func (c Class) kind() string {
	if c.MoE {
		return "moe"
	}
	return "dense"
}

// thin is how many groups of measurements count as much as all others
// together: a class of fewer leans on the wider ones.
const thin = 3

// fewGroups is the factor by which few groups widen an interval: that of
// Student's distribution over the normal one at nine tenths (Cornish and
// Fisher's expansion).
func fewGroups(groups int) float64 {
	if groups < 2 {
		groups = 2
	}
	const z = 1.2816
	n := float64(groups - 1)
	t := z + (z*z*z+z)/(4*n) + (5*z*z*z*z*z+16*z*z*z+3*z)/(96*n*n)
	return t / z
}

// unmeasured widens an interval where no measurement of the accelerator with
// such a model exists: the logarithm's spread is taken twice.
const unmeasured = 2

// kin is the metric whose errors stand beside those of one that few groups of
// measurements speak to.
var kin = map[string]string{"nodePower": "power"}

// all gives the errors of a whole metric; nil when there are none.
func (p *Predictor) all(metric string) *Residuals {
	for i := range p.residuals {
		if r := &p.residuals[i]; r.Metric == metric && r.Accelerator == "" && r.Kind == "" && r.Engine == "" {
			return r
		}
	}
	return nil
}

// Spread gives the ratios of truth to prediction that bound 80 % of a class,
// from the widest class to the finest, each weighed by how many groups of
// measurements it rests on.
func (p *Predictor) Spread(c Class) (low, high float64, conf Confidence) {
	logLow, logHigh := math.Log(0.5), math.Log(2.0) // where nothing is known at all
	share := 1.0
	if near := p.all(kin[c.Metric]); near != nil {
		logLow, logHigh = near.logs(near.Groups)
		share = 0
	}
	if r := p.all(c.Metric); r != nil {
		if share == 0 {
			share = float64(r.Groups) / (float64(r.Groups) + thin)
		}
		groups := r.Groups
		if kin[c.Metric] != "" {
			groups += thin
		}
		low, high := r.logs(groups)
		logLow, logHigh = (1-share)*logLow+share*low, (1-share)*logHigh+share*high
		conf.Rows, conf.Groups = r.Rows, r.Groups
	}
	for i := range p.residuals {
		r := &p.residuals[i]
		own := r.Accelerator == c.Accelerator
		if r.Metric != c.Metric || r.Kind != c.kind() || r.Accelerator != "" && !own ||
			r.Format != "" && r.Format != c.Format || r.Engine != "" && r.Engine != string(c.Engine) {
			continue
		}
		w := float64(r.Groups) / (float64(r.Groups) + thin)
		low, high := r.logs(r.Groups + thin) // the wider class stands for so many
		logLow = (1-w)*logLow + w*low
		logHigh = (1-w)*logHigh + w*high
		if own {
			conf = Confidence{Rows: r.Rows, Groups: r.Groups, Validated: true}
		}
	}
	if c.Prior {
		conf.Validated = false
	}
	if !conf.Validated {
		logLow, logHigh = logLow*unmeasured, logHigh*unmeasured
	}
	return math.Exp(logLow), math.Exp(logHigh), conf
}

// logs gives the logarithms of the bounds, widened around their middle for
// resting on so many groups.
func (r *Residuals) logs(groups int) (low, high float64) {
	low, high = math.Log(r.P10), math.Log(r.P90)
	middle, wide := (low+high)/2, fewGroups(groups)
	return middle + (low-middle)*wide, middle + (high-middle)*wide
}

// Around puts the class's interval around a prediction. A class whose
// predictions were all too low or too high has the prediction at its edge.
func (p *Predictor) Around(c Class, v float64) (Interval, Confidence) {
	low, high, conf := p.Spread(c)
	return Interval{v * min(1, low), v, v * max(1, high)}, conf
}

// whole puts around the time of a whole pretraining run the errors of all of
// them.
func (p *Predictor) whole(v float64) Interval {
	if r := p.all("trainTime"); r != nil {
		low, high := r.logs(r.Groups)
		return Interval{v * min(1, math.Exp(low)), v, v * max(1, math.Exp(high))}
	}
	return Interval{v, v, v}
}

// WithResiduals gives a predictor that has errors to put intervals around, and
// no coefficients to predict with.
func WithResiduals(r []Residuals) *Predictor { return &Predictor{residuals: r} }
