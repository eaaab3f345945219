package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The most that one commit takes; what waits beyond goes into the next.
const (
	maxBatchRecords = 8192
	maxBatchBytes   = 8 << 20
)

// ErrClosed says that a log takes no more entries.
var ErrClosed = errors.New("the log is closed")

// Log is a ledger's one writer. It numbers entries in the order in which they
// are appended and writes all that wait in one transaction (group commit).
//
// After a write that failed nobody knows what is on disk. The log then takes
// no more entries, acknowledges none, and signs nothing; it must be opened
// anew, from what is there.
type Log struct {
	store  Store
	signer note.Signer

	writing sync.Mutex // held by who commits

	mu      sync.Mutex
	queue   []*batch // of which the last is being filled
	next    int64    // the position of the next entry
	durable *edge    // replaced by each commit, never changed
	broken  error
	wake    chan struct{}
	// inFlight is how many entries are thought to be waited for at once.
	inFlight int

	publishing    sync.Mutex
	published     []byte // the last checkpoint, signed; nil if none since Open
	publishedSize int64
}

// batch is entries that are written together.
type batch struct {
	records []Record
	bytes   int
	done    chan struct{}
	err     error
}

// Commit is the fate of an entry that was appended.
type Commit struct {
	// Index is the entry's position.
	Index int64
	batch *batch
}

// Wait returns when the entry is durable, or why it is not known to be.
func (c Commit) Wait(ctx context.Context) error {
	select {
	case <-c.batch.done:
		return c.batch.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Open opens a log on a store for writing. It refuses a store that holds less
// than the last checkpoint says, or other entries: one that was rolled back or
// changed. Signer is the log's key; nil for a log that is to publish nothing.
func Open(ctx context.Context, store Store, signer note.Signer, verifier note.Verifier) (*Log, error) {
	size, err := store.Size(ctx)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	e, err := readEdge(ctx, store, size)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &Log{store: store, signer: signer, next: size, durable: e, wake: make(chan struct{}, 1)}
	signed, err := store.Value(ctx, CheckpointValue)
	if errors.Is(err, ErrNotFound) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	c, _, err := OpenCheckpoint(signed, verifier)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	if c.Size > size {
		return nil, fmt.Errorf("open log: the store has %d entries, but a checkpoint of %d was signed: entries are missing; restore a later backup", size, c.Size)
	}
	root, err := l.tree(ctx, e).root(c.Size)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	if root != c.Root {
		return nil, fmt.Errorf("open log: the first %d entries are not those of the checkpoint that was signed: run proviso audit to find which", c.Size)
	}
	return l, nil
}

// Size is how many entries are durable.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable.size
}

// Append puts an entry at the end of the order. It does not wait for the disk:
// nobody outside may be told of the entry, or of what follows from it, before
// [Commit.Wait] has returned.
func (l *Log) Append(r Record) (Commit, error) {
	if len(r.Data) == 0 || len(r.Data) > MaxEntry {
		return Commit{}, fmt.Errorf("append: an entry has from 1 to %d bytes, this has %d", MaxEntry, len(r.Data))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return Commit{}, l.broken
	}
	size := len(r.Data) + len(r.Disclosure)
	var b *batch
	if n := len(l.queue); n > 0 && len(l.queue[n-1].records) < maxBatchRecords && l.queue[n-1].bytes+size <= maxBatchBytes {
		b = l.queue[n-1]
	} else {
		b = &batch{done: make(chan struct{})}
		l.queue = append(l.queue, b)
	}
	b.records = append(b.records, r)
	b.bytes += size
	c := Commit{Index: l.next, batch: b}
	l.next++
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return c, nil
}

// Run writes what is appended until the context ends, then what is left. It
// returns why the log broke, or nil.
func (l *Log) Run(ctx context.Context) error {
	for {
		select {
		case <-l.wake:
			for more := true; more; {
				l.gather(ctx)
				var err error
				if more, err = l.flush(context.WithoutCancel(ctx)); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return l.Close()
		}
	}
}

// What gather waits for: a commit costs as much as deciding on dozens of
// entries, so under load it pays to let some come. Half of those who wait at
// once are enough: the other half are decided while these are written, so that
// neither the disk nor the processor waits for the other.
const (
	crowd      = 32 // entries that are waited for at once, from which on gathering pays
	gatherTime = 4 * time.Millisecond
)

// gather waits, if many wait at once, until half of them are there, but not for
// long. Who writes one entry after the other never waits.
func (l *Log) gather(ctx context.Context) {
	l.mu.Lock()
	enough := l.inFlight / 2
	l.mu.Unlock()
	if enough < crowd/2 {
		return
	}
	t := time.NewTimer(gatherTime)
	defer t.Stop()
	for {
		l.mu.Lock()
		n := l.queued()
		l.mu.Unlock()
		if n == 0 || n >= enough {
			return
		}
		select {
		case <-l.wake:
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// queued is how many entries wait to be written. Held locked.
func (l *Log) queued() (n int) {
	for _, b := range l.queue {
		n += len(b.records)
	}
	return n
}

// Close writes what waits and takes no more entries. It leaves the store open.
func (l *Log) Close() error {
	err := l.Flush(context.Background())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = ErrClosed
	}
	for _, b := range l.queue { // appended since
		b.err = l.broken
		close(b.done)
	}
	l.queue = nil
	return err
}

// Flush writes all that waits.
func (l *Log) Flush(ctx context.Context) error {
	for {
		if more, err := l.flush(ctx); err != nil || !more {
			return err
		}
	}
}

// flush writes the entries of one commit, and reports whether there were any.
func (l *Log) flush(ctx context.Context) (bool, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	if l.broken != nil && l.broken != ErrClosed {
		defer l.mu.Unlock()
		return false, l.broken
	}
	if len(l.queue) == 0 {
		l.mu.Unlock()
		return false, nil
	}
	b, e := l.queue[0], l.durable
	l.queue = l.queue[1:]
	l.mu.Unlock()

	e, err := l.write(ctx, e, b.records)
	l.mu.Lock()
	if err != nil {
		l.fail(fmt.Errorf("the log takes no more entries, since writing from entry %d on failed: %w", l.durable.size, err), b)
		defer l.mu.Unlock()
		return false, l.broken
	}
	l.durable, l.inFlight = e, max(len(b.records)+l.queued(), l.inFlight*7/8)
	l.mu.Unlock()
	close(b.done)
	return true, nil
}

// fail tells all who wait that it is not known whether their entries are
// there.
func (l *Log) fail(err error, b *batch) {
	l.broken = err
	for _, b := range append([]*batch{b}, l.queue...) {
		b.err = err
		close(b.done)
	}
	l.queue = nil
}

func (l *Log) write(ctx context.Context, e *edge, records []Record) (*edge, error) {
	first := e.size
	next := e.clone()
	var tiles []Tile
	for _, r := range records {
		tiles = append(tiles, next.add(tlog.RecordHash(r.Data))...)
	}
	if err := l.store.Append(ctx, first, records, tiles); err != nil {
		return nil, err
	}
	return next, nil
}

func (l *Log) tree(ctx context.Context, e *edge) tree { return tree{ctx, l.store, e} }

func (l *Log) snapshot() (*edge, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil && l.broken != ErrClosed {
		return nil, l.broken
	}
	return l.durable, nil
}
