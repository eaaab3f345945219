package plan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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
func byEngine(t *testing.T, docs []daystep.Document, priced bool) told {
	t.Helper()
	p := loaded(t, docs)
	p.NoCosts = !priced
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
	if priced {
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

// basis is what the closing words say of where a condition comes from, which
// the day stepper does not.
var basis = regexp.MustCompile(` \((law|reported|assumed)\)`)

// taken finds the list of what conditions take, whose order has no meaning
// where two take the same.
var taken = regexp.MustCompile(`(Of the delay of -?\d+ days, )(.*)\.`)

func withoutBasis(answer []string) string {
	var out []string
	for _, s := range answer {
		s = basis.ReplaceAllString(s, "")
		out = append(out, taken.ReplaceAllStringFunc(s, func(x string) string {
			m := taken.FindStringSubmatch(x)
			parts := strings.Split(m[2], ", ")
			slices.Sort(parts)
			return m[1] + strings.Join(parts, ", ") + "."
		}))
	}
	return strings.Join(out, "\n")
}

// byDays tells what the day stepper finds. extra are documents that the engine
// has built in.
func byDays(docs, extra []daystep.Document, priced bool) told {
	x := newTold()
	all := slices.Concat(extra, docs)
	everything := map[string]bool{}
	for _, g := range daystep.Groups(docs) {
		everything[g] = true
	}
	full := daystep.Simulate(all, daystep.Options{})
	none := daystep.Simulate(all, daystep.Options{Muted: everything})
	without := daystep.Simulate(all, daystep.Options{Without: true})
	for world, o := range map[string]*daystep.Outcome{"conditional": full, "unconditional": none, "without": without} {
		for m, t := range o.Milestones {
			x[dates][m+" "+world] = strconv.Itoa(t)
		}
	}
	if priced {
		prices := daystep.Price(all)
		for g, by := range prices.Delay {
			for m, v := range by {
				x.price(g+" "+m, v)
			}
			x.price(g+" device-hours", prices.Lost[g])
			x.price(g+" MWh", prices.Energy[g]/1e6)
		}
		x[words]["answer"] = withoutBasis(answerOf(docs, without, none, full, prices))
	}
	x[words]["summary"] = summaryOf(full)
	for j, r := range full.Refused {
		x[refusals][j] = strconv.Itoa(r.Day) + " " + strings.Join(r.Clauses, " ")
	}
	for j, at := range full.Began {
		x[starts][j] = strconv.Itoa(at)
	}
	for l, by := range full.Delivered {
		n := 0
		for _, k := range by {
			n += k
		}
		x[deliveries][l] = fmt.Sprintf("%d from %d", n, slices.Min(slices.Collect(maps.Keys(by))))
	}
	for p, b := range full.Breached {
		x[inBreach][p] = b.Clause + " on " + dayNumber(b.Day)
	}
	x[used]["programmes"] = fmt.Sprintf("%.1f", float64(full.Used))
	return x
}

// answerOf writes the closing words from the day stepper's figures.
func answerOf(docs []daystep.Document, without, none, full *daystep.Outcome, prices daystep.Prices) []string {
	var start time.Time
	fresh := false
	var names []string
	for _, d := range docs {
		spec := d["spec"].(daystep.Document)
		switch d["kind"] {
		case "Scenario":
			start, _ = time.Parse(time.DateOnly, fmt.Sprint(spec["period"].(daystep.Document)["from"])[:10])
		case "Lot":
			fresh = fresh || spec["arrives"] != nil
		case "Programme":
			ms, _ := spec["milestones"].([]any)
			for _, m := range ms {
				names = append(names, fmt.Sprintf("%s/%s", d["metadata"].(daystep.Document)["name"], m.(daystep.Document)["name"]))
			}
		}
	}
	on := func(day int) string { return start.AddDate(0, 0, day).Format(time.DateOnly) }
	var out []string
	gains, lefts := 0, 0
	for _, name := range names {
		a, b, c := without.Milestones[name], none.Milestones[name], full.Milestones[name]
		end := on(c)
		if c == full.Days {
			end += " or later (the period ends there)"
		}
		switch {
		case !fresh && c == b:
			out = append(out, fmt.Sprintf("The conditions do not delay %s: it comes on %s.", name, end))
		case !fresh:
			out = append(out, fmt.Sprintf("On no conditions %s would come on %s; the conditions move it by %+d days, to %s.", name, on(b), c-b, end)+takenOf(name, c-b, prices))
		case a == b && a == c:
			out = append(out, fmt.Sprintf("New devices bring nothing before %s: it comes on %s with or without them.", name, on(c)))
		case a <= b:
			s := fmt.Sprintf("Even on no conditions new devices would not bring %s forward (%s, without them %s).", name, on(b), on(a))
			if c > b {
				s += fmt.Sprintf(" The conditions delay it by %d days, to %s.", c-b, end) + takenOf(name, c-b, prices)
			}
			out = append(out, s)
		default:
			s := fmt.Sprintf("Unconditional devices would bring %s forward by %d days, from %s to %s; on these conditions %d of them are left (%d %%), and it comes on %s.",
				name, a-b, on(a), on(b), a-c, hundredths(a-c, a-b), end)
			out = append(out, s+takenOf(name, c-b, prices))
			gains, lefts = gains+a-b, lefts+max(0, a-c)
		}
	}
	if gains > 0 {
		share := hundredths(lefts, gains)
		switch {
		case share >= 67:
			out = append(out, fmt.Sprintf("So most of the approval turns into progress: %d %% of the gain is left.", share))
		case share > 33:
			out = append(out, fmt.Sprintf("So a part of the approval turns into progress: %d %% of the gain is left, the conditions eat the rest.", share))
		default:
			out = append(out, fmt.Sprintf("So the conditions eat most of it: %d %% of the gain is left.", share))
		}
	}
	return out
}

func hundredths(part, whole int) int { return int(math.Round(100 * float64(part) / float64(whole))) }

// takenOf says what each condition takes of a milestone.
func takenOf(name string, delay int, prices daystep.Prices) string {
	var parts []string
	for g, by := range prices.Delay {
		d := math.Round(by[name]*1e6) / 1e6
		verb := "takes"
		if d < 0 {
			verb = "gives back"
		}
		if math.Abs(d) >= 0.5 {
			parts = append(parts, fmt.Sprintf("%s %s %.0f", g, verb, math.Abs(d)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf(" Of the delay of %d days, %s.", delay, strings.Join(parts, ", "))
}

func summaryOf(full *daystep.Outcome) string {
	reached := 0
	for _, t := range full.Milestones {
		if t < full.Days {
			reached++
		}
	}
	breach := map[int]string{0: "no breach", 1: "1 permit with a breach"}[len(full.Breached)]
	return fmt.Sprintf("Plan: %d of %d milestones in the period, %s", reached, len(full.Milestones), cmp.Or(breach, fmt.Sprintf("%d permits with a breach", len(full.Breached))))
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
