package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/document"
)

// Set is documents as they were read: their references are not resolved yet,
// and scenarios may still change them. A Set does not change.
type Set struct {
	docs    []*document.Document // the built-in ones first
	builtin int                  // how many are built in
	changed bool                 // made by With
	zones   Zones
}

// Zones gives the time zone of a name.
type Zones func(name string) (*time.Location, error)

// Of gives a set of these documents alone, without the built-in ones, with its
// time zones: what a ledger has recorded stands on nothing else.
func Of(docs []*document.Document, zones Zones) *Set {
	return &Set{docs: slices.Clone(docs), changed: true, zones: zones}
}

// Documents gives the documents in order, without the built-in ones.
func (s *Set) Documents() []*document.Document { return slices.Clone(s.docs[s.builtin:]) }

// Load reads documents and resolves their references: Read and Resolve.
func Load(paths ...string) (*Catalog, document.Errors) {
	set, errs := Read(paths...)
	c, more := set.Resolve()
	return c, append(errs, more...).Sort()
}

// Read reads files and directories of documents. Of a directory it takes the
// files *.yaml and *.yml in the order of their names, those of its
// subdirectory scenarios behind them, nothing deeper; files named
// *.mapping.yaml belong to traces, those named *_test.yaml are tests; both are
// left out. The set holds what could
// be read, also beside errors.
func Read(paths ...string) (*Set, document.Errors) {
	builtin, errs := builtinDocuments()
	set := &Set{docs: slices.Clone(builtin), builtin: len(builtin)}
	read := map[string]bool{}
	for _, p := range paths {
		files, err := list(p)
		if err != nil {
			errs = append(errs, &document.Error{File: p, Message: reason(err)})
			continue
		}
		for _, f := range files {
			if key := absolute(f); read[key] {
				continue // named twice, as by a directory and a file in it
			} else {
				read[key] = true
			}
			docs, more := readFile(f)
			set.docs = append(set.docs, docs...)
			errs = append(errs, more...)
		}
		if len(files) == 0 {
			errs = append(errs, &document.Error{File: p, Message: "there is no document in the directory", Hint: "documents are files named *.yaml"})
		}
	}
	return set, errs.Sort()
}

func readFile(name string) ([]*document.Document, document.Errors) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > document.MaxFileSize {
		// Read says so from the size alone; the file is not taken into memory.
		return nil, document.Errors{{File: name, Message: "the file is larger than documents may be (16 MiB)"}}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, document.Errors{{File: name, Message: reason(err)}}
	}
	return document.Read(name, data)
}

// list gives the files of documents that a path names.
func list(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	files, err := listDirectory(path)
	if err != nil {
		return nil, err
	}
	below, err := listDirectory(filepath.Join(path, "scenarios"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return append(files, below...), nil
}

func listDirectory(path string) ([]string, error) {
	entries, err := os.ReadDir(path) // in the order of names
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := e.Name()
		ext := filepath.Ext(name)
		if e.IsDir() || strings.HasPrefix(name, ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		if strings.HasSuffix(strings.TrimSuffix(name, ext), ".mapping") || isTestFile(name) {
			continue
		}
		files = append(files, filepath.Join(path, name))
	}
	return files, nil
}

func absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return path
}

// reason drops the operation and the path, which the error names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
