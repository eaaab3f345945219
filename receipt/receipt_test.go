package receipt_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/receipt"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/storage"
)

const now = 1_770_000_000_000

type fixture struct {
	log      note.Signer
	verifier note.Verifier
	keys     map[string]ssh.Signer
	all      signature.Authorities
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), "log.example")
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{keys: map[string]ssh.Signer{}, all: signature.Authorities{}}
	if f.log, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	if f.verifier, err = note.NewVerifier(vkey); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"miit", "mofcom", "ndrc"} {
		s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i + 1)}, 32)))
		if err != nil {
			t.Fatal(err)
		}
		f.keys[name] = s
		f.all[name] = []signature.Key{{Public: s.PublicKey()}}
	}
	return f
}

var spec = signature.Hash([]byte("the text"))

var start = receipt.Start{Required: []string{"miit", "mofcom", "ndrc"}, Spec: spec, Version: "1"}

// acts gives endorsements by some authorities, one behind the other.
func (f fixture) acts(t testing.TB, by ...string) (all []receipt.Act) {
	t.Helper()
	last := ""
	for i, name := range by {
		a := signature.Act{Act: signature.Endorse, Permit: "import", Version: 1, Spec: spec, Previous: last}
		data, err := a.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		armored, err := signature.Sign(data, f.keys[name])
		if err != nil {
			t.Fatal(err)
		}
		last = signature.Hash(data)
		all = append(all, receipt.Act{Act: string(data), At: strconv.Itoa(now - 100 + i), By: name, Signature: string(armored)})
	}
	return all
}

// issue puts a status into a log of some entries and gives its receipt.
func (f fixture) issue(t testing.TB, s receipt.Status) []byte {
	t.Helper()
	ctx := context.Background()
	store, err := storage.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	l, err := ledger.Open(ctx, store, f.log, f.verifier)
	if err != nil {
		t.Fatal(err)
	}
	var index int64
	for i := range 40 {
		kind, body := "other", []byte(fmt.Sprintf(`{"n":"%d"}`, i))
		if i == 29 {
			kind = receipt.Kind
			if body, err = ledger.Canonical(s); err != nil {
				t.Fatal(err)
			}
		}
		data, err := ledger.Encode(ledger.Entry{At: now, Kind: kind, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Append(ledger.Record{Data: data})
		if err != nil {
			t.Fatal(err)
		}
		if i == 29 {
			index = c.Index
		}
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Publish(ctx, nil); err != nil {
		t.Fatal(err)
	}
	p, err := l.Prove(ctx, index)
	if err != nil {
		t.Fatal(err)
	}
	return p.Marshal()
}

func (f fixture) status(t testing.TB, acts []receipt.Act) receipt.Status {
	t.Helper()
	s, err := receipt.New("import", start, acts, now-1000, now+1000, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReceipt(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		by      []string
		state   string
		missing int
	}{{nil, "pending", 3}, {[]string{"miit", "mofcom"}, "pending", 1}, {[]string{"miit", "mofcom", "ndrc"}, "in-force", 0}} {
		r, err := receipt.Verify(f.issue(t, f.status(t, f.acts(t, c.by...))), f.verifier, f.all, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status.State != c.state || len(r.Missing) != c.missing || r.At.UnixMilli() != now || r.Index != 29 || r.Size != 40 {
			t.Errorf("endorsed by %v: %+v", c.by, r)
		}
	}
}

func TestDates(t *testing.T) {
	f := newFixture(t)
	acts := f.acts(t, "miit", "mofcom", "ndrc")
	for _, c := range []struct {
		from, until int64
		state       string
	}{{now, now + 1, "in-force"}, {now + 1, now + 2, "not-yet"}, {now - 2, now, "expired"}} {
		s, err := receipt.New("import", start, acts, c.from, c.until, now)
		if err != nil || s.State != c.state {
			t.Errorf("from %d until %d: %s, %v, must be %s", c.from-now, c.until-now, s.State, err, c.state)
		}
	}
}

// TestALogThatLies: the log's own signature does not make a false status true.
func TestALogThatLies(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		change func(*receipt.Status)
		want   string
	}{
		"a state":                   {func(s *receipt.Status) { s.State = "in-force" }, "the acts make it pending"},
		"a version":                 {func(s *receipt.Status) { s.Version = "2" }, "the acts make it version 1"},
		"another text":              {func(s *receipt.Status) { s.Spec = signature.Hash(nil) }, "the acts make it version 1"},
		"an act left out":           {func(s *receipt.Status) { s.Acts = s.Acts[1:] }, "it does not follow the last act"},
		"acts turned round":         {func(s *receipt.Status) { s.Acts[0], s.Acts[1] = s.Acts[1], s.Acts[0] }, "it does not follow the last act"},
		"an act twice":              {func(s *receipt.Status) { s.Acts = append(s.Acts, s.Acts[1]) }, "was recorded before"},
		"a forged signature":        {func(s *receipt.Status) { s.Acts[1].Signature = s.Acts[0].Signature }, "not one of the authority's"},
		"an act by another":         {func(s *receipt.Status) { s.Acts[1].By = "ndrc" }, "not one of the authority's"},
		"an unknown authority":      {func(s *receipt.Status) { s.Acts[1].By = "nobody" }, "is not among those given"},
		"a required one left out":   {func(s *receipt.Status) { s.Start.Required, s.State = s.Start.Required[:1], "in-force" }, "does not name this authority"},
		"an act of the future":      {func(s *receipt.Status) { s.Acts[1].At = strconv.Itoa(now + 1) }, "after the status"},
		"another permit's acts":     {func(s *receipt.Status) { s.Permit = "export" }, "it is on another permit"},
		"dates that end before now": {func(s *receipt.Status) { s.Until = strconv.Itoa(now - 1) }, "the acts make it expired"},
	} {
		s := f.status(t, f.acts(t, "miit", "mofcom"))
		c.change(&s)
		if _, err := receipt.Verify(f.issue(t, s), f.verifier, f.all, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, must say %q", name, err, c.want)
		}
	}
	if _, err := receipt.Verify(f.issue(t, f.status(t, f.acts(t, "miit"))), f.verifier, nil, nil); err == nil {
		t.Error("without the authorities' keys a receipt with an act verifies")
	}
}

func TestNotAReceipt(t *testing.T) {
	f := newFixture(t)
	text := f.issue(t, f.status(t, nil))
	// Another entry of the same log.
	p, err := ledger.ParseProof(text)
	if err != nil {
		t.Fatal(err)
	}
	p.Entry = []byte(strings.Replace(string(p.Entry), receipt.Kind, "permit-story", 1))
	if _, err := receipt.Verify(p.Marshal(), f.verifier, f.all, nil); err == nil {
		t.Error("an entry that is not in the log verifies")
	}
	for _, bad := range []string{"", "x", base64.StdEncoding.EncodeToString(text)} {
		if _, err := receipt.Verify([]byte(bad), f.verifier, f.all, nil); err == nil {
			t.Errorf("%q verifies", bad)
		}
	}
}

func FuzzVerify(f *testing.F) {
	x := newFixture(f)
	f.Add(x.issue(f, x.status(f, x.acts(f, "miit"))))
	f.Fuzz(func(t *testing.T, text []byte) { _, _ = receipt.Verify(text, x.verifier, x.all, nil) })
}

// BenchmarkVerify: the receipt, and what each endorsement adds.
func BenchmarkVerify(b *testing.B) {
	x := newFixture(b)
	for _, by := range [][]string{nil, {"miit"}, {"miit", "mofcom", "ndrc"}} {
		text := x.issue(b, x.status(b, x.acts(b, by...)))
		b.Run(fmt.Sprintf("endorsements=%d", len(by)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := receipt.Verify(text, x.verifier, x.all, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
