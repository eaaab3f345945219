package plan

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/internal/daystep"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/world"
)

// told is what a plan says, in the words that the engine and the day stepper
// have in common. Days count from the period's first.
type told struct {
	Dates     map[string]string // milestone and world
	Costs     map[string]string // group and milestone, or device-hours
	Refused   map[string]string // first refusal of each job
	Began     map[string]string // last start of each job
	Delivered map[string]string // by lot
	Used      string            // device-hours of programmes
}

// change sets one field of the documents: Kind/name/field/…, with items of
// lists by their name or index; nil removes it.
type change struct {
	path string
	to   any
}

// mutation is a change of an example.
type mutation struct {
	name    string
	changes []change
}

func one(name, path string, to any) mutation { return mutation{name, []change{{path, to}}} }

// documents reads an example anew.
func (e dayExample) documents(t *testing.T) []daystep.Document {
	t.Helper()
	var out []daystep.Document
	for _, f := range []string{"base", strings.Split(e.name, ",")[0]} {
		data, err := os.ReadFile(filepath.Join("testdata", "daystep", f+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		docs, err := daystep.Read(data)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out = append(out, docs...)
	}
	for _, c := range e.setup {
		c.apply(t, out)
	}
	return out
}

// apply makes a change to the documents, in place.
func (c change) apply(t *testing.T, docs []daystep.Document) {
	t.Helper()
	path := strings.Split(c.path, "/")
	for _, d := range docs {
		if d["kind"] == path[0] && d["metadata"].(daystep.Document)["name"] == path[1] {
			if set(d, path[2:], c.to) {
				return
			}
		}
	}
	t.Fatalf("there is no %s", c.path)
}

// set sets a field below a map; false if there is no such place.
func set(v any, path []string, to any) bool {
	m, ok := v.(daystep.Document)
	if !ok {
		return false
	}
	key := path[0]
	if l, ok := m[key].([]any); ok && len(path) > 1 {
		i := slices.IndexFunc(l, func(x any) bool {
			d, _ := x.(daystep.Document)
			return d["name"] == path[1] || d["by"] == path[1]
		})
		if n, err := strconv.Atoi(path[1]); err == nil {
			i = n
		}
		switch {
		case i < 0 || i >= len(l):
			return false
		case len(path) > 2:
			return set(l[i], path[2:], to)
		case to == nil:
			m[key] = slices.Delete(l, i, i+1)
		default:
			l[i] = to
		}
		return true
	}
	if len(path) > 1 {
		return set(m[key], path[1:], to)
	}
	if to == nil {
		_, ok := m[key]
		delete(m, key)
		return ok
	}
	m[key] = to
	return true
}

// daysProblem gives documents to the engine.
func daysProblem(t *testing.T, docs []daystep.Document) *Problem {
	t.Helper()
	var all []string
	for _, d := range docs {
		b, err := yaml.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	file := filepath.Join(t.TempDir(), "documents.yaml")
	if err := os.WriteFile(file, []byte(strings.Join(all, "---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(file)
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, strings.Join(all, "---\n"))
	}
	s := &c.Scenarios[0].Spec
	p, err := NewProblem(c, Options{From: s.Period.From.In(time.UTC), Until: s.Period.Until.In(time.UTC), Zone: time.UTC, Samples: 1, Seed: 1, Events: s.Events})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// byEngine tells what the engine plans, with its closing words.
func byEngine(t *testing.T, docs []daystep.Document) (told, *Result) {
	t.Helper()
	p := daysProblem(t, docs)
	res, err := Make(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	day := func(at calendar.Instant) string {
		// Evidence is stale a millisecond after its last day.
		return strconv.FormatFloat(math.Round(float64(at-p.From)/msPerDay*1e6)/1e6, 'f', -1, 64)
	}
	x := told{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, ""}
	for i, m := range res.Milestones {
		name := m.Programme + "/" + m.Name
		for world, d := range map[string]Dates{"without": m.Without, "unconditional": m.None, "conditional": m.Conditional} {
			x.Dates[name+" "+world] = day(calendar.Instant(d.Middle.UnixMilli()))
		}
		for _, c := range res.Costs {
			price(x.Costs, c.Group+" "+name, c.Delay[i].Value)
		}
	}
	for _, c := range res.Costs {
		price(x.Costs, c.Group+" device-hours", c.DeviceHour.Value)
	}
	nameOf := func(t *task) string {
		if t.source == fromPhase {
			return p.phases[t.index].name
		}
		return fmt.Sprintf("%s#%d", p.series[t.index].name, t.name)
	}
	r := newRun(p)
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
		x.Refused[name] = day(at) + " " + strings.Join(slices.Compact(names[name]), " ")
	}
	for i := range r.jobs {
		if t := &r.jobs[i]; t.version > 0 {
			x.Began[nameOf(t)] = day(t.began)
		}
	}
	for i := range p.lots {
		if l := r.w.Lot(int32(i)); !p.lots[i].present && l.Delivered > 0 {
			x.Delivered[p.lots[i].name] = fmt.Sprintf("%d from %s", l.Delivered, day(l.First))
		}
	}
	x.Used = fmt.Sprintf("%.1f", float64(r.result.Used)/msPerHour)
	return x, res
}

// price notes a cost that is not nothing.
func price(costs map[string]string, name string, v float64) {
	if s := fmt.Sprintf("%.3f", v); s != "0.000" && s != "-0.000" {
		costs[name] = s
	}
}

// byDays tells what the day stepper finds.
func byDays(docs []daystep.Document) told {
	x := told{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, ""}
	groups := daystep.Groups(docs)
	everything := map[string]bool{}
	for _, g := range groups {
		everything[g] = true
	}
	full := daystep.Simulate(docs, daystep.Options{})
	for world, o := range map[string]*daystep.Outcome{
		"conditional": full, "unconditional": daystep.Simulate(docs, daystep.Options{Muted: everything}), "without": daystep.Simulate(docs, daystep.Options{Without: true}),
	} {
		for m, t := range o.Milestones {
			x.Dates[m+" "+world] = strconv.Itoa(t)
		}
	}
	delay, lost := daystep.Prices(docs, groups)
	for g, by := range delay {
		for m, v := range by {
			price(x.Costs, g+" "+m, v)
		}
		price(x.Costs, g+" device-hours", lost[g])
	}
	for j, r := range full.Refused {
		x.Refused[j] = strconv.Itoa(r.Day) + " " + strings.Join(r.Clauses, " ")
	}
	for j, at := range full.Began {
		x.Began[j] = strconv.Itoa(at)
	}
	for l, by := range full.Delivered {
		n := 0
		for _, k := range by {
			n += k
		}
		x.Delivered[l] = fmt.Sprintf("%d from %d", n, slices.Min(slices.Collect(maps.Keys(by))))
	}
	x.Used = fmt.Sprintf("%.1f", float64(full.Used))
	return x
}

// differences names what differs between two tellings, by part.
func differences(a, b told) []string {
	var out []string
	part := func(name string, a, b map[string]string) {
		keys := map[string]bool{}
		for k := range a {
			keys[k] = true
		}
		for k := range b {
			keys[k] = true
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			if a[k] != b[k] {
				out = append(out, fmt.Sprintf("%s of %s: %q, %q", name, k, a[k], b[k]))
			}
		}
	}
	part("date", a.Dates, b.Dates)
	part("cost", a.Costs, b.Costs)
	part("refusal", a.Refused, b.Refused)
	part("last start", a.Began, b.Began)
	part("delivery", a.Delivered, b.Delivered)
	part("device-hours", map[string]string{"programmes": a.Used}, map[string]string{"programmes": b.Used})
	return out
}

// TestDayByDay holds plans against a simulator that steps from day to day and
// shares nothing with the engine: for each example, and for each change of it,
// both must find the same dates, costs, refusals, deliveries and device-hours,
// and the change must move something in both.
func TestDayByDay(t *testing.T) {
	for _, e := range dayExamples {
		t.Run(e.name, func(t *testing.T) {
			docs := e.documents(t)
			base, result := byEngine(t, docs)
			for _, d := range differences(base, byDays(docs)) {
				t.Errorf("engine and day stepper differ in the %s", d)
			}
			spoken(t, docs, result)
			for _, m := range e.mutations {
				t.Run(m.name, func(t *testing.T) {
					docs := e.documents(t)
					for _, c := range m.changes {
						c.apply(t, docs)
					}
					got, mutated := byEngine(t, docs)
					for _, d := range differences(got, byDays(docs)) {
						t.Errorf("engine and day stepper differ in the %s", d)
					}
					moved := differences(base, got)
					if len(moved) == 0 {
						t.Errorf("it moves nothing")
					}
					if testing.Verbose() {
						t.Log("moves the ", strings.Join(moved, "; the "))
					}
					spoken(t, docs, mutated)
					dated := !reflect.DeepEqual(base.Dates, got.Dates)
					if dated && reflect.DeepEqual(result.Answer, mutated.Answer) {
						t.Errorf("dates move, the closing words stay: %q", mutated.Answer)
					}
				})
			}
		})
	}
}

// spoken requires the closing words to name the dates that the day stepper
// finds, and each condition that takes at least half a day.
func spoken(t *testing.T, docs []daystep.Document, r *Result) {
	t.Helper()
	words := strings.Join(r.Answer, " ")
	for m, day := range daystep.Simulate(docs, daystep.Options{}).Milestones {
		if date := r.From.AddDate(0, 0, day).Format(time.DateOnly); !strings.Contains(words, date) {
			t.Errorf("the closing words do not say that %s comes on %s: %q", m, date, words)
		}
	}
	delay, _ := daystep.Prices(docs, daystep.Groups(docs))
	for g, by := range delay {
		for m, d := range by {
			if (d >= 0.5 || d <= -0.5) && !strings.Contains(words, g) {
				t.Errorf("the closing words do not name %s, which takes %.1f days of %s: %q", g, d, m, words)
			}
		}
	}
}

// dayExample is an example with the changes that are made to it. Its file
// stands beside base.yaml; setup changes the base for it.
type dayExample struct {
	name      string // of the file, without what stands behind a comma
	setup     []change
	mutations []mutation
}

const (
	conditions = "Permit/charter/spec/conditions/"
	imports    = "Permit/import/spec/"
	learn      = "Programme/lab/spec/phases/learn/"
	tune       = "Programme/lab/spec/phases/tune/"
	service    = "Job/service/spec/"
)

// any size from four devices on, so that the programme takes what others leave.
var wide = []change{
	{learn + "devices", daystep.Document{"min": 4, "max": 8}},
	{tune + "devices", daystep.Document{"min": 4, "max": 8}},
}

var dayExamples = []dayExample{
	{"require", wide, []mutation{
		one("removed", conditions+"own-work", nil),
		one("other predicate", conditions+"own-work/require", `site.country == "DE"`),
		one("other place", "Site/hall/spec/country", "SE"),
	}},
	{"listed", nil, []mutation{
		one("removed", conditions+"not-listed", nil),
		one("drain", conditions+"not-listed/onReach", "drain"),
		one("hold", conditions+"not-listed/onReach", "hold"),
		one("later", "Fact/banned/spec/list/lab/from", "2026-03-15"),
		one("off the list", "Fact/banned/spec/list/lab/until", "2026-03-18"),
	}},
	{"limit", nil, []mutation{
		one("removed", conditions+"budget", nil),
		one("bound", conditions+"budget/limit/atMost", "1440h"),
		one("observed", conditions+"budget/limit/assurance", "observed"),
		one("window", conditions+"budget/limit/over", "year"),
	}},
	{"booked-limit", []change{{service + "expected", "2d"}, {service + "runs", "3d"}, wide[0], wide[1]}, []mutation{
		one("removed", conditions+"city-hours", nil),
		one("bound", conditions+"city-hours/limit/atMost", "576h"),
		one("certain", conditions+"city-hours/limit/assurance", "certain"),
		one("observed", conditions+"city-hours/limit/assurance", "observed"),
	}},
	{"reach", nil, []mutation{
		one("removed", conditions+"budget", nil),
		one("bound", conditions+"budget/limit/atMost", "1344h"),
		one("certain", conditions+"budget/limit/assurance", "certain"),
		one("hold", conditions+"budget/onReach", "hold"),
		one("drain", conditions+"budget/onReach", "drain"),
		one("notify", conditions+"budget/onReach", nil),
	}},
	{"instant", wide, []mutation{
		one("devices removed", conditions+"half-the-hall", nil),
		one("devices bound", conditions+"half-the-hall/limit/atMost", 8),
		one("jobs removed", conditions+"few-jobs", nil),
		one("jobs bound", conditions+"few-jobs/limit/atMost", 2),
	}},
	{"floor", nil, []mutation{
		one("removed", conditions+"city-half", nil),
		one("bound", conditions+"city-half/share/atLeast", "75%"),
		one("observed", conditions+"city-half/share/assurance", "observed"),
		one("booked", conditions+"city-half/share/assurance", "booked"),
		one("allowance", conditions+"city-half/share/allowance", "480h"),
		one("judged always", conditions+"city-half/share", daystep.Document{
			"measure": "deviceHours", "where": `job.purpose == "service"`, "atLeast": "50%", "over": "month", "assurance": "certain", "judged": "always", "minBase": "960h",
		}),
		one("as a ceiling", conditions+"city-half/share", daystep.Document{
			"measure": "deviceHours", "where": `job.purpose == "model"`, "atMost": "25%", "over": "month", "assurance": "certain",
		}),
	}},
	{"ceiling", nil, []mutation{
		one("removed", conditions+"model-part", nil),
		one("bound", conditions+"model-part/share/atMost", "25%"),
		one("observed", conditions+"model-part/share/assurance", "observed"),
		one("booked", conditions+"model-part/share/assurance", "booked"),
	}},
	{"booked-floor", []change{{service + "booked", true}, {service + "until", "2026-04-20"}}, []mutation{
		one("removed", conditions+"city-share", nil),
		one("bound", conditions+"city-share/share/atLeast", "60%"),
		one("certain", conditions+"city-share/share/assurance", "certain"),
		one("observed", conditions+"city-share/share/assurance", "observed"),
		one("unannounced", service+"booked", false),
	}},
	{"observed-share", []change{{tune + "notBefore", "2026-03-29"}, {service + "until", "2026-03-10"}}, []mutation{
		one("removed", conditions+"city-share", nil),
		one("bound", conditions+"city-share/share/atLeast", "20%"),
		one("hold", conditions+"city-share/onReach", "hold"),
		one("drain", conditions+"city-share/onReach", "drain"),
		one("notify", conditions+"city-share/onReach", nil),
	}},
	{"observed-share, held", []change{
		{tune + "notBefore", "2026-03-29"}, {tune + "limit", "3d"}, {service + "until", "2026-03-10"}, {conditions + "city-share/onReach", "hold"},
	}, []mutation{
		one("notify", conditions+"city-share/onReach", nil),
	}},
	{"available", []change{{"Lot/first/spec/quantity", 6}, {service + "devices", 2}}, []mutation{
		one("removed", conditions+"part-of-hall", nil),
		one("bound", conditions+"part-of-hall/share/atMost", "50%"),
		one("allowance", conditions+"part-of-hall/share/allowance", "132h"),
		one("observed", conditions+"part-of-hall/share/assurance", "observed"),
		{"more devices", []change{{"Lot/first/spec/quantity", 7}, {conditions + "part-of-hall/share/allowance", "42h"}}},
	}},
	{"lapse", nil, []mutation{
		one("removed", conditions+"unused", nil),
		one("less lost", conditions+"unused/lapse/on/0/lose", "30%"),
		one("enough used", conditions+"unused/lapse/on/0/usedBelow", "20%"),
		one("later", conditions+"unused/lapse/on/0/date", "03-16"),
		one("its limit", conditions+"budget/limit/atMost", "1400h"),
	}},
	{"duty", []change{
		{tune + "notBefore", "2026-04-03"}, {service + "until", "2026-04-20"},
		{"Programme/lab/spec/filings", []any{daystep.Document{"permit": "charter", "duty": "report", "takes": "12d"}}},
	}, []mutation{
		{"removed", []change{{conditions + "report", nil}, {"Programme/lab/spec/filings", nil}}},
		one("notify", conditions+"report/duty/onMiss", "notify"),
		one("drain", conditions+"report/duty/onMiss", "drain"),
		one("stop", conditions+"report/duty/onMiss", "stop"),
		one("due later", conditions+"report/duty/dueWithin", "15d"),
		one("filed earlier", "Programme/lab/spec/filings/0/takes", "7d"),
	}},
	{"evidence", []change{{"Lot/first/spec/evidence", []any{daystep.Document{
		"kind": "location", "every": "1d", "gaps": []any{daystep.Document{"from": "2026-03-13", "for": "9d"}},
	}}}}, []mutation{
		one("removed", conditions+"location", nil),
		one("hold", conditions+"location/evidence/onMiss", "hold"),
		one("drain", conditions+"location/evidence/onMiss", "drain"),
		one("notify", conditions+"location/evidence/onMiss", "notify"),
		one("may be older", conditions+"location/evidence/maxAge", "5d"),
		one("a shorter gap", "Lot/first/spec/evidence/0/gaps/0/for", "4d"),
		one("never renewed", "Lot/first/spec/evidence", nil),
	}},
	{"approval", nil, []mutation{
		one("removed", conditions+"large-runs", nil),
		one("when", conditions+"large-runs/approval/when", "job.maxDevices > 4"),
		one("quorum", conditions+"large-runs/approval/quorum", 1),
		one("slower", "Authority/panel/spec/responds", "9d"),
		one("by one", conditions+"large-runs/approval", daystep.Document{"when": `job.purpose == "model"`, "by": []any{"board"}}),
	}},
	{"gates", nil, []mutation{
		one("removed", "Permit/charter/spec/endorsements", nil),
		{"one removed", []change{{"Permit/charter/spec/endorsements/required/1", nil}, {"Permit/charter/spec/endorsements/expected/panel", nil}}},
		one("later", "Permit/charter/spec/endorsements/expected/panel/on", "2026-03-14"),
		one("the other later", "Permit/charter/spec/endorsements/expected/board/on", "2026-03-12"),
	}},
	{"end", []change{{"Scenario/base/spec/events", []any{
		daystep.Document{"name": "out", "at": "2026-03-14", "suspend": []any{"charter"}},
		daystep.Document{"name": "in", "at": "2026-03-21", "reinstate": []any{"charter"}},
	}}}, []mutation{
		one("no event", "Scenario/base/spec/events", nil),
		one("continue", "Permit/charter/spec/onEnd", "continue"),
		one("hold", "Permit/charter/spec/onEnd", "hold"),
		one("drain", "Permit/charter/spec/onEnd", "drain"),
		one("revoked", "Scenario/base/spec/events/0", daystep.Document{"name": "out", "at": "2026-03-14", "revoke": []any{"charter"}}),
		{"expires, stop", []change{{"Scenario/base/spec/events", nil}, {"Permit/charter/spec/valid/until", "2026-03-14"}}},
		{"expires, drain", []change{{"Scenario/base/spec/events", nil}, {"Permit/charter/spec/valid/until", "2026-03-14"}, {"Permit/charter/spec/onEnd", "drain"}}},
		{"expires, hold", []change{{"Scenario/base/spec/events", nil}, {"Permit/charter/spec/valid/until", "2026-03-14"}, {"Permit/charter/spec/onEnd", "hold"}}},
	}},
	{"deliveries", []change{
		{learn + "limit", "4d"},
		{learn + "work/speed", daystep.Document{"beta": "2"}},
		{tune + "work/speed", daystep.Document{"beta": "2"}},
	}, []mutation{
		one("limit removed", imports+"conditions/at-most-six", nil),
		one("limit bound", imports+"conditions/at-most-six/limit/atMost", 3),
		one("share removed", imports+"conditions/half-of-home", nil),
		one("share bound", imports+"conditions/half-of-home/share/atMost", "10%"),
		one("fact", "Fact/home-sales/spec/series/1/at", "2026-03-12"),
		one("certificate removed", imports+"conditions/tested", nil),
		one("certificate later", "Lot/second/spec/evidence/0/takes", "12d"),
		one("endorsement later", imports+"endorsements/expected/board/on", "2026-03-13"),
		{"endorsement removed", []change{
			{imports + "endorsements/required/1", nil}, {imports + "endorsements/expected/panel", nil},
			{imports + "endorsements/expected/board/on", "2026-03-02"},
		}},
		one("never endorsed", imports+"endorsements/expected/panel", nil),
		one("shipping", "Lot/second/spec/leads/0/takes", "8d"),
	}},
}
