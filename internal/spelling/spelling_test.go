package spelling

import "testing"

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		word  string
		known []string
		want  string
	}{
		{"acelerator", []string{"accelerator", "site"}, "accelerator"},
		{"XW", []string{"MW", "kW", "W"}, "MW"},
		{"prupose", []string{"priority", "purpose"}, "purpose"},
		{"quart", []string{"month", "quarter"}, "quarter"},
		{"AtMost", []string{"atMost", "atLeast"}, "atMost"},
		{"zebra", []string{"site", "lot"}, ""},
		{"h200", []string{"h200-sxm", "h800-sxm"}, "h200-sxm"},
		{"", []string{"a"}, "a"},
	} {
		if got := Nearest(c.word, c.known); got != c.want {
			t.Errorf("Nearest(%q, %q) = %q, want %q", c.word, c.known, got, c.want)
		}
	}
}
