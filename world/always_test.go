package world

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// shareWorld has a ceiling of 30 % on the part, so far only: over the last
// rolling milliseconds or, where that is 0, always in windows that end at 100
// and 200, above a whole of minBase.
func shareWorld(t testing.TB, rolling calendar.Instant, minBase int64) *World {
	t.Helper()
	part, err := permit.CompileExpression(`job.purpose == "part"`)
	if err != nil {
		t.Fatal(err)
	}
	w := New(&Rules{
		Permits: []Permit{{First: 0, Last: 1, Until: 200, Use: true}}, Products: make([]Product, 1), Sites: make([]Site, 1), Groups: make([]Group, 1),
		Stocks: []Stock{{Permits: []int32{0}}}, Lots: []Lot{{Stock: 0}}, Until: 200,
		Clauses: []Clause{{
			Form: Share, At: permit.Use, Assure: permit.Observed, Measure: permit.DeviceHours, Predicate: part, Ceiling: true, Floor: Fraction{7, 10},
			Always: rolling == 0, MinBase: account.Of(minBase), Action: permit.Hold, Limit: -1,
		}},
		Spaces: []Space{{Cuts: []calendar.Instant{0, 100, 200}, Length: rolling}}, Reads: []string{"job.purpose"},
	})
	w.Deliver(0, 100)
	return w
}

func (w *World) startFor(purpose string, n int64, end calendar.Instant) JobID {
	return w.Start(Start{Class: w.Class(Attributes{Purpose: purpose}), First: Part{0, n}, End: end, Expected: end})
}

// A rolling share is broken without a start, as the use of others ages out, and
// is broken again when it was kept in between.
func TestRollingShareIsBrokenByAge(t *testing.T) {
	w := shareWorld(t, 20, 0)
	rest := w.startFor("rest", 7, 200)
	w.startFor("part", 3, 200)
	w.goOn(40)
	if s := w.Clause(0); s.Broken != 0 {
		t.Fatalf("exactly 30 %% is a breach at %d", s.Breach)
	}
	w.End(rest)
	w.goOn(60)
	if s := w.Clause(0); s.Breach != 41 || s.Broken != 1 {
		t.Fatalf("broken %d times, first at %d; want once, at 41", s.Broken, s.Breach)
	}
	rest = w.startFor("rest", 20, 200)
	w.goOn(70) // 140 from 67 on
	w.End(rest)
	w.goOn(83)
	if s := w.Clause(0); s.Broken != 1 {
		t.Fatalf("broken %d times, though it is kept from 67 to 83", s.Broken)
	}
	w.goOn(84)
	if s := w.Clause(0); s.Broken != 2 {
		t.Errorf("broken %d times, want twice", s.Broken)
	}
}

// What is noted of shares that are judged at every instant is what looking at
// every millisecond finds.
func TestSharesJudgedAtEveryInstant(t *testing.T) {
	type job struct {
		id        JobID
		part      bool
		n         int64
		from, end calendar.Instant
		on        bool
	}
	rapid.Check(t, func(r *rapid.T) {
		rolling := calendar.Instant(rapid.SampledFrom([]int64{0, 7, 20, 50}).Draw(r, "rolling"))
		minBase := int64(0)
		if rolling == 0 {
			minBase = rapid.Int64Range(0, 300).Draw(r, "minBase")
		}
		w := shareWorld(t, rolling, minBase)
		var jobs []*job
		// used is what a side used up to t in the window that t lies in.
		used := func(part bool, t calendar.Instant) (sum int64) {
			since := t - rolling
			if rolling == 0 {
				since = t / 100 * 100
			}
			for _, j := range jobs {
				if j.part == part {
					sum += j.n * max(0, int64(min(j.end, t)-max(j.from, since)))
				}
			}
			return sum
		}
		broken, times, first := false, 0, calendar.Never
		for now := calendar.Instant(0); now < 200; now++ {
			w.goOn(now)
			n, o := used(false, now), used(true, now)
			was := broken
			if broken = 10*n < 7*(n+o) && (rolling > 0 || n+o > minBase); broken && !was {
				times, first = times+1, min(first, now)
			}
			if s := w.Clause(0); s.Broken != times || s.Breach != first {
				r.Fatalf("at %d: %d of %d in the part; broken %d times from %d on, want %d times from %d on", now, o, n+o, s.Broken, s.Breach, times, first)
			}
			for _, j := range jobs {
				if j.on && (j.end == now || rapid.IntRange(0, 30).Draw(r, "ends") == 0) {
					w.End(j.id)
					j.on, j.end = false, now
				}
			}
			if rapid.IntRange(0, 9).Draw(r, "starts") == 0 {
				j := &job{part: rapid.Bool().Draw(r, "part"), n: rapid.Int64Range(1, 9).Draw(r, "devices"), from: now, on: true}
				j.end = now + calendar.Instant(rapid.Int64Range(1, 60).Draw(r, "limit"))
				purpose := "rest"
				if j.part {
					purpose = "part"
				}
				j.id = w.startFor(purpose, j.n, j.end)
				jobs = append(jobs, j)
			}
		}
	})
}

// A share of devices that is judged always is broken by a fact that falls.
func TestAFactThatFallsBreaksAShare(t *testing.T) {
	w := New(&Rules{
		Permits: []Permit{{First: 0, Last: 1, Until: 200, Delivery: true}}, Products: make([]Product, 1), Sites: make([]Site, 1), Groups: make([]Group, 1),
		Stocks: []Stock{{Permits: []int32{0}}}, Lots: []Lot{{Stock: 0}}, Until: 200,
		Clauses: []Clause{{
			Form: Share, At: permit.Delivery, Assure: permit.Certain, Measure: permit.DeliveredDevices, Ceiling: true, Floor: Fraction{1, 2},
			Base: OfFact, Always: true, MinBase: account.Of(1), Limit: -1,
		}},
		Spaces: []Space{{Cuts: []calendar.Instant{0, 200}}},
	})
	w.SetFact(0, account.Of(200))
	w.Deliver(0, 100)
	w.Advance(50)
	if s := w.Clause(0); s.Broken != 0 {
		t.Fatalf("exactly half is a breach at %d", s.Breach)
	}
	w.SetFact(0, account.Of(199))
	if s := w.Clause(0); s.Broken != 1 || s.Breach != 50 {
		t.Errorf("broken %d times, first at %d; want once, at 50", s.Broken, s.Breach)
	}
}

// An amended floor holds at once: what breaks it now is a breach of now, also
// where nothing runs any more.
func TestAnAmendedShareIsLookedAtAtOnce(t *testing.T) {
	w := shareWorld(t, 20, 0)
	rest, part := w.startFor("rest", 8, 200), w.startFor("part", 2, 200)
	w.goOn(30)
	w.End(rest)
	w.End(part)
	w.goOn(35)
	if s := w.Clause(0); s.Broken != 0 {
		t.Fatalf("20 %% is a breach at %d", s.Breach)
	}
	later := *w.Rules
	later.Clauses = []Clause{w.Rules.Clauses[0]}
	later.Clauses[0].Floor = Fraction{9, 10}
	w = w.Carry(&later, Origin{})
	w.goOn(36)
	if s := w.Clause(0); s.Broken != 1 || s.Breach != 35 {
		t.Fatalf("broken %d times, first at %d; want once, at 35", s.Broken, s.Breach)
	}
	earlier := later
	earlier.Clauses = []Clause{later.Clauses[0]}
	earlier.Clauses[0].Floor = Fraction{7, 10}
	w = w.Carry(&earlier, Origin{})
	w.goOn(38)
	w = w.Carry(&later, Origin{})
	w.goOn(40)
	if s := w.Clause(0); s.Broken != 2 {
		t.Errorf("broken %d times, want a second time from 38 on", s.Broken)
	}
}
