package world

import (
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// observedWorld has one limit, so far only, over windows that end at 100 and
// 200, or over the last rolling milliseconds.
func observedWorld(bound int64, rolling calendar.Instant) *World {
	w := New(&Rules{
		Permits: []Permit{{First: 0, Last: 1, Until: 200, Use: true}}, Products: make([]Product, 1), Sites: make([]Site, 1), Groups: make([]Group, 1),
		Stocks: []Stock{{Permits: []int32{0}}}, Lots: []Lot{{Stock: 0}}, Until: 200,
		Clauses: []Clause{{Form: Limit, At: permit.Use, Assure: permit.Observed, Measure: permit.DeviceHours, Bound: account.Of(bound), Action: permit.Notify, Limit: -1}},
		Spaces:  []Space{{Cuts: []calendar.Instant{0, 100, 200}, Length: rolling}},
	})
	w.Deliver(0, 12)
	return w
}

// run starts one job of n devices now and goes on to an instant.
func (w *World) run(n int64, end, until calendar.Instant) JobID {
	id := w.Start(Start{Class: w.Class(Attributes{}), First: Part{0, n}, End: end, Expected: end})
	w.goOn(until)
	return id
}

func (w *World) goOn(until calendar.Instant) {
	for at := w.NextTimer(); at <= until; at = w.NextTimer() {
		w.Advance(at)
		w.Fire()
	}
	w.Advance(until)
}

// TestBrokenWindows: however often work starts and ends while a limit is
// passed, its window is broken once; the next one counts anew.
func TestBrokenWindows(t *testing.T) {
	w := observedWorld(20, 0)
	w.run(1, 200, 30) // over from 20 on
	for at := calendar.Instant(40); at <= 70; at += 10 {
		w.End(w.run(2, 100, at))
	}
	if s := w.Clause(0); s.Broken != 1 || s.Breach != 21 {
		t.Errorf("broken in %d windows from %d on, want 1 from 21 on", s.Broken, s.Breach)
	}
	w.goOn(150)
	if s := w.Clause(0); s.Broken != 2 {
		t.Errorf("broken in %d windows, want 2", s.Broken)
	}
}

// TestRollingBreach: a rolling limit that is passed is noted at the first
// millisecond at which the window holds more, also where that takes a second
// job.
func TestRollingBreach(t *testing.T) {
	w := observedWorld(30, 20)
	w.run(1, 200, 50) // never more than 20
	if s := w.Clause(0); s.Breach != calendar.Never {
		t.Fatalf("breach at %d: one device takes 20 in any 20", s.Breach)
	}
	w.run(1, 200, 80) // 20 and one more each millisecond: 31 at 61
	if s := w.Clause(0); s.Breach != 61 || s.Broken != 1 {
		t.Errorf("breach at %d, %d windows broken; want 61 and 1", s.Breach, s.Broken)
	}
}
