package witness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxRequest = 64 << 10
	maxHashes  = 63
	sizeType   = "text/x.tlog.size"
)

// formatRequest writes the body of add-checkpoint.
func formatRequest(old int64, proof tlog.TreeProof, signed []byte) []byte {
	b := fmt.Appendf(nil, "old %d\n", old)
	for _, h := range proof {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), signed...)
}

// parseRequest reads the body of add-checkpoint.
func parseRequest(body []byte) (old int64, proof tlog.TreeProof, signed []byte, err error) {
	head, signed, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return 0, nil, nil, fmt.Errorf("there is no empty line before the checkpoint")
	}
	lines := bytes.Split(head, []byte("\n"))
	size, ok := bytes.CutPrefix(lines[0], []byte("old "))
	old, err = strconv.ParseInt(string(size), 10, 64)
	if !ok || err != nil || old < 0 || strconv.FormatInt(old, 10) != string(size) {
		return 0, nil, nil, fmt.Errorf("line 1 is not old with a size")
	}
	if len(lines)-1 > maxHashes {
		return 0, nil, nil, fmt.Errorf("the proof has %d hashes; at most %d are possible", len(lines)-1, maxHashes)
	}
	for i, line := range lines[1:] {
		raw, err := base64.StdEncoding.Strict().DecodeString(string(line))
		if err != nil || len(raw) != tlog.HashSize {
			return 0, nil, nil, fmt.Errorf("line %d is not a hash", i+2)
		}
		proof = append(proof, tlog.Hash(raw))
	}
	return old, proof, signed, nil
}
