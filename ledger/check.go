package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Finding is something wrong with a ledger.
type Finding struct {
	// Index is the entry concerned, or -1.
	Index   int64
	Message string
}

// Check reads a whole ledger and gives what is wrong with its bytes: entries
// that are not encoded as entries are, tiles that are not those of the
// entries, a checkpoint that is not signed by the log, has a signature by
// nobody known, or is of another tree. Each is called with every entry in
// order; what it returns is a finding about that entry. It is an error if the
// ledger cannot be read.
func Check(ctx context.Context, store Reader, log note.Verifier, witnesses []note.Verifier, each func(index int64, e Entry, r Record) error) ([]Finding, error) {
	type entry struct {
		e Entry
		r Record
	}
	return CheckAhead(ctx, store, log, witnesses,
		func(_ int64, e Entry, r Record) entry { return entry{e, r} },
		func(index int64, x entry) error { return each(index, x.e, x.r) })
}

// CheckAhead is Check for who has work to do on each entry that does not rest
// on the entries before it: prepare does that ahead of each, see [Ahead].
func CheckAhead[T any](ctx context.Context, store Reader, log note.Verifier, witnesses []note.Verifier,
	prepare func(index int64, e Entry, r Record) T, each func(index int64, x T) error) ([]Finding, error) {
	c := checker{ctx: ctx, store: store, edge: &edge{}}
	checkpoint, hasCheckpoint := c.checkpoint(log, witnesses)
	size, err := store.Size(ctx)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	type leaf struct {
		hash tlog.Hash
		x    T
		err  error // it is no entry
	}
	read := func(index int64, r Record) leaf {
		l := leaf{hash: tlog.RecordHash(r.Data)}
		var e Entry
		if e, l.err = Decode(r.Data); l.err == nil {
			l.x = prepare(index, e, r)
		}
		return l
	}
	for l, err := range Ahead(store.Records(ctx, 0, size), 0, read) {
		if err != nil {
			return c.findings, fmt.Errorf("check: entry %d: %w", c.edge.size, err)
		}
		if hasCheckpoint && c.edge.size == checkpoint.Size {
			c.compareRoot(checkpoint)
		}
		index := c.edge.size
		err = l.err
		if err == nil {
			err = each(index, l.x)
		}
		if err != nil {
			c.find(index, "%v", err)
		}
		for _, t := range c.edge.add(l.hash) {
			c.compareTile(t)
		}
	}
	if c.edge.size != size {
		c.find(c.edge.size, "the store counts %d entries and gives %d", size, c.edge.size)
	}
	if hasCheckpoint && checkpoint.Size >= c.edge.size {
		c.compareRoot(checkpoint)
	}
	return c.findings, nil
}

type checker struct {
	ctx      context.Context
	store    Reader
	edge     *edge
	findings []Finding
}

func (c *checker) find(index int64, format string, args ...any) {
	c.findings = append(c.findings, Finding{index, fmt.Sprintf(format, args...)})
}

func (c *checker) checkpoint(log note.Verifier, witnesses []note.Verifier) (Checkpoint, bool) {
	signed, err := c.store.Value(c.ctx, CheckpointValue)
	if errors.Is(err, ErrNotFound) {
		c.find(-1, "there is no checkpoint: nothing of the ledger is signed")
		return Checkpoint{}, false
	}
	if err != nil {
		c.find(-1, "the checkpoint cannot be read: %v", err)
		return Checkpoint{}, false
	}
	p, n, err := OpenCheckpoint(signed, log, witnesses...)
	if err == nil {
		if err = CheckNote(signed, n); err != nil {
			err = fmt.Errorf("checkpoint of %d entries: %w", p.Size, err)
		}
	}
	if err != nil {
		c.find(-1, "%v", err)
		return Checkpoint{}, false
	}
	return p, true
}

func (c *checker) compareTile(t Tile) {
	stored, err := c.store.Tile(c.ctx, t.Level, t.N)
	first := t.N << (tileHeight * (t.Level + 1))
	switch {
	case err != nil:
		c.find(first, "tile %d of level %d cannot be read: %v", t.N, t.Level, err)
	case !bytes.Equal(stored, t.Data):
		c.find(first, "tile %d of level %d is not that of the entries", t.N, t.Level)
	}
}

// compareRoot compares the tree of the entries so far with a checkpoint of as
// many. The root follows from the right edge alone: stored tiles have no part
// in it.
func (c *checker) compareRoot(p Checkpoint) {
	if p.Size > c.edge.size {
		c.find(-1, "the checkpoint covers %d entries, the ledger has %d", p.Size, c.edge.size)
		return
	}
	root, err := tree{c.ctx, c.store, c.edge}.root(p.Size)
	if err != nil || root != p.Root {
		c.find(-1, "the first %d entries are not those of the checkpoint: its root is %v", p.Size, p.Root)
	}
}
