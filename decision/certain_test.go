package decision_test

import (
	"fmt"
	"testing"

	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
	"pgregory.net/rapid"
)

// check runs a property ten times as often as rapid does by default.
func check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	for range 10 {
		rapid.Check(t, property)
	}
}

// ran is what one job took: independent of the accounts.
type ran struct {
	task
	from, to ms
}

// sums adds up, millisecond by millisecond, the device-ms of selected jobs
// within [from, to).
func sums(jobs []ran, from, to ms, selects func(*ran) bool) int64 {
	n := int64(0)
	for i := range jobs {
		if !selects(&jobs[i]) {
			continue
		}
		for t := max(from, jobs[i].from); t < min(to, jobs[i].to); t++ {
			n += jobs[i].devices
		}
	}
	return n
}

// trial is a random small world in which whatever the verdicts admit runs as
// it likes, up to the end of its reservation.
type trial struct {
	w       *world.World
	rules   *world.Rules
	horizon ms
	jobs    []ran
	running map[world.JobID]int
	stops   map[world.JobID]ms // actual ends
}

func drawCuts(t *rapid.T, horizon ms) []ms {
	cuts := []ms{0}
	for cuts[len(cuts)-1] < horizon {
		cuts = append(cuts, cuts[len(cuts)-1]+ms(rapid.IntRange(2, 8).Draw(t, "window")))
	}
	return cuts
}

func drawTask(t *rapid.T, devices int64) task {
	k := task{
		side:    rapid.SampledFrom([]string{inside, outside, outside, neutral}).Draw(t, "side"),
		user:    rapid.SampledFrom([]string{"a", "b"}).Draw(t, "user"),
		devices: rapid.Int64Range(1, devices).Draw(t, "devices"),
		limit:   ms(rapid.IntRange(1, 12).Draw(t, "limit")),
	}
	if rapid.IntRange(0, 2).Draw(t, "stops") > 0 {
		k.checkpoint = ms(rapid.IntRange(1, 4).Draw(t, "checkpoint"))
	}
	return k
}

func (x *trial) end(id world.JobID) {
	x.jobs[x.running[id]].to = x.w.Now()
	delete(x.running, id)
	delete(x.stops, id)
	x.w.End(id)
}

// step moves on by one millisecond: actions first, then ends.
func (x *trial) step() {
	x.w.Advance(x.w.Now() + 1)
	x.fire()
	var over []world.JobID
	x.w.Each(func(id world.JobID, j *world.Running) {
		if j.End <= x.w.Now() || x.stops[id] <= x.w.Now() {
			over = append(over, id)
		}
	})
	for _, id := range over {
		x.end(id)
	}
}

func (x *trial) fire() {
	for _, a := range x.w.Fire() {
		if _, ok := x.running[a.Job]; !ok {
			continue
		}
		if a.Do == permit.Drain {
			if at := x.w.Draining(a.Job); at > x.w.Now() {
				x.stops[a.Job] = min(x.stops[a.Job], at)
				continue
			}
		}
		x.end(a.Job)
	}
}

func (x *trial) free() int64 { s := x.w.Stock(0); return s.Capacity - s.Used }

// try starts a task if it is admitted; it runs for actual at most.
func (x *trial) try(k task, actual ms) bool {
	if x.free() < k.devices {
		return false
	}
	v := ask(x.w, k)
	if v.Outcome != decision.Admit {
		return false
	}
	id := start(x.w, k, v)
	x.running[id] = len(x.jobs)
	x.stops[id] = x.w.Now() + actual
	x.jobs = append(x.jobs, ran{k, x.w.Now(), min(v.End, x.w.Now()+actual)})
	return true
}

func newTrial(devices int64, horizon ms, conditions ...condition) *trial {
	r := rulesOf(horizon, conditions...)
	return &trial{w: worldOf(devices, r), rules: r, horizon: horizon, running: map[world.JobID]int{}, stops: map[world.JobID]ms{}}
}

// churn lets random jobs come up to an instant.
func (x *trial) churn(t *rapid.T, devices int64, until ms) {
	for {
		for range rapid.IntRange(0, 3).Draw(t, "arrivals") {
			k := drawTask(t, devices)
			x.try(k, ms(rapid.IntRange(1, int(k.limit)).Draw(t, "actual")))
		}
		if x.w.Now() >= until {
			return
		}
		x.step()
	}
}

// drawCertain draws a certain condition, and a check of it that knows nothing
// of accounts: it reads the jobs that ran.
func drawCertain(t *rapid.T, devices int64, horizon ms) (condition, func([]ran) string) {
	windows := func(cuts []ms, f func(from, to ms) string) string {
		for v := range len(cuts) - 1 {
			if s := f(cuts[v], cuts[v+1]); s != "" {
				return fmt.Sprintf("[%d,%d): %s", cuts[v], cuts[v+1], s)
			}
		}
		return ""
	}
	cuts := drawCuts(t, horizon)
	user := func(u string) func(*ran) bool { return func(r *ran) bool { return r.user == u } }
	switch kind := rapid.IntRange(0, 7).Draw(t, "kind"); kind {
	case 0, 1: // a limit over a calendar, of all or of one side
		bound := rapid.Int64Range(0, 25).Draw(t, "bound")
		c, some := limit(bound, cuts...), func(*ran) bool { return true }
		if kind == 1 {
			c, some = c.where(`job.purpose == "out"`), func(r *ran) bool { return r.side == outside }
		}
		return c, func(jobs []ran) string {
			return windows(cuts, func(from, to ms) string {
				if n := sums(jobs, from, to, some); n > bound {
					return fmt.Sprintf("%d of at most %d", n, bound)
				}
				return ""
			})
		}
	case 2: // kept apart by end user
		bound := rapid.Int64Range(0, 20).Draw(t, "bound")
		return limit(bound, cuts...).per("endUser"), func(jobs []ran) string {
			return windows(cuts, func(from, to ms) string {
				for _, u := range []string{"a", "b"} {
					if n := sums(jobs, from, to, user(u)); n > bound {
						return fmt.Sprintf("%s has %d of at most %d", u, n, bound)
					}
				}
				return ""
			})
		}
	case 3: // rolling
		bound, length := rapid.Int64Range(0, 25).Draw(t, "bound"), ms(rapid.IntRange(1, 9).Draw(t, "length"))
		return rolling(bound, length).per("endUser"), func(jobs []ran) string {
			for at := ms(0); at <= horizon+20; at++ {
				for _, u := range []string{"a", "b"} {
					if n := sums(jobs, at-length, at, user(u)); n > bound {
						return fmt.Sprintf("%s has %d of at most %d in the last %d before %d", u, n, bound, length, at)
					}
				}
			}
			return ""
		}
	case 4: // a ceiling of what is available
		num := rapid.Int64Range(0, 10).Draw(t, "share")
		return atMost(num, 10, permit.Certain, cuts...).available(), func(jobs []ran) string {
			return windows(cuts, func(from, to ms) string {
				if n := sums(jobs, from, to, func(r *ran) bool { return r.side == outside }); n*10 > num*devices*int64(to-from) {
					return fmt.Sprintf("%d of at most %d/10 of %d", n, num, devices*int64(to-from))
				}
				return ""
			})
		}
	default: // a share of what is used
		num, a := rapid.Int64Range(0, 10).Draw(t, "share"), rapid.Int64Range(0, 8).Draw(t, "allowance")*rapid.Int64Range(0, 1).Draw(t, "allows")
		c, part := atLeast(num, 10, permit.Certain, cuts...).allow(a), inside
		if kind == 6 {
			c, part = atMost(10-num, 10, permit.Certain, cuts...).allow(a), outside
		}
		least := ms(0)
		minBase := int64(0)
		if kind == 7 {
			minBase, least = rapid.Int64Range(0, 12).Draw(t, "minBase"), 1
			c = c.always(minBase)
		}
		return c, func(jobs []ran) string {
			return windows(cuts, func(from, to ms) string {
				at := to
				if least > 0 {
					at = from // at every millisecond
				}
				for ; at <= to; at++ {
					n := sums(jobs, from, at, func(r *ran) bool { return r.side == part })
					d := sums(jobs, from, at, func(r *ran) bool { return r.side != neutral })
					good := n
					if part == outside {
						good = d - n
					}
					if d > minBase && good*10 < num*(d-a) {
						return fmt.Sprintf("at %d: %d of %d is less than %d/10, %d exempt", at, good, d, num, a)
					}
				}
				return ""
			})
		}
	}
}

// TestCertainHolds lets random work run under one to four certain conditions
// at once: none of their windows is ever broken, whatever ends early.
func TestCertainHolds(t *testing.T) {
	check(t, func(t *rapid.T) {
		devices, horizon := rapid.Int64Range(1, 6).Draw(t, "C"), ms(rapid.IntRange(4, 30).Draw(t, "horizon"))
		var conditions []condition
		var checks []func([]ran) string
		for range rapid.IntRange(1, 4).Draw(t, "conditions") {
			c, check := drawCertain(t, devices, horizon)
			conditions, checks = append(conditions, c), append(checks, check)
		}
		x := newTrial(devices, horizon, conditions...)
		x.churn(t, devices, horizon)
		for x.w.Running() > 0 {
			x.step()
		}
		for i, check := range checks {
			if s := check(x.jobs); s != "" {
				t.Fatalf("condition %d: %s\njobs %+v", i, s, x.jobs)
			}
		}
		// The world's own look at windows agrees: nothing was broken.
		for i := range conditions {
			if c := x.w.Clause(int32(i)); c.Broken > 0 {
				t.Fatalf("condition %d: the world found %d broken windows", i, c.Broken)
			}
		}
	})
}

// TestCertainLetsWorkRun guards the test above: rules that refuse everything
// would pass it.
func TestCertainLetsWorkRun(t *testing.T) {
	x := newTrial(6, 30, limit(25, 0, 8, 16, 30), atLeast(3, 10, permit.Certain, 0, 10, 20, 30).allow(4))
	for x.w.Now() < 30 {
		x.try(task{side: inside, devices: 2, limit: 3, checkpoint: 1}, 3)
		x.try(task{side: outside, devices: 1, limit: 4, checkpoint: 1}, 4)
		x.step()
	}
	in := sums(x.jobs, 0, 30, func(r *ran) bool { return r.side == inside })
	out := sums(x.jobs, 0, 30, func(r *ran) bool { return r.side == outside })
	if in+out < 60 || out < 10 {
		t.Errorf("only %d inside and %d outside of a limit of 75 ran", in, out)
	}
}

// TestFirstAndLargestAreExact judges a request, then nothing else happens:
// running work goes to its ends. The first instant that a limit names is the
// first at which it passes; the largest size passes, one more does not.
func TestFirstAndLargestAreExact(t *testing.T) {
	check(t, func(t *rapid.T) {
		devices, horizon := rapid.Int64Range(1, 6).Draw(t, "C"), ms(rapid.IntRange(10, 30).Draw(t, "horizon"))
		cuts := drawCuts(t, horizon)
		var c condition
		kind := rapid.SampledFrom([]string{"calendar", "rolling", "floor"}).Draw(t, "kind")
		switch kind {
		case "calendar":
			c = limit(rapid.Int64Range(0, 25).Draw(t, "bound"), cuts...)
		case "rolling":
			c = rolling(rapid.Int64Range(0, 25).Draw(t, "bound"), ms(rapid.IntRange(1, 9).Draw(t, "length")))
		case "floor":
			c = atLeast(rapid.Int64Range(1, 9).Draw(t, "share"), 10, permit.Certain, cuts...).allow(rapid.Int64Range(0, 6).Draw(t, "allowance"))
		}
		if kind != "floor" {
			c = c.assured(rapid.SampledFrom([]permit.Assurance{permit.Certain, permit.Certain, permit.Observed}).Draw(t, "assurance"))
		}
		x := newTrial(devices, cuts[len(cuts)-1], c)
		x.churn(t, devices, ms(rapid.IntRange(0, 12).Draw(t, "probe at")))
		k := drawTask(t, devices)
		if kind == "floor" {
			k.side, k.checkpoint = outside, 1
		}
		v := ask(x.w, k)
		r := reason(v, 0)
		if r == nil {
			return
		}
		at := func(n int64) *decision.Reason {
			k := k
			k.devices = n
			w := ask(x.w, k)
			if w.End != v.End {
				return nil // another size is cut elsewhere
			}
			return reason(w, 0)
		}
		if (r.Outcome == decision.Admit) != (k.devices <= r.Largest) {
			t.Fatalf("%+v: %s, but the largest is %d", k, r.Outcome, r.Largest)
		}
		if r.Largest < decision.Any {
			if q := at(r.Largest); r.Largest > 0 && q != nil && q.Outcome != decision.Admit {
				t.Fatalf("%+v: the largest is %d, yet it is refused: %+v", k, r.Largest, q)
			}
			if q := at(r.Largest + 1); q != nil && q.Outcome == decision.Admit {
				t.Fatalf("%+v: the largest is %d, yet one more passes: %+v", k, r.Largest, q)
			}
		}
		if r.Outcome == decision.Admit {
			return
		}
		steady, end := int64(0), x.horizon
		for _, c := range cuts {
			if c > x.w.Now() {
				end = c
				break
			}
		}
		x.w.Each(func(id world.JobID, j *world.Running) {
			x.stops[id] = j.End
			if x.jobs[x.running[id]].side == inside {
				steady += j.Devices()
				end = min(end, j.End)
			}
		})
		if kind == "floor" && (steady == 0 || r.First >= end) {
			return // no steady growth up to the first instant: it is only looked at again
		}
		began, first := x.w.Now(), r.First
		for x.w.Now() < cuts[len(cuts)-1]+20 {
			x.step()
			q := reason(ask(x.w, k), 0)
			if passes := q.Outcome == decision.Admit; x.w.Now() < first && x.w.Now() < cuts[len(cuts)-1] && passes {
				t.Fatalf("%+v at %d: first at %d, yet it passes at %d: %+v", k, began, first, x.w.Now(), q)
			} else if x.w.Now() == first && !passes {
				t.Fatalf("%+v at %d: first at %d, yet it is refused there: %+v", k, began, first, q)
			}
			if kind == "floor" && x.w.Now() >= first {
				return
			}
		}
	})
}
