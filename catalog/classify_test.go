package catalog

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/regime"
)

// classified judges a data sheet by the lines that ship with the program: those
// of 3A090, then the ceiling of January 2026.
func classified(t *testing.T, a fleet.Accelerator, regimes ...string) fleet.Classification {
	t.Helper()
	if len(regimes) == 0 {
		regimes = []string{"us-eccn-3a090", "us-bis-2026-01"}
	}
	all, err := BuiltinRegimes()
	if err != nil {
		t.Fatal(err)
	}
	var out fleet.Classification
	for _, name := range regimes {
		var r *regime.Regime
		for i := range all {
			if all[i].Name == name {
				r = &all[i].Spec
			}
		}
		if r == nil {
			t.Fatalf("there is no regime %s", name)
		}
		c, err := fleet.Classify(a, r.Lines, r.Source)
		if err != nil {
			t.Fatal(err)
		}
		out.Performance, out.Lines = c.Performance, append(out.Lines, c.Lines...)
	}
	return out
}

// sheet makes a data sheet from pairs of a format and its rate; an empty area
// or bandwidth is not known.
func sheet(t *testing.T, area, bandwidth string, rates ...string) fleet.Accelerator {
	t.Helper()
	var a fleet.Accelerator
	amount := func(s string) quantity.Amount {
		v, err := quantity.ParseAmount(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if area != "" {
		a.DieArea = &fleet.Figure{Value: amount(area)}
	}
	if bandwidth != "" {
		a.Bandwidth = &fleet.Figure{Value: amount(bandwidth)}
	}
	for i := 0; i < len(rates); i += 2 {
		a.Peak = append(a.Peak, fleet.Peak{Precision: fleet.Precision(rates[i]), Tera: amount(rates[i+1])})
	}
	return a
}

// The thresholds of the bill are not law: they classify when asked for.
func TestBillAddsBandwidths(t *testing.T) {
	for _, c := range []struct {
		bandwidth, link string
		want            string // DRAM, interconnect, sum
	}{
		{"4100", "0", "y n n"}, {"4099", "900", "n n n"}, {"4099", "901", "n n y"},
		{"1000", "1100", "n y n"}, {"4000", "", "n ? ?"}, {"5000", "", "y ? ?"},
	} {
		a := sheet(t, "", c.bandwidth, "fp8", "100")
		if c.link != "" {
			v, err := quantity.ParseAmount(c.link)
			if err != nil {
				t.Fatal(err)
			}
			a.Link = &fleet.Figure{Value: v}
		}
		var got []string
		for _, l := range classified(t, a, "us-safe-chips-bill").Lines {
			got = append(got, map[fleet.Answer]string{fleet.Met: "y", fleet.NotMet: "n", fleet.Unknown: "?"}[l.Answer])
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s GB/s and %s GB/s: got %s, want %s", c.bandwidth, c.link, s, c.want)
		}
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		name    string
		sheet   fleet.Accelerator
		answers string // a.1 a.2 b.1 b.2 c ceiling: y, n, ?
	}{
		{"H200 class", sheet(t, "814", "4800", "fp8", "1979"), "y y n n ? y"},
		{"H20: below every line", sheet(t, "814", "4000", "fp8", "296"), "n n n n ? y"},
		{"B200 exceeds the ceiling twice", sheet(t, "1600", "8000", "fp4", "9000"), "y y n n ? n"},
		{"TPP on the line meets a.1", sheet(t, "1000", "1000", "fp16", "300"), "y n n y ? y"},
		{"just below it meets b.1 and b.2", sheet(t, "1000", "1000", "fp16", "299.9"), "n n y y ? y"},
		{"b.1 alone", sheet(t, "1500", "1000", "fp16", "150"), "n n y n ? y"},
		{"TPP 1600 with density 5.92 meets a.2", sheet(t, "500", "1000", "fp16", "185"), "n y n n ? y"},
		{"density a hair below", sheet(t, "500.001", "1000", "fp16", "185"), "n n y y ? y"},
		{"ceiling is exclusive in TPP", sheet(t, "1000", "1000", "fp8", "2625"), "y y n n ? n"},
		{"ceiling is exclusive in bandwidth", sheet(t, "814", "6500", "fp8", "1979"), "y y n n ? n"},
		{"die area unknown", sheet(t, "", "5300", "fp8", "2614"), "y ? n ? ? y"},
		{"die area unknown, TPP too small for every line", sheet(t, "", "100", "fp8", "100"), "n n n n ? y"},
		{"bandwidth unknown", sheet(t, "814", "", "fp8", "1979"), "y y n n ? ?"},
		{"bandwidth unknown, TPP too high anyway", sheet(t, "814", "", "fp8", "4500"), "y y n n ? n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := answers(t, c.sheet); got != c.answers {
				t.Errorf("got %s, want %s", got, c.answers)
			}
		})
	}
}

// A rate in dispute makes TPP a lower bound: it proves a line met, and never
// that one is not met or that the ceiling is kept.
func TestClassifyWithDisputedRate(t *testing.T) {
	disputed := func(a fleet.Accelerator) fleet.Accelerator {
		a.Gaps = []fleet.Missing{{Field: "peak.fp8", Why: "conflicting"}}
		return a
	}
	for name, c := range map[string]struct {
		sheet fleet.Accelerator
		want  string
	}{
		"high enough all the same": {disputed(sheet(t, "", "8000", "fp4", "15000")), "y ? n ? ? n"},
		"may be higher":            {disputed(sheet(t, "1000", "4000", "fp16", "100")), "? ? ? ? ? ?"},
		"bandwidth alone decides":  {disputed(sheet(t, "1000", "7000", "fp16", "100")), "? ? ? ? ? n"},
	} {
		if got := answers(t, c.sheet); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func answers(t *testing.T, a fleet.Accelerator) string {
	t.Helper()
	c := classified(t, a)
	var all []string
	for _, l := range c.Lines {
		all = append(all, map[fleet.Answer]string{fleet.Met: "y", fleet.NotMet: "n", fleet.Unknown: "?"}[l.Answer])
	}
	return strings.Join(all, " ")
}

func TestArithmeticIsTrueAndReadable(t *testing.T) {
	for _, c := range []struct {
		line  int
		sheet fleet.Accelerator
		want  string
	}{
		{0, sheet(t, "814", "4800", "fp8", "1979"), "15832 ≥ 4800"},
		{1, sheet(t, "814", "4800", "fp8", "1979"), "15832 ≥ 1600 | 19.45 ≥ 5.92"},
		{2, sheet(t, "814", "4800", "fp8", "1979"), "15832 ≥ 4800 (asked: <) | 19.45 ≥ 5.92 (asked: <)"},
		{1, sheet(t, "814", "4000", "fp8", "296"), "2.91 < 5.92 (asked: ≥)"},
		{1, sheet(t, "500.001", "1000", "fp16", "185"), "5.91999 < 5.92 (asked: ≥)"},
		{1, sheet(t, "", "5300", "fp8", "2614"), "density ≥ 5.92?"},
	} {
		got := classified(t, c.sheet)
		if s := strings.Join(got.Lines[c.line].Arithmetic, " | "); s != c.want {
			t.Errorf("got %q, want %q", s, c.want)
		}
	}
}

func TestMeetsJoinsTheLinesOfAParagraph(t *testing.T) {
	c := classified(t, sheet(t, "", "5300", "fp8", "2614"))
	for paragraph, want := range map[string]fleet.Answer{"3A090.a": fleet.Met, "3A090.b": fleet.Unknown, "3A090.b.1": fleet.NotMet, "3A090.c": fleet.Unknown} {
		if got := c.Meets(paragraph); got != want {
			t.Errorf("%s: got %s, want %s", paragraph, got, want)
		}
	}
}

func TestUnknownNamesWhatIsMissingOnce(t *testing.T) {
	a := sheet(t, "", "5300", "fp8", "2614")
	a.Gaps = []fleet.Missing{{Field: "dieArea", Why: "disputed"}}
	c := classified(t, a)
	// b.2 asks twice for the density and says once why there is none.
	if got := strings.Join(c.Lines[3].Why, " | "); got != "the die area is not known: dieArea disputed" {
		t.Errorf("got %q", got)
	}
}
