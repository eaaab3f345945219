package catalog

import (
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/regime"
)

// expander writes the clauses of regimes out in the permits that use them.
type expander struct {
	documents map[string]*document.Document
	regimes   map[string]*regime.Entry // those decoded so far; nil where one has errors
	names     []string
	products  map[string][]string // a name or alias → names of accelerators
}

// regime gives a regime that is there; nil if it has errors, which are said
// where the documents are collected.
func (x *expander) regime(name string) *regime.Entry {
	e, ok := x.regimes[name]
	if !ok {
		d := x.documents[name]
		e = &regime.Entry{Name: name, Version: d.Version, Spec: new(regime.Regime), Document: d}
		if len(d.Decode(e.Spec)) > 0 {
			e = nil
		}
		x.regimes[name] = e
	}
	return e
}

func newExpander(docs []*document.Document) *expander {
	x := &expander{documents: map[string]*document.Document{}, regimes: map[string]*regime.Entry{}, products: map[string][]string{}}
	for _, d := range docs {
		switch d.Kind {
		case "Regime":
			if x.documents[d.Name] == nil {
				x.documents[d.Name] = d
				x.names = append(x.names, d.Name)
			}
		case "Accelerator":
			x.products[d.Name] = []string{d.Name}
		}
	}
	for _, d := range docs {
		if d.Kind != "Accelerator" {
			continue
		}
		for i := 0; d.Has(at("spec.aliases", i)); i++ {
			alias := d.Text(at("spec.aliases", i))
			if !slices.Contains(x.products[alias], d.Name) {
				x.products[alias] = append(x.products[alias], d.Name)
			}
		}
	}
	return x
}

// permit gives a permit with the clauses of its regimes written out before its
// own conditions; the document itself where it uses none. Errors are placed at
// the use.
func (x *expander) permit(d *document.Document) (*document.Document, document.Errors) {
	if !d.Has("spec.regimes") {
		return d, nil
	}
	var p permit.Permit
	for _, e := range d.Decode(&p) {
		if strings.HasPrefix(e.Path, "spec.regimes") {
			return d, nil // said where the documents are collected
		}
	}
	out := d.Clone()
	var errs document.Errors
	n := 0
	for i := range p.Regimes {
		use, path := &p.Regimes[i], at("spec.regimes", i)
		if x.documents[use.Use] == nil {
			err := d.Errorf(path+".use", "there is no regime %q", use.Use)
			err.Hint = or(spelling.Hint(use.Use, x.names), "see proviso regime list")
			errs = append(errs, err)
			continue
		}
		e := x.regime(use.Use)
		if e == nil {
			continue
		}
		if use.Version != 0 && use.Version != e.Version {
			errs = append(errs, d.Errorf(path+".version", "the regime %q that is here has version %d", use.Use, e.Version))
			continue
		}
		errs = append(errs, x.named(e, use, d, path)...)
		parts, more := e.Expand(use, d, path)
		errs = append(errs, more...)
		for _, part := range parts {
			out.Put("spec.conditions", n, part, path+".use")
			n++
		}
	}
	out.Remove("spec.regimes")
	return out, errs
}

// named turns aliases of accelerators into names, since clauses compare them
// as text.
func (x *expander) named(e *regime.Entry, use *permit.RegimeUse, d *document.Document, path string) (errs document.Errors) {
	for i := range e.Spec.Parameters {
		p := &e.Spec.Parameters[i]
		name, ok := use.With[p.Name].(string)
		if p.Type != regime.Accelerator || !ok {
			continue
		}
		switch of := x.products[name]; len(of) {
		case 1:
			use.With[p.Name] = of[0]
		case 0:
			err := d.Errorf(path+".with."+p.Name, "there is no accelerator %q", name)
			err.Hint = spelling.Hint(name, sortedKeys(x.products))
			errs = append(errs, err)
		default:
			err := d.Errorf(path+".with."+p.Name, "%q is the name of several accelerators", name)
			err.Hint = "write one of " + strings.Join(of, ", ")
			errs = append(errs, err)
		}
	}
	return errs
}

// expand writes regimes out in every permit.
func (r *resolver) expand() {
	x := newExpander(r.set.docs)
	r.docs = slices.Clone(r.set.docs)
	for i, d := range r.docs {
		if d.Kind != "Permit" {
			continue
		}
		out, errs := x.permit(d)
		r.docs[i] = out
		r.errs = append(r.errs, errs...)
	}
}

// checkRegimes checks every regime of the set by itself; those that are built
// in were checked by the program's tests.
func (r *resolver) checkRegimes() {
	for i := range r.c.Regimes {
		c := &r.c.Regimes[i]
		if isBuiltin(c.Document) {
			continue
		}
		e := regime.Entry{Name: c.Name, Version: c.Version, Spec: &c.Spec, Document: c.Document}
		r.errs = append(r.errs, e.Check()...)
	}
}

// Expand gives the documents of the set that are permits, with the clauses of
// their regimes written out: what a signature is made over.
func (s *Set) Expand() ([]*document.Document, document.Errors) {
	x := newExpander(s.docs)
	var out []*document.Document
	var errs document.Errors
	for _, d := range s.docs[s.builtin:] {
		if d.Kind != "Permit" {
			continue
		}
		e, more := x.permit(d)
		if errs = append(errs, more...); len(more) == 0 {
			out = append(out, e)
		}
	}
	return out, errs.Sort()
}

// beforeClauses reports whether a change is one of a regime's use: clauses
// follow from it, so it comes before changes of the clauses themselves.
func beforeClauses(c Change) bool {
	_, rest, _ := strings.Cut(c.Path, ".")
	_, field, _ := strings.Cut(rest, ".")
	return strings.HasPrefix(field, "spec.regimes")
}

// written gives a permit in which a change finds the conditions that it names:
// a regime's are written out first.
func (s *Set) written(d *document.Document, field string) *document.Document {
	if d.Kind != "Permit" || !strings.HasPrefix(field, "spec.conditions") || !d.Has("spec.regimes") {
		return d
	}
	out, errs := newExpander(s.docs).permit(d)
	if len(errs) > 0 {
		return d // Resolve says so
	}
	return out
}

// ShowRegime gives a regime's clauses as conditions, for putting them into
// words.
func ShowRegime(e *Entry[regime.Regime]) ([]regime.Shown, error) {
	r := regime.Entry{Name: e.Name, Version: e.Version, Spec: &e.Spec, Document: e.Document}
	return r.Show()
}

// Replace gives the set with documents in place of those of the same kind and
// name; what is new stands at the end.
func (s *Set) Replace(by []*document.Document) *Set {
	out := &Set{docs: slices.Clone(s.docs), builtin: s.builtin, changed: s.changed, zones: s.zones}
	for _, d := range by {
		i := slices.IndexFunc(out.docs, func(x *document.Document) bool { return x.Kind == d.Kind && x.Name == d.Name })
		if i < 0 {
			out.docs = append(out.docs, d)
			continue
		}
		out.docs[i] = d
	}
	return out
}

// Without gives the set without a document.
func (s *Set) Without(kind, name string) *Set {
	docs := slices.DeleteFunc(slices.Clone(s.docs), func(d *document.Document) bool { return d.Kind == kind && d.Name == name })
	return &Set{docs: docs, builtin: s.builtin, changed: s.changed, zones: s.zones}
}
