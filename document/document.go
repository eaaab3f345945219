// Package document reads files of documents: YAML with positions, strict
// decoding into Go types, schemas. It knows no kind of document.
package document

// Document is one YAML document of a file.
type Document struct {
	File    string
	Kind    string
	Name    string
	Version int
}
