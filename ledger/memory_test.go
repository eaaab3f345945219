package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
)

// memory is a store that forgets.
type memory struct {
	records []ledger.Record
	tiles   map[[2]int64][]byte
	values  map[string][]byte
	fail    error // what Append returns
}

func newMemory() *memory {
	return &memory{tiles: map[[2]int64][]byte{}, values: map[string][]byte{}}
}

func (m *memory) Size(context.Context) (int64, error) { return int64(len(m.records)), nil }

func (m *memory) Records(_ context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		for i := from; i < to; i++ {
			if i >= int64(len(m.records)) {
				yield(ledger.Record{}, fmt.Errorf("entry %d is missing", i))
				return
			}
			if !yield(m.records[i], nil) {
				return
			}
		}
	}
}

func (m *memory) Tile(_ context.Context, level int, n int64) ([]byte, error) {
	return found(m.tiles[[2]int64{int64(level), n}])
}

func (m *memory) Value(_ context.Context, name string) ([]byte, error) { return found(m.values[name]) }

func found(data []byte) ([]byte, error) {
	if data == nil {
		return nil, ledger.ErrNotFound
	}
	return data, nil
}

func (m *memory) Append(_ context.Context, first int64, records []ledger.Record, tiles []ledger.Tile) error {
	if m.fail != nil {
		return m.fail
	}
	if first != int64(len(m.records)) {
		return errors.New("not at the end")
	}
	m.records = append(m.records, records...)
	for _, t := range tiles {
		m.tiles[[2]int64{int64(t.Level), t.N}] = t.Data
	}
	return nil
}

func (m *memory) SetValue(_ context.Context, name string, value []byte) error {
	m.values[name] = bytes.Clone(value)
	return nil
}

func (m *memory) Close() error { return nil }

// The keys of tests are the same each time: the vectors are signed with them.
func logKey(t testing.TB) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{1}, 64)), "log.example/proviso")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func cosigner(t testing.TB, name string, seed byte) (note.Signer, note.Verifier, string) {
	t.Helper()
	skey, vkey, err := ledger.CosignatureKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ledger.NewCosigner(skey, func() time.Time { return time.Unix(1767225600, 0) })
	if err != nil {
		t.Fatal(err)
	}
	v, err := ledger.NewCosignatureVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v, vkey
}

func entry(t testing.TB, i int) []byte {
	t.Helper()
	data, err := ledger.Encode(ledger.Entry{At: int64(1767225600000 + i), Kind: "test", Body: fmt.Appendf(nil, `{"n":"%d"}`, i)})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// fill opens a log on a store and gives it n entries.
func fill(t testing.TB, s ledger.Store, n int) *ledger.Log {
	t.Helper()
	signer, verifier := logKey(t)
	l, err := ledger.Open(context.Background(), s, signer, verifier)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := l.Append(ledger.Record{Data: entry(t, i)}); err != nil {
			t.Fatal(err)
		}
		if i%7 == 0 { // commits of various sizes
			if err := l.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	return l
}
