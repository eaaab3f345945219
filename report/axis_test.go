package report

import (
	"strings"
	"testing"
)

func TestDateTicks(t *testing.T) {
	for _, c := range []struct{ from, until, want string }{
		{"2026-02-01", "2028-02-01", "2026-04 2026-07 2026-10 2027-01 2027-04 2027-07 2027-10 2028-01"},
		{"2026-01-15", "2026-08-01", "2026-02 2026-03 2026-04 2026-05 2026-06 2026-07 2026-08"},
		{"2026-01-01", "2026-01-15", "01-01 01-03 01-05 01-07 01-09 01-11 01-13 01-15"},
		{"2020-01-01", "2040-01-01", "2020-01 2025-01 2030-01 2035-01 2040-01"},
		{"2026-01-01", "2026-01-01", ""},
	} {
		var labels []string
		for _, tick := range (span{date(c.from), date(c.until)}).ticks() {
			labels = append(labels, tick.Label)
			if tick.At < 0 || tick.At > 100 {
				t.Errorf("%s to %s: %s at %v %%", c.from, c.until, tick.Label, tick.At)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%s to %s: got %s, want %s", c.from, c.until, got, c.want)
		}
	}
}

func TestRoundStep(t *testing.T) {
	for _, c := range []struct {
		reach float64
		n     int
		want  float64
	}{{80000, 4, 20000}, {100, 4, 25}, {1, 4, 0.25}, {23.4, 5, 5}, {50, 5, 10}, {0, 4, 1}} {
		if got := roundStep(c.reach, c.n); got != c.want {
			t.Errorf("%v in %d: got %v, want %v", c.reach, c.n, got, c.want)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 500: "500", 20000: "20k", 1500000: "1.5M", -5: "−5", 0.5: "0.5"} {
		if got := short(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

// The corners of an area hold each value up to the next time, and the parts
// lie on each other.
func TestAreaStacksSteps(t *testing.T) {
	a := Area{
		ID: "a", Title: "a", Unit: "devices", Times: sampleArea(date("2026-01-01")).Times[:3],
		Layers: []Series{{"low", []float64{1, 1, 2}}, {"high", []float64{1, 3, 0}}},
	}
	html := string(a.HTML())
	for _, want := range []string{
		`d="M0 165L300 165L300 165L600 165L600 110L600 220L600 220L300 220L300 220L0 220Z"`,
		`d="M0 110L300 110L300 0L600 0L600 110L600 110L600 165L300 165L300 165L0 165Z"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no path %s in %s", want, html)
		}
	}
}

func TestBarsPutGainsLeftOfZero(t *testing.T) {
	html := string(Bars{ID: "b", Unit: "days", Rows: []Bar{{Label: "cost", Value: 10}, {Label: "gain", Value: -10}}}.HTML())
	for _, want := range []string{`class="loss" x="50%" width="50%"`, `class="gain" x="0%" width="50%"`, "a gain", "10.0 days"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
}
