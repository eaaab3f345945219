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

// trim forgets what was before t.
func (f *profile) trim(t calendar.Instant) {
	i := f.segment(t)
	if i > 0 {
		f.at, f.free = slices.Delete(f.at, 0, i), slices.Delete(f.free, 0, i)
	}
	if len(f.at) > 0 && f.at[0] < t {
		f.at[0] = t
	}
}

// set makes f a copy.
func (f *profile) set(from *profile) {
	f.at, f.free = append(f.at[:0], from.at...), append(f.free[:0], from.free...)
}

// replace takes what is before t from another profile, which becomes unusable.
func (f *profile) replace(with *profile, t calendar.Instant) {
	if len(f.at) > 0 && t < calendar.Never {
		i := f.segment(t)
		n := with.cut(t)
		with.at, with.free = append(with.at[:n], t), append(with.free[:n], f.free[i])
		with.at, with.free = append(with.at, f.at[i+1:]...), append(with.free, f.free[i+1:]...)
	}
	*f, *with = *with, *f
}
