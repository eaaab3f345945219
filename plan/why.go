package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/explanation"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/queue"
)

// WhyFormat is the version of an explanation written as JSON.
const WhyFormat = "proviso.dev/why/v1alpha1"

// Explanation is what became of a job in one sample, judgement by judgement.
type Explanation struct {
	Format string `json:"format"`
	Job    string `json:"job"`
	Sample int    `json:"sample"`
	Looks  []Look `json:"looks"`
	// Arrivals are the lots that it may use and that were not there from the
	// start.
	Arrivals []Arrival `json:"arrivals,omitempty"`
}

// Arrival is what came of a lot in the sample.
type Arrival struct {
	Lot       string `json:"lot"`
	Product   string `json:"accelerator"`
	Site      string `json:"site"`
	Quantity  int64  `json:"quantity"`
	Delivered int64  `json:"delivered"`
	// First is when its first devices came; nil if none did in the period.
	First *time.Time `json:"first,omitempty"`
	// HeldBy is what holds back at the period's end what did not come.
	HeldBy string `json:"heldBy,omitempty"`
}

// Look is one judgement of the job at one place.
type Look struct {
	At      time.Time `json:"at"`
	Product string    `json:"accelerator"`
	Site    string    `json:"site"`
	Devices int64     `json:"devices"`
	Outcome string    `json:"outcome"`
	// Again is when it is looked at again; nil where no instant can be computed.
	Again   *time.Time           `json:"lookAgain,omitempty"`
	Reasons []explanation.Reason `json:"reasons"`
}

// mostLooks bounds an explanation.
const mostLooks = 2000

// Why plans one sample again and tells what became of a job: a job document,
// its k-th job as NAME#k, or a phase as PROGRAMME/PHASE.
func Why(p *Problem, job string, sample int) (*Explanation, error) {
	match, options, err := p.jobNamed(job)
	if err != nil {
		return nil, err
	}
	r := newRun(p)
	e := &Explanation{Format: WhyFormat, Job: job, Sample: sample}
	r.q.Observe = func(it *queue.Item, s *queue.Shape, option int, q *decision.Request, v *decision.Verdict) {
		if t := &r.jobs[it.Ref]; len(e.Looks) < mostLooks && match(t) {
			e.Looks = append(e.Looks, r.look(q, v))
		}
	}
	r.do(p.draw(sample), nil, false)
	for _, o := range options {
		for _, s := range o.Stocks {
			for _, lot := range p.Rules.Stocks[s].Lots {
				if !p.lots[lot].present {
					e.Arrivals = append(e.Arrivals, r.arrival(lot))
				}
			}
		}
	}
	return e, nil
}

func (r *run) arrival(lot int32) Arrival {
	st := &r.p.Rules.Stocks[r.p.lots[lot].stock]
	s := r.w.Lot(lot)
	a := Arrival{Lot: r.p.lots[lot].name, Product: r.p.Rules.Products[st.Product].Name, Site: r.p.Rules.Sites[st.Site].Name, Quantity: r.sample.lots[lot].quantity, Delivered: s.Delivered}
	if s.Delivered > 0 {
		t := r.p.time(s.First)
		a.First = &t
	}
	if s.Delivered < a.Quantity {
		a.HeldBy = r.heldBy(int(lot))
	}
	return a
}

// jobNamed finds what a name stands for, and where it may run.
func (p *Problem) jobNamed(job string) (func(*task) bool, []queue.Option, error) {
	name, number, one := strings.Cut(job, "#")
	k := int32(-1)
	if one {
		if _, err := fmt.Sscan(number, &k); err != nil {
			return nil, nil, fmt.Errorf("%q: behind # comes the number of the job in its series, from 0 on", job)
		}
	}
	var names []string
	for i := range p.series {
		if names = append(names, p.series[i].name); p.series[i].name == name {
			return func(t *task) bool { return t.source == fromSeries && t.index == int32(i) && (k < 0 || t.name == k) }, p.series[i].options, nil
		}
	}
	for i := range p.phases {
		full := p.phases[i].name
		short := p.phases[i].entry.Name
		if names = append(names, full, short); full == name || short == name {
			return func(t *task) bool { return t.source == fromPhase && t.index == int32(i) }, p.phases[i].options, nil
		}
	}
	hint := spelling.Hint(name, names)
	if hint == "" {
		hint = "known are " + strings.Join(names, ", ")
	}
	return nil, nil, fmt.Errorf("there is no job or phase %q (%s)", name, hint)
}

func (r *run) look(q *decision.Request, v *decision.Verdict) Look {
	st := &r.p.Rules.Stocks[q.First.Stock]
	l := Look{
		At: r.p.time(r.w.Now()), Product: r.p.Rules.Products[st.Product].Name, Site: r.p.Rules.Sites[st.Site].Name,
		Devices: q.Devices(), Outcome: v.Outcome.String(),
	}
	if v.Outcome != decision.Admit && v.Again < calendar.Never {
		t := r.p.time(v.Again)
		l.Again = &t
	}
	for i := range v.Reasons {
		l.Reasons = append(l.Reasons, explanation.Of(r.w, q, &v.Reasons[i], r.p.Zone))
	}
	return l
}
