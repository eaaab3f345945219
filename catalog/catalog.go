// Package catalog loads all kinds of documents, resolves the references among
// them and ships the built-in ones.
package catalog

import (
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/regime"
	"github.com/proviso-dev/proviso/work"
)

// Entry is one named document of a kind, with the place that it came from.
type Entry[T any] struct {
	Name    string
	Version int
	Spec    T
	// Document is where the entry was written; errors about it name its place.
	Document *document.Document
}

// Catalog holds documents whose references all resolve, each kind in document
// order: files by name, documents by their place in the file.
type Catalog struct {
	Authorities  []Entry[permit.Authority]
	Permits      []Entry[permit.Permit]
	Facts        []Entry[permit.Fact]
	Accelerators []Entry[fleet.Accelerator]
	Sites        []Entry[fleet.Site]
	Lots         []Entry[fleet.Lot]
	Models       []Entry[work.Model]
	Programmes   []Entry[work.Programme]
	Jobs         []Entry[work.Job]
	Scenarios    []Entry[Scenario]
	Regimes      []Entry[regime.Regime]
	PermitTests  []Entry[PermitTest]

	zones Zones
}
