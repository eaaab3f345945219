package catalog

import (
	"slices"

	"github.com/proviso-dev/proviso/document"
)

// recordedKinds are those that a control plane stands on.
var recordedKinds = []string{"Authority", "Permit", "Fact", "Accelerator", "Site", "Lot"}

// Recorded gives the documents that a control plane stands on, with permits
// written out and the built-in accelerators that permits and lots name: what is
// recorded of them rests on nothing that may change later. Names are those of
// the catalogue, not aliases.
func (s *Set) Recorded() ([]*document.Document, error) {
	c, errs := s.Resolve()
	if len(errs) > 0 {
		return nil, errs
	}
	used := map[string]bool{}
	for i := range c.Permits {
		for _, g := range c.Permits[i].Spec.Grants {
			used[g.Accelerator] = true
		}
	}
	for i := range c.Lots {
		used[c.Lots[i].Spec.Accelerator] = true
	}
	permits, errs := s.Expand()
	if len(errs) > 0 {
		return nil, errs
	}
	var out []*document.Document
	for i := range c.Accelerators {
		if a := &c.Accelerators[i]; used[a.Name] || !isBuiltin(a.Document) {
			out = append(out, a.Document)
		}
	}
	written := map[string]*document.Document{}
	for _, p := range permits {
		written[p.Name] = p
	}
	for _, d := range s.docs[s.builtin:] {
		switch {
		case d.Kind == "Permit":
			out = append(out, written[d.Name].Clone())
		case d.Kind != "Accelerator" && slices.Contains(recordedKinds, d.Kind):
			out = append(out, d.Clone())
		}
	}
	return out, nil
}

// Written gives documents with permits written out: the built-in regimes are
// known.
func Written(docs []*document.Document) ([]*document.Document, document.Errors) {
	builtin, errs := builtinDocuments()
	if len(errs) > 0 {
		return nil, errs
	}
	x := newExpander(append(slices.Clone(builtin), docs...))
	out := slices.Clone(docs)
	for i, d := range docs {
		if d.Kind != "Permit" {
			continue
		}
		e, more := x.permit(d)
		if errs = append(errs, more...); len(more) == 0 {
			out[i] = e
		}
	}
	return out, errs.Sort()
}
