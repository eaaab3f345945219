package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/proviso-dev/proviso/internal/durable"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	holds := func(want string, mode os.FileMode) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil || string(data) != want {
			t.Errorf("it has %q (%v), must have %q", data, err, want)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("its mode is %v (%v), must be %v", info.Mode().Perm(), err, mode)
		}
		if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
			t.Errorf("there is more than the file: %v (%v)", all, err)
		}
	}
	if err := durable.WriteFile(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	holds("one", 0o600)
	// What a crash left beside it is neither kept nor written into: somebody
	// may have it open.
	left := path + ".new"
	if err := os.WriteFile(left, []byte("half of a longer text"), 0o666); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(left)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := durable.WriteFile(path, []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	holds("two", 0o644)
	var b [3]byte
	if n, _ := reader.Read(b[:]); string(b[:n]) != "hal" {
		t.Errorf("who had the old file open reads %q", b[:n])
	}
	f, err := durable.Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("three"); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); string(data) != "two" {
		t.Errorf("before it is committed there is %q", data)
	}
	f.Abandon()
	holds("two", 0o644)
	if err := durable.WriteFile(filepath.Join(dir, "missing", "file"), nil, 0o600); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
