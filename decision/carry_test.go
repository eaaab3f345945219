package decision_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// twin is one of two worlds that are given the same.
type twin struct {
	w     *world.World
	tasks map[int32]task // by Ref
}

// named compiles conditions with names, so that other rules find them again.
func named(until ms, conditions ...condition) *world.Rules {
	r := rulesOf(until, conditions...)
	for i := range r.Clauses {
		r.Clauses[i].Name = fmt.Sprint("c", i)
		r.Groups[i+1].Name = fmt.Sprint("g", i)
	}
	for i := range r.Spaces {
		r.Spaces[i].Name = fmt.Sprint("s", i)
	}
	return r
}

func newTwin(devices int64, r *world.Rules) *twin {
	return &twin{w: worldOf(devices, r), tasks: map[int32]task{}}
}

// carry goes on under other rules.
func (x *twin) carry(r *world.Rules) {
	x.w = x.w.Carry(r, world.Origin{Job: func(ref int32) world.Attributes {
		return world.Attributes{Purpose: x.tasks[ref].side, EndUser: x.tasks[ref].user}
	}})
}

// try starts a task if it is admitted.
func (x *twin) try(k task, ref int32) (*decision.Verdict, bool) {
	v := ask(x.w, k)
	s := x.w.Stock(0)
	if v.Outcome != decision.Admit || s.Capacity-s.Used < k.devices {
		return v, false
	}
	x.tasks[ref] = k
	id := x.w.Start(world.Start{
		Class: k.class(x.w), First: world.Part{Devices: k.devices}, End: v.End,
		Expected: min(x.w.Now()+max(1, k.expected), v.End), Checkpoint: k.checkpoint, Ref: ref,
	})
	x.w.Begin(id)
	return v, true
}

// step moves on by one millisecond; of the jobs those end that are stopped, and
// those that a test says.
func (x *twin) step(ends func(ref int32) bool) []world.Action {
	x.w.Advance(x.w.Now() + 1)
	return x.fire(ends)
}

func (x *twin) fire(ends func(ref int32) bool) []world.Action {
	actions := append([]world.Action{}, x.w.Fire()...)
	for _, a := range actions {
		if a.Do == permit.Drain {
			x.w.Draining(a.Job)
			continue
		}
		x.w.End(a.Job)
	}
	x.w.Each(func(id world.JobID, j *world.Running) {
		if j.End <= x.w.Now() || ends(j.Ref) {
			x.w.End(id)
		}
	})
	return actions
}

// state tells all of a world that anybody can see.
func (x *twin) state(clauses int) string {
	s := fmt.Sprint(x.w.Now(), x.w.NextTimer(), x.w.Stock(0), *x.w.Permit(0), x.w.Running())
	for c := range clauses {
		s += fmt.Sprint(" ", *x.w.Clause(int32(c)))
		if space := x.w.Rules.Clauses[c].Space; space >= 0 {
			x.w.Keys(space, func(key string, id int32) {
				a := x.w.Touch(id)
				s += fmt.Sprint(" ", key, a.Window(), a.Used(x.w.Now()), a.Rate(), a.Committed, a.Expected)
				if a.Roll != nil {
					s += fmt.Sprint(a.Roll.Used(x.w.Now()), a.Roll.Taken(x.w.Now()))
				}
			})
		}
	}
	return s
}

func drawCondition(t *rapid.T, devices int64, horizon ms) condition {
	cuts := drawCuts(t, horizon)
	bound := rapid.Int64Range(1, 8*devices).Draw(t, "bound")
	assure := rapid.SampledFrom([]permit.Assurance{permit.Certain, permit.Booked, permit.Observed}).Draw(t, "assurance")
	action := rapid.SampledFrom([]permit.Action{permit.Notify, permit.Drain, permit.Stop, permit.Hold}).Draw(t, "onReach")
	switch rapid.IntRange(0, 6).Draw(t, "condition") {
	case 0:
		return limit(bound, cuts...).assured(assure).onReach(action)
	case 1:
		return limit(bound, cuts...).assured(assure).onReach(action).where(`job.purpose == "out"`).per("endUser")
	case 2:
		return rolling(bound, ms(rapid.IntRange(2, 8).Draw(t, "length"))).onReach(action)
	case 3:
		return limit(rapid.Int64Range(1, 5).Draw(t, "jobs"), cuts...).measure(permit.Jobs)
	case 4:
		return limit(rapid.Int64Range(1, devices).Draw(t, "most"), 0, horizon).measure(permit.Devices).onReach(action).where(`job.purpose != "neutral"`)
	case 5:
		return atMost(1, 2, assure, cuts...).onReach(action).allow(rapid.Int64Range(0, 5).Draw(t, "allowance"))
	}
	return atLeast(1, 3, assure, cuts...).onReach(action).per("endUser").allow(rapid.Int64Range(0, 5).Draw(t, "allowance"))
}

const carryHorizon = 24

// live draws what happens in a millisecond and gives it to all twins, which
// must answer alike.
func live(t *rapid.T, ref *int32, clauses int, alike bool, all ...*twin) {
	for range rapid.IntRange(0, 2).Draw(t, "arrivals") {
		k := drawTask(t, 4)
		k.expected = ms(rapid.IntRange(1, int(k.limit)).Draw(t, "expected"))
		*ref++
		first, started := all[0].try(k, *ref)
		for _, x := range all[1:] {
			v, also := x.try(k, *ref)
			if !alike {
				continue
			}
			if a, b := fmt.Sprintf("%+v", first), fmt.Sprintf("%+v", v); a != b || started != also {
				t.Fatalf("at %d on %+v the worlds differ:\n%s\n%s", x.w.Now(), k, a, b)
			}
		}
	}
	gone := rapid.Int32Range(0, 3*max(1, *ref)).Draw(t, "ends")
	var did []world.Action
	for i, x := range all {
		actions := x.step(func(r int32) bool { return r == gone })
		if i == 0 {
			did = actions
			continue
		}
		if !alike {
			continue
		}
		if a, b := fmt.Sprint(did), fmt.Sprint(actions); a != b {
			t.Fatalf("at %d other actions: %s, %s", x.w.Now(), a, b)
		}
		if a, b := all[0].state(clauses), x.state(clauses); a != b {
			t.Fatalf("at %d the worlds differ:\n%s\n%s", x.w.Now(), a, b)
		}
	}
}

// TestCarryUnderEqualRulesChangesNothing carries one of two worlds again and
// again; whatever comes they answer and act alike.
func TestCarryUnderEqualRulesChangesNothing(t *testing.T) {
	check(t, func(t *rapid.T) {
		var conditions []condition
		for range rapid.IntRange(1, 4).Draw(t, "conditions") {
			conditions = append(conditions, drawCondition(t, 6, carryHorizon))
		}
		rules := func() *world.Rules { return named(carryHorizon, conditions...) }
		a, b := newTwin(6, rules()), newTwin(6, rules())
		ref := int32(0)
		for a.w.Now() < carryHorizon+2 {
			live(t, &ref, len(conditions), true, a, b)
			if rapid.IntRange(0, 3).Draw(t, "carry") == 0 {
				b.carry(rules())
			}
		}
	})
}

// TestAnAmendedBoundHoldsForTheWholeWindow: a world whose bound is raised, while
// it has not refused or acted, goes on as one that had it from the start.
func TestAnAmendedBoundHoldsForTheWholeWindow(t *testing.T) {
	check(t, func(t *rapid.T) {
		c := drawCondition(t, 6, carryHorizon)
		for c.Form != world.Limit {
			c = drawCondition(t, 6, carryHorizon)
		}
		high := rapid.Int64Range(1, 40).Draw(t, "raised")
		raised := c
		raised.Bound = account.Of(high)
		low := c
		low.Bound = account.Of(1 << 40) // it refuses nothing before
		a, b := newTwin(6, named(carryHorizon, raised)), newTwin(6, named(carryHorizon, low))
		// What the first refuses never comes to the second either.
		ref := int32(0)
		until := ms(rapid.IntRange(1, carryHorizon-2).Draw(t, "amended"))
		for a.w.Now() < until {
			k := drawTask(t, 4)
			k.expected = k.limit
			ref++
			if _, started := a.try(k, ref); started {
				if _, also := b.try(k, ref); !also {
					t.Fatal("a bound without end refuses")
				}
			}
			gone := rapid.Int32Range(0, 3*ref).Draw(t, "ends")
			if did := a.step(func(r int32) bool { return r == gone }); len(did) > 0 || a.w.Clause(0).Broken > 0 {
				return // the bound acted: the histories differ
			}
			b.step(func(r int32) bool { return r == gone })
		}
		b.carry(named(carryHorizon, raised))
		for a.w.Now() < carryHorizon {
			live(t, &ref, 1, false, a, b)
			x, y := ask(a.w, task{side: outside, user: "a", devices: 2, limit: 3}), ask(b.w, task{side: outside, user: "a", devices: 2, limit: 3})
			for _, v := range []*decision.Verdict{x, y} {
				for i := range v.Reasons {
					v.Reasons[i].Account = 0 // accounts came up in another order
				}
			}
			if as, bs := fmt.Sprintf("%+v", x), fmt.Sprintf("%+v", y); as != bs {
				t.Fatalf("at %d the worlds differ:\n%s\n%s", b.w.Now(), as, bs)
			}
		}
	})
}

// TestALongerCalendarIsNoOtherWindow: a world whose calendar goes on longer than
// it did goes on as one that had it from the start; the sums of its windows are
// found from what runs.
func TestALongerCalendarIsNoOtherWindow(t *testing.T) {
	check(t, func(t *rapid.T) {
		c := drawCondition(t, 6, carryHorizon)
		for c.Measure.Instant() || c.length > 0 || len(c.cuts) < 4 {
			c = drawCondition(t, 6, carryHorizon)
		}
		short := c
		short.cuts = c.cuts[:len(c.cuts)-1]
		last := short.cuts[len(short.cuts)-2] // where its last window begins
		a, b := newTwin(6, named(carryHorizon, c)), newTwin(6, named(carryHorizon, short))
		ref, until := int32(0), ms(rapid.IntRange(1, int(last)).Draw(t, "amended"))
		for a.w.Now() < until {
			k := drawTask(t, 4)
			k.expected = ms(rapid.IntRange(1, int(k.limit)).Draw(t, "expected"))
			ref++
			if x, y := ask(a.w, k), ask(b.w, k); x.Outcome == y.Outcome && x.End == y.End {
				a.try(k, ref)
				b.try(k, ref)
			}
			gone := rapid.Int32Range(0, 3*ref).Draw(t, "ends")
			x, y := a.step(func(r int32) bool { return r == gone }), b.step(func(r int32) bool { return r == gone })
			if fmt.Sprint(x) != fmt.Sprint(y) {
				return // a bound was reached in a window that one of them has not
			}
		}
		b.carry(named(carryHorizon, c))
		for a.w.Now() < carryHorizon+1 {
			live(t, &ref, 1, false, a, b)
			as, bs := sumsOf(a.w), sumsOf(b.w)
			if as != bs {
				t.Fatalf("at %d the sums differ:\n%s\n%s", a.w.Now(), as, bs)
			}
		}
	})
}

// sumsOf tells the sums of the current window and of later ones.
func sumsOf(w *world.World) string {
	all := map[string]string{}
	w.Keys(0, func(key string, id int32) {
		a := w.Touch(id)
		v := a.Window()
		s := fmt.Sprint(a.Used(w.Now()), a.Rate(), a.Committed[v:])
		if a.Expected != nil {
			s += fmt.Sprint(a.Expected[v:])
		}
		all[key] = s
	})
	return fmt.Sprint(all)
}

// TestAChangedSelectorOpensAnotherWindow: nothing is used in it, what runs counts
// from now on by the new selector, once; other conditions go on.
func TestAChangedSelectorOpensAnotherWindow(t *testing.T) {
	first := limit(40, 0, 20, 40).where(`job.purpose == "out"`)
	other := limit(40, 0, 20, 40)
	starts := limit(3, 0, 20, 40).measure(permit.Jobs).where(`job.purpose == "out"`)
	x := newTwin(6, named(40, first, other, starts))
	for i, k := range []task{{side: outside, user: "a", devices: 2, limit: 10}, {side: inside, user: "a", devices: 1, limit: 8}} {
		if _, ok := x.try(k, int32(i)); !ok {
			t.Fatal("refused")
		}
	}
	for range 4 {
		x.step(func(int32) bool { return false })
	}
	all := first.where(`job.purpose != "neutral"`)
	counts := starts.where(`job.purpose != "neutral"`)
	x.carry(named(40, all, other, counts))
	for c, want := range map[int32]struct{ used, committed int64 }{
		0: {0, 2*6 + 1*4}, // from now on
		1: {3 * 4, 28},    // as before
		2: {0, 0},         // they started before
	} {
		seen := 0
		x.w.Keys(x.w.Rules.Clauses[c].Space, func(_ string, id int32) {
			a := x.w.Touch(id)
			seen++
			if used := a.Used(x.w.Now()).Int64(); used != want.used || a.Committed[0].Int64() != want.committed {
				t.Errorf("condition %d: used %d, committed %s, want %d and %d", c, used, a.Committed[0], want.used, want.committed)
			}
		})
		if seen != 1 {
			t.Errorf("condition %d has %d accounts", c, seen)
		}
	}
	// Room is what the new window leaves: 40 − 16 of the limit, 40 − 28 of the
	// other.
	if v := ask(x.w, task{side: inside, user: "b", devices: 1, limit: 13}); v.Outcome == decision.Admit || v.Largest != 0 {
		t.Errorf("13 beside 28 of 40: %s, largest %d", v.Outcome, v.Largest)
	}
	if v := ask(x.w, task{side: inside, user: "b", devices: 1, limit: 12}); v.Outcome != decision.Admit {
		t.Errorf("12 beside 28 of 40: %s", v.Outcome)
	}
	// What ends early gives back what it did not use, and no more.
	x.step(func(ref int32) bool { return ref == 0 })
	x.w.Keys(0, func(_ string, id int32) {
		if a := x.w.Touch(id); a.Committed[0].Int64() != 2+4 {
			t.Errorf("after the early end: committed %s, want 6", a.Committed[0])
		}
	})
}
