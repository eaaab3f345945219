// Package ledger keeps entries in one order that third parties can verify. It
// knows bytes, their order, the tree over them, proofs and where they are
// stored; what an entry means is not its business, so that whoever verifies
// needs no more than this.
//
// An entry is a JSON object in canonical form ([Encode]). A [Log] numbers
// entries from 0, makes them durable in a [Store] and builds the Merkle tree
// of RFC 6962 over them. The tree is published as C2SP tlog-tiles
// ([Resource]) under a [Checkpoint], a signed note, which witnesses cosign
// ([Policy]). A [Proof] is a C2SP tlog-proof: one entry with all that is
// needed to verify it offline.
//
// docs/ledger.md describes the formats, testdata holds vectors for them.
package ledger

import (
	"context"
	"errors"
	"iter"
)

// Record is one entry as it is stored.
type Record struct {
	// Data is the encoded entry: what the tree commits to.
	Data []byte
	// Disclosure opens the commitments in the entry: texts with their salts.
	// It is kept beside the entry, is no part of the tree and is never
	// published.
	Disclosure []byte
}

// Tile is a full tile of the tree: 256 hashes of one level.
type Tile struct {
	// Level counts from the leaves, in tiles: the hashes of a tile of level 1
	// stand for 256 leaves each.
	Level int
	// N counts the tiles of a level from the left.
	N int64
	// Data is 256 hashes of 32 bytes.
	Data []byte
}

// Reader reads a ledger, wherever it is kept.
type Reader interface {
	// Size is the number of entries.
	Size(ctx context.Context) (int64, error)
	// Records gives the records from position from up to, not including, to.
	Records(ctx context.Context, from, to int64) iter.Seq2[Record, error]
	// Tile gives a full tile's hashes, or ErrNotFound.
	Tile(ctx context.Context, level int, n int64) ([]byte, error)
	// Value gives what was kept last under a name, or ErrNotFound.
	Value(ctx context.Context, name string) ([]byte, error)
}

// Store keeps a ledger. It has one writer.
type Store interface {
	Reader
	// Append makes records durable, all or none, with the tiles that they fill.
	// It refuses to write anywhere but at the end: first must be the number of
	// entries. After an error it is not known whether they are there.
	Append(ctx context.Context, first int64, records []Record, tiles []Tile) error
	// SetValue keeps a value under a name, durably, in place of the one before.
	SetValue(ctx context.Context, name string, value []byte) error
	Close() error
}

// CheckpointValue is the name under which a store keeps the last checkpoint.
const CheckpointValue = "checkpoint"

// ErrNotFound says that a tile, value or resource is not there.
var ErrNotFound = errors.New("not found")
