package control_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
)

var update = flag.Bool("update", false, "write the published vectors anew")

const vectorFile = "testdata/ledger.json"

// vectors is a small ledger with an entry of each kind: what another
// implementation is tested against. The keys are made from fixed seeds, and are
// worth nothing.
type vectors struct {
	Format  string   `json:"format"`
	Core    string   `json:"core"`
	Root    string   `json:"rootHash"`
	Entries []vector `json:"entries"`
}

type vector struct {
	// Entry is the encoded entry; its hash is that of the leaf.
	Entry      string              `json:"entry"`
	LeafHash   string              `json:"leafHash"`
	Disclosure *control.Disclosure `json:"disclosure,omitempty"`
	// Complete are the complete reasons whose hashes the outcome states, in that
	// order.
	Complete []string `json:"complete,omitempty"`
}

// TestVectors replays the published ledger. It fails when the encoding changes,
// or what the core makes of the same facts: then Core has another version, and
// there are other vectors beside these.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if v.Format != "proviso.dev/control-vectors/v1" || v.Core != control.Core {
		t.Fatalf("vectors %s of core %s, this is core %s", v.Format, v.Core, control.Core)
	}
	kinds, completes := map[string]bool{}, 0
	s := control.NewState()
	s.KeepComplete()
	var hashes []tlog.Hash
	for i, x := range v.Entries {
		e, err := ledger.Decode([]byte(x.Entry))
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		kinds[e.Kind] = true
		leaf := tlog.RecordHash([]byte(x.Entry))
		if hex.EncodeToString(leaf[:]) != x.LeafHash {
			t.Errorf("entry %d: its leaf's hash is %x", i, leaf)
		}
		if _, err := s.Replay(control.Read(e, x.Disclosure)); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		for k, text := range x.Complete {
			sum := sha256.Sum256([]byte(text))
			if got := s.Complete(); k >= len(got) || string(got[k]) != text || !strings.Contains(x.Entry, `"hash":"`+hex.EncodeToString(sum[:])+`"`) {
				t.Errorf("entry %d: its complete reasons are %s", i, got)
			}
			completes++
		}
		if len(x.Complete) != len(s.Complete()) {
			t.Errorf("entry %d: complete reasons of %d verdicts, want %d", i, len(s.Complete()), len(x.Complete))
		}
		stored, err := tlog.StoredHashes(int64(i), []byte(x.Entry), tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, _ error) {
			for _, k := range at {
				out = append(out, hashes[k])
			}
			return out, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, stored...)
	}
	root := rootOf(t, int64(len(v.Entries)), hashes)
	if root != v.Root {
		t.Errorf("the root's hash is %s", root)
	}
	for _, k := range control.Kinds() {
		if !kinds[k] {
			t.Errorf("there is no entry of the kind %s", k)
		}
	}
	if completes < 3 {
		t.Errorf("complete reasons of %d verdicts", completes)
	}
}

func rootOf(t *testing.T, n int64, hashes []tlog.Hash) string {
	t.Helper()
	root, err := tlog.TreeHash(n, tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, _ error) {
		for _, k := range at {
			out = append(out, hashes[k])
		}
		return out, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(root[:])
}

func writeVectors(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, terms{hours: 300, percent: 20, assure: "certain", onEnd: "drain", onMiss: "hold", onReach: "drain"}.text(1))
	apply := func(x control.Fact, d *control.Disclosure) { f.apply(x, d) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	submit := func(user, purpose string, devices, hours int) { apply(job2(user, purpose, devices, hours)) }
	submit("team-a", "research", 4, 8)
	must(f.act(signature.Endorse, "charter", "board", ""))
	apply(&control.Evidence{Lot: "first", Evidence: "location", SHA256: hash64}, nil)
	submit("team-a", "research", 16, 24)
	submit("team-b", "military", 1, 1)
	submit("team-b", "research", 50, 2)
	must(f.approve("4", "charter", "large", "board"))
	apply(&control.Receive{Lot: "second", Devices: "40"}, nil)
	b, d := job("team-b", "research", 4, 10)
	apply(&control.Book{Submit: *b, Arrives: dec(int(f.now) + 3_600_000)}, d)
	f.pass(30 * time.Hour)
	x, d := job("team-b", "research", 4, 10)
	x.Booking = "1"
	apply(x, d)
	apply(&control.End{Job: "5"}, nil)
	b, d = job("team-b", "research", 2, 10)
	apply(&control.Book{Submit: *b, Arrives: dec(int(f.now) + 3_600_000)}, d)
	apply(&control.Unbook{Booking: "2"}, nil)
	next := terms{hours: 500, percent: 20, assure: "certain", onEnd: "drain", onMiss: "hold", onReach: "drain"}.text(2)
	f.amend(part(t, next, "Permit", "charter", "  - name: large", "  - name: moves\n    duty: {report: transfer, before: transfer, notice: 5d}\n  - name: large"), "board")
	must(f.put(part(t, more, "Site", "annex")))
	apply(&control.Notice{Permit: "charter", Condition: "moves", Lot: "first", Site: "annex"}, nil)
	apply(&control.Move{Lot: "first", To: "annex", Devices: "8"}, nil)
	f.pass(6 * 24 * time.Hour)
	apply(&control.Move{Lot: "first", To: "annex", Devices: "8"}, nil)
	apply(&control.Dispose{Lot: "first", From: "annex", Devices: "1"}, nil)
	f.pass(40 * 24 * time.Hour)
	apply(&control.File{Permit: "charter", Condition: "report", SHA256: hash64}, nil)
	apply(&control.Clock{Said: dec(int(f.now) - 1)}, nil)
	must(f.act(signature.Suspend, "charter", "board", ""))
	st, err := f.s.NewStatus("charter", f.now)
	must(err)
	apply(st, nil)
	zone, err := f.s.ZoneOf("charter")
	must(err)
	month := func(m time.Month) string { return dec(int(calendar.Of(time.Date(2026, m, 1, 0, 0, 0, 0, zone)))) }
	f.pass(5 * 24 * time.Hour)
	apply(&control.File{Permit: "charter", Condition: "report", SHA256: hash64, From: month(2), Until: month(3)}, nil)
	must(f.put(part(t, more, "Authority", "ministry"), part(t, more, "Site", "dock", "name: annex", "name: dock")))
	b, d = job("team-b", "research", 2, 10)
	b.Idempotency = hash64
	apply(&control.Book{Submit: *b, Arrives: dec(int(f.now) + 3_600_000)}, d)
	f.replay()

	v := vectors{Format: "proviso.dev/control-vectors/v1", Core: control.Core}
	s := control.NewState()
	s.KeepComplete()
	var hashes []tlog.Hash
	for i, e := range f.entries {
		_, err := s.Replay(control.Read(e, f.opened[i]))
		must(err)
		var complete []string
		for _, c := range s.Complete() {
			complete = append(complete, string(c))
		}
		data, err := ledger.Encode(e)
		must(err)
		leaf := tlog.RecordHash(data)
		v.Entries = append(v.Entries, vector{Entry: string(data), LeafHash: hex.EncodeToString(leaf[:]), Disclosure: f.opened[i], Complete: complete})
		stored, err := tlog.StoredHashes(int64(i), data, tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, _ error) {
			for _, k := range at {
				out = append(out, hashes[k])
			}
			return out, nil
		}))
		must(err)
		hashes = append(hashes, stored...)
	}
	v.Root = rootOf(t, int64(len(v.Entries)), hashes)
	data, err := json.MarshalIndent(v, "", "  ")
	must(err)
	must(os.MkdirAll("testdata", 0o755))
	must(os.WriteFile(vectorFile, append(data, '\n'), 0o644))
}
