package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/quantity"
)

// reference requires that a document of the kind has the name.
func (s *scope) reference(kind, path, name string) bool {
	known := s.names[kind]
	if slices.Contains(known, name) {
		return true
	}
	s.hint(or(spelling.Hint(name, known), choice(known)), path, "there is no %s %q", strings.ToLower(kind), name)
	return false
}

// references is reference for each name of a list, which names none twice.
func (s *scope) references(kind, path string, names []string) {
	s.distinct(path, names)
	for i, n := range names {
		s.reference(kind, at(path, i), n)
	}
}

// accelerator resolves a product's name or alias, and rewrites an alias to
// the name.
func (s *scope) product(path string, name *string) bool {
	if slices.Contains(s.names["Accelerator"], *name) {
		return true
	}
	switch of := s.aliases[*name]; len(of) {
	case 1:
		*name = of[0]
		return true
	case 0:
		known := slices.Clone(s.names["Accelerator"])
		for a := range s.aliases {
			known = append(known, a)
		}
		slices.Sort(known)
		s.hint(or(spelling.Hint(*name, known), choice(s.names["Accelerator"])), path, "there is no accelerator %q", *name)
	default:
		s.hint("write one of "+strings.Join(of, ", "), path, "%q is the name of several accelerators", *name)
	}
	return false
}

func (s *scope) products(path string, names []string) {
	for i := range names {
		s.product(at(path, i), &names[i])
	}
	s.distinct(path, names)
}

// ratios checks a map from products to ratios and rewrites its keys. Most
// bounds the ratios; 0 does not.
func (s *scope) ratios(path string, m map[string]quantity.Ratio, most int64) {
	for _, k := range sortedKeys(m) {
		name, r := k, m[k]
		sub := path + "." + k
		if most > 0 && r.Num > most*r.Den {
			s.fail(sub, "%s is above 100%%", r)
		}
		if r.Zero() {
			s.hint("leave the product out", sub, "is zero")
		}
		if !s.product(sub, &name) || name == k {
			continue
		}
		if _, twice := m[name]; twice {
			s.fail(sub, "%q is the product %q, which is here too", k, name)
			continue
		}
		delete(m, k)
		m[name] = r
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// distinct requires that a list has nothing twice.
func (s *scope) distinct(path string, names []string) {
	for i, n := range names {
		if j := slices.Index(names, n); j < i {
			s.fail(at(path, i), "%q is in the list twice", n)
		}
	}
}

// among requires that a name is one of those that stand elsewhere in the same
// document.
func (s *scope) among(path, name, what string, known []string) bool {
	if slices.Contains(known, name) {
		return true
	}
	hint := or(spelling.Hint(name, known), choice(known))
	s.hint(hint, path, "there is no %s %q", what, name)
	return false
}

func at(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
