package plan

import (
	"github.com/proviso-dev/proviso/account"
)

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
