package server_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/server"
	"github.com/proviso-dev/proviso/signature"
)

// handClock stands still until it is set.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *handClock) pass(d time.Duration)                   { c.set(c.Now().Add(d)) }
func (c *handClock) Until(t calendar.Instant) time.Duration { return t.Time(time.UTC).Sub(c.Now()) }
func (c *handClock) Resume(calendar.Instant)                {}

// opening is when the fleets of the tests begin.
var opening = time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)

// fleet is a control plane on testdata/fleet.yaml that is served on loopback.
type fleet struct {
	log    slog.Handler
	t      testing.TB
	store  *memory
	disk   ledger.Store // in place of store, if it is set
	clock  server.Clock
	hand   *handClock // the clock, unless another one was given
	plane  *server.Plane
	server *server.Server
	http   *http.Server
	base   string
	tokens map[string]string
	who    server.Authenticator
	broke  chan error // what Plane.Run returned
	stop   func()
}

var authorities = []string{"board", "ministry", "council"}

// keyOf gives the key that follows from a name.
func keyOf(name string) ssh.Signer {
	seed := sha256.Sum256([]byte(name))
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err)
	}
	return signer
}

func publicOf(name string) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(keyOf(name).PublicKey())))
}

// documents are those of testdata/fleet.yaml with the authorities' keys. The
// board's old key, of the name board-old, counted in 2025.
func documents(t testing.TB) []*document.Document {
	t.Helper()
	text, err := os.ReadFile("testdata/fleet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range authorities {
		text = append(text, "---\napiVersion: proviso.dev/v1alpha1\nkind: Authority\nmetadata: {name: "+a+"}\nspec:\n  keys:\n  - {key: "+publicOf(a)+", from: 2026-01-01}\n"...)
		if a == "board" {
			text = append(text, "  - {key: "+publicOf("board-old")+", from: 2025-01-01, until: 2026-01-01}\n"...)
		}
	}
	return parsed(t, string(text))
}

func parsed(t testing.TB, text string) []*document.Document {
	t.Helper()
	docs, errs := document.Read("fleet.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return docs
}

// logKey makes the log's key from nothing but its name.
func logKey(t testing.TB) (note.Signer, note.Verifier, string) {
	t.Helper()
	secret, public, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), "example.com/fleet")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier, public
}

// newFleet begins a fleet and serves it.
func newFleet(t testing.TB) *fleet {
	t.Helper()
	hand := &handClock{now: opening}
	f := &fleet{t: t, store: newMemory(), clock: hand, hand: hand}
	f.who = f.makeTokens()
	f.serve()
	return f
}

// makeTokens makes a token of each role and two tenants'.
func (f *fleet) makeTokens() *access.Tokens {
	f.t.Helper()
	tokens, err := access.Open(f.t.TempDir())
	if err != nil {
		f.t.Fatal(err)
	}
	f.tokens = map[string]string{"": ""}
	for _, s := range []access.Spec{
		{Name: "operator", Role: access.Operator},
		{Name: "tenant-a", Role: access.Tenant, Scope: access.Scope{Tenants: []string{"a"}, EndUsers: []string{"team-a"}, Purposes: []string{"research"}}},
		{Name: "tenant-b", Role: access.Tenant, Scope: access.Scope{Tenants: []string{"b"}, EndUsers: []string{"team-b"}, Purposes: []string{"research"}}},
		{Name: "board", Role: access.Authority, Scope: access.Scope{Authority: "board"}},
		{Name: "council", Role: access.Authority, Scope: access.Scope{Authority: "council"}},
		{Name: "maker", Role: access.Supplier, Scope: access.Scope{Supplier: "maker"}},
		{Name: "auditor", Role: access.Auditor},
		{Name: "gate", Role: access.Gate, Scope: access.Scope{Tenants: []string{"a", "c"}, EndUsers: []string{access.Any}, Purposes: []string{access.Any}}},
	} {
		s.For = access.MaxLife
		secret, _, err := tokens.Create(s, opening.Add(-time.Hour))
		if err != nil {
			f.t.Fatal(err)
		}
		f.tokens[s.Name] = secret
	}
	return tokens
}

// serve opens the plane on the store and serves it on a free port.
func (f *fleet) serve() { f.t.Helper(); f.serveWith(func(*http.Server) {}) }

// serveWith serves with other bounds.
func (f *fleet) serveWith(change func(*http.Server)) {
	f.t.Helper()
	signer, verifier, public := logKey(f.t)
	ctx, cancel := context.WithCancel(context.Background())
	store := f.disk
	if store == nil {
		store = f.store
	}
	plane, err := server.OpenPlane(ctx, server.PlaneOptions{
		Store: store, Signer: signer, Verifier: verifier, Key: public, Clock: f.clock, Documents: documents(f.t),
	})
	if err != nil {
		cancel()
		f.t.Fatal(err)
	}
	f.plane, f.broke = plane, make(chan error, 1)
	var running sync.WaitGroup
	running.Go(func() { f.broke <- plane.Run(ctx) })
	f.server = server.New(plane, f.who, slog.New(cmp.Or[slog.Handler](f.log, slog.DiscardHandler)))
	f.http = f.server.HTTP()
	change(f.http)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		f.t.Fatal(err)
	}
	f.base = "http://" + l.Addr().String()
	running.Go(func() { _ = f.http.Serve(l) })
	f.stop = sync.OnceFunc(func() {
		f.server.Stop()
		end, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := f.http.Shutdown(end); err != nil {
			f.http.Close()
		}
		cancel()
		running.Wait()
	})
	f.t.Cleanup(f.stop)
}

// restart stops the server and opens another one on the same store.
func (f *fleet) restart() {
	f.t.Helper()
	f.stop()
	f.serve()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request as somebody. A body that is a string is sent as it is,
// any other as JSON. More are headers, name and value in turn.
func (f *fleet) ask(who, method, path string, body any, more ...string) answer {
	f.t.Helper()
	var in io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			f.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, f.base+path, in)
	if err != nil {
		f.t.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if secret := f.tokens[who]; secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	} else if who != "" {
		f.t.Fatalf("there is no token of %s", who)
	}
	for i := 0; i+1 < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, text}
}

// must sends a request that is to succeed, and reads the answer into out.
func (f *fleet) must(who, method, path string, body, out any, more ...string) answer {
	f.t.Helper()
	got := f.ask(who, method, path, body, more...)
	if got.status/100 != 2 {
		f.t.Fatalf("%s %s as %s: %d %s", method, path, who, got.status, got.body)
	}
	if out != nil {
		if err := json.Unmarshal(got.body, out); err != nil {
			f.t.Fatalf("%s %s: %v in %s", method, path, err, got.body)
		}
	}
	return got
}

// sign has an authority sign what the server says comes next on a permit.
func (f *fleet) sign(verb signature.Verb, permit, by string) api.Act {
	f.t.Helper()
	var c api.Canonical
	f.must("operator", "GET", "/v1/permits/"+permit+"/canonical?act="+string(verb), nil, &c)
	return api.Act{By: by, Act: c.Text, Signature: signed(f.t, c.Text, keyOf(by))}
}

func signed(t testing.TB, text string, key ssh.Signer) string {
	t.Helper()
	armored, err := signature.Sign([]byte(text), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(armored)
}

// endorse brings the permit charter into force.
func (f *fleet) endorse() {
	f.t.Helper()
	for _, by := range []string{"board", "ministry"} {
		f.must("operator", "POST", "/v1/permits/charter/acts", f.sign(signature.Endorse, "charter", by), nil)
	}
}

// receive puts the first lot into service.
func (f *fleet) receive() {
	f.t.Helper()
	f.must("operator", "POST", "/v1/lots/first/receive", api.Receive{Devices: 32}, nil)
}

// replay applies what is on record to a new state, and requires the same
// outcomes.
func (f *fleet) replay() *control.State {
	f.t.Helper()
	s := control.NewState()
	for i, r := range f.store.held() {
		e, err := ledger.Decode(r.Data)
		if err != nil {
			f.t.Fatalf("entry %d: %v", i, err)
		}
		d, err := control.ParseDisclosure(r.Disclosure)
		if err != nil {
			f.t.Fatalf("entry %d: %v", i, err)
		}
		if _, err := s.Replay(control.Read(e, d)); err != nil {
			f.t.Fatalf("entry %d: %v", i, err)
		}
	}
	return s
}
