package world

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
)

// profile is the number of free devices over time: free[i] from at[i] on.
type profile struct {
	at   []calendar.Instant
	free []int64
}

// release is devices that come free at an instant.
type release struct {
	at calendar.Instant
	n  int64
}

// segment is the index of the segment that t lies in.
func (f *profile) segment(t calendar.Instant) int {
	i, found := slices.BinarySearch(f.at, t)
	if !found {
		i--
	}
	return max(i, 0)
}

// least is the smallest number of free devices within [from, to).
func (f *profile) least(from, to calendar.Instant) int64 {
	i := f.segment(from)
	n := f.free[i]
	for i++; i < len(f.at) && f.at[i] < to; i++ {
		n = min(n, f.free[i])
	}
	return n
}

// first is the earliest instant from t on, before until, at which n devices
// stay free for as long as lasts; Never if there is none.
func (f *profile) first(t, lasts calendar.Instant, n int64, until calendar.Instant) calendar.Instant {
	for i := f.segment(t); i < len(f.at); i++ {
		start := max(t, f.at[i])
		if start >= until {
			return calendar.Never
		}
		if f.free[i] < n {
			continue
		}
		ok := true
		for j := i + 1; j < len(f.at) && f.at[j] < start+lasts; j++ {
			if f.free[j] < n {
				ok, i = false, j
				break
			}
		}
		if ok {
			return start
		}
	}
	return calendar.Never
}

// take removes n devices within [from, to).
func (f *profile) take(from, to calendar.Instant, n int64) {
	i, j := f.cut(from), f.cut(to)
	for ; i < j; i++ {
		f.free[i] -= n
	}
}

// cut makes t a boundary of segments and gives its index.
func (f *profile) cut(t calendar.Instant) int {
	i, found := slices.BinarySearch(f.at, t)
	if !found {
		f.at = slices.Insert(f.at, i, t)
		f.free = slices.Insert(f.free, i, f.free[max(i-1, 0)])
	}
	return i
}
