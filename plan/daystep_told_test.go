package plan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/internal/daystep"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// told is what a plan says, in the words that the engine and the day stepper
// have in common. Days count from the period's first.
type told map[string]map[string]string

// The parts of what is told.
const (
	dates      = "date"         // of a milestone in a world
	costs      = "cost"         // of a group, in days of a milestone, device-hours or MWh
	refusals   = "refusal"      // the first of each job
	starts     = "last start"   // of each job
	deliveries = "delivery"     // of each lot
	inBreach   = "breach"       // the first of each permit
	used       = "device-hours" // of programmes
	words      = "words"        // the closing words, and the summary without its counts of runs
)

func newTold() told {
	x := told{}
	for _, part := range []string{dates, costs, refusals, starts, deliveries, inBreach, used, words} {
		x[part] = map[string]string{}
	}
	return x
}

// dayNumber writes a day without the millisecond by which evidence is stale
// after its last day and a bound is passed after it is reached.
func dayNumber(d float64) string {
	return strconv.FormatFloat(math.Round(d*1e5)/1e5, 'f', -1, 64)
}

// price notes a cost that is not nothing.
func (x told) price(name string, v float64) {
	if s := fmt.Sprintf("%.3f", v); s != "0.000" && s != "-0.000" {
		x[costs][name] = s
	}
}

// byEngine tells what the engine plans.
func byEngine(t *testing.T, docs []daystep.Document, unpriced bool) told {
	t.Helper()
	p := loaded(t, docs)
	p.NoCosts = unpriced
	res, err := Make(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	day := func(at calendar.Instant) string { return dayNumber(float64(at-p.From) / msPerDay) }
	x := newTold()
	for i, m := range res.Milestones {
		name := m.Programme + "/" + m.Name
		for world, d := range map[string]Dates{"without": m.Without, "unconditional": m.None, "conditional": m.Conditional} {
			x[dates][name+" "+world] = day(calendar.Instant(d.Middle.UnixMilli()))
		}
		for _, c := range res.Costs {
			x.price(c.Group+" "+name, c.Delay[i].Value)
		}
	}
	for _, c := range res.Costs {
		x.price(c.Group+" device-hours", c.DeviceHour.Value)
		x.price(c.Group+" MWh", c.MWh.Value)
	}
	for _, m := range res.Permits {
		if m.Breach != nil {
			x[inBreach][m.Permit] = m.Breach.Clause + " on " + day(calendar.Instant(m.Breach.At.UnixMilli()))
		}
	}
	if !unpriced {
		x[words]["answer"] = withoutBasis(res.Answer)
	}
	reached, _, _ := strings.Cut(res.Summary, ",")
	x[words]["summary"] = reached + ", " + breaches(res)
	x.observe(p)
	return x
}

// observe runs the plan once more and notes refusals, starts and deliveries.
func (x told) observe(p *Problem) {
	day := func(at calendar.Instant) string { return dayNumber(float64(at-p.From) / msPerDay) }
	r := newRun(p)
	nameOf := func(t *task) string {
		if t.source == fromPhase {
			return p.phases[t.index].name
		}
		return fmt.Sprintf("%s#%d", p.series[t.index].name, t.name)
	}
	first := map[string]calendar.Instant{}
	names := map[string][]string{}
	r.q.Observe = func(it *queue.Item, _ *queue.Shape, _ int, _ *decision.Request, v *decision.Verdict) {
		name := nameOf(&r.jobs[it.Ref])
		if at, ok := first[name]; v.Outcome == decision.Admit || ok && at != r.w.Now() {
			return
		}
		first[name] = r.w.Now()
		for i := range v.Reasons {
			if x := &v.Reasons[i]; x.Outcome != decision.Admit {
				names[name] = append(names[name], strings.Replace(p.reasonName(x.Clause, world.Gate), ": in effect", "/in effect", 1))
			}
		}
	}
	r.do(p.draw(0), nil, false)
	for name, at := range first {
		slices.Sort(names[name])
		x[refusals][name] = day(at) + " " + strings.Join(slices.Compact(names[name]), " ")
	}
	for i := range r.jobs {
		if t := &r.jobs[i]; t.version > 0 {
			x[starts][nameOf(t)] = day(t.began)
		}
	}
	for i := range p.lots {
		if l := r.w.Lot(int32(i)); !p.lots[i].present && l.Delivered > 0 {
			x[deliveries][p.lots[i].name] = fmt.Sprintf("%d from %s", l.Delivered, day(l.First))
		}
	}
	x[used]["programmes"] = fmt.Sprintf("%.1f", float64(r.result.Used)/msPerHour)
}

// dayOptions say how the day stepper goes.
type dayOptions struct {
	builtin  []daystep.Document // what the engine has built in
	hours    int                // of a step; a day where it is 0
	unpriced bool
}

// days gives a number of steps in days.
func (o dayOptions) days(steps float64) float64 { return steps * float64(cmp.Or(o.hours, 24)) / 24 }

// byDays tells what the day stepper finds.
func byDays(docs []daystep.Document, o dayOptions) told {
	x := newTold()
	all := slices.Concat(o.builtin, docs)
	everything := map[string]bool{}
	for _, g := range daystep.Groups(docs) {
		everything[g] = true
	}
	full := daystep.Simulate(all, daystep.Options{Hours: o.hours})
	none := daystep.Simulate(all, daystep.Options{Muted: everything, Hours: o.hours})
	without := daystep.Simulate(all, daystep.Options{Without: true, Hours: o.hours})
	day := func(step int) string { return dayNumber(o.days(float64(step))) }
	for world, out := range map[string]*daystep.Outcome{"conditional": full, "unconditional": none, "without": without} {
		for m, t := range out.Milestones {
			x[dates][m+" "+world] = day(t)
		}
	}
	if !o.unpriced {
		prices := daystep.Price(all, o.hours)
		for g, by := range prices.Delay {
			for m, v := range by {
				x.price(g+" "+m, o.days(v))
			}
			x.price(g+" device-hours", prices.Lost[g])
			x.price(g+" MWh", prices.Energy[g]/1e6)
		}
		x[words]["answer"] = withoutBasis(o.answerOf(docs, without, none, full, prices))
	}
	x[words]["summary"] = summaryOf(full)
	for j, r := range full.Refused {
		x[refusals][j] = day(r.Day) + " " + strings.Join(r.Clauses, " ")
	}
	for j, at := range full.Began {
		x[starts][j] = day(at)
	}
	for l, by := range full.Delivered {
		n := 0
		for _, k := range by {
			n += k
		}
		x[deliveries][l] = fmt.Sprintf("%d from %s", n, day(slices.Min(slices.Collect(maps.Keys(by)))))
	}
	for p, b := range full.Breached {
		x[inBreach][p] = b.Clause + " on " + dayNumber(o.days(b.Day))
	}
	x[used]["programmes"] = fmt.Sprintf("%.1f", float64(full.Used))
	return x
}

// differences names what differs between two tellings.
func differences(a, b told) []string {
	var out []string
	for _, part := range slices.Sorted(maps.Keys(a)) {
		keys := map[string]bool{}
		for _, x := range []told{a, b} {
			for k := range x[part] {
				keys[k] = true
			}
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			if x, y := a[part][k], b[part][k]; x != y {
				out = append(out, fmt.Sprintf("%s of %s: %q, %q", part, k, x, y))
			}
		}
	}
	return out
}
