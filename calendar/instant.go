// Package calendar turns local dates into absolute instants and cuts time into
// windows: months, quarters, halves and years in a permit's own time zone,
// custom calendars, rolling windows and a permit's life.
package calendar

import (
	"fmt"
	"time"

	// The zone rules are part of the program, so that a plan does not change
	// with the machine's copy of them.
	_ "time/tzdata"
)

// Instant is a point in time: milliseconds since 1970-01-01T00:00Z. All of the
// core counts in it; nothing finer exists.
type Instant int64

// Never is later than every instant of a plan.
const Never Instant = 1<<63 - 1

// MinYear and MaxYear bound the dates of documents, so that sums of
// milliseconds stay far from overflow.
const (
	MinYear = 1970
	MaxYear = 2200
)

// Time gives the instant in a zone.
func (t Instant) Time(loc *time.Location) time.Time { return time.UnixMilli(int64(t)).In(loc) }

// Date gives the local date of the instant: "2026-02-10", or "never".
func (t Instant) Date(loc *time.Location) string {
	if t == Never {
		return "never"
	}
	return t.Time(loc).Format("2006-01-02")
}

// Stamp gives the instant with its minute and zone, or "never".
func (t Instant) Stamp(loc *time.Location) string {
	if t == Never {
		return "never"
	}
	return t.Time(loc).Format("2006-01-02 15:04 -07:00")
}

// Of gives the instant of a time, rounded down to the millisecond.
func Of(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Moment is a date or an instant as a document writes it: "2026-02-10", whose
// zone comes from where it stands, or RFC 3339 with its own zone.
type Moment struct {
	text string
	time time.Time // local fields; absolute when zoned
	zone bool
}

// ParseMoment reads a date or an RFC 3339 instant.
func ParseMoment(s string) (Moment, error) {
	if t, err := time.Parse("2006-01-02", s); err == nil {
		return bounded(Moment{s, t, false})
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return bounded(Moment{s, t, true})
	}
	return Moment{}, fmt.Errorf("%q is not a date: write 2026-02-10, or an instant with its zone such as 2026-02-10T12:00:00+08:00", s)
}

func bounded(m Moment) (Moment, error) {
	if y := m.time.Year(); y < MinYear || y > MaxYear {
		return Moment{}, fmt.Errorf("%q is outside the years %d to %d", m.text, MinYear, MaxYear)
	}
	return m, nil
}

// UnmarshalText reads a moment as ParseMoment does.
func (m *Moment) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMoment(string(b))
	return err
}

// MarshalText writes the moment as it was written.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.text), nil }

// String gives the moment as it was written.
func (m Moment) String() string { return m.text }

// Zero reports whether nothing was written.
func (m Moment) Zero() bool { return m.text == "" }

// In gives the instant: a date is the first existing instant of that day in
// loc (midnight does not exist on every date in every zone).
func (m Moment) In(loc *time.Location) Instant {
	if m.zone {
		return Of(m.time)
	}
	y, mo, d := m.time.Date()
	return DayStart(y, mo, d, loc)
}

// DayStart is the first existing instant of a local date. time.Date gives
// 23:00 the day before, or 01:00, where midnight is skipped by a change of
// clocks (São Paulo 2018-11-04, Cairo 2026-04-24).
func DayStart(y int, m time.Month, d int, loc *time.Location) Instant {
	noon := time.Date(y, m, d, 12, 0, 0, 0, loc)
	y, m, d = noon.Date()
	t := time.Date(y, m, d, 0, 0, 0, 0, loc)
	// Search the change of clocks when midnight is missing: the day starts at
	// the first instant whose local date is d.
	lo, hi := t.Add(-3*time.Hour).UnixMilli(), noon.UnixMilli()
	if yy, mm, dd := t.Date(); yy == y && mm == m && dd == d {
		prev := t.Add(-time.Millisecond)
		if _, _, pd := prev.Date(); pd != d {
			return Of(t)
		}
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		if _, _, dd := time.UnixMilli(mid).In(loc).Date(); dd == d {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return Instant(lo)
}
