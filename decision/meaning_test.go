package decision_test

import (
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// book announces n bookings of a task.
func book(w *world.World, n int, k task, arrives ms) {
	for range n {
		w.Book(world.Booking{Class: k.class(w), Stocks: []int32{0}, Devices: k.devices, Arrives: arrives, Lasts: k.limit})
	}
}

// TestMeaning holds the counter-examples to rules that look right: in each,
// the tempting variant's numbers, and what our rule says.
func TestMeaning(t *testing.T) {
	const certain, booked, observed = permit.Certain, permit.Booked, permit.Observed
	in := func(n int64, l ms) task { return task{side: inside, devices: n, limit: l} }
	out := func(n int64, l ms) task { return task{side: outside, devices: n, limit: l} }
	other := func(n int64, l ms) task { return task{side: neutral, devices: n, limit: l} }
	all := func(num, den int64, a permit.Assurance, part string, cuts ...ms) condition {
		return atLeast(num, den, a, cuts...).of(part, "")
	}

	t.Run("a share that looks at use so far breaks", func(t *testing.T) {
		w := worldOf(10, rulesOf(10, atMost(3, 10, observed)))
		run(t, w, out(10, 10))
		if to(w, 10); w.Clause(0).Broken != 1 {
			t.Errorf("the world saw %d broken windows, want 1", w.Clause(0).Broken)
		}
		refuse(t, worldOf(10, rulesOf(10, atMost(3, 10, certain))), out(10, 10), 0)
	})
	t.Run("a certain floor without a look at the next window", func(t *testing.T) {
		w := worldOf(9, rulesOf(8, atLeast(1, 2, certain, 0, 4, 8)))
		run(t, w, in(2, 4))
		to(w, 3)
		refuse(t, w, out(1, 4), 0) // it cannot stop at 4
		k := out(1, 4)
		k.checkpoint = 1
		if v := ask(w, k); v.Outcome != decision.Admit || v.End != 4 || !v.Cut || v.CutBy != 0 {
			t.Errorf("%s up to %d, want admit up to 4", v.Outcome, v.End)
		}
	})
	t.Run("a certain floor that looks at the next window alone", func(t *testing.T) {
		w := worldOf(9, rulesOf(6, atLeast(1, 3, certain, 0, 2, 3, 6).allow(2)))
		k := out(1, 6)
		k.checkpoint = 1
		if v := ask(w, k); v.Outcome != decision.Admit || v.End != 3 {
			t.Errorf("%s up to %d, want admit up to 3: the third window fails", v.Outcome, v.End)
		}
		k.checkpoint = 0
		refuse(t, w, k, 0)
	})
	t.Run("a limit that looks at the current window alone", func(t *testing.T) {
		w := worldOf(9, rulesOf(9, limit(5, 0, 4, 9)))
		to(w, 3)
		if r := refuse(t, w, in(4, 6), 0); r.Largest != 1 || r.Window != 1 {
			t.Errorf("largest %d in window %d, want 1 in window 1", r.Largest, r.Window)
		}
		run(t, w, in(1, 6))
	})
	t.Run("two certain floors on disjoint parts freeze", func(t *testing.T) {
		w := worldOf(9, rulesOf(9, all(3, 10, certain, `job.purpose == "in"`), all(3, 10, certain, `job.purpose == "out"`)))
		refuse(t, w, in(1, 1), 1)
		refuse(t, w, out(1, 1), 0)
	})
	t.Run("an allowance that is open to all", func(t *testing.T) {
		w := worldOf(90, rulesOf(100, all(3, 10, certain, `job.purpose == "in"`).allow(10), all(3, 10, certain, `job.purpose == "out"`).allow(10)))
		refuse(t, w, other(1, 5), 0)
		refuse(t, w, in(1, 11), 1)
		run(t, w, in(1, 5))
		run(t, w, out(1, 5))
		to(w, 5)
		run(t, w, other(1, 1)) // now the parts have run
	})
	t.Run("three floors of which no pair is disjoint freeze too", func(t *testing.T) {
		// That `check` says so is tested where check is.
		w := worldOf(9, rulesOf(9, all(1, 10, certain, `job.purpose != "in"`), all(1, 10, certain, `job.purpose != "out"`), all(1, 10, certain, `job.purpose != "neutral"`)))
		refuse(t, w, in(1, 1), 0)
		refuse(t, w, out(1, 1), 1)
		refuse(t, w, other(1, 1), 2)
		band := worldOf(9, rulesOf(9, atLeast(3, 10, certain), atMost(5, 10, certain).of(`job.purpose == "in"`, "")))
		refuse(t, band, in(1, 1), 1)
		refuse(t, band, out(1, 1), 0)
	})
	t.Run("an outside job of length L starts at L at the earliest", func(t *testing.T) {
		w := worldOf(9, rulesOf(90, atLeast(1, 2, certain)))
		run(t, w, in(1, 90))
		to(w, 44)
		if r := refuse(t, w, out(1, 45), 0); r.First != 45 {
			t.Errorf("first at %d, want 45", r.First)
		}
		to(w, 45)
		if v := ask(w, out(1, 45)); v.Outcome != decision.Admit {
			t.Errorf("45 days on day 45: %s, want admit", v.Outcome)
		}
		for ; w.Now() < 90; to(w, w.Now()+1) {
			if v := ask(w, out(1, 46)); w.Now()+46 <= 90 && v.Outcome == decision.Admit {
				t.Errorf("46 days on day %d: admitted", w.Now())
			}
		}
	})
	t.Run("booked with all booked demand counted", func(t *testing.T) {
		w := worldOf(100, rulesOf(1, atLeast(3, 10, booked)))
		book(w, 40, in(1, 1), 0)
		refuse(t, w, out(90, 1), 0)
		w = worldOf(100, rulesOf(1, atLeast(3, 10, booked)))
		book(w, 20, in(1, 1), 0)
		run(t, w, out(40, 1)) // it ends at 33 %
	})
	t.Run("booked with inside work counted to its limit", func(t *testing.T) {
		w := worldOf(9, rulesOf(30, atLeast(3, 10, booked)))
		k := in(1, 30)
		k.expected = 10
		run(t, w, k)
		refuse(t, w, out(2, 30), 0)
		run(t, w, out(1, 23))
	})
	t.Run("booked that ignores when bookings arrive", func(t *testing.T) {
		w := worldOf(10, rulesOf(10, atLeast(2, 10, booked)))
		book(w, 10, in(1, 2), 8)
		refuse(t, w, out(8, 10), 0)
		run(t, w, out(8, 8))
	})
	t.Run("booked that lets unbooked inside work in unseen", func(t *testing.T) {
		w := worldOf(8, rulesOf(10, atLeast(8, 10, booked)))
		book(w, 1, in(6, 2), 8)
		run(t, w, in(1, 6))
		run(t, w, out(1, 4))
		to(w, 7)
		refuse(t, w, in(3, 3), 0) // 15 of 19
		run(t, w, in(2, 3))       // delays nothing
	})
	t.Run("neutral work that takes what a floor is booked to get", func(t *testing.T) {
		w := worldOf(8, rulesOf(10, atLeast(8, 10, booked)))
		book(w, 1, in(6, 2), 8)
		run(t, w, out(1, 3))
		refuse(t, w, other(3, 10), 0)
		run(t, w, other(3, 8))
	})
	t.Run("two booked floors on the same free hours", func(t *testing.T) {
		w := worldOf(100, rulesOf(1, all(4, 10, booked, `job.purpose == "in"`), all(4, 10, booked, `job.purpose == "out"`)))
		book(w, 60, in(1, 1), 0)
		book(w, 60, out(1, 1), 0)
		refuse(t, w, other(40, 1), 1)
	})
	t.Run("booked with expected above the limit", func(t *testing.T) {
		w := worldOf(9, rulesOf(30, atLeast(1, 2, booked)))
		k := in(1, 10)
		k.expected = 30
		run(t, w, k)
		refuse(t, w, out(1, 30), 0) // 10 of 40
		run(t, w, out(1, 10))
	})
	t.Run("bookings where more devices left than are free", func(t *testing.T) {
		w := worldOf(4, rulesOf(8, atLeast(1, 2, booked, 0, 4, 8)))
		run(t, w, other(4, 5))
		w.Capacitate(0, -2)
		book(w, 1, in(1, 2), 0)
		pl := w.Plan(0)
		term := w.Terms(in(1, 2).class(w), 0)[0]
		if n, m := w.Booked(pl, 0, term.Account, 0), w.Booked(pl, 0, term.Account, 1); n != account.Of(0) || m != account.Of(2) {
			t.Errorf("the booking gets %s and %s, want 0 and 2", n, m)
		}
	})
	t.Run("a plan of bookings is made anew once one is late", func(t *testing.T) {
		w := worldOf(4, rulesOf(10, atLeast(1, 2, booked)))
		book(w, 1, in(1, 6), 2)
		if v := ask(w, out(1, 6)); v.Outcome != decision.Admit {
			t.Errorf("%s, want admit: 6 of 12", v.Outcome)
		}
		to(w, 7)
		refuse(t, w, out(2, 3), 0) // of the booking 3 are left
		run(t, w, out(1, 3))
	})
	t.Run("drain fires before the sum reaches the bound", func(t *testing.T) {
		x := newTrial(1, 10, limit(5).assured(observed).onReach(permit.Drain))
		if !x.try(task{side: inside, devices: 1, limit: 10, checkpoint: 4}, 10) {
			t.Fatal("not admitted")
		}
		for x.w.Now() < 10 {
			x.step()
		}
		if x.jobs[0].to != 4 {
			t.Errorf("it ran up to %d, want 4: at 8 it would have passed 5", x.jobs[0].to)
		}
	})
	t.Run("drain looks over the window's end", func(t *testing.T) {
		w := worldOf(9, rulesOf(20, limit(5, 0, 10, 20).assured(observed).onReach(permit.Drain)))
		to(w, 8)
		refuse(t, w, task{side: inside, devices: 1, limit: 12, checkpoint: 8}, 0) // 2, then 6 up to 16
		run(t, w, task{side: inside, devices: 1, limit: 12, checkpoint: 7})
	})
	lapsing := func() *world.World {
		r := rulesOf(12, limit(9), condition{Clause: world.Clause{Form: world.Lapse}})
		r.Clauses[0].Lapses = []world.LapseOn{{At: 1, Clause: 1, Lines: []world.LapseLine{{UsedBelow: quantity.Ratio{Num: 5, Den: 10}, Lose: quantity.Ratio{Num: 75, Den: 100}}}}}
		return worldOf(9, r)
	}
	t.Run("a lapse that cuts the bound under what runs", func(t *testing.T) {
		w := lapsing()
		run(t, w, in(1, 6))
		to(w, 1) // 8 are left, 6 are lost: 3, but the job holds 6
		if b := w.Bound(&w.Rules.Clauses[0], w.Touch(0), 0); b != account.Of(6) {
			t.Errorf("the bound is %s, want 6", b)
		}
		refuse(t, w, in(1, 1), 0)
		to(w, 6)
		refuse(t, w, in(1, 1), 0)
	})
	t.Run("a lapse that leaks to later starts", func(t *testing.T) {
		w := lapsing()
		id := run(t, w, in(1, 6))
		to(w, 2)
		w.End(id)
		if b := w.Bound(&w.Rules.Clauses[0], w.Touch(0), 0); b != account.Of(3) {
			t.Errorf("the bound is %s, want 3: what is not used is forfeited", b)
		}
		refuse(t, w, in(1, 2), 0)
		run(t, w, in(1, 1))
	})
	t.Run("judged always with a plain exemption", func(t *testing.T) {
		w := worldOf(9, rulesOf(20, atLeast(9, 10, certain).always(7)))
		refuse(t, w, out(1, 1), 0)
		run(t, w, in(1, 9))
		to(w, 9)
		run(t, w, out(1, 1))
	})
	t.Run("each condition with a reservation end of its own", func(t *testing.T) {
		w := worldOf(9, rulesOf(130,
			atLeast(1, 2, certain, 0, 40, 130).of(`job.purpose == "neutral"`, `job.purpose != "out"`).allow(40),
			atLeast(1, 2, booked)))
		k := in(1, 90)
		k.checkpoint = 1
		if v := ask(w, k); v.End != 40 {
			t.Fatalf("the reservation ends at %d, want 40", v.End)
		}
		run(t, w, k)
		refuse(t, w, out(1, 90), 1) // 40 of 130
		run(t, w, out(1, 40))
	})
	t.Run("a gang that shrank grows back unasked", func(t *testing.T) {
		w := worldOf(9, rulesOf(10, atLeast(6, 10, certain, 0, 5, 10).allow(6)))
		to(w, 2)
		gang := run(t, w, out(2, 5))
		to(w, 3)
		w.End(gang)
		run(t, w, out(1, 4))
		run(t, w, out(1, 2))
		refuse(t, w, out(1, 2), 0) // growing is asked for
	})
	t.Run("a selector that is evaluated again on running work", func(t *testing.T) {
		r := rulesOf(10, atLeast(3, 10, certain).of(`!endUser.listed`, ""))
		r.Reads, r.Permits[0].Lists = []string{"endUser.listed"}, []int32{0}
		r.Listings = []world.Listing{{Fact: 0, Name: "a", From: 5, Until: 100}}
		w := worldOf(20, r)
		k := task{side: inside, user: "a", devices: 5, limit: 10}
		run(t, w, k)
		to(w, 9)
		if n, o := w.Touch(0).Used(9), w.Touch(1).Used(9); n != account.Of(45) || o != account.Of(0) {
			t.Errorf("inside %s and outside %s, want 45 and 0: the side is fixed at the start", n, o)
		}
		k.limit = 1
		if s := w.Terms(k.class(w), 0)[0].Side; s != world.Harmful {
			t.Errorf("a new job of the listed user has side %d, want harmful", s)
		}
	})
	t.Run("a ceiling of what is available by complement", func(t *testing.T) {
		w := worldOf(10, rulesOf(10, atMost(2, 10, certain).available()))
		refuse(t, w, out(3, 10), 0)
		run(t, w, out(2, 10)) // though nothing else runs
		refuse(t, w, out(1, 1), 0)
	})
	t.Run("a rolling limit with the whole job counted", func(t *testing.T) {
		// A rolling share cannot be kept by admission at all; check says so.
		w := worldOf(9, rulesOf(100, rolling(30, 30)))
		refuse(t, w, in(2, 60), 0)
		id := run(t, w, in(1, 60))
		to(w, 10)
		w.End(id)
		if r := refuse(t, w, in(1, 30), 0); r.First != 40 {
			t.Errorf("first at %d, want 40, when the 10 that were used are out of sight", r.First)
		}
		run(t, w, in(1, 20)) // what was not used returned
	})
	t.Run("first instants conjoined", func(t *testing.T) {
		r := rulesOf(60, limit(10, 0, 30, 60))
		r.Permits[0].Until = 25
		w := worldOf(9, r)
		run(t, w, in(1, 10))
		if v := ask(w, in(1, 10)); v.Again != 30 || v.Outcome != decision.Hold {
			t.Errorf("%s, again at %d, want hold until 30", v.Outcome, v.Again)
		}
		to(w, 30)
		if v := ask(w, in(1, 10)); v.Outcome != decision.Deny || reason(v, 0).Outcome != decision.Admit {
			t.Errorf("at 30 %s, want deny: the permit has ended", v.Outcome)
		}
	})
	t.Run("a predicate that sees the granted size", func(t *testing.T) {
		for _, e := range []permit.Expression{"devices % 8 == 0", "job.devices % 8 == 0"} {
			if _, err := permit.CompileExpression(e); err == nil {
				t.Errorf("%q compiles", e)
			}
		}
	})
	t.Run("a booked limit counts what is expected", func(t *testing.T) {
		w := worldOf(9, rulesOf(30, limit(30).assured(booked)))
		k := in(1, 30)
		k.expected = 10
		run(t, w, k)
		refuse(t, w, in(1, 21), 0)
		run(t, w, in(1, 20))
	})
	t.Run("a number of jobs says nothing of their size", func(t *testing.T) {
		w := worldOf(9, rulesOf(30, all(1, 2, certain, `job.purpose == "in"`).measure(permit.Jobs).allow(2)))
		w.Rules.Clauses[0].Cut = false
		if v := ask(w, out(5, 3)); v.Outcome != decision.Admit || v.Largest < 5 {
			t.Errorf("%s, at most %d devices", v.Outcome, v.Largest)
		}
		run(t, w, out(5, 3))
		run(t, w, out(4, 3))
		if r := refuse(t, w, out(1, 1), 0); r.Largest != 0 {
			t.Errorf("largest %d, want 0", r.Largest)
		}
	})
	t.Run("a stop at the bound lets nothing start for no time", func(t *testing.T) {
		w := worldOf(9, rulesOf(20, limit(5, 0, 10, 20).assured(observed).onReach(permit.Stop)))
		run(t, w, in(2, 9))
		if a := to(w, 2); len(a) != 1 || a[0].Do != permit.Stop {
			t.Fatalf("actions %v at 2, want one stop: at 3 it is 6", a)
		}
		w.End(0)
		if r := refuse(t, w, in(2, 9), 0); r.First != 10 || r.Largest != 1 {
			t.Errorf("first at %d, largest %d, want 10 and 1", r.First, r.Largest)
		}
	})
	t.Run("a stop spares what ends at the bound", func(t *testing.T) {
		w := worldOf(9, rulesOf(20, limit(6).onReach(permit.Stop)))
		run(t, w, in(2, 3))
		if a := to(w, 3); len(a) != 0 {
			t.Errorf("actions %v, want none: the job ends as it reaches the bound", a)
		}
	})
	t.Run("work too long to fit between two cuts waits or is denied", func(t *testing.T) {
		w := worldOf(9, rulesOf(20, atLeast(1, 2, certain, 0, 5, 10, 20)))
		run(t, w, in(5, 20))
		to(w, 3)
		if r := refuse(t, w, out(1, 9), 0); r.Outcome != decision.Hold || r.First != 10 {
			t.Errorf("%s, first at %d, want hold until 10: no window before is long enough", r.Outcome, r.First)
		}
		if r := refuse(t, w, out(1, 11), 0); r.Outcome != decision.Deny {
			t.Errorf("%s, want deny", r.Outcome)
		}
	})
}
