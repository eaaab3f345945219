package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/regime"
	"github.com/proviso-dev/proviso/work"
)

// Kinds lists the kinds of documents, in the order in which they build on one
// another.
var Kinds = []string{"Authority", "Permit", "Fact", "Accelerator", "Site", "Lot", "Model", "Programme", "Job", "Scenario", "Regime", "PermitTest"}

// kindWords gives the kinds as changes name them.
func kindWords() []string {
	words := make([]string, len(Kinds))
	for i, k := range Kinds {
		words[i] = strings.ToLower(k)
	}
	return words
}

// New gives a pointer to the zero spec of a kind, or nil if there is no such
// kind.
func New(kind string) any {
	switch kind {
	case "Authority":
		return new(permit.Authority)
	case "Permit":
		return new(permit.Permit)
	case "Fact":
		return new(permit.Fact)
	case "Accelerator":
		return new(fleet.Accelerator)
	case "Site":
		return new(fleet.Site)
	case "Lot":
		return new(fleet.Lot)
	case "Model":
		return new(work.Model)
	case "Programme":
		return new(work.Programme)
	case "Job":
		return new(work.Job)
	case "Scenario":
		return new(Scenario)
	case "PermitTest":
		return new(PermitTest)
	case "Regime":
		return new(regime.Regime)
	}
	return nil
}

// resolver decodes a set, ties its names together and checks what the types
// alone cannot say.
type resolver struct {
	set     *Set
	docs    []*document.Document // permits expanded
	c       *Catalog
	errs    document.Errors
	names   map[string][]string // kind → names, also of documents with errors
	facts   map[string]*permit.Fact
	permits map[string]*permit.Permit
	aliases map[string][]string // alias → names of accelerators
	models  map[string]string   // alias → name of a model
	exprs   map[permit.Expression]compiled
}

// Resolve decodes every document, checks it and resolves the references
// among them: an accelerator's alias becomes its name, an unknown name is an
// error with the nearest one. The catalog is complete only without errors.
// Documents that do not decode are not checked further.
func (s *Set) Resolve() (*Catalog, document.Errors) {
	r := &resolver{
		set: s, c: &Catalog{zones: s.zones}, names: map[string][]string{}, aliases: map[string][]string{}, models: map[string]string{},
		facts: map[string]*permit.Fact{}, permits: map[string]*permit.Permit{}, exprs: map[permit.Expression]compiled{},
	}
	r.checkNames()
	r.expand()
	r.c.Authorities = collect[permit.Authority](r, "Authority")
	r.c.Permits = collect[permit.Permit](r, "Permit")
	r.c.Facts = collect[permit.Fact](r, "Fact")
	r.c.Accelerators = collect[fleet.Accelerator](r, "Accelerator")
	r.c.Sites = collect[fleet.Site](r, "Site")
	r.c.Lots = collect[fleet.Lot](r, "Lot")
	r.c.Models = collect[work.Model](r, "Model")
	r.c.Programmes = collect[work.Programme](r, "Programme")
	r.c.Jobs = collect[work.Job](r, "Job")
	r.c.Scenarios = collect[Scenario](r, "Scenario")
	r.c.Regimes = collect[regime.Regime](r, "Regime")
	r.c.PermitTests = collect[PermitTest](r, "PermitTest")
	r.index()

	each(r, r.c.Accelerators, (*scope).accelerator)
	each(r, r.c.Authorities, (*scope).authority)
	each(r, r.c.Facts, (*scope).fact)
	each(r, r.c.Sites, (*scope).site)
	each(r, r.c.Permits, (*scope).permit)
	each(r, r.c.Lots, (*scope).lot)
	each(r, r.c.Models, (*scope).model)
	each(r, r.c.Programmes, (*scope).programme)
	each(r, r.c.Jobs, (*scope).job)
	each(r, r.c.Scenarios, (*scope).scenario)
	r.checkRegimes()
	r.checkGrants()
	if !s.changed {
		r.checkChanges()
	}
	return r.c, r.errs.Sort()
}

// checkNames finds unknown kinds and names that are used twice.
func (r *resolver) checkNames() {
	type key struct{ kind, name string }
	first := map[key]*document.Document{}
	for i, d := range r.set.docs {
		if !slices.Contains(Kinds, d.Kind) {
			e := d.Errorf("kind", "there is no kind %q", d.Kind)
			e.Hint = or(spelling.Hint(d.Kind, Kinds), "kinds are "+strings.Join(Kinds, ", "))
			r.errs = append(r.errs, e)
			continue
		}
		k := key{d.Kind, d.Name}
		f := first[k]
		switch {
		case f == nil:
			first[k] = d
			r.names[d.Kind] = append(r.names[d.Kind], d.Name)
		case isBuiltin(f) && i >= r.set.builtin:
			e := d.Errorf("metadata.name", "the %s %q is built in and cannot be replaced", strings.ToLower(d.Kind), d.Name)
			e.Hint = "give yours another name"
			r.errs = append(r.errs, e)
		default:
			place := f.Errorf("metadata.name", "")
			r.errs = append(r.errs, d.Errorf("metadata.name", "there is a %s %q already, at %s:%d", strings.ToLower(d.Kind), d.Name, place.File, place.Line))
		}
	}
}

// collect decodes the documents of a kind, leaving out those with errors.
func collect[T any](r *resolver, kind string) []Entry[T] {
	var out []Entry[T]
	seen := map[string]bool{}
	for _, d := range r.docs {
		if d.Kind != kind || seen[d.Name] {
			continue
		}
		seen[d.Name] = true
		e := Entry[T]{Name: d.Name, Version: d.Version, Document: d}
		if errs := d.Decode(&e.Spec); len(errs) > 0 {
			r.errs = append(r.errs, errs...)
			continue
		}
		out = append(out, e)
	}
	return out
}

// index makes what references and checks look up.
func (r *resolver) index() {
	for i := range r.c.Facts {
		r.facts[r.c.Facts[i].Name] = &r.c.Facts[i].Spec
	}
	for i := range r.c.Permits {
		r.permits[r.c.Permits[i].Name] = &r.c.Permits[i].Spec
	}
	for _, a := range r.c.Accelerators {
		for _, alias := range a.Spec.Aliases {
			if !slices.Contains(r.aliases[alias], a.Name) {
				r.aliases[alias] = append(r.aliases[alias], a.Name)
			}
		}
	}
	for _, m := range r.c.Models {
		for _, alias := range m.Spec.Aliases {
			r.models[alias] = m.Name
		}
	}
}

// scope is a document under check.
type scope struct {
	*resolver
	doc *document.Document
}

// each checks the entries of a kind. Specs are changed in place where a
// reference is rewritten.
func each[T any](r *resolver, entries []Entry[T], check func(*scope, *T)) {
	for i := range entries {
		check(&scope{r, entries[i].Document}, &entries[i].Spec)
	}
}

// fail notes an error at a field.
func (s *scope) fail(path, format string, args ...any) *document.Error {
	e := s.doc.Errorf(path, format, args...)
	s.errs = append(s.errs, e)
	return e
}

// hint notes an error with a hint.
func (s *scope) hint(hint, path, format string, args ...any) {
	s.fail(path, format, args...).Hint = hint
}

// checkChanges tries every scenario's changes on the documents.
func (r *resolver) checkChanges() {
	for _, e := range r.c.Scenarios {
		out := &Set{docs: slices.Clone(r.set.docs), builtin: r.set.builtin, changed: true, zones: r.set.zones}
		own := map[int]bool{}
		for i, c := range e.Spec.Set {
			if message, hint := out.apply(c, own); message != "" {
				x := e.Document.Errorf(fmt.Sprintf("spec.set[%d].path", i), "%s: %s", c.Path, message)
				x.Hint = hint
				r.errs = append(r.errs, x)
			}
		}
	}
}
