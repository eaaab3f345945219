package witness_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
	"github.com/proviso-dev/proviso/witness"
)

type keys struct {
	log    note.Signer
	logKey note.Verifier
	secret string // the witness's
	public string
}

func newKeys(t *testing.T) (k keys) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	if k.log, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	if k.logKey, err = note.NewVerifier(vkey); err != nil {
		t.Fatal(err)
	}
	if k.secret, k.public, err = ledger.CosignatureKey(nil, "witness.example"); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k keys) witness(t *testing.T, dir string) *witness.Witness {
	t.Helper()
	s, err := ledger.NewCosigner(k.secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(dir, s, k.logKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// newLog opens a log of n entries whose texts begin with prefix.
func (k keys) newLog(t *testing.T, prefix string, n int) *ledger.Log {
	t.Helper()
	s, err := storage.Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l, err := ledger.Open(context.Background(), s, k.log, k.logKey)
	if err != nil {
		t.Fatal(err)
	}
	grow(t, l, prefix, n)
	return l
}

func grow(t *testing.T, l *ledger.Log, prefix string, n int) {
	t.Helper()
	for i := range n {
		if _, err := l.Append(ledger.Record{Data: fmt.Appendf(nil, "%s %d", prefix, i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// serve starts the witness's HTTP service and gives a collector for it.
func (k keys) serve(t *testing.T, w *witness.Witness) (string, *witness.Collector) {
	t.Helper()
	server := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	policy, err := ledger.ParsePolicy("policy", []byte("witness W "+k.public+" "+server.URL+"\nquorum W\n"))
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, witness.NewCollector(server.Client(), policy)
}

func (k keys) verify(t *testing.T, signed []byte) ledger.Checkpoint {
	t.Helper()
	v, err := ledger.NewCosignatureVerifier(k.public)
	if err != nil {
		t.Fatal(err)
	}
	c, n, err := ledger.OpenCheckpoint(signed, k.logKey, v)
	if err != nil || len(n.Sigs) != 2 {
		t.Fatalf("the checkpoint is not cosigned: %v\n%s", err, signed)
	}
	return c
}

func TestCosignsALogThatGrows(t *testing.T) {
	ctx := context.Background()
	k := newKeys(t)
	w := k.witness(t, t.TempDir())
	url, collector := k.serve(t, w)
	l := k.newLog(t, "a", 3)
	for _, more := range []int{0, 1, 300, 7} {
		grow(t, l, "more", more)
		signed, err := l.Publish(ctx, collector.Cosign)
		if err != nil {
			t.Fatal(err)
		}
		if c := k.verify(t, signed); c.Size != l.Size() {
			t.Errorf("cosigned %d entries of %d", c.Size, l.Size())
		}
	}
	h := sha256.Sum256([]byte("log.example"))
	answer, err := http.Get(url + "/" + hex.EncodeToString(h[:]) + "/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if c := k.verify(t, text); c.Size != 311 {
		t.Errorf("the witness shows a checkpoint of %d entries, must be of 311", c.Size)
	}
}

// TestRefusesAFork: another log under the same key is cosigned neither at the
// same size nor grown, also after the witness was started anew.
func TestRefusesAFork(t *testing.T) {
	ctx := context.Background()
	k := newKeys(t)
	dir := t.TempDir()
	w := k.witness(t, dir)
	_, collector := k.serve(t, w)
	if _, err := k.newLog(t, "a", 300).Publish(ctx, collector.Cosign); err != nil {
		t.Fatal(err)
	}
	w.Close()
	w = k.witness(t, dir)
	_, collector = k.serve(t, w)
	for n, want := range map[int]string{300: "a fork", 301: "a fork", 600: "a fork", 10: "rolled back"} {
		signed, err := k.newLog(t, "b", n).Publish(ctx, collector.Cosign)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a fork of %d entries: %v", n, err)
		}
		if bytes.Contains(signed, []byte("witness.example")) {
			t.Errorf("a fork of %d entries is cosigned", n)
		}
	}
}

// TestRefusals is the table of the protocol's answers.
func TestRefusals(t *testing.T) {
	ctx := context.Background()
	k := newKeys(t)
	w := k.witness(t, t.TempDir())
	url, collector := k.serve(t, w)
	l := k.newLog(t, "a", 5)
	five, err := l.Publish(ctx, collector.Cosign)
	if err != nil {
		t.Fatal(err)
	}
	five = five[:bytes.Index(five, []byte("— witness"))]
	other := newKeys(t)
	forged, err := other.newLog(t, "a", 9).Publish(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := ledger.Checkpoint{Origin: "log.example"}.Sign(k.log)
	if err != nil {
		t.Fatal(err)
	}
	unknown := bytes.ReplaceAll(five, []byte("log.example"), []byte("other.example"))
	hash := strings.Repeat("A", 43) + "="
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"the same again":           {"old 5\n\n" + string(five), 200},
		"an unknown log":           {"old 0\n\n" + string(unknown), 404},
		"a forged signature":       {"old 5\n\n" + string(forged), 403},
		"a signature that changed": {"old 5\n\n" + strings.Replace(string(five), "\n5\n", "\n6\n", 1), 403},
		"an old size past the new": {"old 6\n\n" + string(five), 400},
		"another old size":         {"old 4\n\n" + string(five), 409},
		"no old size":              {"\n\n" + string(five), 400},
		"a size with a zero":       {"old 05\n\n" + string(five), 400},
		"no empty line":            {"old 5\n" + string(five[:20]), 400},
		"a line that is no hash":   {"old 5\nx\n\n" + string(five), 400},
		"a proof too long":         {"old 5\n" + strings.Repeat(hash+"\n", 64) + "\n" + string(five), 400},
		"a proof where none is":    {"old 5\n" + hash + "\n\n" + string(five), 422},
		"an empty log, rolled":     {"old 0\n\n" + string(empty), 409},
		"nothing":                  {"", 400},
	} {
		answer, err := http.Post(url+"/add-checkpoint", "text/plain", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s: %s, must be %d: %s", name, answer.Status, c.status, text)
		}
		if c.status == 409 && (string(text) != "5\n" || answer.Header.Get("Content-Type") != "text/x.tlog.size") {
			t.Errorf("%s: %q of type %q", name, text, answer.Header.Get("Content-Type"))
		}
	}
	fresh := newKeys(t)
	emptyFresh, err := ledger.Checkpoint{Origin: "log.example"}.Sign(fresh.log)
	if err != nil {
		t.Fatal(err)
	}
	var refusal *witness.Refusal
	if _, err := fresh.witness(t, t.TempDir()).Add(0, nil, emptyFresh); !errors.As(err, &refusal) || refusal.Status != 422 {
		t.Errorf("an empty log with a root of zeros: %v", err)
	}
	if _, err := fresh.witness(t, t.TempDir()).Add(0, tlog.TreeProof{{}}, five); !errors.As(err, &refusal) || refusal.Status != 403 {
		t.Errorf("the checkpoint of a log with another key: %v", err)
	}
}

func TestOneWitnessAFolder(t *testing.T) {
	k := newKeys(t)
	dir := filepath.Join(t.TempDir(), "w")
	k.witness(t, dir)
	s, err := ledger.NewCosigner(k.secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := witness.New(dir, s, k.logKey); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second witness in the folder: %v", err)
	}
}

// TestRace: of many that submit different trees of one size at once, one is
// cosigned.
func TestRace(t *testing.T) {
	k := newKeys(t)
	w := k.witness(t, t.TempDir())
	var wg sync.WaitGroup
	var mu sync.Mutex
	cosigned := 0
	for i := range 16 {
		signed, err := ledger.Checkpoint{Origin: "log.example", Size: 8, Root: tlog.Hash{byte(i)}}.Sign(k.log)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			if _, err := w.Add(0, nil, signed); err == nil {
				mu.Lock()
				cosigned++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if cosigned != 1 {
		t.Errorf("%d forks were cosigned", cosigned)
	}
}

func TestNothingIsCosignedThatIsNotKept(t *testing.T) {
	k := newKeys(t)
	dir := t.TempDir()
	w := k.witness(t, dir)
	signed, err := k.newLog(t, "a", 2).Publish(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add(0, nil, signed); err != nil {
		t.Fatal(err)
	}
	// The state of a witness that cannot be read is no state of "none".
	files, err := filepath.Glob(filepath.Join(dir, "*.checkpoint"))
	if err != nil || len(files) != 1 {
		t.Fatalf("kept files: %v, %v", files, err)
	}
	w.Close()
	damage(t, files[0])
	s, err := ledger.NewCosigner(k.secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := witness.New(dir, s, k.logKey); err == nil {
		t.Error("a witness whose record is damaged starts as if it had seen nothing")
	}
}

func damage(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
