package calendar

import (
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// at gives the instant of a time in RFC 3339.
func at(t testing.TB, text string) Instant {
	t.Helper()
	x, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return Of(x)
}

func TestDayStart(t *testing.T) {
	for _, c := range []struct{ zone, date, want string }{
		{"UTC", "2026-02-10", "2026-02-10T00:00:00Z"},
		{"Asia/Shanghai", "2026-02-10", "2026-02-09T16:00:00Z"},
		// The day of a change of clocks begins before it.
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"},
		{"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},
		// Midnight is skipped: the day begins at one o'clock.
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
		{"America/Asuncion", "2017-10-01", "2017-10-01T04:00:00Z"},
		// Midnight comes twice: the day begins at the first.
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},
		// The day itself is skipped: what begins with it begins with the next.
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
	} {
		m, err := ParseMoment(c.date)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.In(zone(t, c.zone)), at(t, c.want); got != want {
			t.Errorf("%s in %s begins at %s, want %s", c.date, c.zone, got.Time(time.UTC), want.Time(time.UTC))
		}
	}
}

// Days follow each other without a gap: each begins at the first instant of its
// date, behind the last of the one before.
func TestDaysFollowEachOther(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "America/New_York", "Europe/Luxembourg", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"} {
		loc := zone(t, name)
		last := Instant(-1 << 62)
		for d := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2040; d = d.AddDate(0, 0, 1) {
			y, m, day := d.Date()
			start, date := DayStart(y, m, day, loc), d.Format(time.DateOnly)
			if start.Date(loc) != date || (start-1).Date(loc) >= date || start <= last {
				t.Errorf("%s in %s begins at %s", date, name, start.Stamp(loc))
			}
			last = start
		}
	}
}

func TestMoments(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	for _, c := range []struct{ text, want string }{
		{"2026-02-10", "2026-02-09T16:00:00Z"},
		{"2026-02-10T12:00:00+01:00", "2026-02-10T11:00:00Z"}, // its own zone counts
		{"2026-02-10T12:00:00.0019Z", "2026-02-10T12:00:00.001Z"},
	} {
		m, err := ParseMoment(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.In(shanghai), at(t, c.want); got != want {
			t.Errorf("%s is %s, want %s", c.text, got.Time(time.UTC), want.Time(time.UTC))
		}
		if b, err := m.MarshalText(); err != nil || string(b) != c.text || m.Zero() {
			t.Errorf("%s is written %s (%v)", c.text, b, err)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"2026-02-30", "is not a date"},
		{"10.2.2026", "is not a date"},
		{"2026-02-10T12:00:00", "with its zone such as"},
		{"1969-12-31", "outside the years 1970 to 2200"},
		{"2201-01-01T00:00:00Z", "outside the years 1970 to 2200"},
		{"", "is not a date"},
	} {
		if _, err := ParseMoment(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
	if s := Never.Date(shanghai) + " " + Never.Stamp(shanghai); s != "never never" {
		t.Errorf("Never is written %s", s)
	}
	if s := at(t, "2026-02-10T16:30:00Z").Stamp(shanghai); s != "2026-02-11 00:30 +08:00" {
		t.Errorf("a stamp is %s", s)
	}
}
