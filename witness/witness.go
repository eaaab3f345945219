// Package witness cosigns the checkpoints of other logs and refuses a fork
// (C2SP tlog-witness), and collects such cosignatures for a log of one's own.
//
// A witness remembers, for each log, the last checkpoint that it cosigned. It
// cosigns another one only with a proof that the log has grown and nothing
// before was changed. Whoever sees its signature knows that everybody who
// trusts this witness sees the same log.
package witness

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
)

// Witness cosigns checkpoints of the logs that it knows.
type Witness struct {
	signer note.Signer
	folder folder
	logs   map[string]*watched // by origin; fixed
}

// watched is a log with what the witness has seen of it.
type watched struct {
	verifier note.Verifier

	mu     sync.Mutex
	signed []byte // the last checkpoint with its cosignature; nil if none
	last   ledger.Checkpoint
}

// Refusal is why a checkpoint is not cosigned, with the HTTP status that the
// protocol has for it.
type Refusal struct {
	Status int
	// Size is the size of the last checkpoint, where the status is 409.
	Size   int64
	Reason string
}

func (r *Refusal) Error() string { return r.Reason }

// New opens a witness that keeps what it has seen in a folder. Signer is its
// key, logs are the keys of the logs that it watches.
func New(dir string, signer note.Signer, logs ...note.Verifier) (*Witness, error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	w := &Witness{signer: signer, folder: f, logs: map[string]*watched{}}
	for _, v := range logs {
		if w.logs[v.Name()] != nil {
			f.close()
			return nil, fmt.Errorf("witness: the log %s is named twice", v.Name())
		}
		l := &watched{verifier: v}
		l.signed, err = f.read(originHash(v.Name()))
		if err == nil && l.signed != nil {
			l.last, _, err = ledger.OpenCheckpoint(l.signed, v)
		}
		if err != nil {
			f.close()
			return nil, fmt.Errorf("witness: what was seen of %s: %w", v.Name(), err)
		}
		w.logs[v.Name()] = l
	}
	return w, nil
}

// Close gives the folder back.
func (w *Witness) Close() error { return w.folder.close() }

func originHash(origin string) string {
	h := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(h[:])
}

// Last gives the last checkpoint that was cosigned of the log whose origin has
// this hash, or nil.
func (w *Witness) Last(hash string) []byte {
	for origin, l := range w.logs {
		if originHash(origin) == hash {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.signed
		}
	}
	return nil
}

// Add checks a checkpoint against the last one of size old and cosigns it. It
// returns the signature line; an error that is a [*Refusal] is the log's
// fault.
func (w *Witness) Add(old int64, proof tlog.TreeProof, signed []byte) ([]byte, error) {
	origin, _, _ := bytes.Cut(signed, []byte("\n"))
	l := w.logs[string(origin)]
	if l == nil {
		return nil, &Refusal{Status: 404, Reason: fmt.Sprintf("the log %q is not known here", origin)}
	}
	c, n, err := ledger.OpenCheckpoint(signed, l.verifier)
	if err != nil {
		return nil, &Refusal{Status: 403, Reason: err.Error()}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.follows(old, proof, c); err != nil {
		return nil, err
	}
	// The note keeps the log's verified signature alone.
	cosigned, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}, w.signer)
	if err != nil {
		return nil, fmt.Errorf("cosign %s at %d entries: %w", c.Origin, c.Size, err)
	}
	// What was cosigned must be known before anybody is told.
	if err := w.folder.write(originHash(c.Origin), cosigned); err != nil {
		return nil, fmt.Errorf("keep the checkpoint of %s at %d entries: %w", c.Origin, c.Size, err)
	}
	l.signed, l.last = cosigned, c
	lines := bytes.Split(bytes.TrimSuffix(cosigned, []byte("\n")), []byte("\n"))
	for _, line := range lines {
		if bytes.HasPrefix(line, []byte("— "+w.signer.Name()+" ")) {
			return append(line, '\n'), nil
		}
	}
	return nil, errors.New("the cosignature is not on the note")
}

// follows checks that a checkpoint is the last one, grown.
func (l *watched) follows(old int64, proof tlog.TreeProof, c ledger.Checkpoint) error {
	refuse := func(status int, format string, args ...any) error {
		return &Refusal{Status: status, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case old > c.Size:
		return refuse(400, "the checkpoint has %d entries, fewer than the %d before", c.Size, old)
	case old != l.last.Size:
		return &Refusal{Status: 409, Size: l.last.Size, Reason: fmt.Sprintf("the last checkpoint cosigned has %d entries, not %d", l.last.Size, old)}
	case c.Size == 0 && c.Root != tlog.Hash(sha256.Sum256(nil)):
		return refuse(422, "the root of an empty log is not the hash of nothing")
	case old == 0:
		if len(proof) > 0 {
			return refuse(422, "a proof from 0 entries must be empty")
		}
		if c.Size == 0 || l.signed == nil || l.last.Size == 0 {
			return nil
		}
	case old == c.Size:
		if len(proof) > 0 || c.Root != l.last.Root {
			return refuse(422, "a fork: another root over the same %d entries was cosigned", c.Size)
		}
		return nil
	}
	if err := tlog.CheckTree(proof, c.Size, c.Root, old, l.last.Root); err != nil {
		return refuse(422, "a fork: the %d entries that were cosigned are not the first ones of these %d", old, c.Size)
	}
	return nil
}
