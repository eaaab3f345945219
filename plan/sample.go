package plan

import (
	"fmt"
	"math/big"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// sample is one draw of everything uncertain. All combinations of conditions
// see the same one.
type sample struct {
	dice dice
	// endorsed[p][k] is when the k-th required endorsement of permit p comes.
	endorsed [][]calendar.Instant
	lots     []lotDraw
	facts    []factDraw
	work     []int64            // by phase, in its units
	earliest []calendar.Instant // by phase
	demand   [][]demandPoint
	speeds   [][]int64            // by phase and option, where they are predicted
	watts    [][]int64            // the same; 0 where the rated power counts
	runs     [][]calendar.Instant // by series and occurrence
	events   []eventDraw
	filings  []filingDraw
	gaps     []gapDraw
	timeline []event // made by the first run
	// answers of authorities, as they are asked; one run at a time uses a sample.
	answers map[answer]calendar.Instant
}

type lotDraw struct {
	quantity int64
	arrives  calendar.Instant
	leads    calendar.Instant
	// certified[i] is when the i-th evidence practice that is asked for before
	// delivery is there, after arrives.
	certified []calendar.Instant
}

type factDraw struct {
	fact  int32
	at    calendar.Instant
	value account.Sum
}

type demandPoint struct {
	after calendar.Instant
	speed int64 // work wanted in a millisecond
}

type eventDraw struct {
	index int
	at    calendar.Instant
}

type filingDraw struct {
	clause, window int32
	at             calendar.Instant
}

type gapDraw struct {
	stock, kind int32
	from, until calendar.Instant
}

// draw draws sample number n.
func (p *Problem) draw(n int) *sample {
	d := dice{p.Seed, n}
	s := &sample{dice: d}
	p.drawEndorsements(s)
	p.drawLots(s)
	for i := range p.Catalog.Facts {
		f := &p.Catalog.Facts[i]
		for _, pt := range f.Spec.Series {
			// One roll for the whole series: a strong market is strong throughout.
			v, _ := draw(d, pt.Value, "fact/"+f.Name, "value", amountIn(p.factUnit[i]))
			s.facts = append(s.facts, factDraw{int32(i), max(p.From, pt.At.In(p.Zone)), account.Of(v)})
		}
	}
	for i := range p.phases {
		p.drawPhase(s, &p.phases[i])
		p.drawYield(s, &p.phases[i])
	}
	for i := range p.series {
		j := &p.series[i]
		runs := make([]calendar.Instant, len(j.starts))
		for k := range runs {
			runs[k] = j.expected
			if j.entry.Runs.Set() {
				v, _ := draw(d, j.entry.Runs, fmt.Sprintf("job/%s/%d", j.name, k), "runs", milliseconds)
				runs[k] = calendar.Instant(max(1, v))
			}
			runs[k] = min(runs[k], j.limit)
		}
		s.runs = append(s.runs, runs)
	}
	p.drawEvents(s)
	p.drawFilings(s)
	return s
}

// drawEndorsements draws by authority: one decision of a ministry, however
// many permits it concerns.
func (p *Problem) drawEndorsements(s *sample) {
	s.endorsed = make([][]calendar.Instant, len(p.Rules.Permits))
	for i := range p.Catalog.Permits {
		e := &p.Catalog.Permits[i].Spec.Endorsements
		at := make([]calendar.Instant, len(e.Required))
		for k, by := range e.Required {
			at[k] = calendar.Never
			for _, x := range e.Expected {
				if x.By != by {
					continue
				}
				if v, ok := draw(s.dice, x.On, "endorsement/"+by, "on", p.day); ok {
					at[k] = calendar.Instant(v)
				}
			}
			for _, a := range e.Asserted {
				if a.By == by {
					at[k] = a.On.In(p.Zone)
				}
			}
		}
		s.endorsed[i] = at
	}
}

func (p *Problem) drawLots(s *sample) {
	for i := range p.lots {
		l := &p.lots[i]
		var out lotDraw
		out.quantity, _ = draw(s.dice, l.entry.Quantity, "lot/"+l.name, "quantity", amountIn(quantity.Count))
		out.quantity = max(0, out.quantity)
		out.arrives = p.From
		if !l.present {
			v, ok := draw(s.dice, l.entry.Arrives, "lot/"+l.name, "arrives", p.day)
			out.arrives = calendar.Never
			if ok {
				out.arrives = max(p.From, calendar.Instant(v))
			}
		}
		for _, lead := range l.entry.Leads {
			v, ok := draw(s.dice, lead.Takes, "lot/"+l.name, "lead/"+lead.Name, milliseconds)
			if !ok {
				out.arrives = calendar.Never
			}
			out.leads += calendar.Instant(max(0, v))
		}
		for _, ev := range l.entry.Evidence {
			at := calendar.Never
			if ev.Takes.Set() {
				if v, ok := draw(s.dice, ev.Takes, "lot/"+l.name, "evidence/"+ev.Kind, milliseconds); ok {
					at = calendar.Instant(max(0, v))
				}
			}
			out.certified = append(out.certified, at)
		}
		p.drawGaps(s, i)
		s.lots = append(s.lots, out)
	}
}

func (p *Problem) drawGaps(s *sample, i int) {
	l := &p.lots[i]
	if p.Rules.Stocks[l.stock].Lots[0] != int32(i) {
		return // lots of one stock have the same practice: count it once
	}
	for _, ev := range l.entry.Evidence {
		for k, g := range ev.Gaps {
			from, ok := draw(s.dice, g.From, "lot/"+l.name, fmt.Sprintf("gap/%s/%d", ev.Kind, k), p.day)
			if !ok {
				continue
			}
			length, _ := draw(s.dice, g.For, "lot/"+l.name, fmt.Sprintf("gap/%s/%d/for", ev.Kind, k), milliseconds)
			s.gaps = append(s.gaps, gapDraw{l.stock, p.kindOf(ev.Kind), calendar.Instant(from), calendar.Instant(from + max(0, length))})
		}
	}
}

func (p *Problem) kindOf(kind string) int32 {
	for i, k := range p.Rules.EvidenceKinds {
		if k == kind {
			return int32(i)
		}
	}
	return -1
}

func (p *Problem) drawPhase(s *sample, ph *phase) {
	entity := "phase/" + ph.name
	earliest := calendar.Instant(0)
	if ph.entry.NotBefore.Set() {
		earliest = calendar.Never
		if v, ok := draw(s.dice, ph.entry.NotBefore, entity, "notBefore", p.day); ok {
			earliest = calendar.Instant(v)
		}
	}
	s.earliest = append(s.earliest, earliest)
	var points []demandPoint
	var amount int64
	switch {
	case ph.serve:
		for _, x := range ph.entry.Serve.Demand {
			if x.TokensPerSecond.Set() {
				n, _ := draw(s.dice, x.TokensPerSecond, entity, "demand", amountIn(quantity.Tokens))
				points = append(points, demandPoint{instant(x.After), max(0, n) * demandUnit})
				continue
			}
			n, _ := draw(s.dice, x.Devices, entity, "demand", amountIn(quantity.Count))
			points = append(points, demandPoint{instant(x.After), max(0, n) * speedUnit})
		}
	case ph.entry.Work.DeviceHours.Set():
		amount, _ = draw(s.dice, ph.entry.Work.DeviceHours, entity, "work", amountIn(ph.unit))
	case ph.entry.Work.Tokens.Set():
		amount, _ = draw(s.dice, ph.entry.Work.Tokens, entity, "work", amountIn(ph.unit))
	default:
		amount, _ = draw(s.dice, ph.entry.Work.FLOP, entity, "work", amountIn(ph.unit))
	}
	s.demand = append(s.demand, points)
	if ph.scale != nil {
		v := new(big.Rat).Mul(ph.scale, new(big.Rat).SetInt64(max(1, amount)))
		amount = new(big.Int).Quo(v.Num(), v.Denom()).Int64()
	}
	s.work = append(s.work, amount)
}

func (p *Problem) drawEvents(s *sample) {
	for i := range p.Events {
		e := &p.Events[i]
		if e.Probability != nil && !s.dice.happens(*e.Probability, "event/"+e.Name, "happens") {
			continue
		}
		at, ok := draw(s.dice, e.At, "event/"+e.Name, "at", p.day)
		if !ok {
			continue
		}
		delay, _ := draw(s.dice, e.Delay, "event/"+e.Name, "delay", milliseconds)
		s.events = append(s.events, eventDraw{i, max(p.From, calendar.Instant(at+max(0, delay)))})
	}
}

// drawFilings draws when each duty is fulfilled. A duty for which no document
// says how long it takes is fulfilled in time.
func (p *Problem) drawFilings(s *sample) {
	for i := range p.Rules.Clauses {
		c := &p.Rules.Clauses[i]
		for k, due := range c.Due {
			at := due.Window
			for g := range p.programmes {
				for _, f := range p.programmes[g].filings {
					if f.clause != int32(i) {
						continue
					}
					v, ok := draw(s.dice, f.entry.Takes, fmt.Sprintf("duty/%s/%s/%d", f.entry.Permit, f.entry.Duty, k), "takes", milliseconds)
					at = calendar.Never
					if ok {
						at = due.Window + calendar.Instant(max(0, v))
					}
				}
			}
			if at < p.Until {
				s.filings = append(s.filings, filingDraw{int32(i), int32(k), max(p.From, at)})
			}
		}
	}
}

// speedAt is the work wanted of a serving phase, so long after its start.
func speedAt(points []demandPoint, after calendar.Instant) int64 {
	if len(points) == 0 {
		return 0
	}
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if after < b.after {
			if after <= a.after {
				return a.speed
			}
			return line(a.speed, b.speed, int64(after-a.after), int64(b.after-a.after))
		}
	}
	return points[len(points)-1].speed
}
