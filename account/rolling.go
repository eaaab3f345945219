package account

import (
	"slices"
	"sort"

	"github.com/proviso-dev/proviso/calendar"
)

// Rolling adds up a measure over the last Length up to now. It keeps how much
// was used up to each instant at which the rate turned, as far back as the
// window goes, and its reservations: what was used between two instants is the
// difference of two sums, found by halving.
//
// Room is judged with each reservation's term capped at rate × Length, which
// is safe and not tight: whatever instant τ is looked at later, the last
// Length before τ holds at most what was used in the last Length before now,
// and of each reservation at most its rest and at most rate × Length.
type Rolling struct {
	Length calendar.Instant
	// before is what was used before the first turn; turns are in order.
	before Sum
	turns  []turn
	// running are reservations, by their ends; rests is Σ rate × end of them.
	running []span
	rests   Sum
}

// turn is an instant from which on use goes on at another rate, or at which an
// amount was added.
type turn struct {
	at   calendar.Instant
	sum  Sum   // used up to then, what was added then included
	rate int64 // from then on, until a reservation ends
}

// span is a reservation.
type span struct {
	rate      int64
	from, end calendar.Instant
}

// Reserve starts work at t with a reservation up to end.
func (r *Rolling) Reserve(rate int64, t, end calendar.Instant) {
	r.settle(t)
	if rate == 0 || end <= t {
		return
	}
	r.turnAt(t).rate += rate
	i := sort.Search(len(r.running), func(i int) bool { return r.running[i].end > end })
	r.running = slices.Insert(r.running, i, span{rate: rate, from: t, end: end})
	r.rests = r.rests.Add(Product(rate, int64(end)))
}

// Release ends at t one reservation of that rate, start and end; or, of work that
// counts here since later, the first one of that rate and end.
func (r *Rolling) Release(rate int64, from, end, t calendar.Instant) {
	r.settle(t)
	later := -1
	for i := r.firstEnd(end - 1); i < len(r.running) && r.running[i].end == end; i++ {
		s := &r.running[i]
		if s.rate == rate && s.from == from {
			r.drop(i, t)
			return
		}
		if later < 0 && s.rate == rate && s.from > from {
			later = i
		}
	}
	if later >= 0 {
		r.drop(later, t)
	}
}

// drop takes a reservation out at t.
func (r *Rolling) drop(i int, t calendar.Instant) {
	s := r.running[i]
	r.turnAt(t).rate -= s.rate
	r.rests = r.rests.Sub(Product(s.rate, int64(s.end)))
	r.running = slices.Delete(r.running, i, i+1)
}

// Add counts an amount at t.
func (r *Rolling) Add(amount Sum, t calendar.Instant) {
	r.settle(t)
	x := r.turnAt(t)
	x.sum = x.sum.Add(amount)
}

// settle notes the reservations that have come to their ends by t, and forgets
// what is older than the window.
func (r *Rolling) settle(t calendar.Instant) {
	for len(r.running) > 0 && r.running[0].end <= t {
		r.drop(0, r.running[0].end)
	}
	first := sort.Search(len(r.turns), func(i int) bool { return r.turns[i].at > t-r.Length }) - 1
	if first > 0 {
		x := &r.turns[first-1]
		r.before = x.sum.Add(Product(x.rate, int64(r.turns[first].at-x.at)))
		r.turns = r.turns[first:]
	}
}

// turnAt is the turn at t, which is not before the last one.
func (r *Rolling) turnAt(t calendar.Instant) *turn {
	if n := len(r.turns); n == 0 {
		r.turns = append(r.turns, turn{at: t, sum: r.before})
	} else if last := &r.turns[n-1]; t > last.at {
		r.turns = append(r.turns, turn{at: t, sum: last.sum.Add(Product(last.rate, int64(t-last.at))), rate: last.rate})
	}
	return &r.turns[len(r.turns)-1]
}

// Copy gives the same history under another length, as far back as it goes.
func (r *Rolling) Copy(length calendar.Instant) *Rolling {
	return &Rolling{Length: length, before: r.before, turns: slices.Clone(r.turns), running: slices.Clone(r.running), rests: r.rests}
}

// Reset forgets everything.
func (r *Rolling) Reset() {
	r.before, r.turns, r.running, r.rests = Sum{}, r.turns[:0], r.running[:0], Sum{}
}

// Used is what was used in the last Length before t, reservations running to
// their ends.
func (r *Rolling) Used(t calendar.Instant) Sum { return r.upTo(t).Sub(r.upTo(t - r.Length)) }

// upTo is what was used up to t, since ever.
func (r *Rolling) upTo(t calendar.Instant) Sum {
	n := len(r.turns)
	if n == 0 || t < r.turns[0].at {
		return r.before
	}
	x := &r.turns[n-1]
	if t < x.at {
		x = &r.turns[sort.Search(n, func(i int) bool { return r.turns[i].at > t })-1]
		return x.sum.Add(Product(x.rate, int64(t-x.at)))
	}
	sum := x.sum.Add(Product(x.rate, int64(t-x.at)))
	for i := range r.running {
		s := &r.running[i]
		if s.end >= t {
			break
		}
		sum = sum.Sub(Product(s.rate, int64(t-s.end)))
	}
	return sum
}

// Taken is what is used and reserved at t: what a new job's own term is added
// to.
func (r *Rolling) Taken(t calendar.Instant) Sum { return r.Used(t).Add(r.rest(t)) }

// rest is what reservations still take from t on, each at most for a Length.
func (r *Rolling) rest(t calendar.Instant) Sum {
	n := len(r.running)
	if n == 0 {
		return Sum{}
	}
	sum := r.rests.Sub(Product(r.turns[len(r.turns)-1].rate, int64(t)))
	for i := 0; i < n && r.running[i].end < t; i++ {
		sum = sum.Sub(Product(r.running[i].rate, int64(r.running[i].end-t)))
	}
	for i := n - 1; i >= 0 && r.running[i].end-r.Length > t; i-- {
		sum = sum.Sub(Product(r.running[i].rate, int64(r.running[i].end-r.Length-t)))
	}
	return sum
}

// firstEnd is the index of the first reservation that ends behind t.
func (r *Rolling) firstEnd(t calendar.Instant) int {
	return sort.Search(len(r.running), func(i int) bool { return r.running[i].end > t })
}
