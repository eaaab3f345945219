package queue

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
	"pgregory.net/rapid"
)

type ms = calendar.Instant

// check runs a property ten times as often as rapid does by default.
func check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	for range 10 {
		rapid.Check(t, property)
	}
}

// rules compiles conditions by hand: two stocks of one product under one
// permit, from 0 to until.
func rules(until ms, clauses ...world.Clause) *world.Rules {
	r := &world.Rules{
		Products: []world.Product{{Name: "p", TPP: 3, GFLOP: 2, Watts: 5}},
		Sites:    []world.Site{{Name: "s"}, {Name: "t"}},
		Stocks:   []world.Stock{{Permits: []int32{0}, Lots: []int32{0}, Watts: 5}, {Site: 1, Permits: []int32{0}, Lots: []int32{1}, Watts: 5}},
		Lots:     []world.Lot{{Name: "l"}, {Name: "m", Stock: 1}},
		Groups:   []world.Group{{Name: "end"}},
		Reads:    []string{"job.purpose"},
		EndUsers: map[string]permit.EndUser{},
		Until:    until,
		Permits: []world.Permit{{
			Name: "permit", Until: until, Delivery: true, Use: true, OnEnd: permit.Hold,
			Grants: []world.GrantOf{{Quantity: 1000}}, Last: int32(len(clauses)),
		}},
	}
	for i, c := range clauses {
		c.Group, c.Limit, c.At, c.Space = int32(i+1), -1, permit.Use, int32(i)
		r.Clauses = append(r.Clauses, c)
		r.Groups = append(r.Groups, world.Group{Name: "g"})
		r.Spaces = append(r.Spaces, world.Space{Cuts: []ms{0, until}, Instant: c.Measure.Instant()})
	}
	return r
}

func limit(m permit.Measure, bound int64) world.Clause {
	return world.Clause{Form: world.Limit, Measure: m, Assure: permit.Certain, Action: permit.Notify, Bound: account.Of(bound)}
}

func predicate(e permit.Expression) *permit.Predicate {
	p, err := permit.CompileExpression(e)
	if err != nil {
		panic(err)
	}
	return p
}

// drawRules draws up to three conditions.
func drawRules(t *rapid.T, until ms, windowed bool) *world.Rules {
	var clauses []world.Clause
	cuts, lengths := map[int][]ms{}, map[int]ms{}
	for i := range rapid.IntRange(0, 3).Draw(t, "conditions") {
		var c world.Clause
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			c = limit(permit.Power, rapid.Int64Range(5, 30).Draw(t, "watts"))
		case 1, 2:
			c = limit(permit.DeviceHours, rapid.Int64Range(2, 25).Draw(t, "bound"))
			c.Predicate = predicate(`job.purpose == "out"`)
			at := []ms{0}
			for at[len(at)-1] < until {
				at = append(at, at[len(at)-1]+ms(rapid.IntRange(4, 12).Draw(t, "window")))
			}
			cuts[i] = at
		case 3:
			c = limit(permit.DeviceHours, rapid.Int64Range(2, 25).Draw(t, "bound"))
			lengths[i] = ms(rapid.IntRange(2, 9).Draw(t, "length"))
		case 4:
			c = world.Clause{
				Form: world.Share, Measure: permit.DeviceHours, Assure: permit.Certain, Action: permit.Notify, Cut: true,
				Predicate: predicate(`job.purpose == "in"`), Floor: world.Fraction{Num: rapid.Int64Range(1, 6).Draw(t, "share"), Den: 10},
				Allowance: account.Of(rapid.Int64Range(0, 20).Draw(t, "allowance")),
			}
			at := []ms{0}
			for windowed && at[len(at)-1] < until {
				at = append(at, at[len(at)-1]+ms(rapid.IntRange(6, 40).Draw(t, "share's window")))
			}
			if windowed {
				cuts[i] = at
			}
		}
		clauses = append(clauses, c)
	}
	r := rules(until, clauses...)
	for i := range r.Spaces {
		r.Spaces[i].Length = lengths[i]
		if cuts[i] != nil {
			r.Spaces[i].Cuts = cuts[i]
		}
	}
	return r
}

// arrival is an item that comes at an instant.
type arrival struct {
	at    ms
	group int
	item  Item
	runs  ms
}

// begun is a start as it can be compared.
type begun struct {
	At      ms
	Ref     int32
	Option  int
	Devices int64
}

// scene is a queue over a world, stepped one millisecond at a time.
type scene struct {
	w      *world.World
	q      *Queue
	groups []GroupID
	ends   map[world.JobID]ms
	runs   map[int32]ms
	starts []begun
	acts   []act
}

// act is what an authority does to the permit at an instant.
type act struct {
	at ms
	do string
}

func drawActs(t *rapid.T, horizon ms) (all []act) {
	for range rapid.IntRange(0, 4).Draw(t, "acts") {
		do := rapid.SampledFrom([]string{"suspend", "suspend", "reinstate", "reinstate", "revoke"}).Draw(t, "act")
		all = append(all, act{ms(rapid.IntRange(0, int(horizon)-1).Draw(t, "at")), do})
	}
	return all
}

func newScene(r *world.Rules, capacity [2]int64, shapes []Shape, purposes []string) *scene {
	s := &scene{w: world.New(r), ends: map[world.JobID]ms{}, runs: map[int32]ms{}}
	s.w.Deliver(0, capacity[0])
	s.w.Deliver(1, capacity[1])
	s.q = New(s.w)
	for i, sh := range shapes {
		sh.Class = s.w.Class(world.Attributes{Purpose: purposes[i]})
		s.groups = append(s.groups, s.q.Group(sh))
	}
	return s
}

func (s *scene) step(t ms, arrivals []arrival, before func()) {
	s.w.Advance(t)
	for _, a := range s.acts {
		switch {
		case a.at != t:
		case a.do == "suspend":
			s.w.Suspend(0)
		case a.do == "reinstate":
			s.w.Reinstate(0)
		default:
			s.w.Revoke(0)
		}
	}
	s.w.Fire()
	var over []world.JobID
	s.w.Each(func(id world.JobID, j *world.Running) {
		if j.End <= t || s.ends[id] <= t {
			over = append(over, id)
		}
	})
	for _, id := range over {
		s.q.Ended(id)
		s.w.End(id)
	}
	for _, a := range arrivals {
		if a.at == t {
			s.runs[a.item.Ref] = a.runs
			s.q.Submit(s.groups[a.group], a.item)
		}
	}
	if before != nil {
		before()
	}
	s.q.Run(func(_ *Shape, it *Item, p Placed) {
		s.ends[p.Job] = t + s.runs[it.Ref]
		s.starts = append(s.starts, begun{t, it.Ref, p.Option, p.Devices})
	})
}

func drawScene(t *rapid.T, horizon ms, early, windowed bool) (*world.Rules, [2]int64, []Shape, []string, []arrival) {
	r := drawRules(t, horizon, windowed)
	capacity := [2]int64{rapid.Int64Range(1, 6).Draw(t, "C0"), rapid.Int64Range(0, 4).Draw(t, "C1")}
	var shapes []Shape
	var purposes []string
	for range rapid.IntRange(1, 4).Draw(t, "groups") {
		sh := Shape{Options: []Option{{Stocks: []int32{0}}}, Priority: rapid.IntRange(0, 1).Draw(t, "priority"), Domain: rapid.Int32Range(0, 1).Draw(t, "domain")}
		if rapid.Bool().Draw(t, "two options") {
			sh.Options = append(sh.Options, Option{Stocks: []int32{1}})
		}
		shapes = append(shapes, sh)
		purposes = append(purposes, rapid.SampledFrom([]string{"in", "out"}).Draw(t, "purpose"))
	}
	var arrivals []arrival
	for i := range rapid.IntRange(1, 12).Draw(t, "items") {
		it := Item{Ref: int32(i), Seq: int64(i + 1), Own: -1, Min: rapid.Int64Range(1, 4).Draw(t, "min"), Limit: ms(rapid.IntRange(1, 10).Draw(t, "limit"))}
		it.Max, it.Expected = it.Min+rapid.Int64Range(0, 2).Draw(t, "more"), it.Limit
		if windowed && slices.ContainsFunc(r.Clauses, func(c world.Clause) bool { return c.Cut }) {
			// A larger size may pass where the least does not, since it is cut;
			// what waits is looked at by its least.
			it.Max = it.Min
		}
		if rapid.Bool().Draw(t, "stops") {
			it.Checkpoint = 1
		}
		a := arrival{at: ms(rapid.IntRange(0, 12).Draw(t, "at")), group: rapid.IntRange(0, len(shapes)-1).Draw(t, "group"), item: it, runs: it.Limit}
		if early {
			a.runs = ms(rapid.IntRange(1, int(it.Limit)).Draw(t, "runs"))
		}
		arrivals = append(arrivals, a)
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	for i := range arrivals {
		arrivals[i].item.Seq = int64(i + 1)
	}
	return r, capacity, shapes, purposes, arrivals
}

// TestNothingThatMayRunWaits looks, after every run of the queue, at the head
// of each group with nothing but the rules: it waits only if no option and
// size is admitted, or if its start, at the largest size that is admitted,
// would delay the head of its domain. (Under conditions, what a head holds back
// is looked at again when the head's plan changes, not whenever time alone
// makes it shorter.) Within a group items start in order.
func TestNothingThatMayRunWaits(t *testing.T) {
	check(t, func(t *rapid.T) {
		r, capacity, shapes, purposes, arrivals := drawScene(t, 40, true, false)
		s := newScene(r, capacity, shapes, purposes)
		s.acts = drawActs(t, 40)
		for now := ms(0); now < 40; now++ {
			s.step(now, arrivals, nil)
			for i, id := range s.groups {
				g := &s.q.groups[id]
				if g.len() == 0 {
					continue
				}
				it := g.head()
			options:
				for o := range g.shape.Options {
					stock := g.shape.Options[o].Stocks[0]
					for n := min(it.Max, s.q.spare(stock)); n >= it.Min; n-- {
						var v decision.Verdict
						q := decision.Request{Class: g.shape.Class, First: world.Part{Stock: stock, Devices: n}, Limit: it.Limit, Expected: it.Expected, Checkpoint: it.Checkpoint, Own: -1}
						if decision.Judge(s.w, &q, &v); v.Outcome != decision.Admit {
							continue
						}
						h := s.q.headBefore(id)
						if h == nil {
							t.Fatalf("at %d group %d waits with %+v, which may run on %d of stock %d\nstarts %+v", now, i, *it, n, stock, s.starts)
						}
						job := s.q.start(it, &q, &v)
						late := s.q.delays(h)
						s.q.Ended(job)
						s.w.Undo(job)
						if !late && (len(r.Clauses) == 0 || !slices.Contains(s.q.domains[g.shape.Domain].held, id)) {
							t.Fatalf("at %d group %d waits with %+v, which may run on %d of stock %d and delays no head\nstarts %+v", now, i, *it, n, stock, s.starts)
						}
						break options
					}
				}
			}
		}
		byGroup := map[int]int32{}
		order := map[int32]int{}
		for i, a := range arrivals {
			order[a.item.Ref] = i
		}
		for _, b := range s.starts {
			a := arrivals[order[b.Ref]]
			if int32(a.item.Seq) < byGroup[a.group] {
				t.Fatalf("item %d started after a later one of its group", b.Ref)
			}
			byGroup[a.group] = int32(a.item.Seq)
		}
	})
}

// TestWokenIsAsGoodAsRescanning compares with a queue that tries every group at
// every millisecond: the same work starts at the same instants. Certain shares
// have windows, at whose ends reservations are cut.
func TestWokenIsAsGoodAsRescanning(t *testing.T) {
	check(t, func(t *rapid.T) {
		r, capacity, shapes, purposes, arrivals := drawScene(t, 40, true, true)
		for i := range shapes {
			shapes[i].Domain = int32(i) // heads are looked at above
		}
		woken, all := newScene(r, capacity, shapes, purposes), newScene(r, capacity, shapes, purposes)
		woken.acts = drawActs(t, 40)
		all.acts = woken.acts
		for now := ms(0); now < 40; now++ {
			woken.step(now, arrivals, nil)
			all.step(now, arrivals, func() {
				for d := range all.q.domains {
					all.q.domains[d].have = false
				}
				for i := range all.q.groups {
					all.q.wake(GroupID(i))
				}
			})
			if !reflect.DeepEqual(woken.starts, all.starts) {
				t.Fatalf("at %d woken %+v\nrescanning %+v", now, woken.starts, all.starts)
			}
		}
	})
}

// TestBackfillDelaysNoHead lets work run to its limits with a head that must
// wait, with and without work behind it: the head starts no later with it.
// (Devices and a budget: where several conditions have first instants of their
// own these do not conjoin, and the head's instant is only the earliest.)
func TestBackfillDelaysNoHead(t *testing.T) {
	check(t, func(t *rapid.T) {
		_, capacity, shapes, purposes, arrivals := drawScene(t, 40, false, false)
		var clauses []world.Clause
		if rapid.Bool().Draw(t, "budget") {
			clauses = append(clauses, limit(permit.DeviceHours, rapid.Int64Range(10, 60).Draw(t, "bound")))
		}
		r := rules(40, clauses...)
		for i := range shapes {
			shapes[i].Domain, shapes[i].Priority = 0, 0
		}
		for i := range arrivals {
			arrivals[i].item.Max = arrivals[i].item.Min
		}
		with := newScene(r, capacity, shapes, purposes)
		// The head is the first item that must wait; what comes behind it comes at
		// once.
		head := -1
		for now := ms(0); now < 13 && head < 0; now++ {
			for i := range arrivals {
				if arrivals[i].at != now {
					continue
				}
				with.step(now, arrivals[i:i+1], nil)
				if with.q.Waiting() > 0 {
					head = i
					break
				}
			}
		}
		if head < 0 {
			return
		}
		at := arrivals[head].at
		alone := newScene(r, capacity, shapes, purposes)
		for i := range head + 1 {
			alone.step(arrivals[i].at, arrivals[i:i+1], nil)
		}
		for i := head + 1; i < len(arrivals); i++ {
			arrivals[i].at = at
		}
		if h := with.q.head(&with.q.domains[0]); with.q.planned(h) == calendar.Never {
			return // it holds nothing back
		}
		started := func(s *scene) ms {
			for _, b := range s.starts {
				if b.Ref == arrivals[head].item.Ref {
					return b.At
				}
			}
			return calendar.Never
		}
		with.step(at, arrivals[head+1:], nil)
		for now := at + 1; now < 40; now++ {
			with.step(now, nil, nil)
			alone.step(now, nil, nil)
		}
		if a, b := started(with), started(alone); a > b {
			t.Fatalf("the head %+v of %d starts at %d, without work behind it at %d\nstarts %+v", arrivals[head], at, a, b, with.starts)
		}
	})
}

// TestUndoLeavesNothing starts and takes back, and compares all that verdicts
// read.
func TestUndoLeavesNothing(t *testing.T) {
	check(t, func(t *rapid.T) {
		r, capacity, shapes, purposes, arrivals := drawScene(t, 40, true, false)
		r.Clauses = append(r.Clauses, world.Clause{Form: world.Limit, Measure: permit.Jobs, Assure: permit.Certain, Action: permit.Notify, Bound: account.Of(9), At: permit.Use, Space: int32(len(r.Spaces)), Group: 0, Limit: -1})
		r.Spaces = append(r.Spaces, world.Space{Cuts: []ms{0, 40}})
		r.Permits[0].Last++
		s := newScene(r, capacity, shapes, purposes)
		last := ms(rapid.IntRange(1, 20).Draw(t, "now"))
		for now := ms(0); now < last; now++ {
			s.step(now, arrivals, nil)
		}
		probes := []decision.Request{}
		for _, sh := range shapes {
			for stock := range int32(2) {
				for _, n := range []int64{1, 3} {
					probes = append(probes, decision.Request{Class: s.w.Class(world.Attributes{Purpose: purposes[0]}), First: world.Part{Stock: stock, Devices: n}, Limit: ms(2 + len(sh.Options)), Expected: 2, Checkpoint: 1, Own: -1})
				}
			}
		}
		look := func() string {
			text := fmt.Sprint(s.w.Stock(0), s.w.Stock(1), s.w.Running(), s.q.free.first(s.w, []int32{0, 1}, capacity[0]+capacity[1]))
			for i := range probes {
				var v decision.Verdict
				decision.Judge(s.w, &probes[i], &v)
				text += fmt.Sprintf("%+v\n", v)
			}
			return text
		}
		want := look()
		it := &arrivals[0].item
		var v decision.Verdict
		decision.Judge(s.w, &probes[0], &v)
		job := s.q.start(it, &probes[0], &v)
		if look() == want {
			t.Fatal("a start changes nothing")
		}
		s.q.free.remove(s.w, job)
		s.w.Undo(job)
		if got := look(); got != want {
			t.Fatalf("after the undo\n%s\nbefore the start\n%s", got, want)
		}
	})
}

// TestBackfillMindsBudgets: budget 100; 50 are held by work that gives 30 back
// on day 10, when 60 are there for the head. Work of 30 behind it finds devices
// but would take what the head waits for.
func TestBackfillMindsBudgets(t *testing.T) {
	r := rules(40, limit(permit.DeviceHours, 100))
	r.Spaces[0].Length = 10 // what was used returns after 10
	s := newScene(r, [2]int64{20, 0}, []Shape{{Options: []Option{{Stocks: []int32{0}}}}, {Options: []Option{{Stocks: []int32{0}}}}, {Options: []Option{{Stocks: []int32{0}}}}}, []string{"in", "in", "out"})
	item := func(at ms, group int, ref int32, n int64, l ms) arrival {
		return arrival{at, group, Item{Ref: ref, Seq: int64(ref), Own: -1, Min: n, Max: n, Limit: l, Expected: l}, l}
	}
	arrivals := []arrival{item(0, 0, 1, 10, 5), item(1, 1, 2, 15, 4), item(1, 2, 3, 5, 6), item(1, 2, 4, 1, 4)}
	for now := ms(0); now < 30; now++ {
		s.step(now, arrivals, nil)
	}
	if len(s.starts) != 4 {
		t.Fatalf("starts %+v, want all four", s.starts)
	}
	alone := newScene(r, [2]int64{20, 0}, []Shape{{Options: []Option{{Stocks: []int32{0}}}}, {Options: []Option{{Stocks: []int32{0}}}}}, []string{"in", "in"})
	for now := ms(0); now < 30; now++ {
		alone.step(now, arrivals[:2], nil)
	}
	at := func(s *scene, ref int32) ms {
		return s.starts[slices.IndexFunc(s.starts, func(b begun) bool { return b.Ref == ref })].At
	}
	if at(s, 2) != at(alone, 2) || at(s, 3) < at(s, 2) {
		t.Errorf("with work behind it the head starts at %d, without at %d: %+v", at(s, 2), at(alone, 2), s.starts)
	}
}

// TestAnEndIsLookedAt: work waits for the next window of a budget. When the
// permit is revoked all of it is denied at once, not when it would have been
// looked at anyway.
func TestAnEndIsLookedAt(t *testing.T) {
	r := rules(40, limit(permit.DeviceHours, 10))
	r.Spaces[0].Cuts = []ms{0, 20, 40}
	s := newScene(r, [2]int64{6, 0}, []Shape{{Options: []Option{{Stocks: []int32{0}}}}, {Options: []Option{{Stocks: []int32{0}}}}}, []string{"in", "out"})
	s.acts = []act{{3, "revoke"}}
	denied, now := map[int32]ms{}, ms(0)
	s.q.Refused = func(it *Item, _ *Shape, _ *decision.Verdict) bool {
		denied[it.Ref] = now
		return true
	}
	item := func(at ms, group int, ref int32, n int64, l ms) arrival {
		return arrival{at, group, Item{Ref: ref, Seq: int64(ref), Own: -1, Min: n, Max: n, Limit: l, Expected: l}, l}
	}
	for ; now < 12; now++ {
		s.step(now, []arrival{item(0, 0, 1, 4, 2), item(1, 0, 2, 2, 4), item(1, 0, 3, 2, 4), item(1, 1, 4, 2, 4)}, nil)
	}
	if want := map[int32]ms{2: 3, 3: 3, 4: 3}; !maps.Equal(denied, want) || s.q.Waiting() != 0 {
		t.Errorf("denied at %v, %d wait; want %v", denied, s.q.Waiting(), want)
	}
}

// TestANewHeadTakesItsPlace: an item that comes back with its old place goes
// before what came after it, in other groups too.
func TestANewHeadTakesItsPlace(t *testing.T) {
	s := newScene(rules(40), [2]int64{2, 0}, []Shape{{Options: []Option{{Stocks: []int32{0}}}}, {Options: []Option{{Stocks: []int32{0}}}, Domain: 1}}, []string{"in", "out"})
	item := func(group int, ref int32, seq int64) arrival {
		return arrival{0, group, Item{Ref: ref, Seq: seq, Own: -1, Min: 2, Max: 2, Limit: 3, Expected: 3}, 3}
	}
	for now := ms(0); now < 12; now++ {
		s.step(now, []arrival{item(0, 5, 5), item(1, 3, 3), item(0, 2, 2)}, nil)
	}
	var order []int32
	for _, b := range s.starts {
		order = append(order, b.Ref)
	}
	if !slices.Equal(order, []int32{2, 3, 5}) {
		t.Errorf("the order is %v, want 2, 3, 5", order)
	}
}

// TestAGroupWaitsForWhatBindsLast: a rolling limit has room again at 10, power
// when the first job ends, at an instant that nobody computes. The group waits
// for the power, then looks again at 10.
func TestAGroupWaitsForWhatBindsLast(t *testing.T) {
	budget := limit(permit.DeviceHours, 4)
	budget.Predicate = predicate(`job.purpose == "out"`)
	r := rules(40, budget, limit(permit.Power, 12))
	r.Spaces[0].Length = 6
	s := newScene(r, [2]int64{9, 0}, []Shape{{Options: []Option{{Stocks: []int32{0}}}}, {Options: []Option{{Stocks: []int32{0}}}}}, []string{"out", "in"})
	item := func(at ms, group int, ref int32, l ms) arrival {
		return arrival{at, group, Item{Ref: ref, Seq: int64(ref), Own: -1, Min: 1, Max: 1, Limit: l, Expected: l}, l}
	}
	for now := ms(0); now < 20; now++ {
		s.step(now, []arrival{item(0, 0, 1, 4), item(0, 1, 2, 12), item(1, 0, 3, 4)}, nil)
	}
	if want := []begun{{0, 1, 0, 1}, {0, 2, 0, 1}, {10, 3, 0, 1}}; !slices.Equal(s.starts, want) {
		t.Errorf("starts %+v, want %+v", s.starts, want)
	}
}

// TestNothingPilesUp: work that starts when it comes leaves nothing behind in
// the queue, however much of it there is.
func TestNothingPilesUp(t *testing.T) {
	w := world.New(rules(1 << 40))
	w.Deliver(0, 1000)
	q := New(w)
	id := q.Group(Shape{Class: w.Class(world.Attributes{Purpose: "in"}), Options: []Option{{Stocks: []int32{0}}}})
	for i := range 10_000 {
		now := ms(i)
		w.Advance(now)
		q.Submit(id, Item{Ref: int32(i), Own: -1, Seq: int64(i), Min: 1, Max: 1, Limit: 10, Expected: 10})
		job := world.JobID(-1)
		q.Run(func(_ *Shape, _ *Item, p Placed) { job = p.Job })
		if job < 0 {
			t.Fatalf("job %d waits", i)
		}
		q.Ended(job)
		w.End(job)
	}
	if g, d := &q.groups[id], &q.domains[0]; len(d.order) > 8 || len(q.ready) > 8 || len(q.looks) > 8 || len(g.items) > 8 {
		t.Errorf("%d heads, %d groups to try, %d looks and %d items are kept", len(d.order), len(q.ready), len(q.looks), len(g.items))
	}
}
