package usage

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/calendar"
)

// Window is the time that a report is about: a year, half, quarter or month, or
// from one date up to another. It has no time zone: that is the permit's.
type Window struct {
	text        string
	year, month int // the first month counts from 1
	months      int // 0: from and until count
	from, until calendar.Moment
}

var (
	partOfYear = regexp.MustCompile(`^(\d{4})(?:([QH])(\d))?$`)
	oneMonth   = regexp.MustCompile(`^(\d{4})-(\d{2})$`)
)

// ParseWindow reads 2026, 2026H1, 2026Q1, 2026-03, or two dates or instants such
// as 2026-02-10/2026-03-01, of which the second is no longer in it.
func ParseWindow(s string) (Window, error) {
	w := Window{text: s}
	bad := fmt.Errorf("%q is not a window: write 2026, 2026H1, 2026Q1, 2026-03, or two dates such as 2026-02-10/2026-03-01", s)
	if from, until, two := strings.Cut(s, "/"); two {
		var err error
		if w.from, err = calendar.ParseMoment(from); err != nil {
			return w, err
		}
		w.until, err = calendar.ParseMoment(until)
		return w, err
	}
	if m := partOfYear.FindStringSubmatch(s); m != nil {
		w.year, _ = strconv.Atoi(m[1])
		n, _ := strconv.Atoi(m[3])
		w.months = map[string]int{"": 12, "H": 6, "Q": 3}[m[2]]
		w.month = 1 + max(0, n-1)*w.months
		if m[2] != "" && n < 1 || w.month > 12 {
			return w, bad
		}
	} else if m := oneMonth.FindStringSubmatch(s); m != nil {
		w.year, _ = strconv.Atoi(m[1])
		w.month, _ = strconv.Atoi(m[2])
		w.months = 1
		if w.month < 1 || w.month > 12 {
			return w, bad
		}
	} else {
		return w, bad
	}
	if w.year < calendar.MinYear || w.year > calendar.MaxYear {
		return w, fmt.Errorf("%q is outside the years %d to %d", s, calendar.MinYear, calendar.MaxYear)
	}
	return w, nil
}

// String gives the window as it was written.
func (w Window) String() string { return w.text }

// Span gives the window's first instant and the first behind it, in a zone.
func (w Window) Span(loc *time.Location) (from, until calendar.Instant, err error) {
	if w.months > 0 {
		from = calendar.DayStart(w.year, time.Month(w.month), 1, loc)
		until = calendar.DayStart(w.year, time.Month(w.month+w.months), 1, loc)
		return from, until, nil
	}
	from, until = w.from.In(loc), w.until.In(loc)
	if from >= until {
		return 0, 0, fmt.Errorf("the window %s is empty: it ends at or before its beginning", w.text)
	}
	return from, until, nil
}
