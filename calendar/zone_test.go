package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestLocationFromOffsets compares zones made from their offsets with those of
// the time zone database.
func TestLocationFromOffsets(t *testing.T) {
	from, until := Of(time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)), Of(time.Date(2080, 1, 1, 0, 0, 0, 0, time.UTC))
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"} {
		want, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Location(name, Offsets(want, from, until))
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			at := Instant(rapid.Int64Range(int64(from), int64(until)-1).Draw(t, "at"))
			if g, w := at.Time(got).Format(time.DateTime), at.Time(want).Format(time.DateTime); g != w {
				t.Fatalf("%s at %d: %s, want %s", name, at, g, w)
			}
			y, m, d := at.Time(want).Date()
			if g, w := DayStart(y, m, d, got), DayStart(y, m, d, want); g != w {
				t.Fatalf("%s: %d-%d-%d starts at %d, want %d", name, y, m, d, g, w)
			}
		})
	}
}

func TestLocationRefuses(t *testing.T) {
	for name, offsets := range map[string][]Offset{
		"none":         nil,
		"out of order": {{0, 0}, {2000, 3600}, {1000, 0}},
		"half seconds": {{0, 0}, {1500, 3600}},
	} {
		if _, err := Location("X", offsets); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
