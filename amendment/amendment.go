// Package amendment compares two versions of permits: which clauses and which
// other fields changed, in words, each change by itself so that a plan can say
// what it does.
package amendment

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/wording"
)

// Kind is what happened to a clause or a field.
type Kind string

// The kinds of changes.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
)

// Change is one change between two versions of a permit.
type Change struct {
	Permit string `json:"permit"`
	// Clause is the condition that changed; Field another field of the permit,
	// such as grants. Both are empty where the whole permit came or went.
	Clause string `json:"clause,omitempty"`
	Field  string `json:"field,omitempty"`
	Kind   Kind   `json:"kind"`
	// Before and After are the words of both versions.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`

	before, after *document.Document
}

// Name is what changed, for a heading.
func (c *Change) Name() string {
	switch {
	case c.Clause != "":
		return c.Clause
	case c.Field != "":
		return c.Field
	}
	return "the permit"
}

// side is one version of a permit.
type side struct {
	doc  *document.Document
	spec *permit.Permit
}

// Compare gives the changes from a to b, permits and clauses in the order of b,
// then what went. Permits are compared with their regimes written out.
func Compare(l wording.Language, a, b *catalog.Set) ([]Change, document.Errors) {
	before, errs := sides(a)
	after, more := sides(b)
	if errs = append(errs, more...); len(errs) > 0 {
		return nil, errs.Sort()
	}
	var out []Change
	for _, y := range after {
		i := slices.IndexFunc(before, func(x side) bool { return x.doc.Name == y.doc.Name })
		if i < 0 {
			out = append(out, Change{Permit: y.doc.Name, Kind: Added, After: head(l, y), after: y.doc})
			continue
		}
		out = append(out, compare(l, before[i], y)...)
	}
	for _, x := range before {
		if !slices.ContainsFunc(after, func(y side) bool { return y.doc.Name == x.doc.Name }) {
			out = append(out, Change{Permit: x.doc.Name, Kind: Removed, Before: head(l, x), before: x.doc})
		}
	}
	return out, nil
}

func sides(s *catalog.Set) (out []side, errs document.Errors) {
	docs, errs := s.Expand()
	for _, d := range docs {
		x := side{d, new(permit.Permit)}
		errs = append(errs, d.Decode(x.spec)...)
		out = append(out, x)
	}
	return out, errs
}

func head(l wording.Language, x side) string {
	return wording.Head(l, x.doc.Name, x.doc.Version, x.spec)[0]
}

// fields are those of a permit beside its conditions, in the order in which
// they are compared.
var fields = []string{"description", "holder", "scope", "grants", "valid", "onEnd", "endorsements", "purposes", "endUsers", "lists", "basis", "source"}

func compare(l wording.Language, x, y side) (out []Change) {
	add := func(c Change) {
		c.Permit, c.before, c.after = y.doc.Name, x.doc, y.doc
		out = append(out, c)
	}
	for _, f := range fields {
		p, q := part(x.doc, "spec."+f), part(y.doc, "spec."+f)
		if bytes.Equal(p, q) {
			continue
		}
		c := Change{Field: f, Kind: Changed, Before: string(p), After: string(q)}
		// The words that differ say it, where the field has words.
		if was, is := differ(wording.Head(l, x.doc.Name, 1, x.spec), wording.Head(l, y.doc.Name, 1, only(x.spec, y.spec, f))); was+is != "" {
			c.Before, c.After = was, is
		}
		switch {
		case len(p) == 0:
			c.Kind = Added
		case len(q) == 0:
			c.Kind = Removed
		}
		add(c)
	}
	for i := range y.spec.Conditions {
		c := &y.spec.Conditions[i]
		k := find(x.spec, c.Name)
		if k < 0 {
			add(Change{Clause: c.Name, Kind: Added, After: words(l, y, i)})
			continue
		}
		was, is := words(l, x, k), words(l, y, i)
		if was != is || !bytes.Equal(part(x.doc, conditionPath(k)), part(y.doc, conditionPath(i))) {
			add(Change{Clause: c.Name, Kind: Changed, Before: was, After: is})
		}
	}
	for i := range x.spec.Conditions {
		if c := &x.spec.Conditions[i]; find(y.spec, c.Name) < 0 {
			add(Change{Clause: c.Name, Kind: Removed, Before: words(l, x, i)})
		}
	}
	return out
}

func find(p *permit.Permit, name string) int {
	return slices.IndexFunc(p.Conditions, func(c permit.Condition) bool { return c.Name == name })
}

func conditionPath(i int) string { return fmt.Sprintf("spec.conditions[%d]", i) }

// words are a clause's words with where it comes from, so that a change of its
// source or basis alone is seen too.
func words(l wording.Language, x side, i int) string {
	c := &x.spec.Conditions[i]
	s := wording.Condition(l, c, func(path string) string { return x.doc.Text(conditionPath(i) + "." + path) })
	if o := wording.Origin(l, c); o != "" {
		s += " " + o
	}
	return s
}

// part is a field as it is written, without its place in the file.
func part(d *document.Document, path string) []byte {
	b, err := document.Render(d.Part(path))
	if err != nil {
		return nil
	}
	return bytes.TrimSpace(b)
}

// differ gives the lines that are in one list alone.
func differ(a, b []string) (was, is string) {
	pick := func(from, other []string) string {
		var out []byte
		for _, s := range from {
			if !slices.Contains(other, s) {
				if len(out) > 0 {
					out = append(out, ' ')
				}
				out = append(out, s...)
			}
		}
		return string(out)
	}
	return pick(a, b), pick(b, a)
}

// only gives a permit in which one field is that of another.
func only(x, y *permit.Permit, field string) *permit.Permit {
	p := *x
	switch field {
	case "holder":
		p.Holder = y.Holder
	case "scope":
		p.Scope = y.Scope
	case "grants":
		p.Grants = y.Grants
	case "valid":
		p.Valid = y.Valid
	case "onEnd":
		p.OnEnd = y.OnEnd
	case "endorsements":
		p.Endorsements = y.Endorsements
	case "purposes":
		p.Purposes = y.Purposes
	case "endUsers":
		p.EndUsers = y.EndUsers
	case "lists":
		p.Lists = y.Lists
	}
	return &p
}
