package control

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// judgement is one judgement of a request with all its reasons, as Complete
// writes it.
type judgement struct {
	stock   int32
	devices int64
	verdict decision.Verdict
}

// judgements are those that one request has had at one instant.
type judgements struct {
	job int32 // −1: none
	all []judgement
}

// note adds a judgement. Its memory is used again.
func (j *judgements) note(job int32, q *decision.Request, v *decision.Verdict) {
	if j.job != job {
		j.job, j.all = job, j.all[:0]
	}
	n := len(j.all)
	if n < cap(j.all) {
		j.all = j.all[:n+1]
	} else {
		j.all = append(j.all, judgement{})
	}
	x := &j.all[n]
	x.stock, x.devices = q.First.Stock, q.Devices()
	reasons := append(x.verdict.Reasons[:0], v.Reasons...)
	x.verdict = *v
	x.verdict.Reasons = reasons
}

// hash is the SHA-256 of the complete reasons.
func (s *State) hash(j []judgement) string {
	s.scratch = s.appendComplete(s.scratch[:0], j)
	if s.keep {
		s.complete = append(s.complete, slices.Clone(s.scratch))
	}
	sum := sha256.Sum256(s.scratch)
	var written [2 * sha256.Size]byte
	hex.Encode(written[:], sum[:])
	return string(written[:])
}

// appendComplete writes judgements in canonical form: one for each size and
// place that was tried, with every condition, those that held too. Entries
// commit to its hash; whoever replays the ledger makes it again.
func (s *State) appendComplete(b []byte, all []judgement) []byte {
	b = append(b, '[')
	for i := range all {
		j := &all[i]
		if i > 0 {
			b = append(b, ',')
		}
		o := begin(b)
		o.must("devices", decimal(j.devices))
		o.instant("end", j.verdict.End)
		o.must("lot", s.rules.Stocks[j.stock].LotName)
		o.must("outcome", j.verdict.Outcome.String())
		o.key("reasons")
		o.b = append(o.b, '[')
		for k := range j.verdict.Reasons {
			if k > 0 {
				o.b = append(o.b, ',')
			}
			o.b = s.appendReason(o.b, &j.verdict.Reasons[k])
		}
		o.b = append(o.b, ']')
		o.must("site", s.rules.Sites[s.rules.Stocks[j.stock].Site].Name)
		b = o.end()
	}
	return append(b, ']')
}

func (s *State) appendReason(b []byte, r *decision.Reason) []byte {
	o := begin(b)
	measured := r.Account >= 0 || r.Form == world.Grant
	if measured {
		o.sum("ask", r.Ask)
		o.sum("bound", r.Bound)
	}
	o.key("clause")
	o.b = append(o.b, s.quoted(r.Clause)...)
	if r.Outcome != decision.Admit {
		o.instant("first", r.First)
	}
	o.must("form", r.Form.String())
	if r.Largest < decision.Any {
		o.figure("largest", r.Largest)
	}
	o.must("outcome", r.Outcome.String())
	if measured {
		o.sum("value", r.Value)
	}
	return o.end()
}

// reason gives one that refused, for an entry.
func (s *State) reason(r *decision.Reason) Reason {
	out := Reason{Clause: s.clauseName(r.Clause), Form: r.Form.String(), Outcome: r.Outcome.String()}
	if r.Account >= 0 || r.Form == world.Grant {
		out.Ask, out.Bound, out.Value = r.Ask.String(), r.Bound.String(), r.Value.String()
	}
	if r.First < calendar.Never {
		out.First = decimal(r.First)
	}
	if r.Largest < decision.Any {
		out.Largest = decimal(r.Largest)
	}
	return out
}

// mostReasons and mostBecause, in bytes, bound the refusals that an entry lists:
// they must fit. The hash covers all.
const (
	mostReasons = 150
	mostBecause = 16 << 10
)

// because lists the conditions that refuse, each once, with the largest size
// that it lets through anywhere.
func (s *State) because(v *decision.Verdict) []Reason {
	var out []Reason
	size := 0
next:
	for i := range v.Reasons {
		r := &v.Reasons[i]
		if r.Outcome == decision.Admit || len(out) == mostReasons {
			continue
		}
		x := s.reason(r)
		for _, o := range out {
			if o == x {
				continue next
			}
		}
		if size += x.size(); size > mostBecause {
			break
		}
		out = append(out, x)
	}
	return out
}

// size is about how many bytes a reason takes, and at least as many.
func (r *Reason) size() int {
	return 100 + len(r.Ask) + len(r.Bound) + len(r.Clause) + len(r.First) + len(r.Form) + len(r.Largest) + len(r.Outcome) + len(r.Value)
}

// instant writes an instant, unless it is never.
func (o *object) instant(k string, t calendar.Instant) {
	if t < calendar.Never {
		o.figure(k, int64(t))
	}
}

func (o *object) figure(k string, v int64) {
	o.key(k)
	o.b = append(o.b, '"')
	o.b = append(strconv.AppendInt(o.b, v, 10), '"')
}

func (o *object) sum(k string, v account.Sum) {
	if v.Hi == int64(v.Lo)>>63 {
		o.figure(k, int64(v.Lo))
		return
	}
	o.must(k, v.String())
}

// quoted is the name of what a reason speaks of, as a JSON string.
func (s *State) quoted(clause int32) []byte {
	if clause >= 0 {
		return s.clauses[clause]
	}
	return s.gates[-1-clause]
}

// clauseName is PERMIT/CONDITION, or the permit alone for what it demands by
// itself.
func (s *State) clauseName(clause int32) string {
	if clause < 0 {
		return s.rules.Permits[-1-clause].Name
	}
	c := &s.rules.Clauses[clause]
	return s.rules.Permits[c.Permit].Name + "/" + c.Name
}

// nameClauses writes the names that reasons are full of once.
func (s *State) nameClauses() {
	s.clauses, s.gates = make([][]byte, len(s.rules.Clauses)), make([][]byte, len(s.rules.Permits))
	for i := range s.clauses {
		s.clauses[i] = appendText(nil, s.clauseName(int32(i)))
	}
	for i := range s.gates {
		s.gates[i] = appendText(nil, s.rules.Permits[i].Name)
	}
}

// KeepComplete has the state keep the complete reasons of each fact, see
// Complete.
func (s *State) KeepComplete() { s.keep = true }

// Complete gives the complete reasons of the last fact's verdicts in canonical
// form, in the order of their hashes in its entry: every condition of every
// covering permit as it was judged, for each size and place that was tried.
func (s *State) Complete() [][]byte { return s.complete }
