package catalog

import (
	"strings"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/internal/spelling"
)

// Resolve decodes every document and checks what they say of each other.
func (s *Set) Resolve() (*Catalog, document.Errors) {
	c := &Catalog{}
	var errs document.Errors
	first := map[string]*document.Document{}
	for _, d := range s.Documents {
		key := d.Kind + "/" + d.Name
		if f := first[key]; f != nil {
			errs = append(errs, d.Errorf("metadata.name", "%s %q is there already: in %s", d.Kind, d.Name, f.File))
			continue
		}
		first[key] = d
		errs = append(errs, c.decode(d)...)
	}
	r := &resolver{c: c}
	r.resolve()
	return c, append(errs, r.errs...).Sort()
}

func entry[T any](list *[]Entry[T], d *document.Document) document.Errors {
	e := Entry[T]{Name: d.Name, Version: d.Version, Document: d}
	errs := d.Decode(&e.Spec)
	*list = append(*list, e)
	return errs
}

// kinds are the kinds of documents.
var kinds = []string{"Authority", "Permit", "Fact", "Accelerator", "Site", "Lot", "Model", "Programme", "Job", "Scenario"}

func (c *Catalog) decode(d *document.Document) document.Errors {
	switch d.Kind {
	case "Authority":
		return entry(&c.Authorities, d)
	case "Permit":
		return entry(&c.Permits, d)
	case "Fact":
		return entry(&c.Facts, d)
	case "Accelerator":
		return entry(&c.Accelerators, d)
	case "Site":
		return entry(&c.Sites, d)
	case "Lot":
		return entry(&c.Lots, d)
	case "Model":
		return entry(&c.Models, d)
	case "Programme":
		return entry(&c.Programmes, d)
	case "Job":
		return entry(&c.Jobs, d)
	case "Scenario":
		return entry(&c.Scenarios, d)
	}
	e := d.Errorf("kind", "unknown kind %q", d.Kind)
	e.Hint = spelling.Hint(d.Kind, kinds)
	if e.Hint == "" {
		e.Hint = "known are " + strings.Join(kinds, ", ")
	}
	return document.Errors{e}
}

// names maps names, and aliases, to canonical names.
type names struct {
	kind  string
	known map[string]string
	all   []string
}

func index[T any](kind string, list []Entry[T], aliases func(*Entry[T]) []string) *names {
	n := &names{kind: kind, known: map[string]string{}}
	for i := range list {
		n.known[list[i].Name] = list[i].Name
		n.all = append(n.all, list[i].Name)
	}
	for i := range list {
		if aliases == nil {
			break
		}
		for _, a := range aliases(&list[i]) {
			if _, taken := n.known[a]; taken {
				n.known[a] = "" // ambiguous
				continue
			}
			n.known[a] = list[i].Name
		}
	}
	return n
}
