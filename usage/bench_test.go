package usage_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/storage"
	"github.com/proviso-dev/proviso/usage"
)

// long is the small fleet with room for everything, so that a ledger of it can
// be as long as is wanted.
var long = strings.NewReplacer(
	"quantity: 64}", "quantity: 9900000}", "quantity: 32, permits: [charter]", "quantity: 9000000, permits: [charter]", "atMost: 3000h", "atMost: 90000000000h",
	"atMost: 20000h", "atMost: 90000000000h", "atMost: 48}", "atMost: 9000000}", "atMost: 4000h, over: 14d", "atMost: 90000000000h, over: 6h", "atLeast: 10%", "atLeast: 0%",
).Replace(documents)

// writeLong writes a ledger of so many entries over three quarters into a store:
// jobs of twenty end users that are submitted and end, each up to some days long.
func writeLong(tb testing.TB, dir string, entries int) {
	tb.Helper()
	ctx := context.Background()
	store, err := storage.Open(ctx, dir)
	if err != nil {
		tb.Fatal(err)
	}
	defer store.Close()
	b := newBook(tb, "2026-01-05T00:00:00+01:00", long)
	b.act(signature.Endorse, "charter", "board", "")
	first := int64(0)
	flush := func() {
		if err := store.Append(ctx, first, b.records, nil); err != nil {
			tb.Fatal(err)
		}
		first += int64(len(b.records))
		b.records = b.records[:0]
	}
	r := rand.New(rand.NewPCG(1, 1))
	step := int64(270*24*time.Hour/time.Millisecond) / int64(entries)
	var running []string
	for first+int64(len(b.records)) < int64(entries) {
		b.now += calendar.Instant(r.Int64N(2*step) + 1)
		if n := len(running); n > 200 || n > 0 && r.IntN(2) == 0 {
			i := r.IntN(n)
			if j, err := b.state.Lookup(running[i]); err == nil && j.State == control.Running {
				b.end(running[i])
			}
			running[i] = running[n-1]
			running = running[:n-1]
		} else {
			user := "user-" + strconv.Itoa(r.IntN(20))
			running = append(running, b.submit(work{user: user, purpose: []string{"research", "teaching"}[r.IntN(2)], tenant: user, devices: 1 + r.IntN(64), limit: 240 * time.Hour}))
		}
		if len(b.records) >= 5000 {
			flush()
		}
	}
	flush()
}

// BenchmarkReport makes the report of a quarter from ledgers on disk. It tells how
// many entries it reads a second, on the clock and of a core's time, which other
// work on the machine does not lengthen, and how much it holds of the heap.
func BenchmarkReport(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			if n > 100_000 && testing.Short() {
				b.Skip("it makes a million entries")
			}
			dir := b.TempDir()
			writeLong(b, dir, n)
			w, err := usage.ParseWindow("2026Q2")
			if err != nil {
				b.Fatal(err)
			}
			most := uint64(0)
			var work int
			var spent time.Duration
			for b.Loop() {
				began := processor(b)
				store, err := storage.OpenReader(context.Background(), dir)
				if err != nil {
					b.Fatal(err)
				}
				read := 0
				v, err := usage.Report(func(yield func(ledger.Record, error) bool) {
					for r, err := range store.Records(context.Background(), 0, int64(n)) {
						if read++; read%(n/10) == 0 {
							most = max(most, heap())
						}
						if !yield(r, err) {
							return
						}
					}
				}, usage.Query{Permit: "charter", Window: w})
				if err != nil {
					b.Fatal(err)
				}
				work = len(v.Work)
				spent += processor(b) - began
				_ = store.Close()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(n)*float64(b.N)/spent.Seconds(), "entries/cpu-s")
			b.ReportMetric(float64(most)/(1<<20), "held-MiB")
			b.ReportMetric(float64(work), "jobs")
		})
	}
}

// heap is what is held of it.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// processor is the time that the process has had of the cores.
func processor(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
