package account

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
)

// Rolling adds up a measure over the last Length up to now. It keeps its
// history and its reservations: neither O(1) in memory nor linear in time.
//
// Room is judged with each reservation's term capped at rate × Length, which
// is safe and not tight: whatever instant τ is looked at later, the last
// Length before τ holds at most what was used in the last Length before now,
// and of each reservation at most its rest and at most rate × Length.
type Rolling struct {
	Length calendar.Instant
	spans  []span
}

// span is use at a constant rate; running when its end is only reserved.
type span struct {
	rate      int64
	from, end calendar.Instant
	once      Sum // an amount at from, instead of a rate
}

// Reserve starts work at t with a reservation up to end.
func (r *Rolling) Reserve(rate int64, t, end calendar.Instant) {
	r.forget(t)
	r.spans = append(r.spans, span{rate: rate, from: t, end: end})
}

// Release ends at t one reservation of that rate, start and end; or, of work that
// counts here since later, the first one of that rate and end.
func (r *Rolling) Release(rate int64, from, end, t calendar.Instant) {
	i := slices.Index(r.spans, span{rate: rate, from: from, end: end})
	if i < 0 {
		i = slices.IndexFunc(r.spans, func(s span) bool { return s.rate == rate && s.end == end && s.from > from })
	}
	if i >= 0 {
		r.spans[i].end = t
	}
	r.forget(t)
}

// Add counts an amount at t.
func (r *Rolling) Add(amount Sum, t calendar.Instant) {
	r.forget(t)
	r.spans = append(r.spans, span{from: t, end: t, once: amount})
}

// forget drops what is older than the window.
func (r *Rolling) forget(t calendar.Instant) {
	r.spans = slices.DeleteFunc(r.spans, func(s span) bool { return s.end <= t-r.Length && s.from <= t-r.Length })
}

// Copy gives the same history under another length, as far back as it goes.
func (r *Rolling) Copy(length calendar.Instant) *Rolling {
	return &Rolling{Length: length, spans: slices.Clone(r.spans)}
}

// Reset forgets everything.
func (r *Rolling) Reset() { r.spans = r.spans[:0] }

// Used is what was used in the last Length before t, reservations running to
// their ends.
func (r *Rolling) Used(t calendar.Instant) Sum {
	var sum Sum
	for _, s := range r.spans {
		sum = sum.Add(s.used(t-r.Length, t))
	}
	return sum
}

func (s span) used(from, to calendar.Instant) Sum {
	if s.rate == 0 {
		if s.from > from && s.from <= to {
			return s.once
		}
		return Sum{}
	}
	return Product(s.rate, max(0, int64(min(to, s.end)-max(from, s.from))))
}

// Reach is the first instant from t on at which the last Length holds more than
// the bound, if work goes on to the ends of its reservations; Never if none is.
func (r *Rolling) Reach(bound Sum, t calendar.Instant) calendar.Instant {
	var few [64]calendar.Instant
	return earliest(t, r.marks(few[:0], t), func(at calendar.Instant) bool { return bound.Less(r.Used(at)) })
}

// Taken is what is used and reserved at t: what a new job's own term is added
// to.
func (r *Rolling) Taken(t calendar.Instant) Sum {
	sum := r.Used(t)
	for _, s := range r.spans {
		if rest := s.end - max(t, s.from); s.rate != 0 && rest > 0 {
			sum = sum.Add(Product(s.rate, int64(min(rest, r.Length))))
		}
	}
	return sum
}

// First is the first instant from t on at which Taken, or Used where what is
// reserved does not count, leaves the term room under the bound, if nothing
// else comes; Never if there is none.
func (r *Rolling) First(t calendar.Instant, term, bound Sum, reserved bool) calendar.Instant {
	fits := func(at calendar.Instant) bool {
		if !reserved {
			return !bound.Less(r.Used(at).Add(term))
		}
		return !bound.Less(r.Taken(at).Add(term))
	}
	var few [64]calendar.Instant
	return earliest(t, r.marks(few[:0], t), fits)
}

// FirstBefore is First for work of a rate that ends at an instant whenever it
// starts, so that its term shrinks: the first instant from t on and before the
// end at which it fits, or Never.
func (r *Rolling) FirstBefore(t, end calendar.Instant, rate int64, bound Sum) calendar.Instant {
	fits := func(at calendar.Instant) bool {
		return at < end && !bound.Less(r.Taken(at).Add(Product(rate, int64(min(end-at, r.Length)))))
	}
	var few [64]calendar.Instant
	marks := append(r.marks(few[:0], t), end)
	if turn := end - r.Length; turn > t {
		marks = append(marks, turn)
	}
	marks = slices.DeleteFunc(marks, func(m calendar.Instant) bool { return m > end })
	return earliest(t, marks, fits)
}

// When is the first instant from t on at which every test holds, if work goes
// on to the ends of its reservations; Never if there is none. Each test
// compares linear sums of what rolling accounts have used.
func When(t calendar.Instant, of []*Rolling, tests ...func(calendar.Instant) bool) calendar.Instant {
	var marks []calendar.Instant
	for _, r := range of {
		marks = r.marks(marks, t)
	}
	return earliest(t, marks, tests...)
}

// marks adds the instants behind t at which what is used or taken turns or
// jumps.
func (r *Rolling) marks(to []calendar.Instant, t calendar.Instant) []calendar.Instant {
	for _, s := range r.spans {
		for _, m := range [...]calendar.Instant{s.from + r.Length, s.end - r.Length, s.end, s.end + r.Length} {
			if m > t {
				to = append(to, m)
			}
		}
	}
	return to
}

// earliest is the first instant from t on at which every test holds. From one
// mark up to the next all sums are linear, so each test changes at most once
// there; behind the last mark nothing changes.
func earliest(t calendar.Instant, marks []calendar.Instant, tests ...func(calendar.Instant) bool) calendar.Instant {
	slices.Sort(marks)
	for i := 0; ; i++ {
		last := t
		if i < len(marks) {
			last = max(t, marks[i]-1)
		}
		if at := Within(t, last, tests...); at < calendar.Never {
			return at
		}
		if i == len(marks) {
			return calendar.Never
		}
		t = marks[i]
	}
}

// Within is the first instant from one to another, inclusive, at which every
// test holds, where each changes at most once between them; Never if there is
// none.
func Within(from, to calendar.Instant, tests ...func(calendar.Instant) bool) calendar.Instant {
	at := from
	for _, holds := range tests {
		if holds(at) {
			continue
		}
		if !holds(to) {
			return calendar.Never
		}
		no, yes := at, to
		for no+1 < yes {
			if mid := no + (yes-no)/2; holds(mid) {
				yes = mid
			} else {
				no = mid
			}
		}
		at = yes
	}
	for _, holds := range tests {
		if !holds(at) {
			return calendar.Never // one no longer holds where another begins to
		}
	}
	return at
}
