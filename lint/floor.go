package lint

import (
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
	// available says that it is a part of what could be used. Idle devices then
	// belong to the rest of a ceiling, and nobody can be made to use them.
	available bool
}

// delivery reports whether the floor is one of devices instead of work.
func (f *floor) delivery() bool { return f.share.Measure.AtDelivery() }

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
func floors(e *catalog.Entry[permit.Permit]) []*floor {
	return slices.DeleteFunc(allFloors(e), func(f *floor) bool { return f.available || f.delivery() })
}

// allFloors gives the floors on what is used, on what is available, and on
// what is delivered or held. A fact is no part of what runs or arrives here,
// and a share of each place has a whole that its parts do not make up.
func allFloors(e *catalog.Entry[permit.Permit]) (out []*floor) {
	for i := range e.Spec.Conditions {
		h := e.Spec.Conditions[i].Share
		if h == nil || h.Base.Fact != "" || h.Each != "" {
			continue
		}
		f := floor{
			entry: e, name: e.Spec.Conditions[i].Name, path: conditionPath(e, i) + ".share", share: h,
			where: compile(h.Where), whole: compile(h.OutOf), available: h.Base.Text == "available",
		}
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

// strict reports whether nothing outside may ever start, or arrive, before
// something inside has.
func (l *linter) strict(f *floor) bool {
	switch {
	case f.available || !f.share.Allowance.Zero():
		return false
	case !f.delivery():
		return f.share.Assurance == permit.Certain && f.share.Judged != "always"
	case f.share.Assurance == permit.Observed || f.share.Pool != "" || l.present(f.entry.Name):
		return false // what others get, or what is there, makes room
	case f.share.Judged != "always":
		return true
	}
	return f.alone().Cmp(l.smallest(f)) < 0
}

// alone is what may stand outside of a floor that is judged always beside
// nothing inside: M (1 − s) of its minBase M.
func (f *floor) alone() *big.Rat {
	m, err := f.share.MinBase.In(f.share.Measure.Unit())
	if err != nil {
		return new(big.Rat) // the catalog has said so
	}
	return new(big.Rat).Mul(new(big.Rat).SetInt(m), big.NewRat(f.least.Den-f.least.Num, f.least.Den))
}

// smallest is what one device of the smallest product granted counts.
func (l *linter) smallest(f *floor) *big.Rat {
	if f.share.Measure == permit.DeliveredDevices {
		return big.NewRat(1, 1)
	}
	least := int64(0)
	for _, g := range f.entry.Spec.Grants {
		if n := l.products[g.Accelerator].TPP; least == 0 || n < least {
			least = n
		}
	}
	return big.NewRat(least, 1)
}

// present reports whether devices under the permit are there from the start.
func (l *linter) present(name string) bool {
	return slices.ContainsFunc(l.lots[name], func(n int) bool { return !l.c.Lots[n].Spec.Arrives.Set() })
}

// frozen finds certain floors without allowance to which no class of work, or
// no place of devices, is inside or neutral throughout. At the start of a window
// all sums are zero, so an outside start needs 0 ≥ s·h, which is false: each
// floor waits for work that another one refuses, and nothing ever runs. Floors
// cannot be compared in pairs: parts {1,2}, {2,3}, {1,3} freeze, though no two
// are disjoint.
func (l *linter) frozen() {
	for _, over := range l.together() {
		l.frozenTogether(over, false)
		l.frozenTogether(over, true)
	}
}

func (l *linter) frozenTogether(over []*catalog.Entry[permit.Permit], delivery bool) {
	var strict []*floor
	var predicates []*permit.Predicate
	var names []string
	for _, e := range over {
		for _, f := range allFloors(e) {
			if f.delivery() == delivery && l.strict(f) {
				strict = append(strict, f)
				predicates = append(predicates, f.predicates()...)
				names = append(names, clauseName(e, condition(e, f.name)))
			}
		}
	}
	key := strings.Join(names, " ")
	if len(strict) == 0 || l.said[key] {
		return
	}
	free := false
	told := l.classes(over, predicates, func(s *permit.Subject) bool {
		free = !slices.ContainsFunc(strict, func(f *floor) bool { return f.side(s) < 0 })
		return !free
	})
	if free || !told {
		return
	}
	l.said[key] = true
	first := strict[0]
	if delivery {
		l.add(Error, "frozen", "give one a greater minBase, or an allowance",
			first.entry.Document.Errorf(first.path, "nothing can ever arrive: every place is outside of one of the floors %s, and each waits for devices inside it", list(names)))
		return
	}
	l.add(Error, "frozen", "give one an allowance, or make it booked",
		first.entry.Document.Errorf(first.path, "nothing can ever start: all work is outside one of the certain floors %s, and each waits for work inside it", list(names)))
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
