package ledger

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says how large a log is and what the root of its tree is (C2SP
// tlog-checkpoint). Extension lines are neither written nor read.
type Checkpoint struct {
	// Origin names the log; its key has the same name.
	Origin string
	// Size is the number of entries.
	Size int64
	// Root is the root of the RFC 6962 tree over them.
	Root tlog.Hash
}

// strict64 takes one encoding of each text of bytes, so that no bit of it is
// without meaning.
var strict64 = base64.StdEncoding.Strict()

// Text gives the checkpoint as the text of a note.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, strict64.EncodeToString(c.Root[:]))
}

// ParseCheckpoint reads the text of a note as a checkpoint.
func ParseCheckpoint(text string) (Checkpoint, error) {
	fail := func(why string) (Checkpoint, error) {
		return Checkpoint{}, fmt.Errorf("not a checkpoint: %s", why)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return fail("it must have three lines: origin, size and root hash")
	}
	if lines[0] == "" || !utf8.ValidString(lines[0]) {
		return fail("the origin is empty or not UTF-8")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return fail(fmt.Sprintf("the size is %q", lines[1]))
	}
	root, err := strict64.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return fail("the root is not the base64 of 32 bytes")
	}
	c := Checkpoint{Origin: lines[0], Size: size}
	copy(c.Root[:], root)
	return c, nil
}

// Sign gives the checkpoint as a signed note.
func (c Checkpoint) Sign(signers ...note.Signer) ([]byte, error) {
	for _, s := range signers {
		if s.Name() != c.Origin {
			return nil, fmt.Errorf("cannot sign a checkpoint of %s with the key of %s", c.Origin, s.Name())
		}
	}
	return note.Sign(&note.Note{Text: c.Text()}, signers...)
}

// OpenCheckpoint verifies the log's signature on a checkpoint, and those of
// the witnesses that are known. It gives the note, whose Sigs are the
// signatures that were verified. Signatures by unknown keys are left out.
func OpenCheckpoint(signed []byte, log note.Verifier, witnesses ...note.Verifier) (Checkpoint, *note.Note, error) {
	fail := func(err error) (Checkpoint, *note.Note, error) {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint of %s: %w", log.Name(), err)
	}
	n, err := note.Open(signed, note.VerifierList(append([]note.Verifier{log}, witnesses...)...))
	if err != nil {
		return fail(err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return fail(err)
	}
	if c.Origin != log.Name() {
		return fail(fmt.Errorf("its origin is %s", c.Origin))
	}
	signedByLog := false
	for _, s := range n.Sigs {
		// note reads base64 whose last bits mean nothing.
		if _, err := strict64.DecodeString(s.Base64); err != nil {
			return fail(fmt.Errorf("the signature of %s is not written as base64 is: %w", s.Name, err))
		}
		signedByLog = signedByLog || s.Name == log.Name() && s.Hash == log.KeyHash()
	}
	if !signedByLog {
		return fail(fmt.Errorf("the log's own signature is not on it"))
	}
	return c, n, nil
}

// peekCheckpoint reads a checkpoint of one's own without verifying it.
func peekCheckpoint(signed []byte) (Checkpoint, error) {
	text, _, ok := bytes.Cut(signed, []byte("\n\n"))
	if !ok {
		return Checkpoint{}, fmt.Errorf("not a signed checkpoint")
	}
	return ParseCheckpoint(string(text) + "\n")
}

// CheckNote says what keeps a signed checkpoint from having nothing but what
// was verified: lines that no known key signed. n is the note as
// [OpenCheckpoint] gave it.
func CheckNote(signed []byte, n *note.Note) error {
	var b bytes.Buffer
	b.WriteString(n.Text + "\n")
	for _, s := range n.Sigs {
		fmt.Fprintf(&b, "— %s %s\n", s.Name, s.Base64)
	}
	if len(n.UnverifiedSigs) > 0 {
		return fmt.Errorf("it has a signature by %s, whose key %08x is not known", n.UnverifiedSigs[0].Name, n.UnverifiedSigs[0].Hash)
	}
	if i := firstDifference(b.Bytes(), signed); i >= 0 {
		return fmt.Errorf("its bytes from %d on are not those of the note", i)
	}
	return nil
}
