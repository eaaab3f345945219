package lint

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// floor is a least share of a part: an atLeast, or an atMost turned into the
// floor on the rest of its whole.
type floor struct {
	entry   *catalog.Entry[permit.Permit]
	name    string
	path    string
	share   *permit.Share
	least   quantity.Ratio
	where   *permit.Predicate
	whole   *permit.Predicate
	ceiling bool
}

// side says where a class of work stands: inside 1, outside -1, neutral 0.
func (f *floor) side(s *permit.Subject) int {
	if !holds(f.whole, s) {
		return 0
	}
	if holds(f.where, s) != f.ceiling {
		return 1
	}
	return -1
}

// floors gives the floors on what is used under a permit.
func floors(e *catalog.Entry[permit.Permit]) (out []*floor) {
	for i := range e.Spec.Conditions {
		h := e.Spec.Conditions[i].Share
		// What is available cannot be forced into use, and a fact is no part of
		// what runs here; deliveries have no classes of work.
		if h == nil || h.Base.Fact != "" || h.Base.Text == "available" || h.Measure.AtDelivery() {
			continue
		}
		f := floor{entry: e, name: e.Spec.Conditions[i].Name, path: conditionPath(i) + ".share", share: h, where: compile(h.Where), whole: compile(h.OutOf)}
		if h.AtLeast != nil && h.AtLeast.Num > 0 {
			g := f
			g.least = *h.AtLeast
			out = append(out, &g)
		}
		if h.AtMost != nil && h.AtMost.Num < h.AtMost.Den {
			g := f
			g.least, g.ceiling = h.AtMost.Complement(), true
			out = append(out, &g)
		}
	}
	return out
}

func (f *floor) predicates() []*permit.Predicate { return some(f.where, f.whole) }

// strict reports whether nothing outside may ever start before something
// inside has run.
func (f *floor) strict() bool {
	return f.share.Assurance == permit.Certain && f.share.Allowance.Zero() && f.share.Judged != "always"
}

// frozen finds certain floors without allowance to which no class of work is
// inside or neutral throughout. At the start of a window all sums are zero, so
// an outside start needs 0 ≥ s·h, which is false: each floor waits for work
// that another one refuses, and nothing ever runs. Floors cannot be compared
// in pairs: parts {1,2}, {2,3}, {1,3} freeze, though no two are disjoint.
func (l *linter) frozen() {
	said := map[string]bool{}
	for _, over := range l.together() {
		var strict []*floor
		var predicates []*permit.Predicate
		var names []string
		for _, e := range over {
			for _, f := range floors(e) {
				if f.strict() {
					strict = append(strict, f)
					predicates = append(predicates, f.predicates()...)
					names = append(names, fmt.Sprintf("%q", f.name))
				}
			}
		}
		if len(strict) == 0 || said[strings.Join(names, " ")] {
			continue
		}
		free := false
		told := l.classes(over, predicates, func(s *permit.Subject) bool {
			free = !slices.ContainsFunc(strict, func(f *floor) bool { return f.side(s) < 0 })
			return !free
		})
		if free || !told {
			continue
		}
		said[strings.Join(names, " ")] = true
		first := strict[0]
		l.add(Error, "frozen", "give one an allowance, or make it booked",
			first.entry.Document.Errorf(first.path, "nothing can ever start: all work is outside one of the certain floors %s, and each waits for work inside it", list(names)))
	}
}

func (l *linter) permitsOf(names []string) (out []*catalog.Entry[permit.Permit]) {
	for i := range l.c.Permits {
		if slices.Contains(names, l.c.Permits[i].Name) {
			out = append(out, &l.c.Permits[i])
		}
	}
	return out
}

func list(names []string) string {
	names = slices.Compact(slices.Clone(names))
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// maxSubset bounds the floors whose subsets are tried.
const maxSubset = 10

// overfull finds floors on disjoint parts of one whole that add up to more
// than all of it. A ceiling counts as the floor on the rest, so that a floor
// above a ceiling on the same part is found too.
func (l *linter) overfull() {
	for i := range l.c.Permits {
		e := &l.c.Permits[i]
		byWhole := map[string][]*floor{}
		var order []string
		for _, f := range floors(e) {
			key := string(f.share.Measure) + " " + string(f.share.OutOf)
			if byWhole[key] == nil {
				order = append(order, key)
			}
			byWhole[key] = append(byWhole[key], f)
		}
		for _, key := range order {
			if fs := byWhole[key]; len(fs) > 1 && len(fs) <= maxSubset {
				l.overfullWhole(e, fs)
			}
		}
	}
}

func (l *linter) overfullWhole(e *catalog.Entry[permit.Permit], fs []*floor) {
	var predicates []*permit.Predicate
	for _, f := range fs {
		predicates = append(predicates, f.predicates()...)
	}
	// together[i] has the bit of each floor that shares a class with floor i.
	together := make([]uint, len(fs))
	if !l.classes([]*catalog.Entry[permit.Permit]{e}, predicates, func(s *permit.Subject) bool {
		inside := uint(0)
		for i, f := range fs {
			if f.side(s) > 0 {
				inside |= 1 << i
			}
		}
		for i := range fs {
			if inside>>i&1 == 1 {
				together[i] |= inside
			}
		}
		return true
	}) {
		return
	}
	for set := uint(1); set < 1<<len(fs); set++ {
		sum, disjoint := new(big.Rat), true
		var names []string
		last := 0
		for i, f := range fs {
			if set>>i&1 == 0 {
				continue
			}
			disjoint = disjoint && together[i]&set&^(1<<i) == 0
			sum.Add(sum, big.NewRat(f.least.Num, f.least.Den))
			words := fmt.Sprintf("%q (at least %s)", f.name, f.least)
			if f.ceiling {
				words = fmt.Sprintf("%q (at least %s for the rest)", f.name, f.least)
			}
			names, last = append(names, words), i
		}
		if disjoint && sum.Cmp(big.NewRat(1, 1)) > 0 {
			percent, _ := new(big.Rat).Mul(sum, big.NewRat(100, 1)).Float64() // for display
			l.add(Error, "over-100", "", e.Document.Errorf(fs[last].path, "the shares %s have no work in common and add up to %.4g%%", list(names), percent))
			return // larger sets would only repeat it
		}
	}
}
