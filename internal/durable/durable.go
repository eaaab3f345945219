// Package durable writes files so that a crash leaves the old one or the new
// one, and what was reported as written is on disk.
//
// It relies on three system calls: fsync(2) of a new file before it is
// renamed, rename(2) within one folder, which replaces a file at once, and
// fsync(2) of the folder, which makes the new name last.
package durable

import (
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile puts data into a file in place of what was there. The file has the
// mode, whatever the process's umask; only this one's owner may meanwhile read
// the file beside it, whose name ends in ".new".
func WriteFile(path string, data []byte, mode os.FileMode) error {
	f, err := Create(path, mode)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Abandon()
		return err
	}
	return f.Commit()
}

// File is a new file that is not yet in its place.
type File struct {
	*os.File
	path string
	mode os.FileMode
}

// Create begins a file beside its place. Two writers of one place are for the
// caller to keep apart.
func Create(path string, mode os.FileMode) (*File, error) {
	temporary := path + ".new"
	// What a crash left is not written into: it may be open to others.
	if err := os.Remove(temporary); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &File{f, path, mode}, nil
}

// Commit makes the file durable and puts it in its place.
func (f *File) Commit() error {
	err := f.Chmod(f.mode)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return SyncFolder(filepath.Dir(f.path))
}

// Abandon leaves the place as it is and the new file gone.
func (f *File) Abandon() {
	f.Close()
	os.Remove(f.Name())
}

// SyncFolder makes names that were made, renamed or removed in a folder last.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync folder %s: %w", dir, err)
	}
	return nil
}
