package catalog

import "testing"

func TestExamplesLoad(t *testing.T) {
	for _, dir := range []string{"h200", "eurohpc", "team-budgets"} {
		c, errs := Load("../examples/" + dir)
		if len(errs) > 0 {
			t.Errorf("%s:\n%v", dir, errs)
		}
		if len(c.Scenarios) == 0 || len(c.Permits) == 0 || len(c.Lots) == 0 {
			t.Errorf("%s: not complete", dir)
		}
	}
}
