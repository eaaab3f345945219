package account

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
)

// Account adds up one measure, for one key, window by window.
//
// Between two events it is linear in time: value, rate and the instant at
// which the value was right. Beside what was used it keeps, for each window,
// what is committed there: what finished work used, and what running work
// uses if it runs to the end of its reservation. "used + n⁺ ≤ bound" of the
// foresight rules is then one comparison, and a start or an end touches only
// the windows that its reservation touches. Expected is the same with the
// expected ends, for what a booked floor counts on.
//
// Instants passed in must not go back.
type Account struct {
	// What every judgement reads comes first: a cache line.
	at     calendar.Instant
	window int32
	// Cuts are the boundaries of the windows; window v is [Cuts[v], Cuts[v+1]).
	// All accounts of a calendar share them.
	Cuts []calendar.Instant
	// Committed and Expected hold one sum for each window.
	Committed []Sum

	value    Sum
	rate     int64
	Expected []Sum
}

// New gives an account over windows, with storage for its sums.
func New(cuts []calendar.Instant, committed, expected []Sum) Account {
	return Account{Cuts: cuts, Committed: committed, Expected: expected, at: cuts[0]}
}

// Copy gives an account that goes on as this one, with sums of its own.
func (a *Account) Copy() Account {
	c := *a
	c.Committed, c.Expected = slices.Clone(a.Committed), slices.Clone(a.Expected)
	return c
}

// Resume brings a new account to t, with what was used of the window around t
// so far; nothing runs in it yet.
func (a *Account) Resume(used Sum, t calendar.Instant) {
	a.Advance(t)
	a.value, a.Committed[a.window] = used, used
	if a.Expected != nil {
		a.Expected[a.window] = used
	}
}

// Window is the index of the current window.
func (a *Account) Window() int { return int(a.window) }

// At is the instant to which the account was brought.
func (a *Account) At() calendar.Instant { return a.at }

// Rate is what running work adds in a millisecond.
func (a *Account) Rate() int64 { return a.rate }

// End is the end of window v.
func (a *Account) End(v int) calendar.Instant { return a.Cuts[v+1] }

// Windows is the number of windows.
func (a *Account) Windows() int { return len(a.Cuts) - 1 }

// Advance brings the account to t, into another window if need be. Sums start
// anew there.
func (a *Account) Advance(t calendar.Instant) {
	if t <= a.at {
		return
	}
	if t >= a.Cuts[a.window+1] && int(a.window) < len(a.Cuts)-2 {
		for int(a.window) < len(a.Cuts)-2 && t >= a.Cuts[a.window+1] {
			a.window++
		}
		a.value, a.at = Sum{}, a.Cuts[a.window]
	}
	// Nothing counts after the last window.
	if end := a.Cuts[len(a.Cuts)-1]; t > end {
		t = end
	}
	if t > a.at {
		a.value = a.value.Add(Product(a.rate, int64(t-a.at)))
		a.at = t
	}
}

// Used is what was used in the current window up to t, which must lie in it
// or after the last one, where nothing counts.
func (a *Account) Used(t calendar.Instant) Sum {
	if end := a.Cuts[len(a.Cuts)-1]; t > end {
		t = end
	}
	if t <= a.at {
		return a.value
	}
	return a.value.Add(Product(a.rate, int64(t-a.at)))
}

// Reserve starts work at t that takes rate up to the end of its reservation,
// and is expected to take it up to expected.
func (a *Account) Reserve(rate int64, t, end, expected calendar.Instant) {
	a.Advance(t)
	a.rate += rate
	a.commit(rate, t, end)
	a.expect(rate, t, min(expected, end))
}

// Release ends at t what Reserve started.
func (a *Account) Release(rate int64, t, end, expected calendar.Instant) {
	a.Advance(t)
	a.rate -= rate
	a.commit(-rate, t, end)
	if e := min(expected, end); t < e {
		a.expect(-rate, t, e)
	} else {
		// It ran longer than expected: what it did use counts.
		a.expect(rate, e, t)
	}
}

// Extend moves the end of a reservation, of work that goes on past it.
func (a *Account) Extend(rate int64, from, to calendar.Instant) { a.commit(rate, from, to) }

// Add counts an amount at once: a start, a delivery.
func (a *Account) Add(amount Sum, t calendar.Instant) {
	a.Advance(t)
	a.value = a.value.Add(amount)
	a.Committed[a.window] = a.Committed[a.window].Add(amount)
	if a.Expected != nil {
		a.Expected[a.window] = a.Expected[a.window].Add(amount)
	}
}

func (a *Account) commit(rate int64, from, to calendar.Instant) {
	spread(a.Cuts, a.Committed, int(a.window), rate, from, to)
}

func (a *Account) expect(rate int64, from, to calendar.Instant) {
	if a.Expected != nil {
		spread(a.Cuts, a.Expected, int(a.window), rate, from, to)
	}
}

// spread adds rate × time to each window that [from, to) touches.
func spread(cuts []calendar.Instant, sums []Sum, v int, rate int64, from, to calendar.Instant) {
	for ; v < len(sums) && from < to; v++ {
		if cuts[v+1] <= from {
			continue
		}
		lo, hi := max(from, cuts[v]), min(to, cuts[v+1])
		if hi > lo {
			sums[v] = sums[v].Add(Product(rate, int64(hi-lo)))
		}
		if to <= cuts[v+1] {
			return
		}
	}
}

// Overlap is the length of [from, to) within window v, in milliseconds.
func (a *Account) Overlap(v int, from, to calendar.Instant) int64 {
	return max(0, int64(min(to, a.Cuts[v+1])-max(from, a.Cuts[v])))
}

// Reach is the first instant from t on at which the value exceeds the bound
// under the present load, or Never if the window ends first.
func (a *Account) Reach(bound Sum, t calendar.Instant) calendar.Instant {
	used := a.Used(t)
	if bound.Less(used) {
		return t
	}
	if a.rate <= 0 {
		return calendar.Never
	}
	ms := bound.Sub(used).Quo(a.rate)
	if ms >= int64(a.Cuts[a.window+1]-t) {
		return calendar.Never
	}
	return t + calendar.Instant(ms) + 1
}
