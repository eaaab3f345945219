package queue_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// The histories are made like the study's behind the design: 256 devices, a
// ceiling of 30 % on one part, demand of the part and of the rest that never
// ends, windows of 30 days. Jobs end when they like, up to their limits, and
// half of them can stop at a checkpoint.

const (
	hour     = calendar.Instant(3_600_000)
	devices  = 256
	lifeDays = 60 // two windows of 30 days
	upfront  = 6  // jobs of each side that wait at any time
)

// historyRules compiles a permit over 256 devices with one share.
func historyRules(t testing.TB, share, onReach string) *world.Rules {
	t.Helper()
	text := fmt.Sprintf(`apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: s}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: l}
spec: {accelerator: h100-sxm, site: s, quantity: %d, permits: [p]}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: p}
spec:
  holder: h
  scope: [use]
  grants: [{accelerator: h100-sxm, quantity: %d}]
  valid: {from: 2026-01-01, until: 2026-03-02}
  onEnd: drain
  conditions:
  - {name: share, onReach: %s, share: {measure: deviceHours, %s}}
`, devices, devices, onReach, share)
	name := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(name)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	p := &c.Permits[0].Spec.Valid
	from := p.From.In(time.UTC)
	rules, err := c.Rules(from, from+lifeDays*24*hour+1)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// tally is what many histories came to.
type tally struct {
	judged, broken int64
	part, whole    int64 // device-hours
}

func (a *tally) add(b tally) {
	atomic.AddInt64(&a.judged, b.judged)
	atomic.AddInt64(&a.broken, b.broken)
	atomic.AddInt64(&a.part, b.part)
	atomic.AddInt64(&a.whole, b.whole)
}

// history runs jobs by one seed. The same seed asks for the same jobs in the
// same order, whatever the share admits.
type history struct {
	w       *world.World
	q       *queue.Queue
	groups  map[string]queue.GroupID
	rules   *world.Rules
	pending []ending
	sides   []*rand.Rand
	jobs    []job
	done    tally
	// look, if set, sees the world at every event.
	look func(*history)
}

type job struct {
	side int
	runs calendar.Instant
	id   world.JobID
	on   bool
	from calendar.Instant
	n    int64
}

type ending struct {
	at  calendar.Instant
	ref int32
}

func newHistory(r *world.Rules) *history {
	w := world.New(r)
	return &history{w: w, q: queue.New(w), rules: r, groups: map[string]queue.GroupID{}}
}

// purposes are the sides: in the part, in the rest of the whole, and in
// neither.
var purposes = []string{"part", "rest", "neither"}

func (h *history) run(seed uint64, sides int) tally {
	h.q.Reset()
	h.w.Reset(nil)
	h.pending, h.jobs, h.done = h.pending[:0], h.jobs[:0], tally{}
	h.sides = h.sides[:0]
	for s := range sides {
		h.sides = append(h.sides, rand.New(rand.NewPCG(seed, uint64(s))))
	}
	h.w.Deliver(0, devices)
	for s := range sides {
		for range upfront {
			h.submit(s)
		}
	}
	until := h.rules.Until - 1
	for {
		h.q.Run(h.started)
		next := min(h.w.NextTimer(), h.q.NextLook())
		for _, e := range h.pending {
			next = min(next, e.at)
		}
		if next > until {
			break
		}
		h.w.Advance(next)
		if h.look != nil {
			h.look(h)
		}
		for _, a := range h.w.Fire() {
			h.stop(a)
		}
		kept := h.pending[:0]
		for _, e := range h.pending {
			if e.at <= next {
				h.end(e.ref)
			} else {
				kept = append(kept, e)
			}
		}
		h.pending = kept
	}
	for c := range h.rules.Clauses {
		s := h.w.Clause(int32(c))
		h.done.judged += int64(s.Judged)
		h.done.broken += int64(s.Broken)
	}
	return h.done
}

func (h *history) submit(side int) {
	r := h.sides[side]
	n := int64(16 << r.IntN(4)) // 16 to 128 devices
	limit := calendar.Instant(24+r.IntN(216)) * hour
	runs := limit * calendar.Instant(10+r.IntN(91)) / 100
	checkpoint := calendar.Instant(0)
	if r.IntN(2) == 0 {
		checkpoint = hour
	}
	ref := int32(len(h.jobs))
	h.jobs = append(h.jobs, job{side: side, runs: runs})
	key := fmt.Sprint(side, n)
	g, ok := h.groups[key]
	if !ok {
		class := h.w.Class(world.Attributes{Purpose: purposes[side]})
		g = h.q.Group(queue.Shape{Class: class, Options: []queue.Option{{Stocks: []int32{0}}}, Domain: int32(side)})
		h.groups[key] = g
	}
	h.q.Submit(g, queue.Item{Ref: ref, Subject: ref, Own: -1, Seq: int64(ref) + 1, Min: n, Max: n, Limit: limit, Expected: limit / 2, Checkpoint: checkpoint})
}

func (h *history) started(_ *queue.Shape, it *queue.Item, p queue.Placed) {
	j := &h.jobs[it.Ref]
	j.id, j.on, j.from, j.n = p.Job, true, h.w.Now(), p.Devices
	h.pending = append(h.pending, ending{min(h.w.Job(p.Job).End, h.w.Now()+j.runs), it.Ref})
	h.submit(j.side)
}

func (h *history) end(ref int32) {
	j := &h.jobs[ref]
	if !j.on {
		return
	}
	j.on = false
	used := int64((h.w.Now() - j.from) / hour * calendar.Instant(j.n))
	if j.side == 0 {
		h.done.part += used
	}
	if j.side < 2 {
		h.done.whole += used
	}
	h.q.Ended(j.id)
	h.w.End(j.id)
}

func (h *history) stop(a world.Action) {
	j := h.w.Job(a.Job)
	if !j.Live() {
		return
	}
	if at := h.w.Draining(a.Job); a.Do == permit.Drain && at > h.w.Now() {
		h.pending = append(h.pending, ending{at, j.Ref})
		return
	}
	h.end(j.Ref)
}

// histories runs seeds 1 to n on all processors.
func histories(r *world.Rules, n, sides int) (all tally, worst int64) {
	var wg sync.WaitGroup
	var next, most atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			h := newHistory(r)
			for {
				seed := next.Add(1)
				if seed > int64(n) {
					return
				}
				t := h.run(uint64(seed), sides)
				all.add(t)
				for m := most.Load(); t.broken > m && !most.CompareAndSwap(m, t.broken); m = most.Load() {
				}
			}
		}()
	}
	wg.Wait()
	return all, most.Load()
}

const windows = "over: {boundaries: [2026-01-31]}"

// Under certain no window is breached, in 10,000 histories; so far only breaks
// more than a third of them on the same histories, which shows that the test
// can fail. What certainty costs is use of the part that is forgone.
func TestCertainKeepsEveryWindowAndObservedDoesNot(t *testing.T) {
	n := 10_000
	use := map[string]float64{}
	for _, assurance := range []string{"certain", "booked", "observed"} {
		m := n
		if assurance == "booked" {
			m = n / 5
		}
		r := historyRules(t, `where: 'job.purpose == "part"', atMost: 30%, `+windows+", assurance: "+assurance, "notify")
		got, _ := histories(r, m, 2)
		share := float64(got.broken) / float64(got.judged)
		use[assurance] = float64(got.part) / float64(m)
		t.Logf("%-8s  %6d histories, %6d windows, %5.1f %% broken, part %4.1f %% of use, %6.0f device-hours of the part in a history, %6.0f of all",
			assurance, m, got.judged, 100*share, 100*float64(got.part)/float64(got.whole), use[assurance], float64(got.whole)/float64(m))
		switch {
		case got.judged < int64(2*m):
			t.Errorf("%s: %d windows judged in %d histories", assurance, got.judged, m)
		case assurance == "certain" && got.broken > 0:
			t.Errorf("certain: %d of %d windows broken", got.broken, got.judged)
		case assurance == "observed" && share <= 1./3:
			t.Errorf("observed broke %.1f %% of windows, want more than a third: the histories try too little", 100*share)
		}
	}
	if use["certain"] >= use["observed"] {
		t.Errorf("certainty cost nothing: %.0f and %.0f device-hours of the part", use["certain"], use["observed"])
	}
}

// Every other form of a share of use that is judged at a window's end is kept
// under certain, too.
func TestCertainSharesOfEveryForm(t *testing.T) {
	for _, share := range []string{
		`where: 'job.purpose == "part"', atLeast: 40%`,
		`where: 'job.purpose == "part"', atLeast: 20%, allowance: 5000h`,
		`where: 'job.purpose == "part"', outOf: 'job.purpose != "neither"', atMost: 25%`,
		`where: 'job.purpose == "part"', outOf: 'job.purpose != "neither"', atLeast: 60%`,
		`where: 'job.purpose == "part"', atMost: 45%, allowance: 2000h`,
		`where: 'job.purpose == "part"', atMost: 30%, per: site`,
		`where: 'job.purpose == "part"', atMost: 10%, base: available`,
	} {
		sides := 2
		if strings.Contains(share, "outOf") {
			sides = 3
		}
		r := historyRules(t, share+", "+windows+", assurance: certain", "notify")
		got, _ := histories(r, 1500, sides)
		if got.broken > 0 || got.judged < 3000 {
			t.Errorf("%s: %d of %d windows broken", share, got.broken, got.judged)
		}
		if got.part == 0 || got.whole == got.part {
			t.Errorf("%s: one side never ran: %d of %d device-hours", share, got.part, got.whole)
		}
	}
}

// What is not promised: a floor on what is available cannot be forced, a
// rolling share is broken as old use ages out, and so far only breaks what is
// judged always. What their histories come to is reported; that they do break
// shows why.
func TestOtherSharesPromiseLess(t *testing.T) {
	r := historyRules(t, `where: 'job.purpose == "part"', atLeast: 60%, base: available, assurance: observed, `+windows, "notify")
	if got, _ := histories(r, 500, 2); got.broken == 0 {
		t.Error("a floor on what is available was kept by itself")
	} else {
		t.Logf("a floor of 60 %% on what is available, so far only: %d of %d windows broken; nobody can be made to use a machine", got.broken, got.judged)
	}
	r = historyRules(t, `where: 'job.purpose == "part"', atMost: 30%, over: 30d, assurance: observed`, "hold")
	const n = 150
	if got, _ := histories(r, n, 2); got.broken < n {
		t.Errorf("a rolling share came to be broken %d times in %d histories: it was kept by itself", got.broken, n)
	} else {
		t.Logf("a rolling ceiling of 30 %%, so far only: came to be broken %d times in %d histories", got.broken, n)
	}
}

// A share that is judged always is kept at every instant under certain once
// the whole exceeds minBase, and not so far only.
func TestAlwaysIsKeptAtEveryInstant(t *testing.T) {
	const minBase = 20_000 // device-hours
	for _, assurance := range []string{"certain", "observed"} {
		r := historyRules(t, fmt.Sprintf(`where: 'job.purpose == "part"', atMost: 30%%, judged: always, minBase: %dh, over: life, assurance: %s`, minBase, assurance), "notify")
		h := newHistory(r)
		above, looks := 0, 0
		h.look = func(h *history) {
			h.w.Keys(r.Clauses[0].Space, func(_ string, id int32) {
				rest, part := h.w.Touch(id).Used(h.w.Now()), h.w.Touch(id+1).Used(h.w.Now())
				whole := rest.Add(part)
				if account.Product(minBase, int64(hour)).Less(whole) {
					looks++
					if whole.Times(30).Less(part.Times(100)) {
						above++
					}
				}
			})
		}
		noted := int64(0)
		for seed := range uint64(300) {
			noted += h.run(seed, 2).broken
		}
		t.Logf("judged always, %s: above 30 %% at %d of %d events, came to be broken %d times", assurance, above, looks, noted)
		if (above > 0) != (noted > 0) {
			t.Errorf("%s: above 30 %% at %d events, and broken %d times by the world's own account", assurance, above, noted)
		}
		if looks < 10_000 || assurance == "certain" && above > 0 || assurance == "observed" && above == 0 {
			t.Errorf("%s: above 30 %% at %d of %d events", assurance, above, looks)
		}
	}
}
