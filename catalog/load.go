package catalog

import (
	"embed"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/internal/spelling"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// Set is documents as they were read, in document order, not yet resolved.
type Set struct {
	Documents []*document.Document
}

// mappingSuffix ends the names of files that belong to traces.
const mappingSuffix = ".mapping.yaml"

// Read reads files and directories: the *.yaml and *.yml files of a directory
// and of its folder scenarios, in the order of their names.
func Read(paths ...string) (*Set, document.Errors) {
	s := &Set{}
	var errs document.Errors
	names, err := fs.Glob(builtin, "builtin/*.yaml")
	if err == nil {
		for _, n := range names {
			data, err := builtin.ReadFile(n)
			if err != nil {
				continue
			}
			docs, e := document.Read(path.Join("(built in)", path.Base(n)), data)
			s.Documents, errs = append(s.Documents, docs...), append(errs, e...)
		}
	}
	for _, p := range paths {
		files, err := expand(p)
		if err != nil {
			errs = append(errs, &document.Error{File: p, Message: "cannot be read: " + err.Error()})
			continue
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				errs = append(errs, &document.Error{File: f, Message: "cannot be read: " + err.Error()})
				continue
			}
			docs, e := document.Read(f, data)
			s.Documents, errs = append(s.Documents, docs...), append(errs, e...)
		}
	}
	return s, errs.Sort()
}

func expand(p string) ([]string, error) {
	info, err := os.Stat(p)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{p}, nil
	}
	var files []string
	for _, dir := range []string{p, filepath.Join(p, "scenarios")} {
		entries, err := os.ReadDir(dir)
		if err != nil && dir == p {
			return nil, err
		}
		for _, e := range entries {
			n := e.Name()
			if e.Type().IsRegular() && (strings.HasSuffix(n, ".yaml") || strings.HasSuffix(n, ".yml")) && !strings.HasSuffix(n, mappingSuffix) {
				files = append(files, filepath.Join(dir, n))
			}
		}
	}
	return files, nil
}

// With gives the set with some fields changed; the original stays as it is.
// A path is KIND.NAME.FIELD…, with * in the name for any run of letters.
func (s *Set) With(changes []Change) (*Set, document.Errors) {
	out := &Set{Documents: slices.Clone(s.Documents)}
	copied := map[int]bool{}
	for _, ch := range changes {
		kind, rest, _ := strings.Cut(ch.Path, ".")
		name, field, ok := strings.Cut(rest, ".")
		if !ok {
			return nil, document.Errors{{Path: ch.Path, Message: "a path is KIND.NAME.FIELD, such as permit.NAME.spec.onEnd"}}
		}
		found := false
		var names []string
		for i, d := range out.Documents {
			if !strings.EqualFold(d.Kind, kind) {
				continue
			}
			names = append(names, d.Name)
			if match, err := path.Match(name, d.Name); err != nil || !match {
				continue
			}
			found = true
			if !copied[i] {
				out.Documents[i], copied[i] = d.Clone(), true
			}
			if err := out.Documents[i].Set(field, ch.To); err != nil {
				return nil, document.Errors{{File: d.File, Path: ch.Path, Message: err.Error()}}
			}
		}
		if !found {
			return nil, document.Errors{{Path: ch.Path, Message: "names no " + kind + " that is there", Hint: spelling.Hint(name, names)}}
		}
	}
	return out, nil
}

// Load is Read and Resolve.
func Load(paths ...string) (*Catalog, document.Errors) {
	s, errs := Read(paths...)
	c, more := s.Resolve()
	return c, append(errs, more...).Sort()
}
