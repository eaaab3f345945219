package plan

import (
	"context"
	"fmt"
	"maps"
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

func documents(t *testing.T, files ...string) []daystep.Document {
	t.Helper()
	var out []daystep.Document
	for _, f := range files {
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
	return out
}

// change applies a change to the documents, in place.
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
		return strconv.FormatFloat(float64(at-p.From)/msPerDay, 'f', -1, 64)
	}
	x := told{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, ""}
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
	r := newRun(p)
	first := map[string]calendar.Instant{}
	names := map[string][]string{}
	r.q.Observe = func(it *queue.Item, _ *queue.Shape, _ int, _ *decision.Request, v *decision.Verdict) {
		task := &r.jobs[it.Ref]
		var name string
		if task.source == fromPhase {
			name = p.phases[task.index].name
		} else {
			name = fmt.Sprintf("%s#%d", p.series[task.index].name, task.name)
		}
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
	x := told{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, ""}
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
		t.Run(e.file, func(t *testing.T) {
			docs := documents(t, e.files()...)
			base, result := byEngine(t, docs)
			for _, d := range differences(base, byDays(docs)) {
				t.Errorf("engine and day stepper differ in the %s", d)
			}
			spoken(t, docs, result)
			for _, m := range e.mutations {
				t.Run(m.name, func(t *testing.T) {
					docs := documents(t, e.files()...)
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

// dayExample is an example with the changes that are made to it. Each file
// stands beside base.yaml.
type dayExample struct {
	file      string
	mutations []mutation
}

func (e dayExample) files() []string { return []string{"base", e.file} }

const conditions = "Permit/charter/spec/conditions/"

var dayExamples = []dayExample{
	{"limit", []mutation{
		one("removed", conditions+"budget", nil),
		one("bound", conditions+"budget/limit/atMost", "1440h"),
		one("observed", conditions+"budget/limit/assurance", "observed"),
	}},
}
