package usage_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/usage"
)

// book keeps a ledger under test: a control plane and the records of what it was
// told.
type book struct {
	t       testing.TB
	state   *control.State
	now     calendar.Instant
	records []ledger.Record
	lapsed  int // limits that were compared after a lapse
	keys    map[string]ssh.Signer
}

func newBook(t testing.TB, at, text string) *book {
	t.Helper()
	docs, errs := document.Read("test.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	b := &book{t: t, state: control.NewState(), now: instant(t, at), keys: map[string]ssh.Signer{}}
	for _, d := range docs {
		if d.Kind == "Authority" {
			seed := sha256.Sum256([]byte(d.Name))
			signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
			if err != nil {
				t.Fatal(err)
			}
			b.keys[d.Name] = signer
			public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
			if err := d.Set("spec.keys", []any{map[string]any{"key": public, "from": "2020-01-01"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	facts, err := control.Beginning("example.com/fleet", false, docs, b.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		b.tell(f, nil)
	}
	return b
}

func instant(t testing.TB, text string) calendar.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return calendar.Of(at)
}

// tell records a fact now, behind what is due.
func (b *book) tell(f control.Fact, d control.Disclosure) *control.Outcome {
	b.t.Helper()
	for b.state.Next() <= b.now {
		b.record(new(control.Tick), nil)
	}
	return b.record(f, d)
}

func (b *book) record(f control.Fact, d control.Disclosure) *control.Outcome {
	b.t.Helper()
	a, err := b.state.Apply(b.now, f, &d)
	if err != nil {
		b.t.Fatalf("%s: %v", f.Kind(), err)
	}
	data, err := ledger.Encode(ledger.Entry{At: int64(b.now), Kind: f.Kind(), Body: a.Body})
	if err != nil {
		b.t.Fatal(err)
	}
	r := ledger.Record{Data: data}
	if d != nil {
		if r.Disclosure, err = json.Marshal(d); err != nil {
			b.t.Fatal(err)
		}
	}
	b.records = append(b.records, r)
	return a.Outcome
}

// until lets time go on: everything happens when it is due.
func (b *book) until(at string) {
	b.t.Helper()
	to := instant(b.t, at)
	for b.state.Next() <= to {
		b.now = max(b.now, b.state.Next())
		b.record(new(control.Tick), nil)
	}
	b.now = to
}

func (b *book) act(verb signature.Verb, permit, by, spec string) {
	b.t.Helper()
	a, err := b.state.NextAct(verb, permit, spec)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := a.Canonical()
	if err != nil {
		b.t.Fatal(err)
	}
	armored, err := signature.Sign(text, b.keys[by])
	if err != nil {
		b.t.Fatal(err)
	}
	x := &control.Act{Act: string(text), Signature: string(armored)}
	x.By = by
	b.tell(x, nil)
}

// work is a job to submit.
type work struct {
	user, purpose, tenant string
	devices               int
	limit                 time.Duration
	sites, accelerators   []string
}

// submit submits a job and gives its number.
func (b *book) submit(w work) string {
	b.t.Helper()
	n := strconv.Itoa(w.devices)
	x := &control.Submit{Purpose: w.purpose, Tenant: w.tenant, Min: n, Max: n, Limit: strconv.FormatInt(w.limit.Milliseconds(), 10), Sites: w.sites, Accelerators: w.accelerators}
	x.By = "token-of-" + w.tenant
	var d control.Disclosure
	if w.user != "" {
		var salt [ledger.SaltSize]byte
		copy(salt[:], w.user+strconv.Itoa(len(b.records)))
		x.EndUser = ledger.Commitment(salt, w.user)
		d = control.Disclosure{"endUser": {Salt: hex.EncodeToString(salt[:]), Text: w.user}}
	}
	return b.tell(x, d).Job
}

func (b *book) end(job string) { b.t.Helper(); b.tell(&control.End{Job: job}, nil) }

// seal takes the disclosure of the record of a job's submission away.
func (b *book) seal(i int) { b.records[i].Disclosure = nil }

func (b *book) all() iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		for _, r := range b.records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (b *book) report(permit, window string) *usage.View {
	b.t.Helper()
	w, err := usage.ParseWindow(window)
	if err != nil {
		b.t.Fatal(err)
	}
	v, err := usage.Report(b.all(), usage.Query{Permit: permit, Window: w, At: b.now})
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// amend has the board put another version of a permit into effect: the text of
// the documents with changes, pairs of old and new.
func (b *book) amend(text, permit string, changes ...string) {
	b.t.Helper()
	docs, errs := document.Read("test.yaml", []byte(strings.NewReplacer(changes...).Replace(text)))
	if len(errs) > 0 {
		b.t.Fatal(errs)
	}
	for _, d := range docs {
		if d.Kind != "Permit" || d.Name != permit {
			continue
		}
		for b.state.Next() <= b.now {
			b.record(new(control.Tick), nil)
		}
		facts, err := b.state.Additions(b.now, d)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, f := range facts {
			b.tell(f, nil)
		}
		spec, err := control.SpecHash(d)
		if err != nil {
			b.t.Fatal(err)
		}
		b.act(signature.Amend, permit, "board", spec)
	}
}
