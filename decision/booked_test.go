package decision_test

import (
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
	"pgregory.net/rapid"
)

// TestBookedHolds: bookings of one device each arrive as announced, harmful
// and neutral work runs to its limit, inside work as long as expected. Then a
// booked share holds at every window end. (Where there are several windows
// inside work is expected to run to its limit: devices that come back before
// the end of their reservation let a booking start earlier, out of a window
// that was to count it. The rule does not see that; it needs about 9,000 such
// worlds to show.)
func TestBookedHolds(t *testing.T) {
	check(t, func(t *rapid.T) {
		devices, horizon := rapid.Int64Range(1, 6).Draw(t, "C"), ms(rapid.IntRange(4, 24).Draw(t, "horizon"))
		cuts := drawCuts(t, horizon)
		if rapid.Bool().Draw(t, "one window") {
			cuts = []ms{0, horizon}
		}
		num, a := rapid.Int64Range(1, 9).Draw(t, "share"), rapid.Int64Range(0, 4).Draw(t, "allowance")
		x := newTrial(devices, cuts[len(cuts)-1], atLeast(num, 10, permit.Booked, cuts...).allow(a))
		type booking struct {
			task
			arrives ms
			started bool
		}
		var bookings []booking
		for range rapid.IntRange(0, 8).Draw(t, "bookings") {
			b := booking{task: task{side: rapid.SampledFrom([]string{inside, inside, neutral}).Draw(t, "side"), devices: 1, limit: ms(rapid.IntRange(1, 5).Draw(t, "lasts"))}, arrives: ms(rapid.IntRange(0, int(horizon)).Draw(t, "arrives"))}
			b.own = 1 + x.w.Book(world.Booking{Class: b.class(x.w), Stocks: []int32{0}, Devices: 1, Arrives: b.arrives, Lasts: b.limit})
			bookings = append(bookings, b)
		}
		for x.w.Now() < horizon {
			for at := ms(0); at <= x.w.Now(); at++ { // in the order of arrival
				for i := range bookings {
					if b := &bookings[i]; !b.started && b.arrives == at && x.free() > 0 {
						if b.started = x.try(b.task, b.limit); !b.started {
							t.Fatalf("the booking %+v is refused when it comes", *b)
						}
					}
				}
			}
			for range rapid.IntRange(0, 2).Draw(t, "arrivals") {
				k := drawTask(t, devices)
				if len(cuts) == 2 {
					k.expected = ms(rapid.IntRange(1, int(k.limit)).Draw(t, "expected"))
				}
				runs := k.limit
				if k.side == inside && k.expected > 0 {
					runs = k.expected
				}
				x.try(k, runs)
			}
			x.step()
		}
		for x.w.Running() > 0 {
			x.step()
		}
		for v := range len(cuts) - 1 {
			if cuts[v+1] > horizon {
				return // bookings stopped coming
			}
			n := sums(x.jobs, cuts[v], cuts[v+1], func(r *ran) bool { return r.side == inside })
			d := sums(x.jobs, cuts[v], cuts[v+1], func(r *ran) bool { return r.side != neutral })
			if 10*n < num*(d-a) {
				t.Fatalf("[%d,%d): %d of %d is less than %d/10, %d exempt\njobs %+v\nbookings %+v", cuts[v], cuts[v+1], n, d, num, a, x.jobs, bookings)
			}
		}
	})
}

// TestDrainAndStopHold: limits that admit on use so far, but drain or stop at
// the bound, are never exceeded: not in a window of a calendar, nor in the last
// length. Draining jobs stop at checkpoints alone.
func TestDrainAndStopHold(t *testing.T) {
	check(t, func(t *rapid.T) {
		devices, horizon := rapid.Int64Range(1, 6).Draw(t, "C"), ms(rapid.IntRange(4, 30).Draw(t, "horizon"))
		var conditions []condition
		for range rapid.IntRange(1, 3).Draw(t, "conditions") {
			bound := rapid.Int64Range(devices, 25).Draw(t, "bound")
			c := limit(bound, drawCuts(t, horizon)...).onReach(rapid.SampledFrom([]permit.Action{permit.Drain, permit.Stop}).Draw(t, "action"))
			if rapid.IntRange(0, 3).Draw(t, "rolls") == 0 {
				c = rolling(bound, ms(rapid.IntRange(1, 9).Draw(t, "length"))).onReach(permit.Drain)
			}
			conditions = append(conditions, c.assured(permit.Observed))
		}
		x := newTrial(devices, horizon, conditions...)
		x.churn(t, devices, horizon)
		for x.w.Running() > 0 {
			x.step()
		}
		all := func(*ran) bool { return true }
		for i, c := range conditions {
			bound := c.Bound.Int64()
			for at := ms(0); c.length > 0 && at < horizon; at++ {
				if n := sums(x.jobs, at-c.length, at, all); n > bound {
					t.Fatalf("condition %d, %s: %d of %d in the last %d before %d\n%+v", i, c.Action, n, bound, c.length, at, x.jobs)
				}
			}
			for v := 0; c.length == 0 && v+1 < len(c.cuts); v++ {
				if n := sums(x.jobs, c.cuts[v], c.cuts[v+1], all); n > bound {
					t.Fatalf("condition %d, %s: %d of %d in [%d,%d)\n%+v", i, c.Action, n, bound, c.cuts[v], c.cuts[v+1], x.jobs)
				}
			}
		}
	})
}

// TestLapseHonoursWhatRuns: after a lapse the bound is max(reduced, used +
// held); what is held and not used is forfeited, never lent to later starts.
func TestLapseHonoursWhatRuns(t *testing.T) {
	check(t, func(t *rapid.T) {
		devices, horizon := rapid.Int64Range(1, 6).Draw(t, "C"), ms(rapid.IntRange(6, 30).Draw(t, "horizon"))
		bound, lose := rapid.Int64Range(4, 60).Draw(t, "bound"), rapid.Int64Range(10, 100).Draw(t, "lose")
		at := ms(rapid.IntRange(1, int(horizon)-1).Draw(t, "date"))
		below := rapid.Int64Range(10, 100).Draw(t, "usedBelow")
		cuts := drawCuts(t, horizon)
		x := newTrial(devices, cuts[len(cuts)-1], limit(bound, cuts...), condition{Clause: world.Clause{Form: world.Lapse}})
		x.rules.Clauses[0].Lapses = []world.LapseOn{{At: at, Clause: 1, Lines: []world.LapseLine{{
			UsedBelow: quantity.Ratio{Num: below, Den: 100}, Lose: quantity.Ratio{Num: lose, Den: 100},
		}}}}
		x.churn(t, devices, at-1)
		x.step()
		v := 0
		for cuts[v+1] <= at {
			v++
		}
		all := func(*ran) bool { return true }
		old := len(x.jobs)
		used := sums(x.jobs, cuts[v], at, all)
		held := int64(0)
		x.w.Each(func(_ world.JobID, j *world.Running) {
			held += j.Devices() * int64(max(0, min(j.End, cuts[v+1])-at))
		})
		reduced := bound
		if used*100 < below*bound {
			reduced -= (bound - used) * lose / 100
		}
		x.churn(t, devices, horizon)
		for x.w.Running() > 0 {
			x.step()
		}
		before, after := sums(x.jobs[:old], cuts[v], cuts[v+1], all), sums(x.jobs[old:], cuts[v], cuts[v+1], all)
		if before+after > max(reduced, used+held) {
			t.Fatalf("%d are used, of max(%d, %d + %d)", before+after, reduced, used, held)
		}
		if after > max(0, reduced-before) {
			t.Fatalf("%d are used by later starts; %d of %d were used by those before", after, before, reduced)
		}
	})
}

// TestALapseLeavesTheRest: what is not lost can still be used.
func TestALapseLeavesTheRest(t *testing.T) {
	r := rulesOf(20, limit(20), condition{Clause: world.Clause{Form: world.Lapse}})
	r.Clauses[0].Lapses = []world.LapseOn{{At: 5, Clause: 1, Lines: []world.LapseLine{
		{UsedBelow: quantity.Ratio{Num: 1, Den: 10}, Lose: quantity.Ratio{Num: 1, Den: 2}},
		{UsedBelow: quantity.Ratio{Num: 1, Den: 2}, Lose: quantity.Ratio{Num: 1, Den: 4}},
	}}}
	w := worldOf(9, r)
	run(t, w, task{side: inside, devices: 1, limit: 4})
	to(w, 5) // 4 of 20: the second line applies, a quarter of 16 is lost
	if b := w.Bound(&r.Clauses[0], w.Touch(0), 0); b != account.Of(16) {
		t.Errorf("the bound is %s, want 16", b)
	}
	run(t, w, task{side: inside, devices: 4, limit: 3})
	if v := ask(w, task{side: inside, devices: 1, limit: 1}); v.Outcome == decision.Admit {
		t.Error("17 of 16 is admitted")
	}
}
