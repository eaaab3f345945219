// Package backup copies a ledger into one file, while its server runs, and
// makes a ledger from such a file, in SQLite or in PostgreSQL, wherever it came
// from.
//
// The file is a tar archive; docs/backup.md describes its members. It holds
// the entries with their disclosures, the last checkpoint, the log's public
// key and, if asked for, secret keys and tokens. Its last member lists the
// hash of each other one: a file that was cut off or changed is refused.
package backup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
)

// Format is the version of the file's format.
const Format = "proviso.dev/backup/v1alpha1"

// Header is a file's first member: what there is to know before reading on.
type Header struct {
	Format string `json:"format"`
	// Log is the name of the log.
	Log string `json:"log"`
	// Made is when the copy was begun.
	Made time.Time `json:"made"`
	// Entries is their number, as decimal text.
	Entries string `json:"entries"`
}

// Summary is what was copied.
type Summary struct {
	Log  string    `json:"log"`
	Made time.Time `json:"made"`
	// Entries is their number, Signed how many of them the checkpoint covers.
	Entries int64 `json:"entries"`
	Signed  int64 `json:"signed"`
	// Last is when the last entry was recorded; zero if there is none.
	Last time.Time `json:"last,omitzero"`
	// Keys are the names of the files with secrets that came along.
	Keys []string `json:"keys,omitempty"`
	// Bytes is the file's size.
	Bytes int64 `json:"bytes"`
}

// errUnsound says that what was to be copied is no sound ledger.
type errUnsound struct{ findings []ledger.Finding }

// Error names the first finding.
func (e *errUnsound) Error() string {
	f := e.findings[0]
	where := "the ledger"
	if f.Index >= 0 {
		where = fmt.Sprintf("entry %d", f.Index)
	}
	more := ""
	if n := len(e.findings); n > 1 {
		more = fmt.Sprintf(", and %d more findings", n-1)
	}
	return fmt.Sprintf("%s: %s%s: run proviso audit", where, f.Message, more)
}

// still is a ledger as it was at an instant, while it grows: entries never
// change, so its size and its checkpoint are all that must be kept.
type still struct {
	ledger.Reader
	size       int64
	checkpoint []byte // with the log's own signature alone
}

// hold notes how far a ledger is. The checkpoint is read before the size:
// entries are durable before they are signed. It gives the checkpoint as it is
// kept, with the signatures of witnesses, which nobody here knows.
func hold(ctx context.Context, from ledger.Reader, log note.Verifier) (s *still, signed []byte, c ledger.Checkpoint, err error) {
	signed, err = from.Value(ctx, ledger.CheckpointValue)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil, c, errors.New("nothing of the ledger is signed yet: start its server, or wait a second")
	}
	if err != nil {
		return nil, nil, c, fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	own, c, err := ownSignature(signed, log)
	if err != nil {
		return nil, nil, c, err
	}
	s = &still{Reader: from, checkpoint: own}
	s.size, err = from.Size(ctx)
	return s, signed, c, err
}

// ownSignature gives a checkpoint without the signatures of others.
func ownSignature(signed []byte, log note.Verifier) ([]byte, ledger.Checkpoint, error) {
	c, n, err := ledger.OpenCheckpoint(signed, log)
	if err != nil {
		return nil, c, err
	}
	var b strings.Builder
	b.WriteString(n.Text + "\n")
	for _, s := range n.Sigs {
		fmt.Fprintf(&b, "— %s %s\n", s.Name, s.Base64)
	}
	return []byte(b.String()), c, nil
}

func (s *still) Size(context.Context) (int64, error) { return s.size, nil }

func (s *still) Value(ctx context.Context, name string) ([]byte, error) {
	if name == ledger.CheckpointValue {
		return s.checkpoint, nil
	}
	return s.Reader.Value(ctx, name)
}

// Records reads in pieces: a store that is read for long in one go cannot tidy
// up behind its writer.
func (s *still) Records(ctx context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	const piece = 8192
	return func(yield func(ledger.Record, error) bool) {
		for ; from < to; from += piece {
			for r, err := range s.Reader.Records(ctx, from, min(to, from+piece)) {
				if err == nil {
					err = context.Cause(ctx)
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}
