// Package lint looks for what is wrong with documents that load: clauses that
// can never admit anything, floors that freeze a fleet, evidence that nobody
// collects. It knows the meaning of conditions, not their state: it needs no
// clock and no simulation.
package lint

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
)

// Severity is how bad a finding is.
type Severity string

// The severities. Errors and warnings are findings; a note is something to
// know.
const (
	Error   Severity = "error"   // the documents cannot mean this
	Warning Severity = "warning" // probably not meant
	Note    Severity = "note"    // a consequence that may surprise
)

// Finding is one result.
type Finding struct {
	Severity Severity
	// Rule names the check, such as never-admits.
	Rule string
	// Error has the place, the message and what to do.
	*document.Error
}

// Check looks for everything, in the order of places.
func Check(c *catalog.Catalog) []Finding {
	l := &linter{c: c, lots: lotsOf(c), products: productsOf(c), said: map[string]bool{}}
	for i := range c.Permits {
		l.requires(&c.Permits[i])
		l.limits(&c.Permits[i])
		l.holds(&c.Permits[i])
		l.rolling(&c.Permits[i])
		l.rollingStops(&c.Permits[i])
		l.evidence(&c.Permits[i])
		l.endorsements(&c.Permits[i])
		l.longest(&c.Permits[i])
	}
	l.frozen()
	l.overfull()
	l.contradictions()
	l.caps()
	l.jobs()
	return Sort(l.findings)
}

// Sort orders findings by file and place, errors of one place first.
func Sort(f []Finding) []Finding {
	rank := map[Severity]int{Error: 0, Warning: 1, Note: 2}
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(a.Message, b.Message))
	})
	return f
}

type linter struct {
	c        *catalog.Catalog
	lots     map[string][]int // permit → indexes of its lots
	products map[string]product
	findings []Finding
	said     map[string]bool // combinations of floors that freeze
}

func (l *linter) add(s Severity, rule, hint string, e *document.Error) {
	e.Hint = hint
	l.findings = append(l.findings, Finding{s, rule, e})
}
