package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// WhyFormat is the version of an explanation written as JSON.
const WhyFormat = "proviso.dev/why/v1alpha1"

// Explanation is what became of a job in one sample, judgement by judgement.
type Explanation struct {
	Format string `json:"format"`
	Job    string `json:"job"`
	Sample int    `json:"sample"`
	Looks  []Look `json:"looks"`
}

// Look is one judgement of the job at one place.
type Look struct {
	At      time.Time `json:"at"`
	Product string    `json:"accelerator"`
	Site    string    `json:"site"`
	Devices int64     `json:"devices"`
	Outcome string    `json:"outcome"`
	// Again is when it is looked at again; nil where no instant can be computed.
	Again   *time.Time `json:"lookAgain,omitempty"`
	Reasons []Reason   `json:"reasons"`
}

// Reason is one condition of a look, in words.
type Reason struct {
	Permit    string `json:"permit"`
	Condition string `json:"condition"`
	Form      string `json:"form"`
	Basis     string `json:"basis,omitempty"`
	Outcome   string `json:"outcome"`
	Measured  string `json:"measured,omitempty"`
	Bound     string `json:"bound,omitempty"`
	Room      string `json:"roomLeft,omitempty"`
	Asks      string `json:"asks,omitempty"`
	// First is when it would hold if nothing else came.
	First *time.Time `json:"first,omitempty"`
	// Largest is the largest size that it admits now; nil where sizes do not matter.
	Largest *int64 `json:"largest,omitempty"`
	// Change is the smallest change that would admit the job.
	Change string `json:"smallestChange,omitempty"`
}

// mostLooks bounds an explanation.
const mostLooks = 2000

// Why plans one sample again and tells what became of a job: a job document,
// its k-th job as NAME#k, or a phase as PROGRAMME/PHASE.
func Why(p *Problem, job string, sample int) (*Explanation, error) {
	match, err := p.jobNamed(job)
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
	return e, nil
}

// jobNamed finds what a name stands for.
func (p *Problem) jobNamed(job string) (func(*task) bool, error) {
	name, number, one := strings.Cut(job, "#")
	k := int32(-1)
	if one {
		if _, err := fmt.Sscan(number, &k); err != nil {
			return nil, fmt.Errorf("%q: behind # comes the number of the job in its series, from 0 on", job)
		}
	}
	var names []string
	for i := range p.series {
		if names = append(names, p.series[i].name); p.series[i].name == name {
			return func(t *task) bool { return t.source == fromSeries && t.index == int32(i) && (k < 0 || t.name == k) }, nil
		}
	}
	for i := range p.phases {
		full := p.phases[i].name
		short := p.phases[i].entry.Name
		if names = append(names, full, short); full == name || short == name {
			return func(t *task) bool { return t.source == fromPhase && t.index == int32(i) }, nil
		}
	}
	hint := spelling.Hint(name, names)
	if hint == "" {
		hint = "known are " + strings.Join(names, ", ")
	}
	return nil, fmt.Errorf("there is no job or phase %q (%s)", name, hint)
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
		l.Reasons = append(l.Reasons, r.reason(q, &v.Reasons[i]))
	}
	return l
}

func (r *run) reason(q *decision.Request, x *decision.Reason) Reason {
	rules := r.p.Rules
	out := Reason{Form: x.Form.String(), Outcome: x.Outcome.String()}
	if x.Clause < 0 {
		pm := &rules.Permits[-1-x.Clause]
		out.Permit, out.Condition = pm.Name, map[world.Form]string{world.Gate: "in effect", world.Grant: "quantity granted"}[x.Form]
		if x.Outcome != decision.Admit {
			out.Change = r.gateChange(-1 - x.Clause)
		}
	} else {
		c := &rules.Clauses[x.Clause]
		out.Permit, out.Condition, out.Basis = rules.Permits[c.Permit].Name, c.Name, rules.Groups[c.Group].Basis
		if x.Account >= 0 {
			out.Measured, out.Bound, out.Room, out.Asks = Show(x.Value, c.Unit), Show(x.Bound, c.Unit), Show(x.Room(), c.Unit), Show(x.Ask, c.Unit)
		}
		if x.Outcome != decision.Admit {
			out.Change = r.change(q, c, x)
		}
	}
	if x.Outcome != decision.Admit && x.First < calendar.Never {
		t := r.p.time(x.First)
		out.First = &t
	}
	if x.Largest < decision.Any {
		n := x.Largest
		out.Largest = &n
	}
	return out
}

// gateChange says what a permit that is not in effect waits for.
func (r *run) gateChange(p int32) string {
	s := r.w.Permit(p)
	if s.Ended <= r.w.Now() {
		return "the permit is " + s.Why.String() + ": another permit over these devices"
	}
	var missing []string
	for k, t := range s.Endorsed {
		if t > r.w.Now() {
			missing = append(missing, r.p.Rules.Authorities[r.p.Rules.Permits[p].Required[k]])
		}
	}
	if len(missing) == 0 {
		return "the permit's first day"
	}
	return "an endorsement by " + strings.Join(missing, " and ")
}

// change is the smallest change of the request, or of the world, that would
// admit it under one clause.
func (r *run) change(q *decision.Request, c *world.Clause, x *decision.Reason) string {
	switch c.Form {
	case world.Require:
		return "the work or the place must satisfy: " + c.Text
	case world.Approval:
		var by []string
		for _, a := range c.By {
			by = append(by, r.p.Rules.Authorities[a])
		}
		return fmt.Sprintf("an approval by %d of %s", c.Quorum, strings.Join(by, ", "))
	case world.Duty:
		return "filing what is overdue"
	case world.Evidence:
		return "fresh evidence of " + r.p.Rules.EvidenceKinds[c.Kind]
	}
	if x.Largest > 0 && x.Largest < q.Devices() {
		return fmt.Sprintf("at most %d devices instead of %d", x.Largest, q.Devices())
	}
	if x.First < calendar.Never && x.First > r.w.Now() {
		return "starting on " + x.First.Date(r.p.Zone)
	}
	if x.Room().Sign() > 0 && x.Ask.Sign() > 0 && c.Form == world.Limit && !c.Measure.Instant() && c.Measure != permit.Jobs {
		return "a limit of " + quantity.Duration(x.Room().Div(account.Of(max(1, x.Ask.Quo(int64(max(1, q.Limit))))))).String()
	}
	return "a bound higher by " + Show(x.Ask.Sub(x.Room()), c.Unit)
}

// Show writes an exact sum in the unit that people read, rounded for display.
func Show(s account.Sum, u quantity.Unit) string {
	f := s.Float()
	switch u {
	case quantity.DeviceMilli:
		return fmt.Sprintf("%.1f device-hours", f/msPerHour)
	case quantity.Watt:
		return fmt.Sprintf("%.3f MW", f/1e6)
	case quantity.MilliJoule:
		return fmt.Sprintf("%.3f MWh", f/mJPerMWh)
	case quantity.GigaFLOP:
		return fmt.Sprintf("%.4g FLOP", f*1e9)
	case quantity.MicroPrice:
		return fmt.Sprintf("%.2f", f/3.6e12)
	}
	return s.String()
}
