package plan

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
)

// randomWorld writes the documents of a small world: two products, gates with
// uncertain dates, every form of a condition, every action and assurance, work
// that conditions cut, stop and drain.
func randomWorld(r *rand.Rand) string {
	var b strings.Builder
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	day := func(n int) string {
		return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC).Format("2006-01-02")
	}
	doc := func(kind, name, spec string) {
		fmt.Fprintf(&b, "---\napiVersion: proviso.dev/v1alpha1\nkind: %s\nmetadata: {name: %s}\nspec: %s\n", kind, name, spec)
	}
	doc("Authority", "first", "{responds: "+pick("1d", "5d", "12d")+"}")
	doc("Authority", "second", "{}")
	doc("Site", "hall", "{country: "+pick("CN", "DE")+"}")
	doc("Fact", "shipped", fmt.Sprintf("{series: [{at: 2026-01-01, value: %d}, {at: %s, value: %d}]}", r.IntN(8), day(10+r.IntN(20)), 8+r.IntN(20)))
	doc("Fact", "listed", fmt.Sprintf("{list: [{name: a, from: %s}]}", day(r.IntN(60))))
	action := func() string { return pick("notify", "hold", "drain", "stop") }
	window := func() string { return pick("month", "life", "month") }
	forms := []func(i int) string{
		func(int) string {
			return "onReach: " + action() + ", require: '" + pick(`site.country == "CN"`, `!endUser.listed`, `job.maxDevices < 5`) + "'"
		},
		func(int) string {
			assurance := pick("certain", "booked", "observed")
			return fmt.Sprintf("onReach: %s, limit: {measure: deviceHours, where: 'job.endUser == \"%s\"', atMost: %dh, over: %s, assurance: %s}", action(), pick("a", "b"), 200+r.IntN(2500), window(), assurance)
		},
		func(int) string {
			return fmt.Sprintf("limit: {measure: devices, per: endUser, atMost: %d}", 1+r.IntN(6))
		},
		func(int) string {
			return fmt.Sprintf("limit: {measure: jobs, atMost: %d, over: %s}", 2+r.IntN(8), pick("month", "20d"))
		},
		func(int) string {
			return fmt.Sprintf("onReach: %s, share: {measure: deviceHours, where: 'job.endUser == \"b\"', %s: %d%%, over: month, assurance: %s, allowance: %dh}", action(), pick("atLeast", "atMost"), 20+r.IntN(60), pick("certain", "booked", "observed"), r.IntN(800))
		},
		func(int) string {
			return fmt.Sprintf("share: {measure: deviceHours, where: 'job.endUser == \"a\"', atMost: %d%%, base: available, over: month}", 10+r.IntN(60))
		},
		func(int) string {
			return fmt.Sprintf("share: {measure: deliveredDevices, where: 'accelerator.name == \"h200-sxm\"', atMost: 50%%, base: {fact: shipped}, assurance: certain}")
		},
		func(int) string { return fmt.Sprintf("limit: {measure: deliveredDevices, atMost: %d}", 4+r.IntN(12)) },
		func(int) string {
			return "duty: {report: usage, every: month, dueWithin: 10d, onMiss: " + action() + "}"
		},
		func(int) string {
			return "evidence: {kind: location, maxAge: 24h, onMiss: " + pick("hold", "drain", "stop") + "}"
		},
		func(int) string { return "approval: {when: job.maxDevices > 3, by: [first]}" },
	}
	var conditions []string
	for i := range 4 + r.IntN(3) {
		conditions = append(conditions, fmt.Sprintf("  - {name: c%d, %s}", i, forms[r.IntN(len(forms))](i)))
	}
	if r.IntN(2) == 0 {
		conditions = append(conditions, fmt.Sprintf("  - {name: yearly, limit: {measure: deviceHours, atMost: %dh, over: life}}", 2000+r.IntN(9000)),
			fmt.Sprintf("  - {name: lost, lapse: {limit: yearly, on: [{date: 02-%02d, usedBelow: %d%%, lose: %d%%}]}}", 1+r.IntN(20), 20+r.IntN(70), 20+r.IntN(70)))
	}
	doc("Permit", "p", fmt.Sprintf(`
  holder: lab
  grants: [{accelerator: h200-sxm, quantity: 12}, {accelerator: h20-sxm, quantity: 12}]
  valid: {from: 2026-01-01, until: %s}
  onEnd: %s
  lists: [listed]
  endorsements:
    required: [first, second]
    asserted: [{by: first, on: 2026-01-01, source: a test}]
    expected: [{by: second, on: {p10: %s, p50: %s, p90: %s, never: 10%%}}]
  conditions:
%s`, day(70+r.IntN(40)), pick("continue", "hold", "drain", "stop"), day(r.IntN(5)), day(5+r.IntN(10)), day(20+r.IntN(10)), strings.Join(conditions, "\n")))
	doc("Lot", "old", "{accelerator: h20-sxm, site: hall, quantity: 3, permits: [p], evidence: [{kind: location, every: 12h}]}")
	doc("Lot", "new-1", fmt.Sprintf("{accelerator: h200-sxm, site: hall, quantity: %d, permits: [p], arrives: %s, leads: [{name: shipping, takes: 3d}], evidence: [{kind: location, every: 12h, gaps: [{from: %s, for: 6d}]}]}", 2+r.IntN(4), day(r.IntN(10)), day(20+r.IntN(30))))
	doc("Lot", "new-2", fmt.Sprintf("{accelerator: h20-sxm, site: hall, quantity: %d, permits: [p], arrives: %s, evidence: [{kind: location, every: 12h}]}", 1+r.IntN(4), day(15+r.IntN(20))))
	for i, user := range []string{"a", "b", pick("a", "b")} {
		lo := 1 + r.IntN(3)
		doc("Job", fmt.Sprintf("job-%d", i), fmt.Sprintf("{holder: lab, endUser: %s, devices: {min: %d, max: %d}, limit: %dd, expected: %dd, %s priority: %d, submit: %s, every: %dd, booked: %v}",
			user, lo, lo+r.IntN(3), 4+r.IntN(5), 1+r.IntN(4), pick("checkpoint: 6h,", "checkpoint: 1d,", ""), r.IntN(3), day(r.IntN(12)), 4+r.IntN(12), r.IntN(2) == 0))
	}
	doc("Programme", "road", fmt.Sprintf(`
  holder: lab
  endUser: %s
  priority: %d
  phases:
  - {name: train, kind: pretrain, work: {deviceHours: {p10: 400h, p50: 900h, p90: 1500h}, on: h20-sxm, speed: {h200-sxm: 2}}, devices: {min: 1, max: 4}, limit: %dd, checkpoint: 12h}
  - {name: tune, kind: finetune, after: [train], work: {deviceHours: 300h, on: h20-sxm, speed: {h200-sxm: 2}}, devices: {min: 1, max: 3}}
  milestones: [{name: trained, after: [train]}, {name: done, after: [tune]}]`, pick("a", "b"), r.IntN(4), 3+r.IntN(6)))
	return b.String()
}

// TestSharedRunsOnRandomWorlds compares sharing with running every combination
// by itself, in a thousand small worlds.
func TestSharedRunsOnRandomWorlds(t *testing.T) {
	worlds := 1000
	if testing.Short() {
		worlds = 100
	}
	compared, shared, all, groups := 0, 0, 0, map[string]bool{}
	for seed := range worlds {
		text := randomWorld(rand.New(rand.NewPCG(uint64(seed), 1)))
		load := func(separate bool) *maker {
			p := problemOfText(t, text, Options{Samples: 1, Seed: uint64(seed), Separate: separate, Workers: 1})
			m := &maker{p: p, all: make([]sampled, p.Samples)}
			if err := m.worlds(context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := m.combinations(context.Background()); err != nil {
				t.Fatal(err)
			}
			return m
		}
		a, b := load(false), load(true)
		if len(a.active) != len(b.active) {
			t.Fatalf("world %d: %d groups are priced with sharing, %d without\n%s", seed, len(a.active), len(b.active), text)
		}
		for _, g := range a.active {
			groups[a.p.Rules.Groups[g].Name] = true
		}
		for mask := range a.all[0].values {
			x, y := a.all[0].values[mask], b.all[0].values[mask]
			if fmt.Sprint(x) != fmt.Sprint(y) {
				t.Fatalf("world %d, combination %b: %+v shared, %+v by itself\n%s", seed, mask, x, y, text)
			}
			compared++
		}
		shared, all = shared+a.all[0].runs, all+b.all[0].runs
	}
	if len(groups) < 8 || shared >= all {
		t.Fatalf("the worlds try too little: %d groups had an effect, %d runs of %d", len(groups), shared, all)
	}
	t.Logf("%d combinations compared in %d worlds; %d runs stood for %d", compared, worlds, shared, all)
}

// problemOfText compiles documents written in a test, over the first 100 days
// of 2026.
func problemOfText(t testing.TB, text string, o Options) *Problem {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(file)
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, text)
	}
	o.Zone = time.UTC
	o.From = calendar.Of(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	o.Until = o.From + calendar.Instant(100*24*time.Hour/time.Millisecond)
	p, err := NewProblem(c, o)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p
}
