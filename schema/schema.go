// Package schema carries a JSON Schema (draft 2020-12) for each kind of
// document, generated from the Go types and their doc comments. Editors
// complete and check documents by them; proviso explain prints them.
//
// A schema accepts at least what the loader accepts: it knows fields, words
// and forms of values, but no references and nothing that two fields say
// together.
package schema

import (
	"embed"
	"strings"
)

//go:generate go run github.com/proviso-dev/proviso/internal/schemagen -out .

//go:embed *.json
var files embed.FS

// Files is the schemas, one <kind in lower case>.json each, and document.json,
// which picks the schema by a document's kind.
func Files() embed.FS { return files }

// For gives the schema of a kind, such as Permit, in any case.
func For(kind string) ([]byte, bool) {
	data, err := files.ReadFile(strings.ToLower(kind) + ".json")
	return data, err == nil
}
