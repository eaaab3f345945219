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
		l.Reasons = append(l.Reasons, explanation.Of(r.w, q, &v.Reasons[i], r.p.Zone))
	}
	return l
}
