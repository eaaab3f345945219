package ledger_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/ledger"
)

var update = flag.Bool("update", false, "write the published vectors anew")

// entryVectors is the published file testdata/entries.json.
type entryVectors struct {
	Format string `json:"format"`
	Valid  []struct {
		Name    string          `json:"name"`
		At      string          `json:"at"`
		Kind    string          `json:"kind"`
		Body    json.RawMessage `json:"body"`
		Encoded string          `json:"encoded"`
		Leaf    string          `json:"leafHash"`
	} `json:"valid"`
	Invalid []struct {
		Name    string `json:"name"`
		Encoded string `json:"encoded"`
		Why     string `json:"why"`
	} `json:"invalid"`
}

func readVectors(t testing.TB) (v entryVectors) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "entries.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEntryVectors(t *testing.T) {
	v := readVectors(t)
	if len(v.Valid) == 0 || len(v.Invalid) == 0 {
		t.Fatal("there are no vectors")
	}
	for i, x := range v.Valid {
		ms, err := strconv.ParseInt(x.At, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		data, err := ledger.Encode(ledger.Entry{At: ms, Kind: x.Kind, Body: x.Body})
		if err != nil {
			t.Errorf("%s: %v", x.Name, err)
			continue
		}
		leaf := tlog.RecordHash(data)
		if *update {
			v.Valid[i].Encoded, v.Valid[i].Leaf = string(data), hex.EncodeToString(leaf[:])
			continue
		}
		if string(data) != x.Encoded {
			t.Errorf("%s: encoded as\n%s, must be\n%s", x.Name, data, x.Encoded)
		}
		if hex.EncodeToString(leaf[:]) != x.Leaf {
			t.Errorf("%s: leaf %x, must be %s", x.Name, leaf[:], x.Leaf)
		}
		if e, err := ledger.Decode(data); err != nil || e.At != ms || e.Kind != x.Kind {
			t.Errorf("%s: decoded as %+v, %v", x.Name, e, err)
		}
	}
	for _, x := range v.Invalid {
		_, err := ledger.Decode([]byte(x.Encoded))
		if err == nil {
			t.Errorf("%s: was decoded", x.Name)
		} else if x.Why == "" || !strings.Contains(err.Error(), x.Why) {
			t.Errorf("%s: refused because %q, must say %q", x.Name, err, x.Why)
		}
	}
	if *update {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("testdata", "entries.json"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCanonicalOrder is the example of RFC 8785, section 3.2.3: members are
// sorted by their UTF-16 code units.
func TestCanonicalOrder(t *testing.T) {
	in := `{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`
	out, err := ledger.CanonicalJSON([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, name := range []string{"Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew"} {
		i := strings.Index(string(out), name)
		if i <= at {
			t.Errorf("%s is not behind the one before in %s", name, out)
		}
		at = i
	}
}

// text is strings with what JSON escapes.
func text() *rapid.Generator[string] {
	return rapid.StringOf(rapid.RuneFrom([]rune("ab\"\\/<>&\n\t\x00\x7f é€😀\u2028\ufb33")))
}

func body(depth int) *rapid.Generator[any] {
	if depth == 0 {
		return rapid.Map(text(), func(s string) any { return s })
	}
	return rapid.OneOf(
		rapid.Map(text(), func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.SliceOfN(body(depth-1), 0, 4), func(s []any) any { return s }),
		rapid.Map(rapid.MapOfN(text(), body(depth-1), 0, 4), func(m map[string]any) any { return m }),
	)
}

// TestOneEncoding: an entry has one encoding, whatever form its body came in,
// and the encoding gives the entry back.
func TestOneEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.MapOfN(text(), body(3), 0, 5).Draw(t, "body")
		plain, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		spaced, err := json.MarshalIndent(value, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.Int64Range(0, 1<<62).Draw(t, "at")
		a, err := ledger.Encode(ledger.Entry{At: at, Kind: "test", Body: plain})
		if err != nil {
			t.Fatal(err)
		}
		b, err := ledger.Encode(ledger.Entry{At: at, Kind: "test", Body: spaced})
		if err != nil {
			t.Fatal(err)
		}
		if string(a) != string(b) {
			t.Fatalf("two encodings:\n%s\n%s", a, b)
		}
		e, err := ledger.Decode(a)
		if err != nil || e.At != at {
			t.Fatalf("decoded as %+v, %v", e, err)
		}
		var back map[string]any
		if err := json.Unmarshal(e.Body, &back); err != nil {
			t.Fatal(err)
		}
		if x, _ := json.Marshal(back); string(x) != string(plain) {
			t.Fatalf("the body was\n%s and is\n%s", plain, x)
		}
	})
}

func TestEntryTooLong(t *testing.T) {
	for _, c := range []struct {
		n  int
		ok bool
	}{{ledger.MaxEntry - len(`{"at":"1","body":{"x":""},"kind":"k","v":"1"}`), true}, {ledger.MaxEntry - len(`{"at":"1","body":{"x":""},"kind":"k","v":"1"}`) + 1, false}} {
		body := `{"x":"` + strings.Repeat("a", c.n) + `"}`
		data, err := ledger.Encode(ledger.Entry{At: 1, Kind: "k", Body: json.RawMessage(body)})
		if (err == nil) != c.ok {
			t.Errorf("a text of %d: %d bytes, %v", c.n, len(data), err)
		}
	}
}

// TestCommitmentIsHMAC compares with the standard library's HMAC-SHA-256.
func TestCommitmentIsHMAC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var salt [ledger.SaltSize]byte
		copy(salt[:], rapid.SliceOfN(rapid.Byte(), ledger.SaltSize, ledger.SaltSize).Draw(t, "salt"))
		text := rapid.StringN(0, 400, 600).Draw(t, "text")
		h := hmac.New(sha256.New, salt[:])
		h.Write([]byte(text))
		want := hex.EncodeToString(h.Sum(nil))
		if got := ledger.Commitment(salt, text); got != want {
			t.Fatalf("%q: %s, must be %s", text, got, want)
		}
		if !ledger.Opens(want, salt, text) || ledger.Opens(want, salt, text+"x") || ledger.Opens("0"+want[1:], salt, text) != (want[0] == '0') {
			t.Fatalf("%q: Opens is wrong", text)
		}
	})
}

func TestCommitmentHidesAndBinds(t *testing.T) {
	var one, two [ledger.SaltSize]byte
	two[31] = 1
	a := ledger.Commitment(one, "deepseek")
	if a == ledger.Commitment(two, "deepseek") {
		t.Error("the salt has no part in it")
	}
	if a == ledger.Commitment(one, "deepseeк") {
		t.Error("the text has no part in it")
	}
	if a != ledger.Commitment(one, "deepseek") || len(a) != 64 {
		t.Errorf("commitment %q", a)
	}
}

func FuzzDecode(f *testing.F) {
	v := readVectors(f)
	for _, x := range v.Valid {
		f.Add([]byte(x.Encoded))
	}
	for _, x := range v.Invalid {
		f.Add([]byte(x.Encoded))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ledger.Decode(data)
		if err != nil {
			return
		}
		again, err := ledger.Encode(e)
		if err != nil || string(again) != string(data) {
			t.Fatalf("%q was decoded and is encoded as %q, %v", data, again, err)
		}
	})
}
