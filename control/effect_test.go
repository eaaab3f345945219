package control_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// large is the budget's fleet with room for thousands of small jobs.
func large(more ...string) string {
	return strings.NewReplacer(append([]string{"quantity: 64", "quantity: 6400", "quantity: 32", "quantity: 3200"}, more...)...).Replace(budget)
}

// count tells how often each thing has happened, and in how many entries.
func count(f *fleet) (deeds map[control.Deed]int, entries int) {
	f.t.Helper()
	deeds = map[control.Deed]int{}
	for _, e := range f.entries[f.told:] {
		var body struct{ Outcome control.Outcome }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			f.t.Fatal(err)
		}
		if len(body.Outcome.Effects) > 0 {
			entries++
		}
		for _, x := range body.Outcome.Effects {
			deeds[x.Do]++
		}
	}
	f.told = len(f.entries)
	return deeds, entries
}

// TestMoreThanAnEntryHolds has thousands of things happen at one instant: they
// go into as many entries as they need, nothing is left out, and no other fact
// comes between.
func TestMoreThanAnEntryHolds(t *testing.T) {
	const n = 1500
	f := newFleet(t, "2026-01-10T00:00:00Z", false, large("  endorsements:", "  onEnd: stop\n  endorsements:"))
	submit := func() {
		for range n {
			x, d := job("team-b", "research", 1, 24)
			f.apply(x, d)
		}
	}
	happened := func(what string, deed control.Deed) {
		t.Helper()
		deeds, entries := count(f)
		if deeds[deed] != n || entries < 4 {
			t.Fatalf("%s: %v in %d entries, want %d %s in several", what, deeds, entries, n, deed)
		}
	}
	submit()
	count(f)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	x, d := job("team-b", "research", 1, 24)
	if _, err := f.s.Apply(f.now, x, d); err != control.ErrDue {
		t.Fatalf("a fact before the rest of what the endorsement brought about: %v", err)
	}
	f.pass(0)
	happened("the endorsement", control.Starts)
	f.pass(24 * time.Hour)
	happened("all limits at one instant", control.Stops)
	submit()
	count(f)
	f.pass(time.Hour)
	if err := f.act(signature.Suspend, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	f.pass(time.Hour)
	happened("the suspension", control.Stops)
	for i := 1; i <= f.s.Jobs(); i++ {
		if j, _ := f.s.Lookup(dec(i)); j.State != control.Stopped || i > n && j.Ended != j.Began+3_600_000 {
			t.Fatalf("job %d is %s, ran from %d to %d", i, j.State, j.Began, j.Ended)
		}
	}
	f.replay()
}

// TestLongFacts refuses what an entry does not hold, before anything follows
// from it.
func TestLongFacts(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, budget)
	for _, name := range []string{"chip", "hall"} {
		x, d := job("team-b", "research", 1, 24)
		if name == "chip" {
			x.Accelerators = strings.Split(strings.Repeat("chip ", 20_000), " ")[:20_000]
		} else {
			x.Sites = strings.Split(strings.Repeat("hall ", 20_000), " ")[:20_000]
		}
		if _, err := f.try(x, d); err == nil || !strings.Contains(err.Error(), "at most 40960 fit") {
			t.Fatalf("a submission that names %s 20,000 times: %v", name, err)
		}
	}
	if n := f.s.Jobs(); n != 0 {
		t.Fatalf("%d jobs are there", n)
	}
	// A permit with so many acts that its status does not fit has no receipt.
	for i := range 140 {
		if err := f.act([]signature.Verb{signature.Endorse, signature.Suspend}[i%2], "charter", "board", ""); err != nil {
			t.Fatal(err)
		}
	}
	status, err := f.s.NewStatus("charter", f.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.try(status, nil); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("the status of a permit with 140 acts: %v", err)
	}
	f.replay()
}
