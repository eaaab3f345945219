package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/proviso-dev/proviso/internal/durable"
)

// folder keeps one file for each log, durably. The folder is locked with
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
	return durable.WriteFile(f.path(hash), data, 0o600)
}
