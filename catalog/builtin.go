package catalog

import (
	"embed"
	"io/fs"
	"strings"
	"sync"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/regime"
	"github.com/proviso-dev/proviso/work"
)

// BuiltinAccelerators gives the accelerators that ship with the program, in
// the order of their file.
func BuiltinAccelerators() ([]Entry[fleet.Accelerator], error) { return builtinAccelerators() }

// BuiltinModels gives the models that ship with the program, in the order of
// their file.
func BuiltinModels() ([]Entry[work.Model], error) { return builtinModels() }

// BuiltinRegimes gives the regimes that ship with the program, in the order of
// their names.
func BuiltinRegimes() ([]Entry[regime.Regime], error) { return builtinRegimes() }

var (
	builtinAccelerators = sync.OnceValues(func() ([]Entry[fleet.Accelerator], error) { return builtin[fleet.Accelerator]("Accelerator") })
	builtinModels       = sync.OnceValues(func() ([]Entry[work.Model], error) { return builtin[work.Model]("Model") })
	builtinRegimes      = sync.OnceValues(func() ([]Entry[regime.Regime], error) { return builtin[regime.Regime]("Regime") })
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

//go:embed builtin
var builtinFiles embed.FS

// builtinPrefix begins the file names that errors about built-in documents
// bear.
const builtinPrefix = "built-in "

func isBuiltin(d *document.Document) bool { return strings.HasPrefix(d.File, builtinPrefix) }

var builtinDocuments = sync.OnceValues(func() (docs []*document.Document, errs document.Errors) {
	fail := func(name string, err error) {
		errs = append(errs, &document.Error{File: builtinPrefix + name, Message: err.Error()})
	}
	err := fs.WalkDir(builtinFiles, "builtin", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".yaml") || isTestFile(name) {
			return err
		}
		data, err := builtinFiles.ReadFile(name)
		if err != nil {
			return err
		}
		all, more := document.Read(builtinPrefix+strings.TrimPrefix(name, "builtin/"), data)
		docs, errs = append(docs, all...), append(errs, more...)
		return nil
	})
	if err != nil {
		fail("documents", err)
	}
	return docs, errs
})
