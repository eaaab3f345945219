package interop

import (
	"context"
	"strings"
	"testing"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
)

// fetcher reads our log the way that Tessera asks for one.
type fetcher struct {
	log    *ledger.Log
	change func(path string, data []byte)
}

func (f fetcher) read(ctx context.Context, path string) ([]byte, error) {
	data, err := f.log.Resource(ctx, path)
	if err == nil && f.change != nil {
		f.change(path, data)
	}
	return data, err
}

func (f fetcher) ReadCheckpoint(ctx context.Context) ([]byte, error) {
	return f.read(ctx, "checkpoint")
}

func (f fetcher) ReadTile(ctx context.Context, level, i uint64, p uint8) ([]byte, error) {
	return f.read(ctx, ledger.TilePath(tlog.Tile{H: 8, L: int(level), N: int64(i), W: width(p)}))
}

func (f fetcher) ReadEntryBundle(ctx context.Context, i uint64, p uint8) ([]byte, error) {
	return f.read(ctx, ledger.TilePath(tlog.Tile{H: 8, L: -1, N: int64(i), W: width(p)}))
}

// width reads Tessera's partial widths, where 0 is a full tile.
func width(p uint8) int {
	if p == 0 {
		return 256
	}
	return int(p)
}

func leaves(bundle []byte) (hashes [][]byte, err error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	for _, e := range b.Entries {
		h := tlog.RecordHash(e)
		hashes = append(hashes, h[:])
	}
	return hashes, nil
}

// TestFsck: Tessera's checker accepts our log, in sizes around full tiles.
func TestFsck(t *testing.T) {
	for _, n := range []int{1, 255, 256, 257, 66_000} {
		s := newSite(t, n)
		if err := fsck.New(s.verifier.Name(), s.verifier, fetcher{log: s.log}, leaves, fsck.Opts{N: 2}).Check(t.Context()); err != nil {
			t.Errorf("a log of %d entries: %v", n, err)
		}
	}
}

// TestFsckLooks: the checker, as it is called here, finds a tile that was
// changed. The log is small, since the checker waits for ever when all its
// workers found something.
func TestFsckLooks(t *testing.T) {
	s := newSite(t, 200)
	broken := fetcher{log: s.log, change: func(path string, data []byte) {
		if strings.HasPrefix(path, "tile/0/") {
			data[5] ^= 1
		}
	}}
	if err := fsck.New(s.verifier.Name(), s.verifier, broken, leaves, fsck.Opts{N: 8}).Check(t.Context()); err == nil {
		t.Error("a changed tile passes")
	}
}
