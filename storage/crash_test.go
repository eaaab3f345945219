package storage_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/internal/simdisk"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

var (
	simulateFor  = flag.Duration("simulate", 3*time.Second, "for how long disks are simulated")
	simulateSeed = flag.Uint64("seed", 0, "simulate this seed alone; 0 is all from 1 on")
)

// TestSimulatedDisk runs the log on a disk that crashes at any sync, tears and
// reorders what was not synced, fails a sync, or is full, and opens it again
// from what is left: what was acknowledged is there, in its place; what else
// is there was appended, in order; the ledger checks out against every
// checkpoint that was given out. The failing seed is printed; run it alone
// with -seed.
func TestSimulatedDisk(t *testing.T) {
	if *simulateSeed != 0 {
		simulate(t, *simulateSeed)
		return
	}
	until := time.Now().Add(*simulateFor)
	seeds, faults := 0, map[string]int{}
	for seed := uint64(1); time.Now().Before(until) && !t.Failed(); seed++ {
		faults[simulate(t, seed)]++
		seeds++
	}
	t.Logf("%d seeds: %v", seeds, faults)
	for _, kind := range []string{"crash", "failed sync", "full disk"} {
		if faults[kind] == 0 {
			t.Errorf("no seed of %d led to a %s", seeds, kind)
		}
	}
}

// machine is a ledger on a disk, and what its users were told.
type machine struct {
	t        *testing.T
	seed     uint64
	random   *rand.Rand
	disk     *simdisk.Disk
	signer   note.Signer
	verifier note.Verifier

	acknowledged []string            // by position
	appended     []string            // by position, acknowledged or not
	published    []ledger.Checkpoint // given out
}

func (m *machine) fatal(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("seed %d: %s", m.seed, fmt.Sprintf(format, args...))
}

// simulate runs a seed and gives the kind of its first fault.
func simulate(t *testing.T, seed uint64) (kind string) {
	skey, vkey, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1))}
	m.signer, _ = note.NewSigner(skey)
	m.verifier, _ = note.NewVerifier(vkey)
	kind, faults := m.faults()
	m.disk = simdisk.New(seed, faults)
	for range 4 {
		m.live()
		// The machine goes off, wherever it is, and comes back on what is left.
		_, faults := m.faults()
		m.disk = m.disk.Crashed(faults)
	}
	m.disk = m.disk.Crashed(simdisk.Faults{})
	m.live()
	return kind
}

func (m *machine) faults() (string, simdisk.Faults) {
	switch m.random.IntN(4) {
	case 0:
		return "none", simdisk.Faults{}
	case 1:
		return "failed sync", simdisk.Faults{FailSync: 1 + m.random.IntN(40)}
	case 2:
		return "full disk", simdisk.Faults{FullAfter: 20_000 + m.random.IntN(120_000)}
	}
	return "crash", simdisk.Faults{CrashAtSync: 1 + m.random.IntN(40)}
}

// live opens the ledger, compares it with what people were told, and writes
// until something goes wrong or it has had enough.
func (m *machine) live() {
	ctx := context.Background()
	name, unregister, err := m.disk.Register()
	if err != nil {
		m.t.Fatal(err)
	}
	defer unregister()
	s, err := storage.OpenSQLite(ctx, "ledger.db", storage.SQLiteOptions{VFS: name, PageSize: 1024})
	if err != nil {
		m.mayFail(err)
		return
	}
	defer s.Close()
	l, err := ledger.Open(ctx, s, m.signer, m.verifier)
	if err != nil {
		m.mayFail(err)
		return
	}
	if !m.compare(s) {
		return
	}
	for range m.random.IntN(60) {
		if !m.step(l) {
			return
		}
	}
}

// mayFail says whether an error may come from a fault of the disk.
func (m *machine) mayFail(err error) {
	if !m.disk.Faulty() {
		m.fatal("%v, on a disk without a fault", err)
	}
}

// step appends some entries, or publishes a checkpoint.
func (m *machine) step(l *ledger.Log) bool {
	ctx := context.Background()
	if m.random.IntN(4) == 0 {
		signed, err := l.Publish(ctx, nil)
		if err != nil {
			m.mayFail(err)
			return false
		}
		c, _, err := ledger.OpenCheckpoint(signed, m.verifier)
		if err != nil {
			m.fatal("%v", err)
		}
		if c.Size > int64(len(m.acknowledged)) {
			m.fatal("a checkpoint covers %d entries, %d are durable", c.Size, len(m.acknowledged))
		}
		m.published = append(m.published, c)
		return true
	}
	var commits []ledger.Commit
	for range 1 + m.random.IntN(40) {
		data, err := ledger.Encode(ledger.Entry{At: 1, Kind: "test", Body: fmt.Appendf(nil, `{"x":"%0*d"}`, m.random.IntN(900), m.random.Uint64())})
		if err != nil {
			m.t.Fatal(err)
		}
		c, err := l.Append(ledger.Record{Data: data, Disclosure: data[:8]})
		if err != nil {
			m.mayFail(err)
			return false
		}
		if c.Index != int64(len(m.appended)) {
			m.fatal("an entry is at %d, must be at %d", c.Index, len(m.appended))
		}
		m.appended = append(m.appended, string(data))
		commits = append(commits, c)
	}
	if err := l.Flush(ctx); err != nil {
		m.mayFail(err)
		for _, c := range commits {
			if c.Wait(ctx) == nil {
				m.fatal("entry %d was acknowledged, and its write failed", c.Index)
			}
		}
		return false
	}
	for _, c := range commits {
		if err := c.Wait(ctx); err != nil {
			m.fatal("%v", err)
		}
	}
	m.acknowledged = append([]string(nil), m.appended...)
	return true
}

// compare reads the whole ledger. It is false if a fault of the disk kept it
// from that.
func (m *machine) compare(s ledger.Store) bool {
	ctx := context.Background()
	var there []string
	findings, err := ledger.Check(ctx, s, m.verifier, nil, func(_ int64, _ ledger.Entry, r ledger.Record) error {
		if string(r.Disclosure) != string(r.Data[:8]) {
			return fmt.Errorf("its disclosure is lost")
		}
		there = append(there, string(r.Data))
		return nil
	})
	if err != nil {
		m.mayFail(err)
		return false
	}
	for _, f := range findings {
		if f.Index != -1 || len(m.published) > 0 { // before the first one there is no checkpoint
			m.fatal("entry %d: %s", f.Index, f.Message)
		}
	}
	if len(there) < len(m.acknowledged) || len(there) > len(m.appended) {
		m.fatal("%d entries are there, %d were acknowledged, %d appended", len(there), len(m.acknowledged), len(m.appended))
	}
	for i := range there {
		if there[i] != m.appended[i] {
			m.fatal("entry %d is not the one that was appended there", i)
		}
	}
	for _, c := range m.published {
		if c.Size > int64(len(there)) {
			m.fatal("a checkpoint of %d entries was given out, %d are there", c.Size, len(there))
		}
	}
	// What is there now is durable, told or not.
	m.appended, m.acknowledged = there, append([]string(nil), there...)
	return true
}
