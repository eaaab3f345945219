package regime

import (
	"fmt"
	"slices"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/permit"
)

// Check gives what is wrong with a regime by itself: parameters whose default
// is not one of their values, clauses that refer to none.
func (e *Entry) Check() document.Errors {
	var errs document.Errors
	fail := func(at, hint, format string, args ...any) {
		x := e.Document.Errorf(at, format, args...)
		x.Hint = hint
		errs = append(errs, x)
	}
	for i := range e.Spec.Parameters {
		p, at := &e.Spec.Parameters[i], fmt.Sprintf("spec.parameters[%d]", i)
		if p.Type == Amount && p.Measure == "" {
			fail(at, "", "an amount has a measure")
			continue
		}
		for field, x := range map[string]any{"default": p.Default, "atLeast": p.AtLeast, "atMost": p.AtMost} {
			if x == nil {
				continue
			}
			if _, err := p.read(x); err != nil {
				fail(at+"."+field, err.hint, "%s", err.message)
			}
		}
		if e.Spec.parameter(p.Name) != p {
			fail(at+".name", "", "there is a parameter %q already", p.Name)
		}
	}
	used := map[string]bool{}
	for i := range e.Spec.Clauses {
		c, at := &e.Spec.Clauses[i], fmt.Sprintf("spec.clauses[%d]", i)
		if e.Spec.clause(c.Name) != c {
			fail(at+".name", "", "there is a clause %q already", c.Name)
		}
		_, reads, _ := e.condition(c, &permit.RegimeUse{}, map[string]Value{})
		for _, r := range reads {
			used[r] = true
			if !slices.Contains(e.Spec.parameterNames(), r) {
				fail(at, or(spelling.Hint(r, e.Spec.parameterNames()), choice(e.Spec.parameterNames())), "there is no parameter %q", r)
			}
		}
		for _, own := range []string{"name", "from", "basis", "source"} {
			if _, ok := c.Condition[own]; ok {
				fail(at+".condition."+own, "", "%s belongs to the clause, not to its condition", own)
			}
		}
	}
	for i := range e.Spec.Parameters {
		if p := &e.Spec.Parameters[i]; !used[p.Name] {
			fail(fmt.Sprintf("spec.parameters[%d]", i), "", "no clause reads the parameter %q", p.Name)
		}
	}
	if len(e.Spec.Clauses) == 0 && len(e.Spec.Lines) == 0 {
		fail("spec", "", "a regime has clauses or lines")
	}
	return errs
}
