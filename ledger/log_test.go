package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
)

func TestLogBreaksWhenAWriteFails(t *testing.T) {
	ctx := context.Background()
	s := newMemory()
	l := fill(t, s, 3)
	if _, err := l.Publish(ctx, nil); err != nil {
		t.Fatal(err)
	}
	s.fail = errors.New("no space left on device")
	a, err := l.Append(ledger.Record{Data: entry(t, 3)})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Flush(ctx); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("the write that failed says %v", err)
	}
	if err := a.Wait(ctx); err == nil || !strings.Contains(err.Error(), "entry 3") {
		t.Errorf("who waited for it is told %v", err)
	}
	s.fail = nil // there is room again, but what was written is not known
	if _, err := l.Append(ledger.Record{Data: entry(t, 4)}); err == nil {
		t.Error("a broken log took an entry")
	}
	if _, err := l.Publish(ctx, nil); err == nil {
		t.Error("a broken log signed a checkpoint")
	}
	signer, verifier := logKey(t)
	l, err = ledger.Open(ctx, s, signer, verifier)
	if err != nil || l.Size() != 3 {
		t.Fatalf("opened again: %v", err)
	}
}

func TestCloseWritesWhatWaits(t *testing.T) {
	ctx := context.Background()
	s := newMemory()
	l := fill(t, s, 0)
	c, err := l.Append(ledger.Record{Data: entry(t, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(ctx); err != nil || len(s.records) != 1 {
		t.Errorf("%d entries, %v", len(s.records), err)
	}
	if _, err := l.Append(ledger.Record{Data: entry(t, 1)}); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("a closed log says %v", err)
	}
}

// TestOpenRefuses a store that is not the one that was signed.
func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(*memory)
		want   string
	}{
		"rolled back":   {func(m *memory) { m.records = m.records[:2] }, "the store has 2 entries, but a checkpoint of 3 was signed"},
		"another entry": {func(m *memory) { m.records[1].Data = entry(t, 77) }, "are not those of the checkpoint"},
		"another key": {func(m *memory) {
			m.values[ledger.CheckpointValue] = bytes.Replace(m.values[ledger.CheckpointValue], []byte("— log"), []byte("— bog"), 1)
		}, "no verifiable signatures"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMemory()
			if _, err := fill(t, s, 3).Publish(ctx, nil); err != nil {
				t.Fatal(err)
			}
			c.change(s)
			signer, verifier := logKey(t)
			if _, err := ledger.Open(ctx, s, signer, verifier); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("opened: %v", err)
			}
		})
	}
}

// TestNeverPastTheDurableMark: what is appended but not written is in no
// checkpoint, no tile and no proof.
func TestNeverPastTheDurableMark(t *testing.T) {
	ctx := context.Background()
	_, verifier := logKey(t)
	l := fill(t, newMemory(), 10)
	if _, err := l.Append(ledger.Record{Data: entry(t, 10)}); err != nil {
		t.Fatal(err)
	}
	signed, err := l.Publish(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c, _, err := ledger.OpenCheckpoint(signed, verifier); err != nil || c.Size != 10 {
		t.Errorf("a checkpoint of %d entries, %v; 10 are durable", c.Size, err)
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"tile/0/000.p/11", "tile/entries/000.p/11", "tile/1/000.p/1", "tile/0/000"} {
		if _, err := l.Resource(ctx, path); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%s is served before a checkpoint covers it: %v", path, err)
		}
	}
	if _, err := l.Prove(ctx, 10); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("an entry is proved that no checkpoint covers: %v", err)
	}
}

// TestResources: a client that has the checkpoint and the tiles alone gets
// every hash of the tree, authenticated by x/mod's own reader, and every entry.
func TestResources(t *testing.T) {
	ctx := context.Background()
	_, verifier := logKey(t)
	for _, n := range []int{1, 255, 256, 257, 700} {
		l := fill(t, newMemory(), n)
		if _, err := l.Publish(ctx, nil); err != nil {
			t.Fatal(err)
		}
		signed, err := l.Resource(ctx, "checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := ledger.OpenCheckpoint(signed, verifier)
		if err != nil {
			t.Fatal(err)
		}
		r := tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tileReader{t, l})
		i := 0
		for bundle := 0; bundle*256 < n; bundle++ {
			tile := tlog.Tile{H: 8, L: -1, N: int64(bundle), W: min(256, n-bundle*256)}
			data, err := l.Resource(ctx, ledger.TilePath(tile))
			if err != nil {
				t.Fatal(err)
			}
			entries, err := ledger.ParseBundle(data)
			if err != nil || len(entries) != tile.W {
				t.Fatalf("bundle %d of %d has %d entries, %v", bundle, n, len(entries), err)
			}
			for _, e := range entries {
				h, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(i))})
				if err != nil || h[0] != tlog.RecordHash(e) || !bytes.Equal(e, entry(t, i)) {
					t.Fatalf("entry %d of %d: %v", i, n, err)
				}
				i++
			}
		}
	}
}

type tileReader struct {
	t *testing.T
	l *ledger.Log
}

func (r tileReader) Height() int                     { return 8 }
func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r tileReader) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, tile := range tiles {
		path := ledger.TilePath(tile)
		if back, err := ledger.ParseTilePath(path); err != nil || back != tile {
			r.t.Errorf("path %s is of %v, %v; must be of %v", path, back, err, tile)
		}
		data, err := r.l.Resource(context.Background(), path)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func TestTilePaths(t *testing.T) {
	for path, tile := range map[string]tlog.Tile{
		"tile/0/000":                  {H: 8, L: 0, N: 0, W: 256},
		"tile/1/x001/x234/067.p/8":    {H: 8, L: 1, N: 1234067, W: 8},
		"tile/entries/x001/000.p/255": {H: 8, L: -1, N: 1000, W: 255},
	} {
		if got := ledger.TilePath(tile); got != path {
			t.Errorf("the path of %v is %s, must be %s", tile, got, path)
		}
		if got, err := ledger.ParseTilePath(path); err != nil || got != tile {
			t.Errorf("%s is of %v, %v, must be of %v", path, got, err, tile)
		}
	}
	for _, bad := range []string{"", "tile", "tile/0", "tile/8/0/000", "tile/data/000", "tile/0/0", "tile/0/000.p/0", "tile/0/000.p/256", "tile/-1/000", "tile/entries/../../x", "tile/64/000"} {
		if got, err := ledger.ParseTilePath(bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

func TestDisclosuresAreNotPublished(t *testing.T) {
	ctx := context.Background()
	s := newMemory()
	l := fill(t, s, 0)
	if _, err := l.Append(ledger.Record{Data: entry(t, 0), Disclosure: []byte("the secret salt")}); err != nil {
		t.Fatal(err)
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Publish(ctx, nil); err != nil {
		t.Fatal(err)
	}
	p, err := l.Prove(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := p.Marshal()
	for _, path := range []string{"checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"} {
		data, err := l.Resource(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	if bytes.Contains(all, []byte("secret")) {
		t.Error("a salt was published")
	}
	if string(s.records[0].Disclosure) != "the secret salt" {
		t.Error("the salt was not kept")
	}
}

func TestPublishAgainIsTheSame(t *testing.T) {
	ctx := context.Background()
	l := fill(t, newMemory(), 4)
	calls := 0
	cosign := func(context.Context, []byte, ledger.Checkpoint, func(int64) (tlog.TreeProof, error)) ([]byte, error) {
		calls++
		return nil, fmt.Errorf("the witness does not answer")
	}
	one, err := l.Publish(ctx, cosign)
	if one == nil || err == nil {
		t.Errorf("without its witness: %q, %v", one, err)
	}
	two, err := l.Publish(ctx, cosign)
	if !bytes.Equal(one, two) || err != nil || calls != 1 {
		t.Errorf("again: %v, the witness was asked %d times", err, calls)
	}
}
