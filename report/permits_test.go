package report

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/plan"
)

// TestHeldTable: two permits over the same devices tell the same, so each
// condition is told once, with a column for each holder; a bound is told once,
// by the permit that it stands in.
func TestHeldTable(t *testing.T) {
	held := func(by ...plan.HeldBy) []plan.HeldBy { return by }
	permit := func(name, holder string, products ...plan.ProductResult) plan.PermitResult {
		return plan.PermitResult{Permit: name, Holder: holder, Products: products}
	}
	r := &plan.Result{Samples: 10, Permits: []plan.PermitResult{
		permit("import-a", "a", plan.ProductResult{Product: "h200", Granted: 90, May: 75, By: "export-a/cap", Held: held(plan.HeldBy{Clause: "endorsement by bis", Samples: 4}, plan.HeldBy{Clause: "import-a/volume", Samples: 2})},
			plan.ProductResult{Product: "910c", Granted: 9, May: 9}),
		permit("export-a", "a", plan.ProductResult{Product: "h200", Granted: 80, May: 75, By: "export-a/cap", Held: held(plan.HeldBy{Clause: "endorsement by bis", Samples: 4}, plan.HeldBy{Clause: "import-a/volume", Samples: 3})}),
		permit("import-b", "b", plan.ProductResult{Product: "h200", Granted: 50, May: 50, Held: held(plan.HeldBy{Clause: "import-b/volume", Samples: 6})}),
		permit("import-c", "c", plan.ProductResult{Product: "h200", Granted: 50, May: 50}),
	}}
	var b strings.Builder
	textPermits(&b, r)
	_, got, _ := strings.Cut(b.String(), "import-c ")
	_, got, _ = strings.Cut(got, "\n")
	const want = `  export-a: 75 of 80 h200 may arrive, by export-a/cap.
  All holders: 180 h200 granted, 175 may arrive.

What holds back devices that did not arrive by the period's end (in so many of 10 samples, by holder)
  product  held by             a  b
  h200     volume              3  6
           endorsement by bis  4  -
`
	if got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}
