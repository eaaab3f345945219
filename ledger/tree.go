package ledger

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// edge is the right edge of a tree: for each level of tiles, the hashes of
// the tile that is not full yet. With the full tiles it is the whole tree.
type edge struct {
	size    int64
	partial [][]tlog.Hash // by level; each shorter than tileWidth
}

func (e *edge) clone() *edge {
	c := &edge{size: e.size, partial: make([][]tlog.Hash, len(e.partial))}
	for i, p := range e.partial {
		c.partial[i] = slices.Clone(p)
	}
	return c
}

// add appends a leaf and gives the tiles that it fills, from the leaves up.
func (e *edge) add(leaf tlog.Hash) (full []Tile) {
	e.size++
	h := leaf
	for level := 0; ; level++ {
		if level == len(e.partial) {
			e.partial = append(e.partial, make([]tlog.Hash, 0, tileWidth))
		}
		e.partial[level] = append(e.partial[level], h)
		if len(e.partial[level]) < tileWidth {
			return full
		}
		data := tileData(e.partial[level])
		full = append(full, Tile{Level: level, N: e.size>>(tileHeight*(level+1)) - 1, Data: data})
		h = subtree(e.partial[level])
		e.partial[level] = e.partial[level][:0]
	}
}

// subtree gives the root over hashes whose number is a power of two.
func subtree(hashes []tlog.Hash) tlog.Hash {
	level := slices.Clone(hashes)
	for len(level) > 1 {
		for i := range len(level) / 2 {
			level[i] = tlog.NodeHash(level[2*i], level[2*i+1])
		}
		level = level[:len(level)/2]
	}
	return level[0]
}

func tileData(hashes []tlog.Hash) []byte {
	data := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		data = append(data, h[:]...)
	}
	return data
}

// fullTiles is how many full tiles a level has in a tree.
func fullTiles(size int64, level int) int64 { return size >> (tileHeight * (level + 1)) }

// tree reads the hashes of a tree: full tiles from the store, the rest from
// the edge.
type tree struct {
	ctx   context.Context
	store Reader
	edge  *edge
}

// tile gives the hashes of a tile, as many as there are.
func (t tree) tile(level int, n int64) ([]byte, error) {
	full := fullTiles(t.edge.size, level)
	switch {
	case n < full:
		data, err := t.store.Tile(t.ctx, level, n)
		if err == nil && len(data) != tileWidth*tlog.HashSize {
			err = fmt.Errorf("it has %d bytes, must have %d", len(data), tileWidth*tlog.HashSize)
		}
		if err != nil {
			return nil, fmt.Errorf("tile %d of level %d: %w", n, level, err)
		}
		return data, nil
	case n == full && level < len(t.edge.partial):
		return tileData(t.edge.partial[level]), nil
	}
	return nil, fmt.Errorf("tile %d of level %d: %w in a tree of %d entries", n, level, ErrNotFound, t.edge.size)
}

// ReadHashes implements tlog.HashReader.
func (t tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	type place struct {
		level int
		n     int64
	}
	read := map[place][]byte{}
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		at := tlog.TileForIndex(tileHeight, index)
		p := place{at.L, at.N}
		data, ok := read[p]
		if !ok {
			var err error
			if data, err = t.tile(at.L, at.N); err != nil {
				return nil, err
			}
			read[p] = data
		}
		if len(data) < at.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d of level %d: %w: hash %d", at.N, at.L, ErrNotFound, at.W)
		}
		h, err := tlog.HashFromTile(at, data[:at.W*tlog.HashSize], index)
		if err != nil {
			return nil, fmt.Errorf("tile %d of level %d: %w", at.N, at.L, err)
		}
		hashes[i] = h
	}
	return hashes, nil
}

func (t tree) root(size int64) (tlog.Hash, error) { return tlog.TreeHash(size, t) }

// readEdge builds the right edge of a stored tree from its last tiles and the
// entries behind them: at most 255 hashes for each level.
func readEdge(ctx context.Context, store Reader, size int64) (*edge, error) {
	e := &edge{size: size}
	for level := 0; level == 0 || fullTiles(size, level-1) > 0; level++ {
		e.partial = append(e.partial, make([]tlog.Hash, 0, tileWidth))
		first := fullTiles(size, level) * tileWidth
		if level == 0 {
			for r, err := range store.Records(ctx, first, size) {
				if err != nil {
					return nil, err
				}
				e.partial[0] = append(e.partial[0], tlog.RecordHash(r.Data))
			}
			continue
		}
		for n := first; n < fullTiles(size, level-1); n++ {
			data, err := tree{ctx, store, e}.tile(level-1, n)
			if err != nil {
				return nil, err
			}
			e.partial[level] = append(e.partial[level], subtree(tileHashes(data)))
		}
	}
	return e, nil
}

func tileHashes(data []byte) []tlog.Hash {
	hashes := make([]tlog.Hash, len(data)/tlog.HashSize)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes
}
