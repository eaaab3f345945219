package ledger

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	maxProof    = 1 << 20 // bytes of a proof's text
	maxHashes   = 63      // a path in a tree of less than 2^63 leaves
)

// Proof shows, offline, that an entry is in a log (C2SP tlog-proof). The entry
// stands in the proof's extra line; it counts because its hash leads to the
// root in the checkpoint.
type Proof struct {
	// Entry is the encoded entry.
	Entry []byte
	// Index is its position in the log.
	Index int64
	// Path is the inclusion proof, from the leaf's sibling up.
	Path tlog.RecordProof
	// Checkpoint is the signed note, with cosignatures.
	Checkpoint []byte
}

// Marshal writes the proof.
func (p Proof) Marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofHeader, strict64.EncodeToString(p.Entry), p.Index)
	for _, h := range p.Path {
		b.WriteString(strict64.EncodeToString(h[:]) + "\n")
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof reads a proof. It takes nothing but what [Proof.Marshal] writes.
func ParseProof(text []byte) (Proof, error) {
	fail := func(format string, args ...any) (Proof, error) {
		return Proof{}, fmt.Errorf("not a proof: "+format, args...)
	}
	if len(text) > maxProof {
		return fail("it has %d bytes; at most %d are read", len(text), maxProof)
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return fail("there is no empty line before the checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != proofHeader {
		return fail("line 1 is not %s", proofHeader)
	}
	if len(lines) < 3 {
		return fail("the lines extra and index are missing")
	}
	var p Proof
	extra, ok := strings.CutPrefix(lines[1], "extra ")
	if !ok {
		return fail("line 2 is not extra with the entry")
	}
	var err error
	if p.Entry, err = strict64.DecodeString(extra); err != nil {
		return fail("line 2: %v", err)
	}
	index, ok := strings.CutPrefix(lines[2], "index ")
	if p.Index, err = strconv.ParseInt(index, 10, 64); !ok || err != nil || p.Index < 0 || strconv.FormatInt(p.Index, 10) != index {
		return fail("line 3 is not index with a position")
	}
	if len(lines)-3 > maxHashes {
		return fail("the path has %d hashes; at most %d are possible", len(lines)-3, maxHashes)
	}
	for i, line := range lines[3:] {
		raw, err := strict64.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return fail("line %d is not a hash", i+4)
		}
		p.Path = append(p.Path, tlog.Hash(raw))
	}
	p.Checkpoint = checkpoint
	if !bytes.Equal(p.Marshal(), text) {
		return fail("it is not written the one way that it can be")
	}
	return p, nil
}

// Verified is what a proof shows.
type Verified struct {
	Entry      Entry
	Index      int64
	Checkpoint Checkpoint
	// Cosignatures are those of known witnesses.
	Cosignatures []note.Signature
}

// Verify checks the entry's encoding, its path to the root, the log's
// signature on the checkpoint and, with a policy, that its quorum of
// witnesses cosigned.
func (p Proof) Verify(log note.Verifier, policy *Policy) (*Verified, error) {
	e, err := Decode(p.Entry)
	if err != nil {
		return nil, err
	}
	var witnesses []note.Verifier
	if policy != nil {
		witnesses = policy.Verifiers()
	}
	c, n, err := OpenCheckpoint(p.Checkpoint, log, witnesses...)
	if err != nil {
		return nil, err
	}
	if p.Index >= c.Size {
		return nil, fmt.Errorf("entry %d is not in a log of %d entries", p.Index, c.Size)
	}
	if err := tlog.CheckRecord(p.Path, c.Size, c.Root, p.Index, tlog.RecordHash(p.Entry)); err != nil {
		return nil, fmt.Errorf("entry %d: its path does not lead to the root in the checkpoint: the entry, the path or the checkpoint was changed", p.Index)
	}
	v := &Verified{Entry: e, Index: p.Index, Checkpoint: c}
	for _, s := range n.Sigs {
		if s.Name != log.Name() || s.Hash != log.KeyHash() {
			v.Cosignatures = append(v.Cosignatures, s)
		}
	}
	if policy != nil {
		if err := policy.Check(v.Cosignatures); err != nil {
			return nil, fmt.Errorf("checkpoint of %d entries: %w", c.Size, err)
		}
	}
	return v, nil
}
