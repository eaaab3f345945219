package plan

import (
	"fmt"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/queue"
)

// blocked asks for the approvals that a waiting job needs. An authority
// answers after the time that it takes to respond; once for each subject.
func (r *run) blocked(it *queue.Item, _ *queue.Shape, v *decision.Verdict) {
	if v == nil {
		return
	}
	for i := range v.Reasons {
		x := &v.Reasons[i]
		k := approval{x.Clause, it.Subject}
		if x.Outcome != decision.NeedsApproval || r.asked[k] {
			continue
		}
		r.asked[k] = true
		decision.Need(r.w, x)
		for _, a := range r.p.Rules.Clauses[x.Clause].By {
			if after := r.responds(a, it.Subject); after < calendar.Never {
				r.at(r.w.Now()+after, approves, x.Clause, it.Subject, uint32(a))
			}
		}
	}
}

// answer names an authority's answer about a subject in all runs of a sample.
type answer struct {
	authority   int32
	source      source
	index, name int32
}

// responds is how long an authority takes to answer about a subject, Never if
// it does not. It is drawn once for all runs of a sample.
func (r *run) responds(authority, subject int32) calendar.Instant {
	k := answer{authority: authority, source: fromPhase, index: -1 - subject}
	if subject >= 0 {
		t := &r.jobs[subject]
		k.source, k.index, k.name = t.source, t.index, t.name
	}
	after, known := r.sample.answers[k]
	if known {
		return after
	}
	d := r.p.Catalog.Authorities[authority].Spec.Responds
	ms, ok := draw(r.sample.dice, d, "authority/"+r.p.Rules.Authorities[authority], fmt.Sprintf("approves/%s", r.subject(subject)), milliseconds)
	if after = calendar.Instant(max(0, ms)); d.Set() && !ok {
		after = calendar.Never
	}
	if r.sample.answers == nil {
		r.sample.answers = map[answer]calendar.Instant{}
	}
	r.sample.answers[k] = after
	return after
}

// refuse is told of a waiting job that no condition will ever let run as
// things stand. A phase goes on waiting; other jobs are refused and leave.
func (r *run) refuse(it *queue.Item, _ *queue.Shape, v *decision.Verdict) bool {
	t := &r.jobs[it.Ref]
	if t.source == fromPhase {
		return false
	}
	name := "recorded jobs"
	if t.source == fromSeries {
		name = r.p.series[t.index].name
		if it.Own >= 0 {
			r.w.Unbook(it.Own)
		}
	} else {
		r.result.Trace.of(r, t.index).Refused++
	}
	clause := noClause
	for i := range v.Reasons {
		if v.Reasons[i].Outcome != decision.Deny {
			continue
		}
		decision.Need(r.w, &v.Reasons[i])
		if clause == noClause {
			clause = v.Reasons[i].Clause
		}
	}
	r.refused[refusedKey{name, clause}]++
	return true
}

// subject names what an approval is given to, for its draw.
func (r *run) subject(s int32) string {
	if s < 0 {
		return r.p.phases[-1-s].name
	}
	t := &r.jobs[s]
	if t.source == fromSeries {
		return fmt.Sprintf("%s/%d", r.p.series[t.index].name, t.name)
	}
	return fmt.Sprintf("trace/%d", t.name)
}
