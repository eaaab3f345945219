package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// EntryVersion is the version of the encoding that [Encode] writes.
const EntryVersion = "1"

// MaxEntry is the most bytes that an entry may have: C2SP tlog-tiles gives an
// entry's length 16 bits.
const MaxEntry = 1<<16 - 1

// Entry is a fact with the instant at which it was recorded.
type Entry struct {
	// At is when it was recorded, in milliseconds since 1970 UTC.
	At int64
	// Kind names what the body is: lower-case letters, digits and dashes.
	Kind string
	// Body is a JSON object without numbers and nulls.
	Body json.RawMessage
}

// The parts of an encoded entry, in their order. What stands between them
// has no quotes, but for the body.
const (
	beforeAt   = `{"at":"`
	beforeBody = `","body":`
	beforeKind = `,"kind":"`
	afterKind  = `","v":"` + EntryVersion + `"}`
)

// Encode gives the one encoding that an entry has: canonical JSON with the
// members at, body, kind and v.
func Encode(e Entry) ([]byte, error) {
	if err := checkEntry(e); err != nil {
		return nil, err
	}
	body := []byte(e.Body)
	if CheckCanonical(body) != nil {
		var err error
		if body, err = CanonicalJSON(body); err != nil {
			return nil, fmt.Errorf("entry of kind %s: %w", e.Kind, err)
		}
	}
	data := make([]byte, 0, len(beforeAt)+len(beforeBody)+len(beforeKind)+len(afterKind)+len(body)+len(e.Kind)+20)
	data = strconv.AppendInt(append(data, beforeAt...), e.At, 10)
	data = append(append(data, beforeBody...), body...)
	data = append(append(append(data, beforeKind...), e.Kind...), afterKind...)
	if len(data) > MaxEntry {
		return nil, fmt.Errorf("entry of kind %s: it has %d bytes, at most %d fit: split it, or commit to its parts by hash", e.Kind, len(data), MaxEntry)
	}
	return data, nil
}

// Decode reads an entry. It takes nothing but what [Encode] writes.
func Decode(data []byte) (Entry, error) {
	fail := func(format string, args ...any) (Entry, error) {
		return Entry{}, fmt.Errorf("not an entry: "+format, args...)
	}
	if len(data) > MaxEntry {
		return fail("it has %d bytes, at most %d fit", len(data), MaxEntry)
	}
	if err := CheckCanonical(data); err != nil {
		return fail("%w", err)
	}
	rest, hasAt := bytes.CutPrefix(data, []byte(beforeAt))
	at, rest, hasBody := bytes.Cut(rest, []byte(beforeBody))
	end := bytes.LastIndex(rest, []byte(beforeKind))
	if !hasAt || !hasBody || end < 0 {
		return fail("its members are not at, body, kind and v")
	}
	kind, ok := bytes.CutSuffix(rest[end+len(beforeKind):], []byte(afterKind))
	if !ok {
		return fail("its version is not %s, or it has other members than at, body, kind and v", EntryVersion)
	}
	e := Entry{Kind: string(kind), Body: rest[:end:end]}
	var err error
	if e.At, err = strconv.ParseInt(string(at), 10, 64); err != nil || strconv.FormatInt(e.At, 10) != string(at) {
		return fail("at is %q, must be milliseconds since 1970", at)
	}
	if err := checkEntry(e); err != nil {
		return fail("%w", err)
	}
	if err := CheckCanonical(e.Body); err != nil { // it is one value: what looks like the end is not inside it
		return fail("its members are not at, body, kind and v")
	}
	return e, nil
}

func checkEntry(e Entry) error {
	if !isKind(e.Kind) {
		return fmt.Errorf("the kind %q is not of lower-case letters, digits and dashes, from 1 to 63", e.Kind)
	}
	if e.At < 0 {
		return fmt.Errorf("kind %s: it is recorded before 1970", e.Kind)
	}
	if len(e.Body) == 0 || e.Body[0] != '{' {
		return fmt.Errorf("kind %s: the body is not a JSON object", e.Kind)
	}
	return nil
}

func isKind(s string) bool {
	if s == "" || len(s) > 63 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
