package storage_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

func create(t *testing.T, name string) *storage.Pending {
	t.Helper()
	p, err := storage.Create(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func fill(t *testing.T, s ledger.Store) {
	t.Helper()
	ctx := context.Background()
	if err := s.Append(ctx, 0, records(0, 300), []ledger.Tile{{Level: 0, N: 0, Data: make([]byte, 8192)}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetValue(ctx, ledger.CheckpointValue, []byte("signed")); err != nil {
		t.Fatal(err)
	}
}

// pending: a store that comes from elsewhere is there as a whole or not at
// all.
func pending(t *testing.T, name string) {
	ctx := context.Background()
	// What is given up leaves nothing; what a crash left is no ledger, and is in
	// nobody's way.
	p := create(t, name)
	if _, err := storage.Create(ctx, name); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("a second one at once: %v, must be %v", err, storage.ErrInUse)
	}
	if _, err := storage.Open(ctx, name); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("a writer meanwhile: %v, must be %v", err, storage.ErrInUse)
	}
	fill(t, p)
	if s, err := storage.OpenReader(ctx, name); err == nil {
		if n, err := s.Size(ctx); err != nil || n > 0 {
			t.Errorf("a reader sees %d entries before they are all there (%v)", n, err)
		}
		s.Close()
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(name, "postgres") {
		open(t, name).Close() // tables without an entry are no ledger
		c, err := pgx.Connect(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(ctx, `CREATE SCHEMA proviso_restoring; CREATE TABLE proviso_restoring.entry (half text)`); err != nil {
			t.Fatal(err)
		}
		c.Close(ctx)
	} else {
		if left, _ := filepath.Glob(filepath.Join(name, "*.new*")); len(left) > 0 {
			t.Errorf("it leaves %v", left)
		}
		if err := os.WriteFile(filepath.Join(name, "ledger.db.new"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	p = create(t, name)
	fill(t, p)
	if err := p.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	s := open(t, name)
	if got := read(t, s, 0, 300); len(got) != 300 || string(got[299].Disclosure) != "salt 299" || got[298].Disclosure != nil {
		t.Errorf("%d entries, the last two %q and %q", len(got), got[298], got[299])
	}
	if v, err := s.Value(ctx, ledger.CheckpointValue); err != nil || string(v) != "signed" {
		t.Errorf("the checkpoint is %q (%v)", v, err)
	}
	if tile, err := s.Tile(ctx, 0, 0); err != nil || len(tile) != 8192 {
		t.Errorf("a tile has %d bytes (%v)", len(tile), err)
	}
	if err := s.Append(ctx, 300, records(300, 301), nil); err != nil {
		t.Errorf("it does not go on: %v", err)
	}
	s.Close()
	if _, err := storage.Create(ctx, name); !errors.Is(err, storage.ErrNotEmpty) {
		t.Errorf("over a ledger: %v, must be %v", err, storage.ErrNotEmpty)
	}
}
