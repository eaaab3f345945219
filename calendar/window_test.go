package calendar

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/quantity"
)

func moments(t testing.TB, texts ...string) (out []Moment) {
	t.Helper()
	for _, s := range texts {
		m, err := ParseMoment(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// cuts gives the boundaries of a window as local times.
func cuts(t testing.TB, w Window, from, until string, loc *time.Location) []string {
	t.Helper()
	all, err := w.Cuts(moments(t, from)[0].In(loc), moments(t, until)[0].In(loc), loc)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range all {
		out = append(out, strings.TrimSuffix(c.Time(loc).Format("2006-01-02 15:04"), " 00:00"))
	}
	return out
}

func TestCuts(t *testing.T) {
	for _, c := range []struct {
		window            Window
		zone, from, until string
		want              []string
	}{
		// The first and the last window are what the time leaves of them.
		{Window{Text: "month"}, "UTC", "2026-01-15", "2026-03-10", []string{"2026-01-15", "2026-02-01", "2026-03-01", "2026-03-10"}},
		{Window{Text: "quarter"}, "Asia/Shanghai", "2026-02-10", "2027-01-01", []string{"2026-02-10", "2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01"}},
		{Window{Text: "half"}, "UTC", "2026-01-01", "2027-02-01", []string{"2026-01-01", "2026-07-01", "2027-01-01", "2027-02-01"}},
		{Window{Text: "half"}, "UTC", "2026-06-30", "2026-07-02", []string{"2026-06-30", "2026-07-01", "2026-07-02"}},
		{Window{Text: "year"}, "UTC", "2026-12-31", "2029-01-01", []string{"2026-12-31", "2027-01-01", "2028-01-01", "2029-01-01"}},
		{Window{Text: "life"}, "UTC", "2026-02-10", "2028-02-09", []string{"2026-02-10", "2028-02-09"}},
		{Window{Text: "30d"}, "UTC", "2026-02-10", "2028-02-09", []string{"2026-02-10", "2028-02-09"}}, // no calendar cuts it
		// The first of October had no midnight there.
		{Window{Text: "quarter"}, "America/Asuncion", "2017-08-01", "2017-11-01", []string{"2017-08-01", "2017-10-01 01:00", "2017-11-01"}},
		// Of a custom calendar counts what lies inside.
		{Window{Boundaries: moments(t, "2025-07-01", "2026-02-10", "2026-05-01", "2026-09-01T12:00:00Z", "2027-07-01")}, "UTC", "2026-02-10", "2027-02-10",
			[]string{"2026-02-10", "2026-05-01", "2026-09-01 12:00", "2027-02-10"}},
		{Window{Boundaries: moments(t, "2018-11-04")}, "America/Sao_Paulo", "2018-11-01", "2018-12-01", []string{"2018-11-01", "2018-11-04 01:00", "2018-12-01"}},
	} {
		if got := cuts(t, c.window, c.from, c.until, zone(t, c.zone)); !slices.Equal(got, c.want) {
			t.Errorf("%s from %s to %s in %s: %v, want %v", c.window, c.from, c.until, c.zone, got, c.want)
		}
	}
}

// Quarters of Shanghai end 13 hours before those of New York in winter, 12 in
// summer time: one device is in two quarters at once.
func TestQuartersOfTwoZones(t *testing.T) {
	east, west := zone(t, "Asia/Shanghai"), zone(t, "America/New_York")
	q := Window{Text: "quarter"}
	from, until := at(t, "2025-11-15T00:00:00Z"), at(t, "2026-12-15T00:00:00Z")
	a, err := q.Cuts(from, until, east)
	if err != nil {
		t.Fatal(err)
	}
	b, err := q.Cuts(from, until, west)
	if err != nil {
		t.Fatal(err)
	}
	for i, hours := range []Instant{0, 13, 12, 12, 12, 0} { // January; April, July, October
		if got := b[i] - a[i]; got != hours*3_600_000 {
			t.Errorf("quarter %d begins %d h apart, want %d", i, got/3_600_000, hours)
		}
	}
}

// Lengths are hours, whatever clocks do meanwhile: 30d is 720 h. Due dates are
// days of the calendar, which count from [DayStart].
func TestLengthsAreHours(t *testing.T) {
	kind, length, err := Window{Text: "30d"}.Kind()
	if kind != Rolling || length != 720*quantity.Hour || err != nil {
		t.Errorf("30d is %s of %s (%v)", kind, length, err)
	}
	berlin := zone(t, "Europe/Berlin")
	if got := DayStart(2026, 3, 1+30, berlin) - DayStart(2026, 3, 1, berlin); got != 719*3_600_000 {
		t.Errorf("30 days of March 2026 in Berlin last %d h, want 719", got/3_600_000)
	}
}

func TestWindowsRefused(t *testing.T) {
	from, until := at(t, "2026-01-01T00:00:00Z"), at(t, "2027-01-01T00:00:00Z")
	for _, c := range []struct {
		window      Window
		from, until Instant
		want        string
	}{
		{Window{Text: "fortnight"}, from, until, `"fortnight" is not a window: write month, quarter, half, year, life, or a rolling length such as 30d`},
		{Window{Text: "0d"}, from, until, "is not a window"},
		{Window{Text: "rolling"}, from, until, "is not a window"},
		{Window{}, from, until, "is not a window"},
		{Window{Text: "month"}, until, from, "the window's time is empty"},
		{Window{Text: "month"}, from, from, "the window's time is empty"},
		{Window{Boundaries: moments(t, "2026-05-01", "2026-04-01")}, from, until, "the boundaries of the calendar of 2026-05-01, 2026-04-01 are not in order"},
	} {
		if _, err := c.window.Cuts(c.from, c.until, time.UTC); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.window, err, c.want)
		}
	}
}

// Windows cover the time without a gap, and each inner boundary is the first
// instant of a month at which the calendar cuts.
func TestWindowsCoverTheTime(t *testing.T) {
	months := map[string]int{"month": 1, "quarter": 3, "half": 6, "year": 12}
	zones := []string{"UTC", "Asia/Shanghai", "America/New_York", "America/Asuncion", "Africa/Cairo", "Pacific/Apia"}
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.SampledFrom([]string{"month", "quarter", "half", "year"}).Draw(r, "window")
		loc := zone(t, rapid.SampledFrom(zones).Draw(r, "zone"))
		from := at(t, "2005-01-01T00:00:00Z") + Instant(rapid.Int64Range(0, 20*366*86_400_000).Draw(r, "from"))
		until := from + Instant(rapid.Int64Range(1, 4*366*86_400_000).Draw(r, "length"))
		all, err := Window{Text: text}.Cuts(from, until, loc)
		if err != nil {
			r.Fatal(err)
		}
		if all[0] != from || all[len(all)-1] != until {
			r.Fatalf("from %s to %s: %v", from.Stamp(loc), until.Stamp(loc), all)
		}
		for i := 1; i < len(all); i++ {
			if all[i] <= all[i-1] {
				r.Fatalf("boundary %d is not behind the one before: %v", i, all)
			}
			if i == len(all)-1 {
				break
			}
			now, before := all[i].Time(loc), (all[i] - 1).Time(loc)
			if now.Day() != 1 || (int(now.Month())-1)%months[text] != 0 || before.Month() == now.Month() {
				r.Fatalf("a %s begins at %s, behind %s", text, now, before)
			}
		}
		// No boundary is left out: windows are at most as long as the calendar's.
		for i := 1; i < len(all); i++ {
			if end := all[i-1].Time(loc).AddDate(0, months[text], 1); all[i] > Of(end) {
				r.Fatalf("a %s from %s to %s", text, all[i-1].Stamp(loc), all[i].Stamp(loc))
			}
		}
	})
}
