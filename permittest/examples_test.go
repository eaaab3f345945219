package permittest

import "testing"

// The examples' permits do what their tests say.
func TestExamplesKeepTheirTests(t *testing.T) {
	r, errs := Run("../examples/h200", "../examples/eurohpc", "../examples/team-budgets")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if len(r.Cases) < 10 {
		t.Errorf("%d cases", len(r.Cases))
	}
	for _, c := range r.Cases {
		for _, f := range c.Failures {
			t.Errorf("%s: %s: %s", c.Test, c.Case, f)
		}
	}
}
