package server_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/proviso-dev/proviso/ledger"
)

// memory is a store that forgets, and fails when told to.
type memory struct {
	mu      sync.Mutex
	records []ledger.Record
	tiles   map[[2]int64][]byte
	values  map[string][]byte
	fail    error         // what writing returns
	slow    time.Duration // that reading a record takes
}

func newMemory() *memory {
	return &memory{tiles: map[[2]int64][]byte{}, values: map[string][]byte{}}
}

// breakDown makes all writing fail.
func (m *memory) breakDown(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// held gives the records so far.
func (m *memory) held() []ledger.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.records[:len(m.records):len(m.records)]
}

func (m *memory) Size(context.Context) (int64, error) { return int64(len(m.held())), nil }

func (m *memory) Records(_ context.Context, from, to int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		all := m.held()
		for i := from; i < to; i++ {
			if i >= int64(len(all)) {
				yield(ledger.Record{}, fmt.Errorf("entry %d is missing", i))
				return
			}
			m.mu.Lock()
			slow := m.slow
			m.mu.Unlock()
			time.Sleep(slow)
			if !yield(all[i], nil) {
				return
			}
		}
	}
}

func (m *memory) Tile(_ context.Context, level int, n int64) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return found(m.tiles[[2]int64{int64(level), n}])
}

func (m *memory) Value(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return found(m.values[name])
}

func found(data []byte) ([]byte, error) {
	if data == nil {
		return nil, ledger.ErrNotFound
	}
	return data, nil
}

func (m *memory) Append(_ context.Context, first int64, records []ledger.Record, tiles []ledger.Tile) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if first != int64(len(m.records)) {
		return fmt.Errorf("append at %d: there are %d entries", first, len(m.records))
	}
	m.records = append(m.records, records...)
	for _, t := range tiles {
		m.tiles[[2]int64{int64(t.Level), t.N}] = t.Data
	}
	return nil
}

func (m *memory) SetValue(_ context.Context, name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.values[name] = value
	return nil
}

func (m *memory) Close() error { return nil }
