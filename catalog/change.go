package catalog

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/internal/spelling"
)

// With applies changes, in order, to a copy of the set. The path of a change
// is KIND.NAME.FIELD…: the kind in lower case, the document's name or a
// pattern such as * or h200-*, then the field as [document.Document.Set]
// names it. A pattern changes every document that it fits and that has the
// place for the field; it is an error if none has. A change of a permit's
// regimes comes before all others, since its clauses follow from them. Errors
// name the change in Path and no file.
func (s *Set) With(changes []Change) (*Set, document.Errors) {
	out := &Set{docs: slices.Clone(s.docs), builtin: s.builtin, changed: true, zones: s.zones}
	own := map[int]bool{} // documents that are copied already
	var errs document.Errors
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Compare(rank(beforeClauses(a)), rank(beforeClauses(b)))
	})
	for _, c := range changes {
		if message, hint := out.apply(c, own); message != "" {
			errs = append(errs, &document.Error{Path: c.Path, Message: message, Hint: hint})
		}
	}
	return out, errs
}

// Under gives the set as a scenario changes it, with the scenario's changes
// made and none of them left to make. Without such a scenario it is the set
// itself.
func (s *Set) Under(scenario string) (*Set, document.Errors) {
	i := slices.IndexFunc(s.docs, func(d *document.Document) bool { return d.Kind == "Scenario" && d.Name == scenario })
	if i < 0 {
		return s, nil
	}
	var spec Scenario
	if errs := s.docs[i].Decode(&spec); len(errs) > 0 {
		return s, errs
	}
	out, errs := s.With(spec.Set)
	out.docs[i] = out.docs[i].Clone()
	out.docs[i].Remove("spec.set")
	return out, errs
}

// rank orders what comes first before the rest.
func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// apply makes one change; a message says why it could not.
func (s *Set) apply(c Change, own map[int]bool) (message, hint string) {
	kind, rest, ok := strings.Cut(c.Path, ".")
	name, field, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || field == "" {
		return "a path has a kind, a name and a field", "write permit.h200-import.spec.onEnd"
	}
	if !slices.Contains(kindWords(), kind) {
		return `there is no kind "` + kind + `"`, or(spelling.Hint(strings.ToLower(kind), kindWords()), "kinds are "+strings.Join(kindWords(), ", "))
	}
	if kind == "scenario" {
		return "a scenario cannot change a scenario", ""
	}
	pattern := strings.ContainsAny(name, "*?")
	var known []string
	matched, changed := 0, 0
	for i, d := range s.docs {
		if strings.ToLower(d.Kind) != kind {
			continue
		}
		known = append(known, d.Name)
		if fits, err := path.Match(name, d.Name); err != nil || !fits {
			continue
		}
		matched++
		d := d
		if !own[i] {
			d = d.Clone()
		}
		d = s.written(d, field)
		if err := d.Set(field, c.To); err != nil {
			message, hint = explain(err)
			continue
		}
		s.docs[i], own[i] = d, true
		changed++
	}
	switch {
	case matched == 0 && pattern:
		return "no " + kind + " has a name like that", ""
	case matched == 0:
		return "there is no " + kind + ` "` + name + `"`, or(spelling.Hint(name, known), choice(known))
	case changed > 0:
		return "", ""
	}
	return message, hint
}

// explain parts an error about a path into its message and its hint.
func explain(err error) (message, hint string) {
	if h, ok := err.(interface{ Hint() string }); ok {
		hint = h.Hint()
	}
	return strings.TrimSuffix(err.Error(), " ("+hint+")"), hint
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// choice lists a few known names.
func choice(known []string) string {
	if len(known) == 0 || len(known) > 12 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}
