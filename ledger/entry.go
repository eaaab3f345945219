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

// Decode reads an entry. It takes nothing but what [Encode] writes. The body
// shares its memory with data.
func Decode(data []byte) (Entry, error) {
	fail := func(format string, args ...any) (Entry, error) {
		if err := CheckCanonical(data); err != nil {
			return Entry{}, fmt.Errorf("not an entry: %w", err) // it says where
		}
		return Entry{}, fmt.Errorf("not an entry: "+format, args...)
	}
	if len(data) > MaxEntry {
		return Entry{}, fmt.Errorf("not an entry: it has %d bytes, at most %d fit", len(data), MaxEntry)
	}
	// All but the body has no choice: once the body is canonical, the whole is.
	rest, hasAt := bytes.CutPrefix(data, []byte(beforeAt))
	at, rest, hasBody := bytes.Cut(rest, []byte(beforeBody))
	if !hasAt || !hasBody {
		return fail("its members are not at, body, kind and v")
	}
	s := scanner{text: rest}
	if err := s.value(1); err != nil {
		return fail("its body: %w", err)
	}
	body, rest := rest[:s.at:s.at], rest[s.at:]
	rest, hasKind := bytes.CutPrefix(rest, []byte(beforeKind))
	kind, _, closed := bytes.Cut(rest, []byte{'"'})
	if !hasKind || !closed {
		return fail("its members are not at, body, kind and v")
	}
	if string(rest[len(kind):]) != afterKind {
		return fail("its version is not %s, or it has other members than at, body, kind and v", EntryVersion)
	}
	e := Entry{Kind: kindName(kind), Body: body}
	var ok bool
	if e.At, ok = instant(at); !ok {
		return fail("at is %q, must be milliseconds since 1970", at)
	}
	if err := checkEntry(e); err != nil {
		return fail("%w", err)
	}
	return e, nil
}

// instant reads an instant written in the one way that it can be.
func instant(text []byte) (int64, bool) {
	v, err := strconv.ParseInt(string(text), 10, 64)
	var again [20]byte
	return v, err == nil && string(strconv.AppendInt(again[:0], v, 10)) == string(text)
}

// kindName is a kind as a string. That of most entries needs no memory.
func kindName(kind []byte) string {
	if string(kind) == "submit" {
		return "submit"
	}
	return string(kind)
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
