package lint

import (
	"fmt"
	"slices"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
)

// demand is a requirement of a permit.
type demand struct {
	entry     *catalog.Entry[permit.Permit]
	condition *permit.Condition
	path      string
	predicate *permit.Predicate
}

// name tells a clause from those of other permits and regimes.
func (d *demand) name() string { return clauseName(d.entry, d.condition) }

func clauseName(e *catalog.Entry[permit.Permit], c *permit.Condition) string {
	s := fmt.Sprintf("%q of the permit %q", c.Name, e.Name)
	if c.From != "" {
		s += " (regime " + c.From + ")"
	}
	return s
}

// demands gives the requirements that some class of work meets each by itself:
// what none meets is said already.
func (l *linter) demands(over []*catalog.Entry[permit.Permit]) (out []*demand) {
	for _, e := range over {
		for i := range e.Spec.Conditions {
			c := &e.Spec.Conditions[i]
			p := compile(c.Require)
			if p != nil && l.possible([]*catalog.Entry[permit.Permit]{e}, []*permit.Predicate{p}) {
				out = append(out, &demand{e, c, conditionPath(e, i) + ".require", p})
			}
		}
	}
	return out
}

// contradictions finds pairs of clauses that no work meets together: two
// requirements, of one permit or of two over the same lot, and a floor on a
// part that a requirement shuts out.
func (l *linter) contradictions() {
	said := map[string]bool{}
	for _, over := range l.together() {
		all := l.demands(over)
		for i, a := range all {
			for _, b := range all[:i] {
				key := a.name() + b.name()
				if said[key] || l.possible(over, []*permit.Predicate{a.predicate, b.predicate}) {
					continue
				}
				said[key] = true
				l.add(Error, "contradiction", "", a.entry.Document.Errorf(a.path, "%s and %s contradict each other: no work that the documents know meets both, so nothing can ever run", a.name(), b.name()))
			}
		}
		for _, e := range over {
			for _, f := range allFloors(e) {
				if f.ceiling || f.where == nil {
					continue
				}
				for _, d := range all {
					c := condition(e, f.name)
					key := clauseName(e, c) + d.name()
					if said[key] || !l.possible(over, some(f.where)) || l.possible(over, some(f.where, d.predicate)) {
						continue
					}
					said[key] = true
					l.add(Error, "contradiction", "", e.Document.Errorf(f.path, "%s can never be met: %s shuts out all of its part", clauseName(e, c), d.name()))
				}
			}
		}
	}
}

func condition(e *catalog.Entry[permit.Permit], name string) *permit.Condition {
	i := slices.IndexFunc(e.Spec.Conditions, func(c permit.Condition) bool { return c.Name == name })
	return &e.Spec.Conditions[i]
}

// together gives each permit by itself, and the permits that bind together on
// some lot.
func (l *linter) together() (groups [][]*catalog.Entry[permit.Permit]) {
	for i := range l.c.Permits {
		groups = append(groups, []*catalog.Entry[permit.Permit]{&l.c.Permits[i]})
	}
	said := map[string]bool{}
	for i := range l.c.Lots {
		names := l.c.Lots[i].Spec.Permits
		if key := fmt.Sprint(names); len(names) > 1 && !said[key] {
			said[key] = true
			groups = append(groups, l.permitsOf(names))
		}
	}
	return groups
}
