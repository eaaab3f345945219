// Package interop holds the ledger's formats against independent
// implementations of them.
package interop

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	fproof "github.com/transparency-dev/formats/proof"
	fwitness "github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
	"github.com/proviso-dev/proviso/witness"
)

// site is a log with a witness.
type site struct {
	log      *ledger.Log
	verifier note.Verifier
	policy   string
	vkey     string // the witness's
	secret   string
}

func newSite(t *testing.T, n int) (s site) {
	t.Helper()
	ctx := context.Background()
	skey, vkey, err := note.GenerateKey(nil, "log.example/proviso")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	if s.verifier, err = note.NewVerifier(vkey); err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if s.log, err = ledger.Open(ctx, store, signer, s.verifier); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		data, err := ledger.Encode(ledger.Entry{At: int64(i), Kind: "test", Body: fmt.Appendf(nil, `{"n":"%d"}`, i)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.log.Append(ledger.Record{Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.log.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if s.secret, s.vkey, err = ledger.CosignatureKey(nil, "witness.example"); err != nil {
		t.Fatal(err)
	}
	cosigner, err := ledger.NewCosigner(s.secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(t.TempDir(), cosigner, s.verifier)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	server := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	s.policy = "witness W " + s.vkey + " " + server.URL + "\ngroup G any W\nquorum G\n"
	policy, err := ledger.ParsePolicy("policy", []byte(s.policy))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.log.Publish(ctx, witness.NewCollector(server.Client(), policy).Cosign); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestProof: transparency-dev reads our proofs and writes the same bytes, and
// its verifiers accept what is in them.
func TestProof(t *testing.T) {
	s := newSite(t, 700)
	for _, i := range []int64{0, 1, 255, 256, 511, 699} {
		p, err := s.log.Prove(context.Background(), i)
		if err != nil {
			t.Fatal(err)
		}
		text := p.Marshal()
		var theirs fproof.TLogProof
		if err := theirs.Unmarshal(text); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(theirs.Marshal(), text) {
			t.Errorf("they write the proof as\n%s\nwe as\n%s", theirs.Marshal(), text)
		}
		cosigner, err := fnote.NewVerifierForCosignatureV1(s.vkey)
		if err != nil {
			t.Fatal(err)
		}
		c, _, n, err := flog.ParseCheckpoint(theirs.Checkpoint, s.verifier.Name(), s.verifier, cosigner)
		if err != nil || len(n.Sigs) != 2 {
			t.Fatalf("they find %v in the checkpoint, %v", n, err)
		}
		var path tlog.RecordProof
		for _, h := range theirs.Hashes {
			path = append(path, tlog.Hash(h))
		}
		if err := tlog.CheckRecord(path, int64(c.Size), tlog.Hash(c.Hash), int64(theirs.Index), tlog.RecordHash(theirs.ExtraData)); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
		policy, err := fwitness.ParsePolicy([]byte(s.policy))
		if err != nil {
			t.Fatal(err)
		}
		if !policy.Satisfied(theirs.Checkpoint) {
			t.Error("by their reading of the policy the witness did not cosign")
		}
	}
}

// TestTheirProofs: we read what transparency-dev writes.
func TestTheirProofs(t *testing.T) {
	s := newSite(t, 9)
	ours, err := s.log.Prove(context.Background(), 4)
	if err != nil {
		t.Fatal(err)
	}
	theirs := fproof.TLogProof{Index: 4, Checkpoint: ours.Checkpoint, ExtraData: ours.Entry}
	for _, h := range ours.Path {
		theirs.Hashes = append(theirs.Hashes, h)
	}
	p, err := ledger.ParseProof(theirs.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verify(s.verifier, nil); err != nil {
		t.Error(err)
	}
}

// TestTheirCosigner: their cosignatures with our key verify here.
func TestTheirCosigner(t *testing.T) {
	s := newSite(t, 2)
	theirs, err := fnote.NewSignerForCosignatureV1(s.secret)
	if err != nil {
		t.Fatal(err)
	}
	c := ledger.Checkpoint{Origin: "log.example/proviso", Size: 2}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, theirs)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ledger.NewCosignatureVerifier(s.vkey)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(signed, note.VerifierList(ours)); err != nil || len(n.Sigs) != 1 {
		t.Errorf("their cosignature: %v", err)
	}
}
