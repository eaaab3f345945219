package lint

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
)

// maxSubset bounds the floors whose subsets are tried.
const maxSubset = 10

// overfull finds floors on disjoint parts of one whole that add up to more
// than all of it, of one permit or of several over the same lots. A ceiling
// counts as the floor on the rest, so that a floor above a ceiling on the same
// part is found too.
func (l *linter) overfull() {
	for _, over := range l.together() {
		if !l.sameLots(over) {
			continue // one may have its part on devices that the other does not cover
		}
		byWhole := map[string][]*floor{}
		var order []string
		for _, e := range over {
			for _, f := range allFloors(e) {
				key := fmt.Sprint(f.share.Measure, f.available, f.share.OutOf)
				if byWhole[key] == nil {
					order = append(order, key)
				}
				byWhole[key] = append(byWhole[key], f)
			}
		}
		for _, key := range order {
			if fs := byWhole[key]; len(fs) > 1 && len(fs) <= maxSubset {
				l.overfullWhole(over, fs)
			}
		}
	}
}

// sameLots reports whether the permits cover the same lots.
func (l *linter) sameLots(over []*catalog.Entry[permit.Permit]) bool {
	for _, e := range over[1:] {
		if !slices.Equal(l.lots[e.Name], l.lots[over[0].Name]) {
			return false
		}
	}
	return true
}

func (l *linter) overfullWhole(over []*catalog.Entry[permit.Permit], fs []*floor) {
	together, told := l.overlaps(over, fs)
	if !told {
		return
	}
	for set := uint(1); set < 1<<len(fs); set++ {
		sum, disjoint := new(big.Rat), true
		permits := map[string]bool{}
		var names []string
		last := 0
		for i, f := range fs {
			if set>>i&1 == 0 {
				continue
			}
			permits[f.entry.Name] = true
			// A part that nothing known is in may be the same as another.
			disjoint = disjoint && together[i] != 0 && together[i]&set&^(1<<i) == 0
			sum.Add(sum, big.NewRat(f.least.Num, f.least.Den))
			words := fmt.Sprintf("%s (at least %s)", clauseName(f.entry, condition(f.entry, f.name)), f.least)
			if f.ceiling {
				words = fmt.Sprintf("%s (at least %s for the rest)", clauseName(f.entry, condition(f.entry, f.name)), f.least)
			}
			names, last = append(names, words), i
		}
		if len(permits) < len(over) {
			continue // said of these permits by themselves
		}
		if disjoint && sum.Cmp(big.NewRat(1, 1)) > 0 {
			percent, _ := new(big.Rat).Mul(sum, big.NewRat(100, 1)).Float64() // for display
			what := "no work"
			if fs[last].delivery() {
				what = "no devices"
			}
			l.add(Error, "over-100", "", fs[last].entry.Document.Errorf(fs[last].path, "the shares %s have %s in common and add up to %.4g%%", list(names), what, percent))
			return // larger sets would only repeat it
		}
	}
}

// overlaps gives for each floor the bits of those that some class of work, or
// some place of devices, is inside of together with it. Devices that stand idle
// are outside of every part of what is available, so they are inside of what
// each ceiling leaves.
func (l *linter) overlaps(over []*catalog.Entry[permit.Permit], fs []*floor) (together []uint, told bool) {
	together = make([]uint, len(fs))
	meet := func(inside uint) {
		for i := range fs {
			if inside>>i&1 == 1 {
				together[i] |= inside
			}
		}
	}
	var predicates []*permit.Predicate
	idle := uint(0)
	for i, f := range fs {
		predicates = append(predicates, f.predicates()...)
		if f.available && f.ceiling {
			idle |= 1 << i
		}
	}
	meet(idle)
	told = l.classes(over, predicates, func(s *permit.Subject) bool {
		inside := uint(0)
		for i, f := range fs {
			if f.side(s) > 0 {
				inside |= 1 << i
			}
		}
		meet(inside)
		return true
	})
	return together, told
}
