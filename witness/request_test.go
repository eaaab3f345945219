package witness

import (
	"bytes"
	"testing"
)

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte("old 0\n\nlog.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"))
	f.Add([]byte("old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\nx"))
	f.Fuzz(func(t *testing.T, body []byte) {
		old, proof, signed, err := parseRequest(body)
		if err == nil && !bytes.Equal(formatRequest(old, proof, signed), body) {
			t.Fatalf("%q was read and is written as %q", body, formatRequest(old, proof, signed))
		}
	})
}
