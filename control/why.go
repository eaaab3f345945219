package control

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/explanation"
	"github.com/proviso-dev/proviso/world"
)

// Look is a waiting job as it is judged at one place now, with its least size.
type Look struct {
	// Accelerator and Site are empty where the look is the recorded verdict,
	// which is that of no single place.
	Accelerator, Site string
	// Devices is the least size; Free how many devices are free there.
	Devices, Free int64
	Outcome       string
	// Again is the first instant at which all conditions might let it go, to be
	// judged anew then; Never where none is known.
	Again   calendar.Instant
	Reasons []explanation.Reason
}

// Why judges a waiting job anew at every place where it may run. It is as of
// the last fact, and changes nothing. A job that was denied is judged anew as
// long as that still says why; once documents, permits or dates are other ones
// the recorded verdict answers.
func (s *State) Why(number string, zone *time.Location) ([]Look, error) {
	ref, err := s.Job(number)
	if err != nil {
		return nil, err
	}
	j := s.jobs[ref]
	var looks []Look
	if j.group >= 0 {
		looks = s.looks(j, zone)
	}
	if j.state == Denied && !slices.ContainsFunc(looks, func(l Look) bool { return l.Outcome == decision.Deny.String() }) {
		return s.recorded(j, zone), nil
	}
	return looks, nil
}

// recorded is why a job was denied, as its entry says it.
func (s *State) recorded(j *job, zone *time.Location) []Look {
	if j.verdict == nil {
		return nil
	}
	q := decision.Request{First: world.Part{Devices: j.item.Min}, Limit: j.item.Limit}
	l := Look{Devices: j.item.Min, Outcome: j.verdict.Outcome, Again: calendar.Never}
	for i := range j.verdict.Because {
		b := &j.verdict.Because[i]
		if r, known := s.judgedAs(b); known {
			x := explanation.Of(s.world, &q, &r, zone)
			if r.Clause < 0 && s.world.Open(-1-r.Clause) {
				x.Change = "" // the permit is in effect by now
			}
			l.Reasons = append(l.Reasons, x)
			continue
		}
		// The condition is not there any more.
		permit, condition, _ := strings.Cut(b.Clause, "/")
		l.Reasons = append(l.Reasons, explanation.Reason{Permit: permit, Condition: cmp.Or(condition, "in effect"), Form: b.Form, Outcome: b.Outcome})
	}
	return []Look{l}
}

// judgedAs reads a recorded reason, if its condition is there and of that form.
func (s *State) judgedAs(b *Reason) (decision.Reason, bool) {
	r := decision.Reason{Account: -1, First: calendar.Never, Largest: decision.Any}
	permit, condition, _ := strings.Cut(b.Clause, "/")
	if condition == "" {
		p, err := s.Permit(permit)
		if err != nil {
			return r, false
		}
		r.Clause, r.Form = -1-p, world.Gate
		if b.Form == world.Grant.String() {
			r.Form = world.Grant
		}
	} else {
		c, err := s.Clause(permit, condition)
		if err != nil || s.rules.Clauses[c].Form.String() != b.Form {
			return r, false
		}
		r.Clause, r.Form = c, s.rules.Clauses[c].Form
	}
	for o := decision.Admit; o <= decision.Deny; o++ {
		if o.String() == b.Outcome {
			r.Outcome = o
		}
	}
	if b.Ask != "" && condition != "" {
		r.Account = 0 // it was measured
		for _, x := range []struct {
			text string
			into *account.Sum
		}{{b.Ask, &r.Ask}, {b.Bound, &r.Bound}, {b.Value, &r.Value}} {
			n, ok := new(big.Int).SetString(x.text, 10)
			if !ok {
				return r, false
			}
			if *x.into, ok = account.FromBig(n); !ok {
				return r, false
			}
		}
	}
	if n, err := strconv.ParseInt(b.Largest, 10, 64); err == nil {
		r.Largest = n
	}
	if n, err := strconv.ParseInt(b.First, 10, 64); err == nil {
		r.First = calendar.Instant(n)
	}
	return r, true
}

// looks judges a job at every place.
func (s *State) looks(j *job, zone *time.Location) []Look {
	shape := s.queue.Shape(j.group)
	var out []Look
	var v decision.Verdict
	for _, o := range shape.Options {
		q := s.request(j, o.Stocks)
		free := int64(0)
		for _, st := range o.Stocks {
			x := s.world.Stock(st)
			free += x.Capacity - x.Used
		}
		decision.Judge(s.world, &q, &v)
		st := &s.rules.Stocks[o.Stocks[0]]
		l := Look{
			Accelerator: s.rules.Products[st.Product].Name, Site: s.rules.Sites[st.Site].Name,
			Devices: j.item.Min, Free: free, Outcome: v.Outcome.String(), Again: calendar.Never,
		}
		if v.Outcome != decision.Admit {
			l.Again = v.Again
		}
		for i := range v.Reasons {
			l.Reasons = append(l.Reasons, explanation.Of(s.world, &q, &v.Reasons[i], zone))
		}
		out = append(out, l)
	}
	return out
}
