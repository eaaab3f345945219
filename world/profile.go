package world

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
)

// profile is the number of free devices over time, a step at each instant at
// which it changes.
type profile []step

// step is the number of devices that are free from an instant on.
type step struct {
	at   calendar.Instant
	free int64
}

// after is the index of the first step after t.
func (f profile) after(t calendar.Instant) int {
	lo, hi := 0, len(f)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); f[mid].at <= t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// segment is the index of the step that t lies in.
func (f profile) segment(t calendar.Instant) int { return max(f.after(t)-1, 0) }

// least is the smallest number of free devices within [from, to).
func (f profile) least(from, to calendar.Instant) int64 {
	i := f.segment(from)
	n := f[i].free
	for i++; i < len(f) && f[i].at < to; i++ {
		n = min(n, f[i].free)
	}
	return n
}

// first is the earliest instant from t on, before until, at which n devices
// stay free for as long as lasts, and the step that it lies in; Never if there
// is none.
func (f profile) first(t, lasts calendar.Instant, n int64, until calendar.Instant) (calendar.Instant, int) {
	for i := f.segment(t); i < len(f); i++ {
		start := max(t, f[i].at)
		if start >= until {
			return calendar.Never, 0
		}
		if f[i].free < n {
			continue
		}
		ok := true
		for j := i + 1; j < len(f) && f[j].at < start+lasts; j++ {
			if f[j].free < n {
				ok, i = false, j
				break
			}
		}
		if ok {
			return start, i
		}
	}
	return calendar.Never, 0
}

// take removes n devices within [from, to).
func (f *profile) take(from, to calendar.Instant, n int64) {
	if from < to {
		f.takeIn(f.segment(from), from, to, n)
	}
}

// takeIn is take where from lies in step i.
func (f *profile) takeIn(i int, from, to calendar.Instant, n int64) {
	i = f.cut(i, from)
	s, j := *f, i
	for ; j < len(s) && s[j].at < to; j++ {
		s[j].free -= n
	}
	if j == len(s) || s[j].at > to {
		*f = slices.Insert(s, j, step{to, s[j-1].free + n})
	}
}

// cut makes t, which lies in step i, a boundary of steps and gives its index.
func (f *profile) cut(i int, t calendar.Instant) int {
	s := *f
	switch {
	case s[i].at == t:
		return i
	case s[i].at < t:
		i++
	}
	*f = slices.Insert(s, i, step{t, s[max(i-1, 0)].free})
	return i
}

// trim forgets what was before t.
func (f *profile) trim(t calendar.Instant) {
	s := *f
	if i := s.segment(t); i > 0 {
		s = s[:copy(s, s[i:])]
	}
	if len(s) > 0 && s[0].at < t {
		s[0].at = t
	}
	*f = s
}

// set makes f a copy.
func (f *profile) set(from profile) { *f = append((*f)[:0], from...) }

// replace takes what is before t from another profile, which becomes unusable.
func (f *profile) replace(with *profile, t calendar.Instant) {
	if s := *f; len(s) > 0 && t < calendar.Never {
		i := s.segment(t)
		n := with.cut(with.segment(t), t)
		*with = append(append((*with)[:n], step{t, s[i].free}), s[i+1:]...)
	}
	*f, *with = *with, *f
}
