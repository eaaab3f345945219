package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

// BenchmarkLog writes entries of 1 KB, each acknowledged when it is durable:
// one after the other, and with 256 in flight. Beside it the store's bare
// group commit of 256 rows, without tree and hashes.
func BenchmarkLog(b *testing.B) {
	payload := fmt.Appendf(nil, `{"x":"%s"}`, bytes.Repeat([]byte("x"), 980))
	data, err := ledger.Encode(ledger.Entry{At: 1, Kind: "test", Body: payload})
	if err != nil {
		b.Fatal(err)
	}
	for _, flight := range []int{1, 256} {
		b.Run(fmt.Sprintf("sqlite/flight=%d", flight), func(b *testing.B) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			s := openBench(b)
			skey, vkey, err := note.GenerateKey(nil, "log.example")
			if err != nil {
				b.Fatal(err)
			}
			signer, _ := note.NewSigner(skey)
			verifier, _ := note.NewVerifier(vkey)
			l, err := ledger.Open(ctx, s, signer, verifier)
			if err != nil {
				b.Fatal(err)
			}
			go l.Run(ctx)
			latency := make([]time.Duration, b.N)
			var next sync.Mutex
			i := 0
			take := func() int {
				next.Lock()
				defer next.Unlock()
				i++
				return i - 1
			}
			b.ResetTimer()
			var wg sync.WaitGroup
			for range flight {
				wg.Go(func() {
					for n := take(); n < b.N; n = take() {
						start := time.Now()
						c, err := l.Append(ledger.Record{Data: data})
						if err == nil {
							err = c.Wait(ctx)
						}
						if err != nil {
							b.Error(err)
							return
						}
						latency[n] = time.Since(start)
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			slices.Sort(latency)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(latency[b.N/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(latency[b.N*99/100].Microseconds()), "p99-µs")
		})
	}
	b.Run("sqlite/bare", func(b *testing.B) {
		ctx := context.Background()
		s := openBench(b)
		batch := make([]ledger.Record, 256)
		for i := range batch {
			batch[i].Data = data
		}
		b.ResetTimer()
		n := 0
		for ; n < b.N; n += len(batch) {
			if err := s.Append(ctx, int64(n), batch, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
	})
}

func openBench(b *testing.B) ledger.Store {
	b.Helper()
	s, err := storage.Open(context.Background(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}
