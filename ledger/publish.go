package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Cosign asks witnesses for their signatures on a checkpoint: note signature
// lines. Proof gives the consistency proof from an older size.
type Cosign func(ctx context.Context, signed []byte, c Checkpoint, proof func(old int64) (tlog.TreeProof, error)) ([]byte, error)

// Publish signs a checkpoint of what is durable, has it cosigned, keeps it and
// returns it. If nothing is new it returns the last one. What a witness does
// not give does not hold the checkpoint up: the error of cosign is returned
// beside the checkpoint.
func (l *Log) Publish(ctx context.Context, cosign Cosign) (signed []byte, err error) {
	l.publishing.Lock()
	defer l.publishing.Unlock()
	e, err := l.snapshot()
	if err != nil {
		return nil, err
	}
	if l.published != nil && l.publishedSize == e.size {
		return l.published, nil
	}
	fail := func(err error) ([]byte, error) {
		return nil, fmt.Errorf("checkpoint of %d entries: %w", e.size, err)
	}
	root, err := l.tree(ctx, e).root(e.size)
	if err != nil {
		return fail(err)
	}
	c := Checkpoint{Origin: l.signer.Name(), Size: e.size, Root: root}
	if signed, err = c.Sign(l.signer); err != nil {
		return fail(err)
	}
	var missing error
	if cosign != nil {
		var lines []byte
		lines, missing = cosign(ctx, signed, c, func(old int64) (tlog.TreeProof, error) {
			if old < 1 || old > e.size {
				return nil, fmt.Errorf("there is no proof from %d to %d entries", old, e.size)
			}
			return tlog.ProveTree(e.size, old, l.tree(ctx, e))
		})
		signed = append(signed, lines...)
	}
	if err := l.store.SetValue(ctx, CheckpointValue, signed); err != nil {
		return fail(err)
	}
	l.published, l.publishedSize = signed, e.size
	return signed, missing
}

// Checkpoint gives the last checkpoint that was published.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	l.publishing.Lock()
	defer l.publishing.Unlock()
	if l.published != nil {
		return l.published, nil
	}
	signed, err := l.store.Value(ctx, CheckpointValue)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("no checkpoint was published yet: %w", ErrNotFound)
	}
	return signed, err
}

// Prove gives the proof of an entry under the last checkpoint.
func (l *Log) Prove(ctx context.Context, index int64) (Proof, error) {
	fail := func(err error) (Proof, error) { return Proof{}, fmt.Errorf("proof of entry %d: %w", index, err) }
	signed, err := l.Checkpoint(ctx)
	if err != nil {
		return fail(err)
	}
	e, err := l.snapshot()
	if err != nil {
		return fail(err)
	}
	c, err := peekCheckpoint(signed)
	if err != nil {
		return fail(err)
	}
	if index < 0 || index >= c.Size {
		return fail(fmt.Errorf("the last checkpoint covers %d entries: %w", c.Size, ErrNotFound))
	}
	p := Proof{Index: index, Checkpoint: signed}
	for r, err := range l.store.Records(ctx, index, index+1) {
		if err != nil {
			return fail(err)
		}
		p.Entry = r.Data
	}
	if p.Path, err = tlog.ProveRecord(c.Size, index, l.tree(ctx, e)); err != nil {
		return fail(err)
	}
	return p, nil
}
