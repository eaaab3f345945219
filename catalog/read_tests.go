package catalog

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/proviso-dev/proviso/document"
)

// testSuffix ends the names of files of tests: directories of documents are
// read without them, since a test may bring permits and lots of its own.
const testSuffix = "_test"

func isTestFile(name string) bool {
	ext := filepath.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && strings.HasSuffix(strings.TrimSuffix(name, ext), testSuffix)
}

// TestFiles gives the files of tests that paths name: a file itself, of a
// directory those named *_test.yaml.
func TestFiles(paths ...string) (files []string, errs document.Errors) {
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			errs = append(errs, &document.Error{File: p, Message: reason(err)})
			continue
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			errs = append(errs, &document.Error{File: p, Message: reason(err)})
			continue
		}
		n := len(files)
		for _, e := range entries {
			if !e.IsDir() && isTestFile(e.Name()) {
				files = append(files, filepath.Join(p, e.Name()))
			}
		}
		if len(files) == n {
			errs = append(errs, &document.Error{File: p, Message: "there is no test in the directory", Hint: "tests are in files named *_test.yaml"})
		}
	}
	return files, errs
}

// ReadTests gives the tests of a file.
func ReadTests(file string) (out []Entry[PermitTest], errs document.Errors) {
	docs, errs := readFile(file)
	found := false
	for _, d := range docs {
		if d.Kind != "PermitTest" {
			continue
		}
		found = true
		e := Entry[PermitTest]{Name: d.Name, Version: d.Version, Document: d}
		if more := d.Decode(&e.Spec); len(more) > 0 {
			errs = append(errs, more...)
			continue
		}
		out = append(out, e)
	}
	if !found && len(errs) == 0 {
		errs = append(errs, &document.Error{File: file, Message: "there is no PermitTest in the file"})
	}
	return out, errs
}
