package ledger_test

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/proviso-dev/proviso/ledger"
)

// FuzzCheckCanonical compares the check with a library's canonical form: a
// text is canonical if and only if canonicalising changes nothing, it has no
// number and no null, and is not nested too deep.
func FuzzCheckCanonical(f *testing.F) {
	v := readVectors(f)
	for _, x := range v.Valid {
		f.Add([]byte(x.Encoded))
	}
	for _, x := range v.Invalid {
		f.Add([]byte(x.Encoded))
	}
	for _, s := range []string{`{"é":"","😀":"","דּ":""}`, `{"a\n":"","b":true}`, `"\u001f\t"`, `["\u0009"]`, `{"":[]}`, `[,]`, `{"a":"\u007f"}`, "\"\xff\"", `tru`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value := jsontext.Value(bytes.Clone(text))
		want := value.Canonicalize() == nil && bytes.Equal(value, text)
		if want {
			d := jsontext.NewDecoder(bytes.NewReader(text))
			for {
				token, err := d.ReadToken()
				if err != nil {
					break
				}
				if token.Kind() == '0' || token.Kind() == 'n' || d.StackDepth() > 64 {
					want = false
				}
			}
		}
		if err := ledger.CheckCanonical(text); (err == nil) != want {
			t.Errorf("%q: %v; is canonical: %v", text, err, want)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(readVectors(b).Valid[2].Encoded)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ledger.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
