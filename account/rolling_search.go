package account

import (
	"slices"
	"sort"

	"github.com/proviso-dev/proviso/calendar"
)

// Reach is the first instant from t on at which the last Length holds more than
// the bound, if work goes on to the ends of its reservations; Never if none is.
func (r *Rolling) Reach(bound Sum, t calendar.Instant) calendar.Instant {
	return r.search(t, r.over(t), nil,
		func(from, to calendar.Instant) bool { return !bound.Less(r.upTo(to).Sub(r.upTo(from - r.Length))) },
		func(at calendar.Instant) bool { return bound.Less(r.Used(at)) })
}

// First is the first instant from t on at which Taken, or Used where what is
// reserved does not count, leaves the term room under the bound, if nothing
// else comes; Never if there is none.
func (r *Rolling) First(t calendar.Instant, term, bound Sum, reserved bool) calendar.Instant {
	if !reserved {
		return r.search(t, r.over(t), nil,
			func(from, to calendar.Instant) bool {
				return bound.Less(r.upTo(from).Sub(r.upTo(to - r.Length)).Add(term))
			},
			func(at calendar.Instant) bool { return !bound.Less(r.Used(at).Add(term)) })
	}
	return r.search(t, r.over(t), nil,
		func(from, to calendar.Instant) bool { return bound.Less(r.leastTaken(from, to).Add(term)) },
		func(at calendar.Instant) bool { return !bound.Less(r.Taken(at).Add(term)) })
}

// FirstBefore is First for work of a rate that ends at an instant whenever it
// starts, so that its term shrinks: the first instant from t on and before the
// end at which it fits, or Never.
func (r *Rolling) FirstBefore(t, end calendar.Instant, rate int64, bound Sum) calendar.Instant {
	if t >= end {
		return calendar.Never
	}
	term := func(at calendar.Instant) Sum { return Product(rate, int64(min(end-at, r.Length))) }
	return r.search(t, end-1, []calendar.Instant{end - r.Length},
		func(from, to calendar.Instant) bool { return bound.Less(r.leastTaken(from, to).Add(term(to))) },
		func(at calendar.Instant) bool { return !bound.Less(r.Taken(at).Add(term(at))) })
}

// leastTaken is no more than Taken at any instant from one to another: what is
// used and still reserved together never falls but by what leaves the window.
func (r *Rolling) leastTaken(from, to calendar.Instant) Sum {
	return r.upTo(from).Add(r.rest(from)).Sub(r.upTo(to - r.Length))
}

// over is an instant from which on nothing changes any more.
func (r *Rolling) over(t calendar.Instant) calendar.Instant {
	if n := len(r.turns); n > 0 {
		t = max(t, r.turns[n-1].at+r.Length)
	}
	if n := len(r.running); n > 0 {
		t = max(t, later(r.running[n-1].end, r.Length))
	}
	return t
}

// later is an instant so much later, or the last one before Never.
func later(t, by calendar.Instant) calendar.Instant {
	if t >= calendar.Never-by {
		return calendar.Never - 1
	}
	return t + by
}

// search is the first instant from one to another at which a test holds; Never
// if there is none. none rules out whole stretches; where nothing turns or
// jumps, sums are linear and the test changes at most once. more are instants
// at which the test turns besides.
func (r *Rolling) search(from, to calendar.Instant, more []calendar.Instant, none func(from, to calendar.Instant) bool, holds func(calendar.Instant) bool) calendar.Instant {
	switch {
	case none(from, to):
		return calendar.Never
	case !r.turnsWithin(from, to, more):
		return Within(from, to, holds)
	}
	mid := from + (to-from)/2
	if at := r.search(from, mid, more, none, holds); at < calendar.Never {
		return at
	}
	return r.search(mid+1, to, more, none, holds)
}

// turnsWithin reports whether what is used or taken turns or jumps behind one
// instant and not behind another, so that a test may change more than once.
func (r *Rolling) turnsWithin(from, to calendar.Instant, more []calendar.Instant) bool {
	inside := func(m calendar.Instant) bool { return m > from && m <= to }
	if slices.ContainsFunc(more, inside) {
		return true
	}
	if i := sort.Search(len(r.turns), func(i int) bool { return r.turns[i].at > from-r.Length }); i < len(r.turns) && r.turns[i].at <= to-r.Length {
		return true
	}
	// An end that leaves the window turns too, but only slows a fall: the test
	// still changes once.
	for _, d := range [...]calendar.Instant{0, r.Length} {
		if i := r.firstEnd(later(from, d)); i < len(r.running) && r.running[i].end <= later(to, d) {
			return true
		}
	}
	return false
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

// marks adds the instants behind t at which what is used turns or jumps.
func (r *Rolling) marks(to []calendar.Instant, t calendar.Instant) []calendar.Instant {
	for i := sort.Search(len(r.turns), func(i int) bool { return r.turns[i].at+r.Length > t }); i < len(r.turns); i++ {
		to = append(to, r.turns[i].at+r.Length)
	}
	for i := range r.running {
		for _, m := range [...]calendar.Instant{r.running[i].end, later(r.running[i].end, r.Length)} {
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
