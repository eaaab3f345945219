package receipt_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/receipt"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/storage"
)

var update = flag.Bool("update", false, "write the published vectors anew")

// TestVector holds the published receipt and the keys to verify it with: what
// another implementation is tested against. All keys are made from fixed
// seeds, and are worth nothing.
func TestVector(t *testing.T) {
	f := newFixture(t)
	if *update {
		writeVector(t, f)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	log, err := note.NewVerifier(strings.TrimSpace(string(read("log.vkey"))))
	if err != nil {
		t.Fatal(err)
	}
	all, err := signature.ParseSigners("allowed_signers", read("allowed_signers"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := ledger.ParsePolicy("policy", read("policy"))
	if err != nil {
		t.Fatal(err)
	}
	text := read("import.tlog-proof")
	r, err := receipt.Verify(text, log, all, policy)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status.State != "in-force" || r.Status.Permit != "import" || len(r.Status.Acts) != 3 || len(r.Cosignatures) != 1 {
		t.Errorf("it shows %+v", r)
	}
	// No bit of a published receipt can change unnoticed.
	step := 1
	if testing.Short() {
		step = 97
	}
	for i := 0; i < 8*len(text); i += step {
		text[i/8] ^= 1 << (i % 8)
		if _, err := receipt.Verify(text, log, all, policy); err == nil {
			t.Errorf("bit %d of byte %d was flipped, and it verifies", i%8, i/8)
		}
		text[i/8] ^= 1 << (i % 8)
	}
}

func writeVector(t *testing.T, f fixture) {
	t.Helper()
	ctx := context.Background()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join("testdata", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, vkey, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), "log.example")
	if err != nil {
		t.Fatal(err)
	}
	write("log.vkey", []byte(vkey+"\n"))
	signers := ""
	for _, name := range []string{"miit", "mofcom", "ndrc"} {
		signers += name + " " + string(ssh.MarshalAuthorizedKey(f.keys[name].PublicKey()))
	}
	write("allowed_signers", []byte(signers))
	secret, public, err := ledger.CosignatureKey(bytes.NewReader(bytes.Repeat([]byte{9}, 64)), "witness.example")
	if err != nil {
		t.Fatal(err)
	}
	write("policy", []byte("witness W "+public+"\nquorum W\n"))
	cosigner, err := ledger.NewCosigner(secret, func() time.Time { return time.UnixMilli(now + 1000) })
	if err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	l, err := ledger.Open(ctx, store, f.log, f.verifier)
	if err != nil {
		t.Fatal(err)
	}
	body, err := ledger.Canonical(f.status(t, f.acts(t, "miit", "mofcom", "ndrc")))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		e := ledger.Entry{At: now, Kind: "other", Body: fmt.Appendf(nil, `{"n":"%d"}`, i)}
		if i == 3 {
			e = ledger.Entry{At: now, Kind: receipt.Kind, Body: body}
		}
		data, err := ledger.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(ledger.Record{Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = l.Publish(ctx, func(_ context.Context, _ []byte, c ledger.Checkpoint, _ func(int64) (tlog.TreeProof, error)) ([]byte, error) {
		signed, err := note.Sign(&note.Note{Text: c.Text()}, cosigner)
		return bytes.TrimPrefix(signed, []byte(c.Text()+"\n")), err
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Prove(ctx, 3)
	if err != nil {
		t.Fatal(err)
	}
	write("import.tlog-proof", p.Marshal())
}
