package catalog

import (
	"sync"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/work"
)

// BuiltinAccelerators gives the accelerators that ship with the program, in
// the order of their file.
func BuiltinAccelerators() ([]Entry[fleet.Accelerator], error) { return builtinAccelerators() }

// BuiltinModels gives the models that ship with the program, in the order of
// their file.
func BuiltinModels() ([]Entry[work.Model], error) { return builtinModels() }

var (
	builtinAccelerators = sync.OnceValues(func() ([]Entry[fleet.Accelerator], error) { return builtin[fleet.Accelerator]("Accelerator") })
	builtinModels       = sync.OnceValues(func() ([]Entry[work.Model], error) { return builtin[work.Model]("Model") })
)

func builtin[T any](kind string) ([]Entry[T], error) {
	docs, errs := builtinDocuments()
	var entries []Entry[T]
	for _, d := range docs {
		if d.Kind != kind {
			continue
		}
		e := Entry[T]{Name: d.Name, Version: d.Version, Document: d}
		errs = append(errs, d.Decode(&e.Spec)...)
		entries = append(entries, e)
	}
	return entries, errs.Err()
}
