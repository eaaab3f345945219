package storage_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/internal/postgres"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

// store is a way to open, and open again, one store.
type store struct {
	name string
	make func(t *testing.T) string
}

func stores(t *testing.T) []store {
	server := postgres.Start(t)
	return []store{
		{"sqlite", func(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }},
		{"postgres", func(*testing.T) string { return server.Database() }},
	}
}

func open(t *testing.T, name string) ledger.Store {
	t.Helper()
	s, err := storage.Open(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestStores holds both stores to the same behaviour.
func TestStores(t *testing.T) {
	for _, s := range stores(t) {
		t.Run(s.name, func(t *testing.T) {
			for name, test := range map[string]func(*testing.T, string){
				"AppendAndRead": appendAndRead, "RefusesAForkedWrite": refusesAForkedWrite,
				"OneWriter": oneWriter, "Values": values, "AllOrNothing": allOrNothing,
				"ReaderBesideWriter": readerBesideWriter, "Log": logOnStore, "Pending": pending,
			} {
				t.Run(name, func(t *testing.T) { test(t, s.make(t)) })
			}
		})
	}
}

func records(from, to int) (all []ledger.Record) {
	for i := from; i < to; i++ {
		r := ledger.Record{Data: fmt.Appendf(nil, "entry %d", i)}
		if i%2 == 1 {
			r.Disclosure = fmt.Appendf(nil, "salt %d", i)
		}
		all = append(all, r)
	}
	return all
}

func read(t *testing.T, s ledger.Reader, from, to int64) (all []ledger.Record) {
	t.Helper()
	for r, err := range s.Records(context.Background(), from, to) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func same(a, b []ledger.Record) bool {
	return slices.EqualFunc(a, b, func(x, y ledger.Record) bool {
		return string(x.Data) == string(y.Data) && string(x.Disclosure) == string(y.Disclosure)
	})
}

func appendAndRead(t *testing.T, name string) {
	ctx := context.Background()
	s := open(t, name)
	if n, err := s.Size(ctx); n != 0 || err != nil {
		t.Fatalf("a new store has %d entries, %v", n, err)
	}
	tile := ledger.Tile{Level: 1, N: 7, Data: []byte(strings.Repeat("x", 8192))}
	if err := s.Append(ctx, 0, records(0, 5), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, 5, records(5, 9), []ledger.Tile{tile}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, name)
	if n, err := s.Size(ctx); n != 9 || err != nil {
		t.Fatalf("after 9 entries, opened again: %d, %v", n, err)
	}
	if got := read(t, s, 0, 9); !same(got, records(0, 9)) {
		t.Errorf("read %q", got)
	}
	if got := read(t, s, 3, 6); !same(got, records(3, 6)) {
		t.Errorf("from 3 to 6: read %q", got)
	}
	if data, err := s.Tile(ctx, 1, 7); string(data) != string(tile.Data) || err != nil {
		t.Errorf("the tile is not what was written: %v", err)
	}
	if _, err := s.Tile(ctx, 0, 7); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a tile that is not there: %v", err)
	}
	var err error
	for _, e := range s.Records(ctx, 5, 12) {
		err = errors.Join(err, e)
	}
	if err == nil || !strings.Contains(err.Error(), "entry 9 is missing") {
		t.Errorf("reading past the end says %v", err)
	}
}

func refusesAForkedWrite(t *testing.T, name string) {
	ctx := context.Background()
	s := open(t, name)
	if err := s.Append(ctx, 0, records(0, 3), nil); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, 2, 4} {
		if err := s.Append(ctx, at, records(7, 8), nil); err == nil {
			t.Errorf("a store of 3 entries took one at %d", at)
		}
	}
	if got := read(t, s, 0, 3); !same(got, records(0, 3)) {
		t.Errorf("after refused writes: %q", got)
	}
}

func allOrNothing(t *testing.T, name string) {
	ctx := context.Background()
	s := open(t, name)
	tile := ledger.Tile{Level: 0, N: 0, Data: []byte("x")}
	if err := s.Append(ctx, 0, records(0, 3), []ledger.Tile{tile, tile}); err == nil {
		t.Fatal("the same tile twice was taken")
	}
	if n, err := s.Size(ctx); n != 0 || err != nil {
		t.Errorf("a write that failed left %d entries, %v", n, err)
	}
}

func oneWriter(t *testing.T, name string) {
	s := open(t, name)
	if second, err := storage.Open(context.Background(), name); !errors.Is(err, storage.ErrInUse) {
		if second != nil {
			second.Close()
		}
		t.Errorf("a second writer: %v", err)
	}
	s.Close()
	open(t, name)
}

func values(t *testing.T, name string) {
	ctx := context.Background()
	s := open(t, name)
	if _, err := s.Value(ctx, "a"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a value that is not there: %v", err)
	}
	for _, v := range []string{"one", "two", ""} {
		if err := s.SetValue(ctx, "a", []byte(v)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Value(ctx, "a"); string(got) != v || err != nil {
			t.Errorf("kept %q, got %q, %v", v, got, err)
		}
	}
}

func readerBesideWriter(t *testing.T, name string) {
	ctx := context.Background()
	s := open(t, name)
	if err := s.Append(ctx, 0, records(0, 3), nil); err != nil {
		t.Fatal(err)
	}
	r, err := storage.OpenReader(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := s.Append(ctx, 3, records(3, 4), nil); err != nil {
		t.Fatal(err)
	}
	if got := read(t, r, 0, 4); !same(got, records(0, 4)) {
		t.Errorf("the reader sees %q", got)
	}
}

// logOnStore writes from many goroutines, so that commits hold several
// entries, closes, opens again and checks the whole.
func logOnStore(t *testing.T, name string) {
	ctx, cancel := context.WithCancel(context.Background())
	skey, vkey, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := note.NewSigner(skey)
	verifier, _ := note.NewVerifier(vkey)
	s := open(t, name)
	l, err := ledger.Open(ctx, s, signer, verifier)
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error)
	go func() { ran <- l.Run(ctx) }()
	const writers, each = 16, 40
	var mu sync.Mutex
	at := map[int64]string{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				e, err := ledger.Encode(ledger.Entry{At: 1, Kind: "test", Body: fmt.Appendf(nil, `{"n":"%d-%d"}`, w, i)})
				if err != nil {
					t.Error(err)
					return
				}
				c, err := l.Append(ledger.Record{Data: e})
				if err == nil {
					err = c.Wait(ctx)
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				at[c.Index] = string(e)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	signed, err := l.Publish(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	s.Close()

	ctx = context.Background()
	s = open(t, name)
	if l, err = ledger.Open(ctx, s, signer, verifier); err != nil {
		t.Fatal(err)
	}
	n := 0
	findings, err := ledger.Check(ctx, s, verifier, nil, func(i int64, _ ledger.Entry, r ledger.Record) error {
		if at[i] != string(r.Data) {
			return fmt.Errorf("entry %d was acknowledged as %s and is %s", i, at[i], r.Data)
		}
		n++
		return nil
	})
	if err != nil || len(findings) > 0 || n != writers*each {
		t.Errorf("%d entries checked, found %v, %v", n, findings, err)
	}
	c, _, err := ledger.OpenCheckpoint(signed, verifier)
	if err != nil || c.Size != writers*each {
		t.Fatalf("checkpoint of %d entries, %v", c.Size, err)
	}
	for _, i := range []int64{0, 255, 256, c.Size - 1} {
		p, err := l.Prove(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Verify(verifier, nil)
		if err != nil || v.Index != i || v.Checkpoint.Size != c.Size {
			t.Errorf("proof of entry %d: %v", i, err)
		}
		if err := tlog.CheckRecord(p.Path, c.Size, c.Root, i, tlog.RecordHash([]byte(at[i]))); err != nil {
			t.Errorf("proof of entry %d: %v", i, err)
		}
	}
}
