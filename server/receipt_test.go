package server_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
)

// TestReceiptFlood: however many ask for receipts, a permit's status is written
// at most once a second while it stays the same; a status that has changed is
// never answered with an older one.
func TestReceiptFlood(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	statuses := func() (n int) {
		for i, r := range f.store.held() {
			e, err := ledger.Decode(r.Data)
			if err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
			if e.Kind == "permit-status" {
				n++
			}
		}
		return n
	}
	flood := func() []byte {
		t.Helper()
		texts := make([][]byte, 40)
		var all sync.WaitGroup
		for i := range texts {
			all.Go(func() { texts[i] = f.ask("maker", "GET", "/v1/permits/charter/receipt", nil).body })
		}
		all.Wait()
		for _, text := range texts {
			if !strings.HasPrefix(string(text), "c2sp.org/tlog-proof@v1") {
				t.Fatalf("no receipt: %s", text)
			}
			// Two may be proved under different checkpoints.
			if entryOf(t, text) != entryOf(t, texts[0]) {
				t.Errorf("two receipts of one second are of the entries %s and %s", entryOf(t, text), entryOf(t, texts[0]))
			}
		}
		return texts[0]
	}
	first := flood()
	f.hand.pass(999 * time.Millisecond)
	if again := flood(); entryOf(t, again) != entryOf(t, first) || statuses() != 1 {
		t.Errorf("within a second: %d entries", statuses())
	}
	f.must("operator", "GET", "/v1/permits/other/receipt", nil, nil)
	f.hand.pass(time.Millisecond)
	if later := flood(); entryOf(t, later) == entryOf(t, first) || statuses() != 3 {
		t.Errorf("after a second, and for another permit: %d entries", statuses())
	}
	f.must("board", "POST", "/v1/permits/charter/acts", f.sign(signature.Suspend, "charter", "board"), nil)
	if text := f.must("maker", "GET", "/v1/permits/charter/receipt", nil, nil).body; !bytes.Contains(extraOf(t, text), []byte(`"state":"suspended"`)) || statuses() != 4 {
		t.Errorf("after a suspension: %d entries, %s", statuses(), extraOf(t, text))
	}
	f.replay()
}

// entryOf is the position of the entry that a receipt proves.
func entryOf(t *testing.T, text []byte) string {
	t.Helper()
	for line := range strings.Lines(string(text)) {
		if at, ok := strings.CutPrefix(line, "index "); ok {
			return strings.TrimSpace(at)
		}
	}
	t.Fatalf("the receipt names no entry: %s", text)
	return ""
}

// extraOf is the entry that a receipt carries.
func extraOf(t *testing.T, text []byte) []byte {
	t.Helper()
	p, err := ledger.ParseProof(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.Entry
}
