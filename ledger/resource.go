package ledger

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// maxLevel is the highest level of tiles in a tree of less than 2^63 leaves.
const maxLevel = 7

// Resource gives what C2SP tlog-tiles has under a path: checkpoint,
// tile/L/N[.p/W] or tile/entries/N[.p/W]. Only what the last checkpoint covers
// is there.
func (l *Log) Resource(ctx context.Context, path string) ([]byte, error) {
	if path == "checkpoint" {
		return l.Checkpoint(ctx)
	}
	t, err := ParseTilePath(path)
	if err != nil {
		return nil, err
	}
	signed, err := l.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	c, err := peekCheckpoint(signed)
	if err != nil {
		return nil, err
	}
	level := max(t.L, 0)
	there := c.Size>>(tileHeight*level) - t.N*tileWidth // hashes from the tile's first one on
	if t.N > 1<<40 || there < int64(t.W) {
		return nil, fmt.Errorf("%s: %w in a log of %d entries", path, ErrNotFound, c.Size)
	}
	if t.L < 0 {
		return l.bundle(ctx, t)
	}
	e, err := l.snapshot()
	if err != nil {
		return nil, err
	}
	data, err := l.tree(ctx, e).tile(t.L, t.N)
	if err != nil {
		return nil, err
	}
	return data[:t.W*tlog.HashSize], nil
}

// bundle gives entries, each behind its length in 16 bits.
func (l *Log) bundle(ctx context.Context, t tlog.Tile) ([]byte, error) {
	var b []byte
	first := t.N * tileWidth
	for r, err := range l.store.Records(ctx, first, first+int64(t.W)) {
		if err != nil {
			return nil, err
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(r.Data)))
		b = append(b, r.Data...)
	}
	return b, nil
}

// ParseBundle takes a bundle of entries apart.
func ParseBundle(data []byte) (entries [][]byte, err error) {
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, fmt.Errorf("not a bundle of entries: it ends within a length")
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			return nil, fmt.Errorf("not a bundle of entries: it ends within an entry")
		}
		entries = append(entries, data[2:2+n])
		data = data[2+n:]
	}
	return entries, nil
}

// TilePath gives the path of a tile, or of a bundle of entries for level -1.
func TilePath(t tlog.Tile) string {
	p := t.Path() // tile/H/L/N or tile/H/data/N
	p = strings.TrimPrefix(p, fmt.Sprintf("tile/%d/", tileHeight))
	if rest, ok := strings.CutPrefix(p, "data/"); ok {
		p = "entries/" + rest
	}
	return "tile/" + p
}

// ParseTilePath reads the path of a tile or, with level -1, of a bundle.
func ParseTilePath(path string) (tlog.Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if entries, is := strings.CutPrefix(rest, "entries/"); is {
		rest = "data/" + entries
	} else if strings.HasPrefix(rest, "data/") {
		ok = false
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", tileHeight, rest))
	if !ok || err != nil || t.L > maxLevel {
		return tlog.Tile{}, fmt.Errorf("%q is no path of a tile: %w", path, ErrNotFound)
	}
	return t, nil
}
