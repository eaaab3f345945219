package calendar

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/quantity"
)

// Period names a regular calendar.
type Period string

// The periods that a window may have.
const (
	Month   Period = "month"
	Quarter Period = "quarter"
	Half    Period = "half"
	Year    Period = "year"
	Life    Period = "life"    // from the permit's start to its end
	Rolling Period = "rolling" // the last Length up to now
	Custom  Period = "custom"  // cut at stated dates
)

// Window says over what time a measure accumulates: a period name ("quarter"),
// a rolling length ("30d"), or stated boundaries.
type Window struct {
	// A period (month, quarter, half, year, life) or a rolling length (30d).
	Text string `json:"text,omitempty" doc:"scalar"`
	// The dates that cut a custom calendar, in order.
	Boundaries []Moment `json:"boundaries,omitempty"`
}

// Periods lists the names that Window.Text may have beside a rolling length.
var Periods = []Period{Month, Quarter, Half, Year, Life}

// Kind gives the period and, for a rolling window, its length.
func (w Window) Kind() (Period, quantity.Duration, error) {
	if len(w.Boundaries) > 0 {
		return Custom, 0, nil
	}
	for _, p := range Periods {
		if w.Text == string(p) {
			return p, 0, nil
		}
	}
	if d, err := quantity.ParseDuration(w.Text); err == nil && d > 0 {
		return Rolling, d, nil
	}
	names := make([]string, len(Periods))
	for i, p := range Periods {
		names[i] = string(p)
	}
	return "", 0, fmt.Errorf("%q is not a window: write %s, or a rolling length such as 30d", w.Text, strings.Join(names, ", "))
}

// String gives the window as it was written.
func (w Window) String() string {
	if len(w.Boundaries) > 0 {
		parts := make([]string, len(w.Boundaries))
		for i, b := range w.Boundaries {
			parts[i] = b.String()
		}
		return "calendar of " + strings.Join(parts, ", ")
	}
	return w.Text
}

// Cuts gives the boundaries of the windows between from and until: the first
// is from, the last is until, and every boundary of the calendar in between
// stands in order. Windows are half-open. A rolling window has no cuts.
func (w Window) Cuts(from, until Instant, loc *time.Location) ([]Instant, error) {
	kind, _, err := w.Kind()
	if err != nil {
		return nil, err
	}
	if from >= until {
		return nil, fmt.Errorf("the window's time is empty: it starts at %s and ends at %s", from.Stamp(loc), until.Stamp(loc))
	}
	cuts := []Instant{from}
	add := func(t Instant) {
		if t > cuts[len(cuts)-1] && t < until {
			cuts = append(cuts, t)
		}
	}
	step := map[Period]int{Month: 1, Quarter: 3, Half: 6, Year: 12}[kind]
	switch {
	case kind == Custom:
		var at []Instant
		for _, b := range w.Boundaries {
			at = append(at, b.In(loc))
		}
		if !sort.SliceIsSorted(at, func(i, j int) bool { return at[i] < at[j] }) {
			return nil, fmt.Errorf("the boundaries of the %s are not in order", w)
		}
		for _, t := range at {
			add(t)
		}
	case step > 0:
		y, m, _ := from.Time(loc).Date()
		for k := (int(m)-1)/step*step + step; ; k += step {
			t := DayStart(y, time.Month(k+1), 1, loc)
			if t >= until {
				break
			}
			add(t)
		}
	}
	return append(cuts, until), nil
}
