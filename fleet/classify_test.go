package fleet

import (
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		name    string
		sheet   Accelerator
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
	disputed := func(a Accelerator) Accelerator {
		a.Gaps = []Missing{{Field: "peak.fp8", Why: "conflicting"}}
		return a
	}
	for name, c := range map[string]struct {
		sheet Accelerator
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

func answers(t *testing.T, a Accelerator) string {
	t.Helper()
	c, err := Classify(a)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range append(c.Lines, c.Ceiling) {
		all = append(all, map[Answer]string{Met: "y", NotMet: "n", Unknown: "?"}[l.Answer])
	}
	return strings.Join(all, " ")
}

func TestArithmeticIsTrueAndReadable(t *testing.T) {
	for _, c := range []struct {
		line  int
		sheet Accelerator
		want  string
	}{
		{0, sheet(t, "814", "4800", "fp8", "1979"), "15832 ≥ 4800"},
		{1, sheet(t, "814", "4800", "fp8", "1979"), "15832 ≥ 1600 | 19.45 ≥ 5.92"},
		{2, sheet(t, "814", "4800", "fp8", "1979"), "15832 ≥ 4800 (asked: <) | 19.45 ≥ 5.92 (asked: <)"},
		{1, sheet(t, "814", "4000", "fp8", "296"), "2.91 < 5.92 (asked: ≥)"},
		{1, sheet(t, "500.001", "1000", "fp16", "185"), "5.91999 < 5.92 (asked: ≥)"},
		{1, sheet(t, "", "5300", "fp8", "2614"), "density ≥ 5.92?"},
	} {
		got, err := Classify(c.sheet)
		if err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(got.Lines[c.line].Arithmetic, " | "); s != c.want {
			t.Errorf("got %q, want %q", s, c.want)
		}
	}
}

func TestMeetsJoinsTheLinesOfAParagraph(t *testing.T) {
	c, err := Classify(sheet(t, "", "5300", "fp8", "2614"))
	if err != nil {
		t.Fatal(err)
	}
	for paragraph, want := range map[string]Answer{"3A090.a": Met, "3A090.b": Unknown, "3A090.b.1": NotMet, "3A090.c": Unknown} {
		if got := c.Meets(paragraph); got != want {
			t.Errorf("%s: got %s, want %s", paragraph, got, want)
		}
	}
}

func TestUnknownNamesWhatIsMissingOnce(t *testing.T) {
	a := sheet(t, "", "5300", "fp8", "2614")
	a.Gaps = []Missing{{Field: "dieArea", Why: "disputed"}}
	c, err := Classify(a)
	if err != nil {
		t.Fatal(err)
	}
	// b.2 asks twice for the density and says once why there is none.
	if got := strings.Join(c.Lines[3].Why, " | "); got != "the die area is not known: dieArea disputed" {
		t.Errorf("got %q", got)
	}
}
