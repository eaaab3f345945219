package decision

import (
	"math"
	"math/bits"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// Most conditions of most requests are judged in the plainest way: a predicate
// that holds, a number below its bound, a certain limit in the one window that
// the reservation touches. Those are judged here, from what is resolved with
// the class; whatever is not plain is judged in full. A test holds both against
// each other.

// plainly judges a term if it is plain; if not it leaves nothing.
func (j *judge) plainly(t *world.Term, rate int64) bool {
	switch t.Plain {
	case world.Pass:
		if !t.Holds {
			return false
		}
		r := j.v.next()
		r.place(t, 0, j.now)
		r.clear()
		r.Largest = Any
		return true
	case world.PlainRate:
		a := j.w.Touch(t.Account)
		r := j.v.next()
		r.place(t, 0, j.now)
		r.Value, r.Bound, r.Ask = account.Of(a.Rate()), t.Bound, account.Of(rate)
		room := r.Room()
		if room.Less(r.Ask) {
			j.v.drop()
			return false
		}
		r.Largest = room.Quo(max(1, t.Rate))
		j.v.Largest = min(j.v.Largest, r.Largest)
		return true
	case world.PlainSum:
		a := j.w.Touch(t.Account)
		v := a.Window()
		if j.now < a.Cuts[v] || j.end > a.Cuts[v+1] {
			return false
		}
		ms := int64(j.end - j.now)
		bound, taken, ask := a.Reduced(t.Bound), a.Committed[v], account.Product(rate, ms)
		room := bound.Sub(taken)
		r := j.v.next()
		r.place(t, int32(v), j.now)
		r.Value, r.Bound, r.Ask, r.Largest = taken, bound, ask, Any
		if ask.Sign() > 0 {
			r.Largest = quotient(room, t.Rate, ms)
		}
		j.v.Largest = min(j.v.Largest, r.Largest)
		if room.Less(ask) {
			c := &j.w.Rules.Clauses[t.Clause]
			r.Outcome = Hold
			j.first(c, a, rate, false, j.end-j.now, r)
			j.w.Act(c.Group)
			j.v.add(r)
		}
		return true
	case world.PlainCount:
		a := j.w.Touch(t.Account)
		v := a.Window()
		if j.now < a.Cuts[v] || j.now >= a.Cuts[v+1] {
			return false
		}
		bound, taken := a.Reduced(t.Bound), a.Committed[v]
		if !taken.Less(bound) {
			return false
		}
		r := j.v.next()
		r.place(t, int32(v), j.now)
		r.Value, r.Bound, r.Ask, r.Largest = taken, bound, account.Of(1), Any
		return true
	}
	return false
}

// begin sets all of a reason, as one that passes at any size. Field by field:
// written as one literal it is built apart and copied.
func (r *Reason) begin(clause int32, form world.Form, account int32, now calendar.Instant) {
	r.Clause, r.Form, r.Outcome, r.Account, r.Window = clause, form, Admit, account, 0
	r.First, r.Largest = now, Any
	r.clear()
}

func (r *Reason) clear() {
	r.Value.Hi, r.Value.Lo, r.Bound.Hi, r.Bound.Lo, r.Ask.Hi, r.Ask.Lo = 0, 0, 0, 0, 0, 0
}

// place sets all of a passing reason but its sums and its size.
func (r *Reason) place(t *world.Term, window int32, now calendar.Instant) {
	r.Clause, r.Form, r.Outcome, r.Account, r.Window, r.First = t.Clause, t.Form, Admit, t.Account, window, now
}

// quotient is ⌊room ÷ (each × ms)⌋ for each and ms > 0.
func quotient(room account.Sum, each, ms int64) int64 {
	hi, lo := bits.Mul64(uint64(each), uint64(ms))
	if hi == 0 && room.Hi == 0 && lo > 0 && lo <= math.MaxInt64 {
		return int64(min(room.Lo/lo, math.MaxInt64))
	}
	return room.Div(account.Product(each, ms))
}
