package main

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/proviso-dev/proviso/schema"
)

// TestFilesAreUpToDate fails when a Go type or a doc comment changed and the
// schemas were not generated again.
func TestFilesAreUpToDate(t *testing.T) {
	want, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(schema.Files(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(want) {
		t.Errorf("there are %d files, want %d: %q", len(names), len(want), names)
	}
	for name, data := range want {
		got, err := fs.ReadFile(schema.Files(), name)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("schema/%s is not up to date: run go generate ./schema", name)
		}
	}
}
