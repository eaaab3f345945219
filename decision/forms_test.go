package decision_test

import (
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// outcome judges a task and wants an outcome, with the reason of a clause.
func outcome(t *testing.T, w *world.World, k task, clause int32, want decision.Outcome, first ms) {
	t.Helper()
	v := ask(w, k)
	r := reason(v, clause)
	if v.Outcome != want || want != decision.Admit && (r.Outcome != want || r.First != first) {
		t.Errorf("at %d: %s by %+v, want %s, first at %d", w.Now(), v.Outcome, r, want, first)
	}
}

const gate = int32(-1)

func TestGateWaitsForEveryEndorsement(t *testing.T) {
	r := rulesOf(50)
	r.Permits[0].From = 5
	r.Permits[0].Required, r.Permits[0].GateGroups = []int32{0, 1}, []int32{0, 0}
	w := worldOf(4, r)
	k := task{side: inside, devices: 1, limit: 3}
	outcome(t, w, k, gate, decision.Hold, calendar.Never)
	to(w, 2)
	w.Endorse(0, 1)
	outcome(t, w, k, gate, decision.Hold, calendar.Never)
	w.Endorse(0, 0)
	outcome(t, w, k, gate, decision.Hold, 5)
	to(w, 5)
	outcome(t, w, k, gate, decision.Admit, 0)
	w.Suspend(0)
	outcome(t, w, k, gate, decision.Hold, calendar.Never)
	w.Reinstate(0)
	outcome(t, w, k, gate, decision.Admit, 0)
	to(w, 50)
	outcome(t, w, k, gate, decision.Deny, calendar.Never)
}

func TestEndOfPermit(t *testing.T) {
	for _, c := range []struct {
		onEnd permit.Action
		able  bool // the job can stop
		want  decision.Outcome
		end   ms
		after decision.Outcome
		does  permit.Action
	}{
		{permit.Hold, false, decision.Admit, 14, decision.Deny, ""},
		{permit.Continue, false, decision.Admit, 14, decision.Admit, ""},
		{permit.Drain, true, decision.Admit, 10, decision.Deny, permit.Drain},
		{permit.Drain, false, decision.Deny, 10, decision.Deny, permit.Drain},
		{permit.Stop, true, decision.Admit, 10, decision.Deny, permit.Stop},
		{permit.Stop, false, decision.Deny, 10, decision.Deny, permit.Stop},
	} {
		r := rulesOf(40)
		r.Permits[0].Until, r.Permits[0].OnEnd = 10, c.onEnd
		k := task{side: inside, devices: 1, limit: 8}
		if c.able {
			k.checkpoint = 3
		}
		w := worldOf(4, r)
		to(w, 6)
		v := ask(w, k)
		if v.Outcome != c.want || v.End != c.end || v.Cut != (c.end == 10) {
			t.Errorf("%s: %s up to %d, want %s up to %d", c.onEnd, v.Outcome, v.End, c.want, c.end)
		}
		short := task{side: inside, devices: 1, limit: 4}
		run(t, w, short)
		to(w, 10)
		if v := ask(w, short); v.Outcome != c.after {
			t.Errorf("%s: after the end %s, want %s", c.onEnd, v.Outcome, c.after)
		}
		// A revocation does the same at once; its actions are not lost.
		w = worldOf(4, r)
		run(t, w, short)
		to(w, 1)
		w.Revoke(0)
		actions := w.Fire()
		if c.does == "" && len(actions) > 0 || c.does != "" && (len(actions) != 1 || actions[0].Do != c.does || actions[0].Clause != gate) {
			t.Errorf("%s: the revocation does %v, want %q", c.onEnd, actions, c.does)
		}
		if again := w.Fire(); len(again) > 0 {
			t.Errorf("%s: actions come twice: %v", c.onEnd, again)
		}
	}
}

func TestEvidenceGoesStale(t *testing.T) {
	r := rulesOf(50, condition{Clause: world.Clause{Form: world.Evidence, MaxAge: 5, Action: permit.Drain}})
	r.EvidenceKinds = []string{"location"}
	w := worldOf(4, r)
	k := task{side: inside, devices: 1, limit: 30, checkpoint: 4}
	outcome(t, w, k, 0, decision.Hold, calendar.Never)
	w.See(0, 0, false)
	id := run(t, w, k)
	if a := to(w, 5); len(a) != 0 {
		t.Errorf("at 5 %v: evidence of age 5 is fresh", a)
	}
	outcome(t, w, k, 0, decision.Admit, 0)
	if a := to(w, 6); len(a) != 1 || a[0] != (world.Action{Job: id, Do: permit.Drain, Clause: 0}) {
		t.Errorf("at 6 %v, want one drain", a)
	}
	outcome(t, w, k, 0, decision.Hold, calendar.Never)
	if at := w.Draining(id); at != 8 {
		t.Errorf("it drains at %d, want 8", at)
	}
	w.See(0, 0, false)
	outcome(t, w, k, 0, decision.Admit, 0)
	to(w, 8)
	w.See(0, 0, false)
	if a := to(w, 13); len(a) != 0 {
		t.Errorf("%v: it was renewed at 8", a)
	}
	w.See(0, 0, true)
	if a := to(w, 40); len(a) != 0 {
		t.Errorf("%v: it is renewed all the time", a)
	}
	// Notify refuses nothing.
	r.Clauses[0].Action = permit.Notify
	outcome(t, worldOf(4, r), k, 0, decision.Admit, 0)
}

func TestDutyMissedAndFiled(t *testing.T) {
	due := []world.DueOn{{Window: 5, At: 8}, {Window: 10, At: 13}, {Window: 15, At: 18}}
	w := worldOf(4, rulesOf(50, condition{Clause: world.Clause{Form: world.Duty, Action: permit.Hold, Due: due}}))
	k := task{side: inside, devices: 1, limit: 3}
	to(w, 7)
	w.File(0)
	to(w, 12)
	outcome(t, w, k, 0, decision.Admit, 0)
	to(w, 13)
	outcome(t, w, k, 0, decision.Hold, calendar.Never)
	to(w, 18) // a second one is overdue
	w.File(0)
	outcome(t, w, k, 0, decision.Hold, calendar.Never)
	w.File(0)
	outcome(t, w, k, 0, decision.Admit, 0)
	if c := w.Clause(0); c.Broken != 2 || c.Judged != 3 || c.Breach != 13 {
		t.Errorf("%+v, want 2 of 3 broken, first at 13", c)
	}
}

func TestApprovalNeedsItsQuorum(t *testing.T) {
	w := worldOf(40, rulesOf(50, condition{Clause: world.Clause{Form: world.Approval, Predicate: predicate(`job.purpose == "out"`), By: []int32{3, 5, 7}, Quorum: 2}}))
	k := task{side: outside, devices: 1, limit: 3}
	outcome(t, w, task{side: inside, devices: 1, limit: 3}, 0, decision.Admit, 0)
	for _, authority := range []int32{3, 3, 4} { // one twice, and one that is not asked
		w.Approve(0, 0, authority)
		outcome(t, w, k, 0, decision.NeedsApproval, calendar.Never)
	}
	w.Approve(0, 1, 7) // of something else
	outcome(t, w, k, 0, decision.NeedsApproval, calendar.Never)
	w.Approve(0, 0, 7)
	outcome(t, w, k, 0, decision.Admit, 0)
}

func TestDeliveryUpToTheGrant(t *testing.T) {
	r := rulesOf(50, condition{cuts: []ms{0, 50}, Clause: world.Clause{
		Form: world.Limit, Measure: permit.DeliveredDevices, At: permit.Delivery, Assure: permit.Certain, Bound: account.Of(8),
	}}.per("site"))
	r.Permits[0].Grants[0].Quantity = 10
	w := world.New(r)
	var v decision.Verdict
	deliver := func(n int64, want decision.Outcome, largest int64) {
		t.Helper()
		if decision.Deliver(w, 0, n, &v); v.Outcome != want || v.Largest != largest {
			t.Errorf("%d: %s, at most %d, want %s, at most %d", n, v.Outcome, v.Largest, want, largest)
		}
	}
	deliver(11, decision.Deny, 8)
	deliver(8, decision.Admit, 8)
	w.Deliver(0, 6)
	deliver(3, decision.Deny, 2) // what was delivered never returns
	deliver(2, decision.Admit, 2)
	w.Deliver(0, 2)
	if v.Largest == 0 || w.Stock(0).Capacity != 8 {
		t.Errorf("capacity %d, want 8", w.Stock(0).Capacity)
	}
	r.Permits[0].OnEnd = permit.Continue // it lets use go on, not deliveries
	to(w, 50)
	deliver(1, decision.Deny, 0)
}

// TestShareOfDeliveredPerformance: the product has 3 of performance; at most
// half of all that is delivered may go to the second lot, once the whole
// exceeds 12.
func TestShareOfDeliveredPerformance(t *testing.T) {
	r := rulesOf(50, atMost(1, 2, permit.Certain, 0, 50).of(`lot.name == "m"`, "").measure(permit.DeliveredTPP).always(12))
	r.Stocks = append(r.Stocks, world.Stock{Permits: []int32{0}, Lots: []int32{1}, LotName: "m"})
	r.Lots = append(r.Lots, world.Lot{Name: "m", Stock: 1})
	w := world.New(r)
	largest := func(lot int32, n, want int64) {
		t.Helper()
		var v decision.Verdict
		if decision.Deliver(w, lot, n, &v); v.Largest != want || (v.Outcome == decision.Admit) != (n <= want) {
			t.Errorf("lot %d, %d devices: %s, at most %d, want %d", lot, n, v.Outcome, v.Largest, want)
		}
	}
	largest(1, 3, 2) // 6 of 12
	w.Deliver(1, 2)
	largest(1, 1, 0)
	w.Deliver(0, 5)
	largest(1, 3, 3) // 15 of 30
	largest(0, 9, 993)
}

func TestInstantLimit(t *testing.T) {
	w := worldOf(40, rulesOf(50, limit(12).measure(permit.Power)))
	k := task{side: inside, devices: 2, limit: 4}
	id := run(t, w, k) // 10 W of 12
	k.devices = 1
	outcome(t, w, k, 0, decision.Hold, calendar.Never)
	w.End(id)
	outcome(t, w, k, 0, decision.Admit, 0)
	k.devices = 3
	outcome(t, w, k, 0, decision.Deny, calendar.Never)
}

// TestSeveralStocks: one condition bears on all parts together, at each part's
// own rate.
func TestSeveralStocks(t *testing.T) {
	r := rulesOf(50, limit(100).measure(permit.Cost))
	r.Stocks = append(r.Stocks, world.Stock{Permits: []int32{0}, Lots: []int32{1}, LotName: "m", Price: 30})
	r.Lots = append(r.Lots, world.Lot{Name: "m", Stock: 1})
	w := worldOf(4, r)
	w.Deliver(1, 4)
	q := decision.Request{
		Class: w.Class(world.Attributes{}), First: world.Part{Stock: 0, Devices: 1}, More: []world.Part{{Stock: 1, Devices: 1}},
		Limit: 2, Expected: 2, Own: -1,
	}
	var v decision.Verdict
	if decision.Judge(w, &q, &v); v.Outcome != decision.Admit || reason(&v, 0).Ask != account.Of(74) {
		t.Errorf("%s of %s, want admit of 74", v.Outcome, reason(&v, 0).Ask)
	}
	q.Limit = 3
	if decision.Judge(w, &q, &v); v.Outcome == decision.Admit {
		t.Error("111 of 100 is admitted")
	}
	q.Limit = 2
	decision.Judge(w, &q, &v)
	id := w.Start(world.Start{Class: q.Class, First: q.First, More: q.More, End: v.End, Expected: v.End})
	to(w, 1)
	if got := w.Touch(0).Used(1); got != account.Of(37) {
		t.Errorf("used %s, want 37", got)
	}
	w.End(id)
	if got := w.Touch(0).Committed[0]; got != account.Of(37) {
		t.Errorf("committed %s, want 37", got)
	}
}

// TestHoldingWaitsForEveryKey: a share kept apart by end user holds until a
// window ends in which no user broke it.
func TestHoldingWaitsForEveryKey(t *testing.T) {
	w := worldOf(9, rulesOf(40, atLeast(1, 2, permit.Observed, 0, 10, 20, 40).per("endUser").onReach(permit.Hold)))
	run(t, w, task{side: outside, user: "a", devices: 1, limit: 5})
	run(t, w, task{side: inside, user: "b", devices: 1, limit: 5})
	to(w, 10)
	outcome(t, w, task{side: outside, user: "b", devices: 1, limit: 1}, 0, decision.Hold, calendar.Never)
	to(w, 20)
	outcome(t, w, task{side: outside, user: "b", devices: 1, limit: 1}, 0, decision.Admit, 0)
}

func TestJudgingAllocatesNothing(t *testing.T) {
	w := worldOf(20, rulesOf(60,
		limit(90, 0, 20, 40, 60), rolling(40, 10), limit(30, 0, 30, 60).per("endUser"), atLeast(3, 10, permit.Certain, 0, 30, 60).allow(9),
		atMost(1, 2, permit.Booked, 0, 30, 60), atMost(9, 10, permit.Certain).available(), limit(100).measure(permit.Power),
		limit(99, 0, 30, 60).assured(permit.Observed).onReach(permit.Drain), atLeast(1, 2, permit.Certain).always(9)))
	run(t, w, task{side: inside, devices: 2, limit: 12, checkpoint: 3})
	to(w, 5)
	for _, k := range []task{{side: outside, devices: 1, limit: 3, checkpoint: 1}, {side: outside, devices: 9, limit: 30, checkpoint: 1}, {side: inside, devices: 20, limit: 50}} {
		q := decision.Request{Class: k.class(w), First: world.Part{Devices: k.devices}, Limit: k.limit, Expected: k.limit, Checkpoint: k.checkpoint, Own: -1}
		var v decision.Verdict
		decision.Judge(w, &q, &v)
		if n := testing.AllocsPerRun(100, func() { decision.Judge(w, &q, &v) }); n != 0 {
			t.Errorf("%+v: %s with %v allocations", k, v.Outcome, n)
		}
	}
}
