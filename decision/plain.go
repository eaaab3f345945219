package decision

import (
	"math"
	"math/bits"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// Most conditions of most requests pass in the plainest way: a predicate that
// holds, or a limit with room in the one window that the reservation touches.
// Those are judged here, from what is resolved with the class; whatever is not
// plain, or does not pass, is judged in full. A test holds both against each
// other.

// plainly judges a term if it is plain and passes; if not it leaves nothing.
func (j *judge) plainly(t *world.Term, rate int64) bool {
	switch t.Plain {
	case world.Pass:
		if !t.Holds {
			return false
		}
		r := j.v.next()
		r.place(t, 0, j.now)
		r.Value, r.Bound, r.Ask, r.Largest = account.Sum{}, account.Sum{}, account.Sum{}, Any
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
	case world.PlainSum, world.PlainCount:
		a := j.w.Touch(t.Account)
		v := a.Window()
		if j.now < a.Cuts[v] {
			return false
		}
		bound := a.Reduced(t.Bound)
		taken := a.Committed[v]
		room := bound.Sub(taken)
		ask, largest := account.Of(1), int64(Any)
		if t.Plain == world.PlainSum {
			if j.end > a.Cuts[v+1] {
				return false
			}
			ms := int64(j.end - j.now)
			ask = account.Product(rate, ms)
			if ask.Sign() > 0 {
				largest = quotient(room, t.Rate, ms)
			}
		} else if j.now >= a.Cuts[v+1] {
			return false
		}
		if room.Less(ask) {
			return false
		}
		r := j.v.next()
		r.place(t, int32(v), j.now)
		r.Value, r.Bound, r.Ask, r.Largest = taken, bound, ask, largest
		j.v.Largest = min(j.v.Largest, largest)
		return true
	}
	return false
}

// place sets all of a passing reason but its sums and its size. Field by field:
// written as one literal it is built apart and copied.
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
