package world

import (
	"fmt"
	"slices"
)

// Follows says what is missing in rules that are to go on for others: a place
// for all devices.
func (r *Rules) Follows(before *Rules) error {
	s := newSuccession(before, r)
	for i, to := range s.later.stocks {
		if to < 0 {
			st := &before.Stocks[i]
			return fmt.Errorf("the devices of lot %s at %s are under no document any more", st.LotName, before.Sites[st.Site].Name)
		}
	}
	return nil
}

// succession tells what of one world's rules goes on in another's. Documents
// are matched by name and meaning, since indexes change with them.
type succession struct {
	from, to *Rules
	// By the new index the old one, or −1.
	permits, clauses, groups, spaces []int32
	// By the old index the new one, or −1.
	later struct{ permits, clauses, stocks, lots, sites, authorities, kinds, facts []int32 }
	// same holds, by new clause, whether it selects, measures and adds up as
	// before; only its bounds and what it does may differ.
	same []bool
}

func newSuccession(from, to *Rules) *succession {
	s := &succession{from: from, to: to}
	name := func(n string) string { return n }
	s.later.authorities = match(from.Authorities, to.Authorities, name)
	s.later.kinds = match(from.EvidenceKinds, to.EvidenceKinds, name)
	s.later.facts = match(from.Facts, to.Facts, name)
	s.later.sites = match(from.Sites, to.Sites, func(x Site) string { return x.Name })
	s.later.lots = match(from.Lots, to.Lots, func(x Lot) string { return x.Name })
	s.later.permits = match(from.Permits, to.Permits, func(x Permit) string { return x.Name })
	s.permits = match(to.Permits, from.Permits, func(x Permit) string { return x.Name })
	s.groups = match(to.Groups, from.Groups, func(x Group) string { return x.Name })
	s.matchStocks()
	s.matchClauses()
	s.matchSpaces()
	return s
}

// match gives, by the index in a, the index in b of what has the same name, or
// −1.
func match[T any](a, b []T, name func(T) string) []int32 {
	at := make(map[string]int32, len(b))
	for i, x := range b {
		if _, known := at[name(x)]; !known {
			at[name(x)] = int32(i)
		}
	}
	out := make([]int32, len(a))
	for i, x := range a {
		out[i] = -1
		if k, ok := at[name(x)]; ok {
			out[i] = k
		}
	}
	return out
}

// matchStocks finds where the devices of each stock are: in that with the same
// first lot at the same site, or, where a new lot has joined them, in one that
// decisions cannot tell from it.
func (s *succession) matchStocks() {
	s.later.stocks = make([]int32, len(s.from.Stocks))
	for i := range s.from.Stocks {
		old := &s.from.Stocks[i]
		site := s.later.sites[old.Site]
		found := int32(-1)
		for k := range s.to.Stocks {
			if st := &s.to.Stocks[k]; st.LotName == old.LotName && st.Site == site {
				found = int32(k)
			}
		}
		for k := range s.to.Stocks {
			if st := &s.to.Stocks[k]; found < 0 && st.Site == site && s.alike(old, st) {
				found = int32(k)
			}
		}
		s.later.stocks[i] = found
	}
}

func (s *succession) alike(old, st *Stock) bool {
	return s.from.Products[old.Product].Name == s.to.Products[st.Product].Name && old.Holder == st.Holder && old.Supplier == st.Supplier &&
		slices.EqualFunc(old.Permits, st.Permits, func(a, b int32) bool { return s.later.permits[a] == b })
}

// matchClauses finds what each clause was before: of those with its name in the
// same permit the one that says the same, or else one that is left of its form.
// (A band, or a share of each place, is several clauses of one name.)
func (s *succession) matchClauses() {
	s.clauses, s.same = make([]int32, len(s.to.Clauses)), make([]bool, len(s.to.Clauses))
	s.later.clauses = make([]int32, len(s.from.Clauses))
	for i := range s.later.clauses {
		s.later.clauses[i] = -1
	}
	for i := range s.clauses {
		s.clauses[i] = -1
	}
	for _, exactly := range []bool{true, false} {
		for i := range s.to.Clauses {
			c := &s.to.Clauses[i]
			p := s.permits[c.Permit]
			if p < 0 || s.clauses[i] >= 0 {
				continue
			}
			for k := s.from.Permits[p].First; k < s.from.Permits[p].Last; k++ {
				old := &s.from.Clauses[k]
				if old.Name != c.Name || old.Form != c.Form || s.later.clauses[k] >= 0 || exactly && !s.saysTheSame(old, c) {
					continue
				}
				s.clauses[i], s.later.clauses[k], s.same[i] = k, int32(i), exactly
				break
			}
		}
	}
}

// saysTheSame reports whether two clauses select, measure and add up the same.
func (s *succession) saysTheSame(a, b *Clause) bool {
	text := func(c *Clause) (t [2]string) {
		if c.Predicate != nil {
			t[0] = c.Predicate.String()
		}
		if c.Whole != nil {
			t[1] = c.Whole.String()
		}
		return t
	}
	if text(a) != text(b) || a.Measure != b.Measure || a.Per != b.Per || a.Base != b.Base || a.Ceiling != b.Ceiling || a.At != b.At ||
		a.Both != b.Both || a.Before != b.Before || (a.Space < 0) != (b.Space < 0) {
		return false
	}
	if a.Form == Evidence && s.later.kinds[a.Kind] != b.Kind || a.Base == OfFact && s.later.facts[a.Fact] != b.Fact {
		return false
	}
	if a.Space < 0 {
		return true
	}
	x, y := &s.from.Spaces[a.Space], &s.to.Spaces[b.Space]
	return x.Instant == y.Instant && (x.Length > 0) == (y.Length > 0) && x.Pooled == y.Pooled && (!x.Pooled || x.Name == y.Name)
}

// matchSpaces finds which accounts go on: those of a clause that says the same,
// or of a pool in which one does.
func (s *succession) matchSpaces() {
	s.spaces = make([]int32, len(s.to.Spaces))
	for i := range s.spaces {
		s.spaces[i] = -1
	}
	for i := range s.to.Clauses {
		if c := &s.to.Clauses[i]; s.same[i] && c.Space >= 0 && s.spaces[c.Space] < 0 {
			s.spaces[c.Space] = s.from.Clauses[s.clauses[i]].Space
		}
	}
}
