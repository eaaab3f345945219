package control_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
)

// lived gives the entries of a small fleet with an entry of nearly every kind.
func lived(t testing.TB) *fleet {
	t.Helper()
	f := newFleet(t, "2026-01-10T00:00:00Z", false, terms{hours: 500, percent: 20, assure: "certain", onEnd: "drain", onMiss: "hold", onReach: "drain"}.text(1))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.act(signature.Endorse, "charter", "board", ""))
	f.apply(&control.Evidence{Lot: "first", Evidence: "location"}, nil)
	x, _ := job("", "research", 16, 24)
	f.apply(x, nil)
	x, _ = job("", "commercial", 8, 48)
	f.apply(x, nil)
	x, _ = job("", "military", 8, 48)
	f.apply(x, nil)
	x, _ = job("", "research", 50, 2)
	f.apply(x, nil)
	must(f.approve("4", "charter", "large", "board"))
	f.apply(&control.Receive{Lot: "second", Devices: "40"}, nil)
	x, _ = job("", "research", 4, 10)
	f.apply(&control.Book{Submit: *x, Arrives: dec(int(f.now) + 3_600_000)}, nil)
	f.apply(&control.End{Job: "2"}, nil)
	f.pass(50 * time.Hour)
	f.apply(&control.Unbook{Booking: "1"}, nil)
	f.amend(part(t, terms{hours: 700, percent: 20, assure: "certain", onEnd: "drain", onMiss: "hold", onReach: "drain"}.text(2), "Permit", "charter"), "board")
	must(f.put(part(t, more, "Site", "annex")))
	f.apply(&control.Move{Lot: "first", To: "annex", Devices: "8"}, nil)
	f.apply(&control.Dispose{Lot: "first", Devices: "1"}, nil)
	f.pass(40 * 24 * time.Hour)
	f.apply(&control.File{Permit: "charter", Condition: "report", SHA256: hash64}, nil)
	f.apply(&control.Clock{Said: dec(int(f.now) - 1)}, nil)
	st, err := f.s.NewStatus("charter", f.now)
	must(err)
	f.apply(st, nil)
	f.replay()
	return f
}

const hash64 = "00000000000000000000000000000000000000000000000000000000000000ff"

// FuzzReplay replays ledgers that strangers wrote: whatever they say, nothing
// panics, and what is refused changes nothing that a later entry shows.
func FuzzReplay(f *testing.F) {
	l := lived(f)
	var all []byte
	for _, e := range l.entries {
		data, err := ledger.Encode(e)
		if err != nil {
			f.Fatal(err)
		}
		all = append(append(all, data...), '\n')
	}
	f.Add(all)
	for _, x := range []string{`"48"`, `"700h"`, "month", "atLeast: 20%", "research", `"first"`, "2026", "deviceHours"} {
		f.Add(bytes.ReplaceAll(all, []byte(x), []byte("0")))
		f.Add(bytes.Replace(all, []byte(x), []byte("-1"), 1))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := control.NewState()
		for _, line := range bytes.Split(data, []byte("\n")) {
			e, err := ledger.Decode(line)
			if err != nil {
				continue
			}
			at, next := s.At(), s.Next()
			x, err := control.Parse(e.Kind, e.Body)
			if err != nil {
				continue
			}
			if _, err = s.Apply(calendar.Instant(e.At), x, nil); err != nil && (s.At() != at || s.Next() != next) {
				t.Fatalf("%s is refused, and changes when the last fact was or what is due: %v", e.Kind, err)
			}
			s.Accounts(s.At())
			s.Permits()
			s.Lots()
			s.Duties(s.At())
			if n := s.Jobs(); n > 0 {
				s.Why(dec(n), time.UTC)
			}
		}
	})
}
