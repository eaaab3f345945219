package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/backup"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func quiet(int64, int64) {}

// plane is a ledger with its log's key.
type plane struct {
	t        testing.TB
	store    ledger.Store
	log      *ledger.Log
	signer   note.Signer
	verifier note.Verifier
	public   string
	next     int64
}

func newPlane(t testing.TB, name string) *plane {
	t.Helper()
	ctx := context.Background()
	secret, public, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	p := &plane{t: t, public: public}
	p.signer, _ = note.NewSigner(secret)
	p.verifier, _ = note.NewVerifier(public)
	if p.store, err = storage.Open(ctx, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.store.Close() })
	if p.log, err = ledger.Open(ctx, p.store, p.signer, p.verifier); err != nil {
		t.Fatal(err)
	}
	return p
}

// write appends entries, some with disclosures, and publishes what is there.
func (p *plane) write(n int) {
	p.t.Helper()
	for range n {
		data, err := ledger.Encode(ledger.Entry{At: now.UnixMilli() + p.next, Kind: "test", Body: fmt.Appendf(nil, `{"n":"%d"}`, p.next)})
		if err != nil {
			p.t.Fatal(err)
		}
		r := ledger.Record{Data: data}
		r.Disclosure = bytes.Repeat([]byte("salt"), int(p.next%3))
		if p.next++; len(r.Disclosure) == 0 {
			r.Disclosure = nil
		}
		if _, err := p.log.Append(r); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := p.log.Flush(context.Background()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plane) publish() {
	p.t.Helper()
	if _, err := p.log.Publish(context.Background(), nil); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plane) source() backup.Source {
	return backup.Source{Ledger: p.store, PublicKey: p.public, Verifier: p.verifier}
}

func (p *plane) backup(keys map[string][]byte) ([]byte, backup.Summary) {
	p.t.Helper()
	s := p.source()
	s.Keys = keys
	var b bytes.Buffer
	sum, err := backup.Write(context.Background(), &b, s, now, quiet)
	if err != nil {
		p.t.Fatal(err)
	}
	if sum.Bytes != int64(b.Len()) {
		p.t.Errorf("it says that it wrote %d bytes, it wrote %d", sum.Bytes, b.Len())
	}
	return b.Bytes(), sum
}

func restore(t testing.TB, file []byte, to string, log note.Verifier) (*backup.Restored, error) {
	t.Helper()
	ctx := context.Background()
	pending, err := storage.Create(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer pending.Close()
	r, err := backup.Read(ctx, bytes.NewReader(file), pending, log, quiet)
	if err != nil {
		return nil, err
	}
	return r, pending.Commit(ctx)
}

// contents is all that a ledger holds, as text.
func contents(t testing.TB, s ledger.Reader) string {
	t.Helper()
	ctx := context.Background()
	n, err := s.Size(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for r, err := range s.Records(ctx, 0, n) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %q %v\n", r.Data, r.Disclosure, r.Disclosure == nil)
	}
	signed, err := s.Value(ctx, ledger.CheckpointValue)
	if err != nil {
		t.Fatal(err)
	}
	for level := 0; ; level++ {
		tiles := n >> (8 * (level + 1))
		for i := range tiles {
			tile, err := s.Tile(ctx, level, i)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%x\n", tile)
		}
		if tiles == 0 {
			return b.String() + string(signed)
		}
	}
}
