package audit_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/audit"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/storage"
)

const documents = `
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: board}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec: {vendor: example, peak: [{precision: bf16, tera: 1000, source: example}], power: {value: 700, source: example}}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 64}]
  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: Europe/Berlin}
  endorsements: {required: [board]}
  conditions:
  - name: hours
    limit: {measure: deviceHours, per: endUser, atMost: 1000h, over: month}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall, quantity: 64, permits: [charter]}
`

// life is a ledger as an operator has it: entries with what opens them, and the
// log's key, with which it can sign whatever it likes.
type life struct {
	t       *testing.T
	entries []ledger.Record
	log     note.Verifier
	signer  note.Signer
}

// live records the life of a small fleet.
func live(t *testing.T) *life {
	t.Helper()
	secret, public, err := note.GenerateKey(strings.NewReader(strings.Repeat("k", 64)), "example.com/fleet")
	if err != nil {
		t.Fatal(err)
	}
	l := &life{t: t}
	if l.signer, err = note.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	if l.log, err = note.NewVerifier(public); err != nil {
		t.Fatal(err)
	}
	docs, errs := document.Read("documents", []byte(documents))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	seed := sha256.Sum256([]byte("board"))
	board, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(board.PublicKey())))
	if err := docs[0].Set("spec.keys", []any{map[string]any{"key": key, "from": "2020-01-01"}}); err != nil {
		t.Fatal(err)
	}
	at := calendar.Of(time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC))
	s := control.NewState()
	add := func(f control.Fact, d *control.Disclosure) {
		t.Helper()
		for at += 1000; s.Next() <= at; {
			l.add(t, s, at, new(control.Tick), nil)
		}
		l.add(t, s, at, f, d)
	}
	begin, err := control.Beginning("example.com/fleet", false, docs, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range begin {
		add(f, nil)
	}
	a, err := s.NextAct(signature.Endorse, "charter", "")
	if err != nil {
		t.Fatal(err)
	}
	text, err := a.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	armored, err := signature.Sign(text, board)
	if err != nil {
		t.Fatal(err)
	}
	act := &control.Act{Act: string(text), Signature: string(armored)}
	act.By = "board"
	add(act, nil)
	for i, hours := range []int64{20, 20, 20, 5} {
		d := control.Disclosure{"endUser": {Salt: strings.Repeat("0", 63) + string(rune('0'+i)), Text: "team-a"}}
		var salt [ledger.SaltSize]byte
		salt[ledger.SaltSize-1] = byte(i)
		add(&control.Submit{EndUser: ledger.Commitment(salt, "team-a"), Min: "16", Max: "16", Limit: ms(hours)}, &d)
	}
	add(&control.End{Job: "1"}, nil)
	status, err := s.NewStatus("charter", at+1000)
	if err != nil {
		t.Fatal(err)
	}
	add(status, nil)
	return l
}

func ms(hours int64) string {
	b, _ := json.Marshal(hours * 3_600_000)
	return string(b)
}

func (l *life) add(t *testing.T, s *control.State, at calendar.Instant, f control.Fact, d *control.Disclosure) {
	t.Helper()
	a, err := s.Apply(at, f, d)
	if err != nil {
		t.Fatalf("%s: %v", f.Kind(), err)
	}
	l.record(ledger.Entry{At: int64(at), Kind: f.Kind(), Body: slices.Clone(a.Body)}, d)
}

func (l *life) record(e ledger.Entry, d *control.Disclosure) {
	l.t.Helper()
	data, err := ledger.Encode(e)
	if err != nil {
		l.t.Fatal(err)
	}
	r := ledger.Record{Data: data}
	if d != nil {
		if r.Disclosure, err = json.Marshal(d); err != nil {
			l.t.Fatal(err)
		}
	}
	l.entries = append(l.entries, r)
}

// audit writes the entries into a store, signs them as the log, and audits.
func (l *life) audit(o audit.Options) *audit.Report {
	l.t.Helper()
	ctx := context.Background()
	store, err := storage.Open(ctx, l.t.TempDir())
	if err != nil {
		l.t.Fatal(err)
	}
	defer store.Close()
	log, err := ledger.Open(ctx, store, l.signer, l.log)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, r := range l.entries {
		if _, err := log.Append(r); err != nil {
			l.t.Fatal(err)
		}
	}
	if err := log.Flush(ctx); err != nil {
		l.t.Fatal(err)
	}
	if _, err := log.Publish(ctx, nil); err != nil {
		l.t.Fatal(err)
	}
	o.Log = l.log
	r, err := audit.Run(ctx, store, o)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// find gives the position of the k-th entry of a kind.
func (l *life) find(kind string, k int) int {
	l.t.Helper()
	for i, r := range l.entries {
		e, err := ledger.Decode(r.Data)
		if err != nil {
			l.t.Fatal(err)
		}
		if e.Kind == kind {
			if k == 0 {
				return i
			}
			k--
		}
	}
	l.t.Fatalf("no such entry of the kind %s", kind)
	return -1
}

// change rewrites an entry: an operator that holds the log's key can.
func (l *life) change(i int, old, new string) {
	l.t.Helper()
	text := strings.Replace(string(l.entries[i].Data), old, new, 1)
	if text == string(l.entries[i].Data) {
		l.t.Fatalf("entry %d has no %q: %s", i, old, text)
	}
	l.entries[i].Data = []byte(text)
}

func TestCleanLedger(t *testing.T) {
	l := live(t)
	r := l.audit(audit.Options{})
	if len(r.Findings) > 0 || r.NotRecomputed != 0 || r.Recomputed != r.Entries || r.Signatures != 1 || r.Sealed != -1 || r.Log != "example.com/fleet" {
		t.Fatalf("%+v", r)
	}
}

// TestCheating is a table of what an operator with the log's key could write.
// Each is found, at its entry.
func TestCheating(t *testing.T) {
	for _, c := range []struct {
		name  string
		cheat func(l *life) int
		says  string
	}{
		{"a verdict that was not", func(l *life) int {
			// The fourth job exceeds the month's hours: it was held.
			i := l.find("submit", 3)
			l.change(i, `"outcome":"hold"}}},"kind"`, `"outcome":"admit"}}},"kind"`)
			return i
		}, "not what follows"},
		{"another hash of the reasons", func(l *life) int {
			i := l.find("submit", 0)
			e := string(l.entries[i].Data)
			at := strings.Index(e, `"hash":"`) + len(`"hash":"`)
			l.change(i, e[at:at+8], "00000000")
			return i
		}, "not what follows"},
		{"a start that is left out", func(l *life) int {
			i := l.find("submit", 1)
			e := string(l.entries[i].Data)
			from, to := strings.Index(e, `"effects":[`), strings.Index(e, `],"job"`)
			l.change(i, e[from:to+2], "")
			return i
		}, "not what follows"},
		{"a limit that was shorter", func(l *life) int {
			i := l.find("submit", 0)
			l.change(i, `"limit":"72000000"`, `"limit":"36000000"`)
			return i
		}, "not what follows"},
		{"an entry that is left out", func(l *life) int {
			i := l.find("submit", 0)
			l.entries = append(l.entries[:i:i], l.entries[i+1:]...)
			return i
		}, "not what follows"},
		{"two entries in another order", func(l *life) int {
			i := l.find("submit", 0)
			l.entries[i], l.entries[i+1] = l.entries[i+1], l.entries[i]
			return i
		}, "not what follows"},
		{"an endorsement by nobody", func(l *life) int {
			i := l.find("act", 0)
			l.change(i, "-----BEGIN SSH SIGNATURE-----\\nU1", "-----BEGIN SSH SIGNATURE-----\\nV1")
			return i
		}, "act:"},
		{"an endorsement of another version", func(l *life) int {
			i := l.find("act", 0)
			l.change(i, `\"version\":\"1\"`, `\"version\":\"2\"`)
			return i
		}, "does not"},
		{"a status that was not", func(l *life) int {
			i := l.find("permit-status", 0)
			l.change(i, `"state":"in-force"`, `"state":"revoked"`)
			return i
		}, "permit-status:"},
		{"an end user that was not", func(l *life) int {
			i := l.find("submit", 2)
			l.entries[i].Disclosure = []byte(strings.Replace(string(l.entries[i].Disclosure), "team-a", "team-b", 1))
			return i
		}, "not what was committed to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := live(t)
			at := c.cheat(l)
			r := l.audit(audit.Options{})
			if len(r.Findings) == 0 {
				t.Fatal("nothing was found")
			}
			if f := r.Findings[0]; f.Entry != int64(at) || !strings.Contains(f.Message, c.says) {
				t.Fatalf("found %+v, want %q at entry %d", f, c.says, at)
			}
			if passed := int64(at) + 1; r.Recomputed > passed {
				// Those before it, and the permit's status behind it.
				t.Errorf("%d outcomes passed, at most %d can", r.Recomputed, passed)
			}
		})
	}
}

// TestSealed audits without what opens the commitments: verdicts on jobs are
// not recomputed, and never counted as passed.
func TestSealed(t *testing.T) {
	l := live(t)
	opened := map[int64]*control.Disclosure{}
	for i := range l.entries {
		d, err := control.ParseDisclosure(l.entries[i].Disclosure)
		if err != nil {
			t.Fatal(err)
		}
		if d != nil {
			opened[int64(i)] = d
		}
		l.entries[i].Disclosure = nil
	}
	first := int64(l.find("submit", 0))
	r := l.audit(audit.Options{})
	// The status of the permit does not rest on jobs.
	if len(r.Findings) > 0 || r.Sealed != first || r.Recomputed != first+1 || r.NotRecomputed != r.Entries-first-1 {
		t.Fatalf("%+v", r)
	}
	second := int64(l.find("submit", 1))
	part := map[int64]*control.Disclosure{first: opened[first]}
	if r = l.audit(audit.Options{Disclosures: part}); r.Sealed != second || r.Recomputed != second+1 {
		t.Fatalf("with the first one opened: %+v", r)
	}
	if r = l.audit(audit.Options{Disclosures: opened}); r.Sealed != -1 || r.Recomputed != r.Entries || len(r.Findings) > 0 {
		t.Fatalf("with all opened: %+v", r)
	}
}
