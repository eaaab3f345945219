package server_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/audit"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/server"
	"github.com/proviso-dev/proviso/storage"
)

// wide is a fleet on which a benchmark does not run out of devices: one permit
// with six conditions, the fourth kept for each end user.
const wide = `
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec: {vendor: example, peak: [{precision: bf16, tera: 1000, source: example}], power: {value: 700, source: example}}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 9000000}]
  valid: {from: 2026-01-01, until: 2036-01-01, timeZone: Europe/Berlin}
  purposes: [research, commercial]
  conditions:
  - name: domestic-sites
    require: site.country == "DE"
  - name: no-military-end-use
    require: job.purpose != "military" && !endUser.listed
  - name: site-power
    limit: {measure: power, per: site, atMost: 9000MW}
  - name: hours-of-each
    limit: {measure: deviceHours, per: endUser, atMost: 90000000000h, over: month}
  - name: all-hours
    limit: {measure: deviceHours, atMost: 90000000000h, over: quarter}
  - name: large-runs
    approval: {when: job.maxDevices > 8192, by: [board]}
---
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: board}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall, quantity: 9000000, permits: [charter]}
`

// running is a control plane with its HTTP server, on disk and on loopback.
type running struct {
	addr string
	dir  string
	key  *server.LogKey
	stop func()
}

func start(tb testing.TB, dir, text string) *running {
	tb.Helper()
	key, _, err := server.OpenLogKey(dir, "example.com/fleet")
	if err != nil {
		tb.Fatal(err)
	}
	stop, addr := serveStore(tb, dir, dir, text)
	return &running{addr: addr, dir: dir, key: key, stop: stop}
}

// connect gives a function that submits a job over one connection and waits
// for its verdict. It is written by hand: the client shares the machine.
func connect(tb testing.TB, addr string) func() error {
	tb.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	body := `{"endUser":"team-a","purpose":"research","devices":1,"for":"1h","checkpoint":"10m"}`
	request := []byte("POST /v1/jobs HTTP/1.1\r\nHost: " + addr + "\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	in := bufio.NewReader(c)
	return func() error {
		if _, err := c.Write(request); err != nil {
			return err
		}
		length, chunked := 0, false
		for first := true; ; first = false {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if first && !bytes.Contains(line, []byte(" 201 ")) {
				rest, _ := in.Peek(min(in.Buffered(), 600))
				return fmt.Errorf("the answer is %s %s", line, rest)
			}
			if len(line) == 2 {
				break
			}
			if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				length, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
			}
			chunked = chunked || bytes.HasPrefix(line, []byte("Transfer-Encoding: chunked"))
		}
		if chunked {
			return fmt.Errorf("the answer is chunked")
		}
		_, err := in.Discard(length)
		return err
	}
}

// BenchmarkDecisionsOverHTTP submits jobs, each with its end user committed to,
// and waits until each is durable: one at a time, and 256 in flight. Beside
// them, in the same run, entries of the same size go to the same kind of store
// with nothing around it: the ratio is what deciding and HTTP leave.
func BenchmarkDecisionsOverHTTP(b *testing.B) {
	for _, flight := range []int{1, 256} {
		b.Run(fmt.Sprintf("flight=%d", flight), func(b *testing.B) {
			r := start(b, b.TempDir(), wide)
			defer r.stop()
			times := make([]time.Duration, b.N)
			do := make([]func() error, flight)
			for i := range do {
				do[i] = connect(b, r.addr)
			}
			b.ResetTimer()
			all := spread(b, flight, times, func(worker int) error { return do[worker]() })
			b.StopTimer()
			slices.Sort(times)
			b.ReportMetric(float64(b.N)/all.Seconds(), "decisions/s")
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
			bare := bareEntries(b, flight)
			b.ReportMetric(bare, "bare-entries/s")
			b.ReportMetric(float64(b.N)/all.Seconds()/bare, "ratio")
		})
	}
}

// spread does b.N calls from a number of workers, and gives how long it took.
func spread(b *testing.B, workers int, times []time.Duration, do func(worker int) error) time.Duration {
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for w := range workers {
		all.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(len(times)) {
					return
				}
				t := time.Now()
				if err := do(w); err != nil {
					b.Error(err)
					return
				}
				times[i] = time.Since(t)
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// bareEntries is how many entries of a decision's size a second the store takes
// with nothing around it.
func bareEntries(b *testing.B, flight int) float64 {
	ctx, cancel := context.WithCancel(context.Background())
	store, err := storage.Open(ctx, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	secret, public, _ := note.GenerateKey(fixedBytes{}, "example.com/bare")
	signer, _ := note.NewSigner(secret)
	verifier, _ := note.NewVerifier(public)
	log, err := ledger.Open(ctx, store, signer, verifier)
	if err != nil {
		b.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() { _ = log.Run(ctx) })
	n := max(1000, min(b.N, 50_000))
	data := []byte(`{"at":"1","body":{"x":"` + strings.Repeat("a", 620) + `"},"kind":"x","v":"1"}`)
	times := make([]time.Duration, n)
	took := spread(b, flight, times, func(int) error {
		c, err := log.Append(ledger.Record{Data: data, Disclosure: data[:120]})
		if err != nil {
			return err
		}
		return c.Wait(ctx)
	})
	cancel()
	all.Wait()
	_ = store.Close()
	return float64(n) / took.Seconds()
}

// fixedBytes gives bytes for a key that protects nothing.
type fixedBytes struct{}

func (fixedBytes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i)
	}
	return len(p), nil
}

// fill submits n jobs as fast as the plane takes them, in process.
func (r *running) fill(tb testing.TB, n int) {
	tb.Helper()
	const workers = 256
	do := make([]func() error, workers)
	for i := range do {
		do[i] = connect(tb, r.addr)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for next.Add(1) <= int64(n) {
				if err := do[w](); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkAudit audits a ledger of decisions.
func BenchmarkAudit(b *testing.B) {
	r := start(b, b.TempDir(), wide)
	r.fill(b, 100_000)
	r.stop()
	b.ResetTimer()
	entries := int64(0)
	for b.Loop() {
		store, err := storage.OpenReader(context.Background(), r.dir)
		if err != nil {
			b.Fatal(err)
		}
		report, err := audit.Run(context.Background(), store, audit.Options{Log: r.key.Verifier})
		if err != nil {
			b.Fatal(err)
		}
		if len(report.Findings) > 0 || report.Recomputed != report.Entries {
			b.Fatalf("%+v", report)
		}
		entries += report.Entries
		_ = store.Close()
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkStart starts a control plane on a ledger of a million entries, and
// tells what memory it then takes. It takes minutes to make the ledger.
func BenchmarkStart(b *testing.B) {
	if testing.Short() {
		b.Skip("it makes a million entries")
	}
	dir := b.TempDir()
	r := start(b, dir, wide)
	r.fill(b, 1_000_000)
	r.stop()
	for b.Loop() {
		r := start(b, dir, wide)
		b.StopTimer()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
		answer, err := http.Get("http://" + r.addr + "/v1/status")
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		r.stop()
		b.StartTimer()
	}
}

// BenchmarkFleetMemory tells what a control plane takes in memory with 400,000
// devices and 100,000 running jobs.
func BenchmarkFleetMemory(b *testing.B) {
	for b.Loop() {
		r := start(b, b.TempDir(), strings.ReplaceAll(wide, "quantity: 9000000", "quantity: 400000"))
		r.fill(b, 100_000)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
		b.ReportMetric(float64(m.Sys)/(1<<20), "from-system-MiB")
		r.stop()
	}
}
