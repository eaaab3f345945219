package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
)

// Served reads a ledger as it is served (C2SP tlog-tiles), up to the checkpoint
// that it gave first. Get fetches a resource below /log/. What is disclosed of
// entries is not served there.
type Served struct {
	get        func(ctx context.Context, path string) ([]byte, error)
	checkpoint []byte
	size       int64
}

// Serve opens a ledger that is served under a log's key.
func Serve(ctx context.Context, log note.Verifier, get func(ctx context.Context, path string) ([]byte, error)) (*Served, error) {
	signed, err := get(ctx, "checkpoint")
	if err != nil {
		return nil, fmt.Errorf("the checkpoint: %w", err)
	}
	c, _, err := ledger.OpenCheckpoint(signed, log)
	if err != nil {
		return nil, err
	}
	return &Served{get: get, checkpoint: signed, size: c.Size}, nil
}

const tileWidth = 256

// Size is the number of entries that the checkpoint covers.
func (s *Served) Size(context.Context) (int64, error) { return s.size, nil }

// Value gives the checkpoint.
func (s *Served) Value(_ context.Context, name string) ([]byte, error) {
	if name != ledger.CheckpointValue {
		return nil, ledger.ErrNotFound
	}
	return s.checkpoint, nil
}

// Records gives entries, bundle by bundle.
func (s *Served) Records(ctx context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		for n := from / tileWidth; n*tileWidth < to; n++ {
			width := min(tileWidth, s.size-n*tileWidth)
			path := ledger.TilePath(tlog.Tile{H: 8, L: -1, N: n, W: int(width)})
			data, err := s.get(ctx, path)
			var entries [][]byte
			if err == nil {
				entries, err = ledger.ParseBundle(data)
			}
			if err == nil && int64(len(entries)) != width {
				err = errors.New("it has another number of entries")
			}
			if err != nil {
				yield(ledger.Record{}, fmt.Errorf("%s: %w", path, err))
				return
			}
			for i, e := range entries {
				at := n*tileWidth + int64(i)
				if at >= from && at < to && !yield(ledger.Record{Data: e}, nil) {
					return
				}
			}
		}
	}
}

// Tile gives a full tile's hashes.
func (s *Served) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return s.get(ctx, ledger.TilePath(tlog.Tile{H: 8, L: level, N: n, W: tileWidth}))
}
