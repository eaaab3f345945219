package ledger_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/ledger"
)

// witnessed publishes a log of n entries under the cosignatures of signers.
func witnessed(t testing.TB, s ledger.Store, n int, signers ...note.Signer) *ledger.Log {
	t.Helper()
	l := fill(t, s, n)
	_, err := l.Publish(context.Background(), func(_ context.Context, signed []byte, c ledger.Checkpoint, _ func(int64) (tlog.TreeProof, error)) ([]byte, error) {
		both, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
		return bytes.TrimPrefix(both, []byte(c.Text()+"\n")), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestProofVector holds the published proof: the bytes of a log of 300 entries
// with one cosignature, and what it shows.
func TestProofVector(t *testing.T) {
	_, verifier := logKey(t)
	w, _, vkey := cosigner(t, "witness.example", 2)
	policy, err := ledger.ParsePolicy("policy", []byte("witness W "+vkey+"\nquorum W\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := witnessed(t, newMemory(), 300, w).Prove(context.Background(), 123)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("testdata", "entry-123.tlog-proof")
	if *update {
		if err := os.WriteFile(name, p.Marshal(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Marshal(), text) {
		t.Errorf("the proof is\n%s\nmust be\n%s", p.Marshal(), text)
	}
	p, err = ledger.ParseProof(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Verify(verifier, policy)
	if err != nil {
		t.Fatal(err)
	}
	if v.Index != 123 || v.Checkpoint.Size != 300 || string(p.Entry) != string(entry(t, 123)) || len(v.Cosignatures) != 1 {
		t.Errorf("it shows %+v", v)
	}
	at, err := ledger.CosignatureTime(v.Cosignatures[0])
	if err != nil || !at.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("cosigned at %v, %v", at, err)
	}
}

// TestEveryFlippedBitOfAProof: no bit of a proof can change unnoticed.
func TestEveryFlippedBitOfAProof(t *testing.T) {
	_, verifier := logKey(t)
	w, _, vkey := cosigner(t, "witness.example", 2)
	policy, err := ledger.ParsePolicy("policy", []byte("witness W "+vkey+"\nquorum W\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := witnessed(t, newMemory(), 11, w).Prove(context.Background(), 3)
	if err != nil {
		t.Fatal(err)
	}
	text := p.Marshal()
	verify := func(text []byte) error {
		p, err := ledger.ParseProof(text)
		if err != nil {
			return err
		}
		_, err = p.Verify(verifier, policy)
		return err
	}
	if err := verify(text); err != nil {
		t.Fatal(err)
	}
	for i := range 8 * len(text) {
		changed := bytes.Clone(text)
		changed[i/8] ^= 1 << (i % 8)
		if err := verify(changed); err == nil {
			t.Errorf("bit %d of byte %d was flipped, and the proof verifies:\n%s", i%8, i/8, changed)
		}
	}
}

func TestProofRefuses(t *testing.T) {
	ctx := context.Background()
	signer, verifier := logKey(t)
	w1, _, key1 := cosigner(t, "witness.example/1", 2)
	_, _, key2 := cosigner(t, "witness.example/2", 3)
	policy, err := ledger.ParsePolicy("policy", []byte("witness A "+key1+"\nwitness B "+key2+"\ngroup both all A B\nquorum both\n"))
	if err != nil {
		t.Fatal(err)
	}
	l := witnessed(t, newMemory(), 20, w1)
	p, err := l.Prove(ctx, 5)
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.Prove(ctx, 6)
	if err != nil {
		t.Fatal(err)
	}
	skey, vkey, err := note.GenerateKey(nil, signer.Name())
	if err != nil {
		t.Fatal(err)
	}
	impostor, _ := note.NewSigner(skey)
	impostorKey, _ := note.NewVerifier(vkey)
	c, _, err := ledger.OpenCheckpoint(p.Checkpoint, verifier)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := c.Sign(impostor)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		change func(p *ledger.Proof)
		log    note.Verifier
		policy *ledger.Policy
		want   string
	}{
		"as it is":                 {func(*ledger.Proof) {}, verifier, nil, ""},
		"an entry of another leaf": {func(p *ledger.Proof) { p.Entry = other.Entry }, verifier, nil, "does not lead to the root"},
		"another index":            {func(p *ledger.Proof) { p.Index = 6 }, verifier, nil, "does not lead to the root"},
		"an index past the end":    {func(p *ledger.Proof) { p.Index = 20 }, verifier, nil, "is not in a log of 20"},
		"a shorter path":           {func(p *ledger.Proof) { p.Path = p.Path[1:] }, verifier, nil, "does not lead to the root"},
		"signed by an impostor":    {func(p *ledger.Proof) { p.Checkpoint = forged }, verifier, nil, "no verifiable signatures"},
		"the key of another log":   {func(*ledger.Proof) {}, impostorKey, nil, "no verifiable signatures"},
		"a quorum that is missing": {func(*ledger.Proof) {}, verifier, policy, "the quorum both is not there: of the known witnesses only A cosigned"},
	} {
		q := p
		q.Path = append(tlog.RecordProof(nil), p.Path...)
		x.change(&q)
		_, err := q.Verify(x.log, x.policy)
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%s: %v, must say %q", name, err, x.want)
		}
	}
}

// TestEveryFlippedBitOfALedger flips each bit of each entry, tile and
// checkpoint of small ledgers, one at a time: all are found.
func TestEveryFlippedBitOfALedger(t *testing.T) {
	for _, n := range []int{12, 257} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { flipAll(t, n) })
	}
}

func flipAll(t *testing.T, n int) {
	_, verifier := logKey(t)
	w, witness, _ := cosigner(t, "witness.example", 2)
	s := newMemory()
	if n < 256 {
		witnessed(t, s, n, w)
	} else if _, err := fill(t, s, n).Publish(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	check := func() int {
		f, err := ledger.Check(context.Background(), s, verifier, []note.Verifier{witness}, func(int64, ledger.Entry, ledger.Record) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return len(f)
	}
	if check() > 0 {
		t.Fatal("an untouched ledger has findings")
	}
	flips := 0
	flip := func(what string, data []byte) {
		for i := range 8 * len(data) {
			data[i/8] ^= 1 << (i % 8)
			if check() == 0 {
				t.Errorf("%s: bit %d of byte %d was flipped, and nothing is found", what, i%8, i/8)
			}
			data[i/8] ^= 1 << (i % 8)
			flips++
		}
	}
	if n < 256 {
		flip("checkpoint", s.values[ledger.CheckpointValue])
		for i, r := range s.records {
			flip(fmt.Sprint("entry ", i), r.Data)
		}
	}
	for place, data := range s.tiles {
		flip(fmt.Sprint("tile ", place), data)
	}
	if check() > 0 {
		t.Fatal("flipped back, it has findings")
	}
	t.Logf("%d bits flipped", flips)
}

func FuzzParseProof(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("testdata", "entry-123.tlog-proof"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n"))
	_, verifier := logKey(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ledger.ParseProof(text)
		if err != nil {
			return
		}
		if !bytes.Equal(p.Marshal(), text) {
			t.Fatalf("%q was read and is written as %q", text, p.Marshal())
		}
		_, _ = p.Verify(verifier, nil)
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	signer, verifier := logKey(f)
	w, witness, _ := cosigner(f, "witness.example", 2)
	signed, err := note.Sign(&note.Note{Text: ledger.Checkpoint{Origin: signer.Name(), Size: 9}.Text()}, signer, w)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, n, err := ledger.OpenCheckpoint(text, verifier, witness)
		if err == nil && (c.Text() != n.Text || !bytes.HasPrefix(text, []byte(n.Text))) {
			t.Fatalf("%q was opened as %q", text, c.Text())
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	_, verifier := logKey(b)
	for _, witnesses := range []int{0, 1, 3} {
		b.Run(fmt.Sprintf("witnesses=%d", witnesses), func(b *testing.B) {
			var signers []note.Signer
			lines, names := "", ""
			for i := range witnesses {
				s, _, vkey := cosigner(b, fmt.Sprintf("witness.example/%d", i), byte(i+2))
				signers = append(signers, s)
				lines += fmt.Sprintf("witness W%d %s\n", i, vkey)
				names += fmt.Sprintf(" W%d", i)
			}
			quorum := "quorum none\n"
			if witnesses > 0 {
				quorum = "group all-of-them all" + names + "\nquorum all-of-them\n"
			}
			policy, err := ledger.ParsePolicy("policy", []byte(lines+quorum))
			if err != nil {
				b.Fatal(err)
			}
			var l *ledger.Log
			if witnesses > 0 {
				l = witnessed(b, newMemory(), 100_000, signers...)
			} else {
				l = fill(b, newMemory(), 100_000)
				if _, err := l.Publish(context.Background(), nil); err != nil {
					b.Fatal(err)
				}
			}
			p, err := l.Prove(context.Background(), 77_777)
			if err != nil {
				b.Fatal(err)
			}
			text := p.Marshal()
			b.ReportAllocs()
			for b.Loop() {
				p, err := ledger.ParseProof(text)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := p.Verify(verifier, policy); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
