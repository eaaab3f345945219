package control_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
)

// fleet is a control plane under test, with the ledger that it writes.
type fleet struct {
	t       testing.TB
	s       *control.State
	now     calendar.Instant
	entries []ledger.Entry
	opened  []*control.Disclosure
	keys    map[string]ssh.Signer
	told    int
}

// newFleet begins a ledger with documents, given as YAML.
func newFleet(t testing.TB, at string, demo bool, text string) *fleet {
	t.Helper()
	docs, errs := document.Read("test.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	f := &fleet{t: t, s: control.NewState(), now: moment(t, at), keys: map[string]ssh.Signer{}}
	for _, d := range docs {
		if d.Kind == "Authority" {
			f.key(d)
		}
	}
	f.begin(demo, docs)
	return f
}

// loadFleet begins a ledger with an example's documents.
func loadFleet(t testing.TB, at string, paths ...string) *fleet {
	t.Helper()
	set, errs := catalog.Read(paths...)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	docs, err := set.Recorded()
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{t: t, s: control.NewState(), now: moment(t, at), keys: map[string]ssh.Signer{}}
	for _, d := range docs {
		if d.Kind == "Authority" {
			f.key(d)
		}
	}
	f.begin(true, docs)
	return f
}

func moment(t testing.TB, text string) calendar.Instant {
	t.Helper()
	m, err := calendar.ParseMoment(text)
	if err != nil {
		t.Fatal(err)
	}
	return m.In(time.UTC)
}

// key gives an authority a key that follows from its name.
func (f *fleet) key(d *document.Document) {
	seed := sha256.Sum256([]byte(d.Name))
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		f.t.Fatal(err)
	}
	f.keys[d.Name] = signer
	public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	if err := d.Set("spec.keys", []any{map[string]any{"key": public, "from": "2020-01-01"}}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fleet) begin(demo bool, docs []*document.Document) {
	f.t.Helper()
	facts, err := control.Beginning("example.com/fleet", demo, docs, f.now)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, x := range facts {
		f.apply(x, nil)
	}
}

// try applies a fact, behind what is due.
func (f *fleet) try(x control.Fact, d *control.Disclosure) (*control.Applied, error) {
	for f.s.Next() <= f.now {
		if err := f.record(new(control.Tick), nil); err != nil {
			f.t.Fatal(err)
		}
	}
	a, err := f.s.Apply(f.now, x, d)
	if err != nil {
		return nil, err
	}
	f.keep(x, a, d)
	return a, nil
}

func (f *fleet) record(x control.Fact, d *control.Disclosure) error {
	a, err := f.s.Apply(f.now, x, d)
	if err == nil {
		f.keep(x, a, d)
	}
	return err
}

func (f *fleet) keep(x control.Fact, a *control.Applied, d *control.Disclosure) {
	f.t.Helper()
	e := ledger.Entry{At: int64(f.now), Kind: x.Kind(), Body: slices.Clone(a.Body)}
	if _, err := ledger.Encode(e); err != nil {
		f.t.Fatal(err)
	}
	if want, err := ledger.Canonical(x); err != nil || string(want) != string(a.Body) {
		f.t.Fatalf("the body is not in canonical form:\n%s\nwant %s (%v)", a.Body, want, err)
	}
	f.entries, f.opened = append(f.entries, e), append(f.opened, d)
}

func (f *fleet) apply(x control.Fact, d *control.Disclosure) *control.Applied {
	f.t.Helper()
	a, err := f.try(x, d)
	if err != nil {
		f.t.Fatalf("%s: %v", x.Kind(), err)
	}
	return a
}

// pass lets time go on up to an instant: everything happens when it is due.
func (f *fleet) pass(d time.Duration) {
	f.t.Helper()
	until := f.now + calendar.Instant(d.Milliseconds())
	for f.s.Next() <= until {
		f.now = max(f.now, f.s.Next())
		if err := f.record(new(control.Tick), nil); err != nil {
			f.t.Fatal(err)
		}
	}
	f.now = until
}

// act signs and records an act on a permit.
func (f *fleet) act(verb signature.Verb, permit, by string, spec string) error {
	f.t.Helper()
	a, err := f.s.NextAct(verb, permit, spec)
	if err != nil {
		return err
	}
	text, err := a.Canonical()
	if err != nil {
		return err
	}
	armored, err := signature.Sign(text, f.keys[by])
	if err != nil {
		f.t.Fatal(err)
	}
	x := &control.Act{Act: string(text), Signature: string(armored)}
	x.By = by
	_, err = f.try(x, nil)
	return err
}

// job gives a submission for an end user, with its disclosure.
func job(endUser, purpose string, devices int, hours int) (*control.Submit, *control.Disclosure) {
	x := &control.Submit{Purpose: purpose, Min: dec(devices), Max: dec(devices), Limit: dec(hours * 3_600_000), Checkpoint: dec(3_600_000)}
	if endUser == "" {
		return x, nil
	}
	var salt [ledger.SaltSize]byte
	copy(salt[:], endUser)
	x.EndUser = ledger.Commitment(salt, endUser)
	return x, &control.Disclosure{"endUser": {Salt: hex.EncodeToString(salt[:]), Text: endUser}}
}

func dec(n int) string { return string(appendInt(nil, n)) }

func appendInt(b []byte, n int) []byte {
	if n >= 10 {
		b = appendInt(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// replay applies what was recorded to a new state.
func (f *fleet) replay() {
	f.t.Helper()
	s := control.NewState()
	for i, e := range f.entries {
		if _, err := s.Replay(control.Read(e, f.opened[i])); err != nil {
			f.t.Fatalf("entry %d: %v", i, err)
		}
	}
	if s.Next() != f.s.Next() || s.At() != f.s.At() {
		f.t.Fatalf("replayed up to %d, next %d; want %d, next %d", s.At(), s.Next(), f.s.At(), f.s.Next())
	}
}
