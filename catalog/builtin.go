package catalog

import (
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
)

// BuiltinAccelerators gives the accelerators that ship with the program, in
// the order of their file.
func BuiltinAccelerators() ([]Entry[fleet.Accelerator], error) {
	docs, errs := builtinDocuments()
	var entries []Entry[fleet.Accelerator]
	for _, d := range docs {
		e := Entry[fleet.Accelerator]{Name: d.Name, Version: d.Version, Document: d}
		errs = append(errs, d.Decode(&e.Spec)...)
		entries = append(entries, e)
	}
	return entries, document.Errors(errs).Err()
}
