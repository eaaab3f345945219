package ledger_test

import (
	"encoding/binary"
	"errors"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/ledger"
)

// numbered gives records that hold their own position, and an error behind
// them if there is one. It counts those that were taken.
func numbered(first, n int64, err error, taken *atomic.Int64) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		for i := first; i < first+n; i++ {
			taken.Add(1)
			if !yield(ledger.Record{Data: binary.BigEndian.AppendUint64(nil, uint64(i))}, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Record{}, err)
		}
	}
}

// TestAhead: whatever the number of records, each is prepared once, with its
// own position, and comes in its place; an error comes behind what was read.
func TestAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, n := rapid.Int64Range(0, 1000).Draw(t, "first"), rapid.Int64Range(0, 1000).Draw(t, "n")
		var broken error
		if rapid.Bool().Draw(t, "broken") {
			broken = errors.New("the disk is gone")
		}
		stop := rapid.Int64Range(0, 1500).Draw(t, "stop")
		var taken, prepared atomic.Int64
		want, failed := first, false
		for got, err := range ledger.Ahead(numbered(first, n, broken, &taken), first, func(index int64, r ledger.Record) int64 {
			prepared.Add(1)
			if int64(binary.BigEndian.Uint64(r.Data)) != index {
				return -1
			}
			return index
		}) {
			if err != nil {
				if failed = true; err != broken || want != first+n {
					t.Fatalf("%v behind %d of %d", err, want-first, n)
				}
				continue
			}
			if got != want || failed {
				t.Fatalf("%d in the place of %d", got, want)
			}
			if want++; want == first+stop {
				break
			}
		}
		whole := stop == 0 || stop > n
		if whole && (want != first+n || failed != (broken != nil) || prepared.Load() != n) {
			t.Fatalf("%d of %d records, %d prepared, failed %v", want-first, n, prepared.Load(), failed)
		}
		if !whole && want != first+stop {
			t.Fatalf("%d records, stopped at %d", want-first, stop)
		}
	})
}

// TestAheadStops: who stops early is not read to the end for, and leaves
// nothing running.
func TestAheadStops(t *testing.T) {
	before := runtime.NumGoroutine()
	var taken atomic.Int64
	for range ledger.Ahead(numbered(0, 1<<40, nil, &taken), 0, func(int64, ledger.Record) int { return 0 }) {
		break
	}
	if n := taken.Load(); n > 100_000 {
		t.Errorf("%d records were read for one", n)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines run, %d before", runtime.NumGoroutine(), before)
}
