package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folder keeps one file for each log. A file is replaced by rename(2), with
// fsync(2) of the file before and of the folder behind it, so that after a
// crash there is the old one or the new one. The folder is locked with
// flock(2): two witnesses with one key could cosign a fork.
type folder struct {
	dir  string
	lock *os.File
}

func openFolder(dir string) (folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return folder{}, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return folder{}, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return folder{}, fmt.Errorf("the folder %s is in use by another witness: %w", dir, err)
	}
	return folder{dir, lock}, nil
}

func (f folder) close() error { return f.lock.Close() }

func (f folder) path(hash string) string { return filepath.Join(f.dir, hash+".checkpoint") }

func (f folder) read(hash string) ([]byte, error) {
	data, err := os.ReadFile(f.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func (f folder) write(hash string, data []byte) error {
	temporary := f.path(hash) + ".new"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temporary, f.path(hash))
	}
	if err != nil {
		return err
	}
	d, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
