package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds how deep JSON may be nested.
const maxDepth = 64

// Canonical gives a value's JSON in the canonical form of RFC 8785: no space,
// members sorted, one way to write each string. It refuses numbers, which
// readers round to doubles, and null, which readers take for a member that is
// left out: quantities are decimal strings, and what has no value is not
// there.
func Canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("cannot write %T as JSON: %w", v, err)
	}
	return CanonicalJSON(b.Bytes())
}

// CanonicalJSON gives JSON text in canonical form, see [Canonical]. Members
// that are there twice and text that is not UTF-8 are refused.
func CanonicalJSON(text []byte) ([]byte, error) {
	value := jsontext.Value(bytes.Clone(text))
	if err := value.Canonicalize(); err != nil {
		return nil, fmt.Errorf("not JSON that has a canonical form: %w", err)
	}
	return value, CheckCanonical(value)
}

// firstDifference gives the first byte at which two texts differ, or -1.
func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}
