// Package storage keeps ledgers: in a SQLite file or in PostgreSQL. Both hold
// the same three tables and pass the same tests.
package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/proviso-dev/proviso/ledger"
)

// ErrInUse says that another process writes to the store.
var ErrInUse = errors.New("another process writes to it: stop that one first")

// version is the version of the tables.
const version = "1"

const versionValue = "storage-version"

// file is the ledger's file in a data folder.
const file = "ledger.db"

// Open opens a store for writing: postgres://… or a folder, which is made if
// it is not there.
func Open(ctx context.Context, name string) (ledger.Store, error) {
	if isPostgres(name) {
		return OpenPostgres(ctx, name)
	}
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return OpenSQLite(ctx, filepath.Join(name, file), SQLiteOptions{})
}

// Reader is a store that is open for reading alone.
type Reader interface {
	ledger.Reader
	Close() error
}

// OpenReader opens a store for reading, beside its writer if there is one.
func OpenReader(ctx context.Context, name string) (Reader, error) {
	if isPostgres(name) {
		return openPostgresReader(ctx, name)
	}
	path := filepath.Join(name, file)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open store: there is no ledger in %s: %w", name, err)
	}
	return openSQLiteReader(ctx, path)
}

func isPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

func checkVersion(value []byte) error {
	if string(value) != version {
		return fmt.Errorf("its tables are of version %q, this program knows version %s", value, version)
	}
	return nil
}
