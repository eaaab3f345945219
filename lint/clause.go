package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
)

// conditionPath is where a condition stands: by its name if it came from a
// regime, since it has no place of its own in the file.
func conditionPath(e *catalog.Entry[permit.Permit], i int) string {
	if c := &e.Spec.Conditions[i]; c.From != "" {
		return "spec.conditions." + c.Name
	}
	return fmt.Sprintf("spec.conditions[%d]", i)
}

// requires finds predicates that no class of work meets, one by one, then all
// of a permit's together.
func (l *linter) requires(e *catalog.Entry[permit.Permit]) {
	over := []*catalog.Entry[permit.Permit]{e}
	var all []*permit.Predicate
	for i := range e.Spec.Conditions {
		p := compile(e.Spec.Conditions[i].Require)
		if p == nil {
			continue
		}
		if l.possible(over, []*permit.Predicate{p}) {
			all = append(all, p)
			continue
		}
		what := "for every declared end user and purpose on every lot under the permit"
		if len(p.Reads()) == 0 {
			what = "always"
		}
		l.add(Warning, "never-admits", "", e.Document.Errorf(conditionPath(e, i)+".require", "is false %s: nothing can ever run", what))
	}
	if len(all) > 2 && !l.possible(over, all) && !l.pairwise(over, all) {
		l.add(Warning, "never-admits", "", e.Document.Errorf("spec.conditions", "no declared end user and purpose meets all requirements of %q on any lot: nothing can ever run", e.Name))
	}
}

// pairwise reports whether two of the predicates exclude each other: that pair
// is named as a contradiction.
func (l *linter) pairwise(over []*catalog.Entry[permit.Permit], all []*permit.Predicate) bool {
	for i, a := range all {
		for _, b := range all[:i] {
			if !l.possible(over, []*permit.Predicate{a, b}) {
				return true
			}
		}
	}
	return false
}

// possible reports whether some class of work meets all predicates, or whether
// there are too many classes to tell.
func (l *linter) possible(over []*catalog.Entry[permit.Permit], all []*permit.Predicate) bool {
	found := false
	told := l.classes(over, all, func(s *permit.Subject) bool {
		found = !slices.ContainsFunc(all, func(p *permit.Predicate) bool { return !holds(p, s) })
		return !found
	})
	return found || !told
}

// limits finds bounds of nothing, and selectors that select nothing.
func (l *linter) limits(e *catalog.Entry[permit.Permit]) {
	over := []*catalog.Entry[permit.Permit]{e}
	for i := range e.Spec.Conditions {
		c := &e.Spec.Conditions[i]
		switch {
		case c.Limit != nil && c.Limit.AtMost.Zero() && c.Limit.Follows == "":
			what := "all work"
			if c.Limit.Where != "" {
				what = "all work that it selects"
			}
			if c.Limit.Measure.AtDelivery() {
				what = strings.Replace(what, "work", "deliveries", 1)
			}
			l.add(Warning, "never-admits", "say what is forbidden with require", e.Document.Errorf(conditionPath(e, i)+".limit.atMost", "is zero: it refuses %s", what))
		case c.Limit != nil:
			l.selects(e, over, conditionPath(e, i)+".limit.where", c.Limit.Where, "the limit never binds")
		case c.Share != nil:
			so := "the part is always empty"
			if c.Share.AtLeast != nil && c.Share.AtLeast.Num > 0 {
				so += fmt.Sprintf(", so that at least %s of the whole can never be met", c.Share.AtLeast)
			}
			l.selects(e, over, conditionPath(e, i)+".share.where", c.Share.Where, so)
			l.selects(e, over, conditionPath(e, i)+".share.outOf", c.Share.OutOf, "the whole is always empty")
		case c.Approval != nil:
			l.selects(e, over, conditionPath(e, i)+".approval.when", c.Approval.When, "it is never asked for")
		}
	}
	for i, g := range e.Spec.Grants {
		if g.Quantity.Zero() {
			l.add(Warning, "never-admits", "", e.Document.Errorf(fmt.Sprintf("spec.grants[%d].quantity", i), "is zero: no %s can arrive", g.Accelerator))
		}
	}
}

func (l *linter) selects(e *catalog.Entry[permit.Permit], over []*catalog.Entry[permit.Permit], path string, x permit.Expression, so string) {
	if p := compile(x); p != nil && !l.possible(over, []*permit.Predicate{p}) {
		l.add(Warning, "never-selects", "", e.Document.Errorf(path, "selects nothing that the permit's documents know: %s", so))
	}
}

// holds notes limits whose hold does what the limit does anyway.
func (l *linter) holds(e *catalog.Entry[permit.Permit]) {
	for i := range e.Spec.Conditions {
		if c := &e.Spec.Conditions[i]; c.Limit != nil && c.OnReach == permit.Hold {
			l.add(Note, "hold-adds-nothing", "write drain or stop to act on running work",
				e.Document.Errorf(conditionPath(e, i)+".onReach", "a limit that is passed lets none of the work start that it counts, until the window ends or room returns: hold adds nothing to that"))
		}
	}
}

// rollingStops finds bounds at which work is to stop though room comes back by
// itself: rolling limits, and shares that are judged at every instant.
func (l *linter) rollingStops(e *catalog.Entry[permit.Permit]) {
	for i := range e.Spec.Conditions {
		c := &e.Spec.Conditions[i]
		path := conditionPath(e, i) + ".onReach"
		switch {
		case c.Limit != nil && c.OnReach == permit.Stop && isRolling(c.Limit.Over):
			l.add(Warning, "rolling-stop", "write drain, or make the limit certain",
				e.Document.Errorf(path, "room comes back to a rolling window moment by moment, so work that is stopped at the bound would start again at once: nothing is stopped"))
		case c.Share != nil && (c.OnReach == permit.Stop || c.OnReach == permit.Drain) && (isRolling(c.Share.Over) || c.Share.Judged == "always"):
			l.add(Warning, "rolling-stop", "write hold: nothing that makes it worse starts while the share is broken",
				e.Document.Errorf(path, "a share that is judged at every instant is kept and broken moment by moment, so work that is stopped would start again at once: nothing is stopped"))
		}
	}
}

func isRolling(w calendar.Window) bool {
	kind, _, err := w.Kind()
	return err == nil && kind == calendar.Rolling
}

// rolling notes shares that can be looked back on only.
func (l *linter) rolling(e *catalog.Entry[permit.Permit]) {
	for i := range e.Spec.Conditions {
		if c := &e.Spec.Conditions[i]; c.Share != nil && isRolling(c.Share.Over) {
			l.add(Note, "rolling-share", "", e.Document.Errorf(conditionPath(e, i)+".share.over",
				"old use ages out of a rolling window whatever is done, so this share can be broken without a start; a breach is reported, and nothing that makes it worse starts until the share is kept again"))
		}
	}
}

// evidence finds evidence that is asked for and that nobody collects.
func (l *linter) evidence(e *catalog.Entry[permit.Permit]) {
	for i := range e.Spec.Conditions {
		v := e.Spec.Conditions[i].Evidence
		if v == nil || v.OnMiss == permit.Notify {
			continue
		}
		for _, k := range l.lots[e.Name] {
			lot := &l.c.Lots[k]
			has := false
			for _, p := range lot.Spec.Evidence {
				has = has || p.Kind == v.Kind
			}
			if has {
				continue
			}
			so := "nothing can start on it"
			if v.At == permit.Delivery {
				so = "it can never arrive"
			}
			l.add(Warning, "no-evidence", "add it to spec.evidence", lot.Document.Errorf("spec.evidence",
				"no evidence of %q about the lot is collected, which %q of the permit %q asks for: %s", v.Kind, e.Spec.Conditions[i].Name, e.Name, so))
		}
	}
}

// endorsements finds permits that no plan ever sees in effect.
func (l *linter) endorsements(e *catalog.Entry[permit.Permit]) {
	known := map[string]bool{}
	for _, a := range e.Spec.Endorsements.Asserted {
		known[a.By] = true
	}
	for _, x := range e.Spec.Endorsements.Expected {
		known[x.By] = true
	}
	for i, a := range e.Spec.Endorsements.Required {
		if !known[a] {
			l.add(Warning, "no-date", "add it to asserted or expected", e.Document.Errorf(fmt.Sprintf("spec.endorsements.required[%d]", i),
				"nothing says when %q endorses the permit: in a plan it never takes effect", a))
		}
	}
}

// jobs finds jobs that are expected to be stopped.
func (l *linter) jobs() {
	for i := range l.c.Jobs {
		j := &l.c.Jobs[i]
		if j.Spec.Expected > j.Spec.Limit {
			l.add(Warning, "over-limit", "", j.Document.Errorf("spec.expected", "%s is longer than the limit, %s: the job is stopped there", j.Spec.Expected, j.Spec.Limit))
		}
	}
}
