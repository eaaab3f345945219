package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/trace"
)

// problemOf compiles documents written in a test.
func problemOf(t testing.TB, docs string, o Options) *Problem {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bench.yaml")
	if err := os.WriteFile(file, []byte(docs), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(file)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	p, err := NewProblem(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func on(t testing.TB, day string) calendar.Instant {
	t.Helper()
	m, err := calendar.ParseMoment(day)
	if err != nil {
		t.Fatal(err)
	}
	return m.In(time.UTC)
}

// machineRoom is one site with one lot under the permits that are named.
func machineRoom(devices int64, permits string) string {
	return fmt.Sprintf(`
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: machine-room}
spec: {country: DE, timeZone: Europe/Berlin, power: 900MW, pue: 1.2}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: cluster}
spec: {accelerator: h100-sxm, site: machine-room, quantity: %d, permits: [%s]}
`, devices, permits)
}

// phillyBudgets gives each of the four largest clusters of Philly a month's
// budget that is a part of what it uses in a busy month.
const phillyBudgets = `---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: platform-team
  scope: [use]
  grants: [{accelerator: h100-sxm, quantity: 1248}]
  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: America/Los_Angeles}
  onEnd: continue
  conditions:
  - name: first
    limit: {measure: deviceHours, where: job.endUser == "team-ee9e8c", atMost: 80000h, over: month}
  - name: second
    limit: {measure: deviceHours, where: job.endUser == "team-7f04ca", atMost: 60000h, over: month}
  - name: third
    limit: {measure: deviceHours, where: job.endUser == "team-2869ce", atMost: 30000h, over: month}
  - name: fourth
    limit: {measure: deviceHours, where: job.endUser == "team-b436b2", atMost: 50000h, over: month}
`

const (
	phillyFile    = "../../shared/data/traces/philly-2017/philly.csv"
	phillyMapping = "../examples/team-budgets/philly/philly.mapping.yaml"
)

func phillyProblem(t testing.TB) *Problem {
	t.Helper()
	if _, err := os.Stat(phillyFile); err != nil {
		t.Skip("the Philly trace is not here: docs/traces.md says where it comes from")
	}
	data, err := os.ReadFile(phillyMapping)
	if err != nil {
		t.Fatal(err)
	}
	m, err := trace.ReadMapping(phillyMapping, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trace.Read(phillyFile, m)
	if err != nil {
		t.Fatal(err)
	}
	_, last := tr.Span()
	return problemOf(t, machineRoom(1248, "charter")+phillyBudgets, Options{
		From: on(t, "2026-01-01"), Until: min(last+calendar.Instant(30*quantity.Day), on(t, "2027-01-01")), Zone: time.UTC, Trace: tr, TraceHolder: "platform-team",
	})
}

// yearPermits are two permits over the whole fleet, in two zones, with three
// accounts each: a team's device-hours in a month and in a quarter, the fleet's
// energy, FLOP and power, and the devices of a team at once.
func yearPermits(month, quarter string) string {
	return fmt.Sprintf(`---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: export, version: 1}
spec:
  holder: example-labs
  scope: [use]
  grants: [{accelerator: h100-sxm, quantity: 400000}]
  valid: {from: 2026-01-01, until: 2027-02-01, timeZone: America/New_York}
  onEnd: continue
  conditions:
  - name: team-month
    limit: {measure: deviceHours, per: endUser, atMost: %s, over: month}
  - name: energy
    limit: {measure: energy, atMost: 9000GWh, over: year}
  - name: team-devices
    limit: {measure: devices, per: endUser, atMost: 400000}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: import, version: 1}
spec:
  holder: example-labs
  scope: [use]
  grants: [{accelerator: h100-sxm, quantity: 400000}]
  valid: {from: 2026-01-01, until: 2027-02-01, timeZone: Asia/Shanghai}
  onEnd: continue
  conditions:
  - name: team-quarter
    limit: {measure: deviceHours, per: endUser, atMost: %s, over: quarter}
  - name: compute
    limit: {measure: flop, per: purpose, atMost: 1e31, over: half}
  - name: power
    limit: {measure: power, per: site, atMost: 900MW}
`, month, quarter)
}

// yearProblem is a year of a fleet of 400,000 devices that 20 teams share.
// Together they want 90 % of it, so each about 13 million device-hours a month.
func yearProblem(t testing.TB, jobs int, month, quarter string) *Problem {
	t.Helper()
	teams := trace.MoreTeams(20)
	for i := range teams {
		teams[i].Weight = 1
	}
	from, until := on(t, "2026-01-02"), on(t, "2027-01-01")
	tr := trace.Generate(1, trace.GenerateSpec{Jobs: jobs, From: from, Until: until, Devices: 400_000, Teams: teams})
	return problemOf(t, machineRoom(400_000, "export, import")+yearPermits(month, quarter), Options{From: from, Until: until, Zone: time.UTC, Trace: tr})
}

// simulate runs the problem's only sample, from nothing, in each round.
func simulate(b *testing.B, p *Problem) {
	b.Helper()
	b.ReportAllocs()
	var r *run
	for b.Loop() {
		r = newRun(p)
		r.do(p.draw(0), nil, false)
	}
	o := &r.result.Trace
	b.ReportMetric(float64(r.q.Tries), "tries")
	b.ReportMetric(float64(o.Started), "started")
	b.ReportMetric(float64(r.q.Waiting()), "waiting")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-from-OS")
}

func BenchmarkPhilly(b *testing.B) { simulate(b, phillyProblem(b)) }

func BenchmarkYear(b *testing.B) {
	for _, budgets := range []struct{ name, month, quarter string }{
		{"loose", "200Mh", "600Mh"},
		{"tight", "11Mh", "30Mh"},
	} {
		for _, jobs := range []int{50_000, 100_000, 200_000, 500_000} {
			b.Run(fmt.Sprintf("%s/%dk", budgets.name, jobs/1000), func(b *testing.B) {
				simulate(b, yearProblem(b, jobs, budgets.month, budgets.quarter))
			})
		}
	}
}

func h200Problem(t testing.TB) *Problem {
	t.Helper()
	c, errs := catalog.Load("../examples/h200")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	i := 0
	for i < len(c.Scenarios)-1 && c.Scenarios[i].Name != "base" {
		i++
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	base := &c.Scenarios[i].Spec
	p, err := NewProblem(c, Options{From: base.Period.From.In(zone), Until: base.Period.Until.In(zone), Zone: zone, Seed: base.Seed, Samples: base.Samples})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// BenchmarkH200 is one run of the example, over its samples in turn, with no
// condition muted and with each group muted in turn.
func BenchmarkH200(b *testing.B) {
	p := h200Problem(b)
	samples := make([]*sample, 100)
	for i := range samples {
		samples[i] = p.draw(i)
	}
	r := newRun(p)
	b.Run("full", func(b *testing.B) {
		b.ReportAllocs()
		events, runs := 0, 0
		for b.Loop() {
			events += r.do(samples[runs%len(samples)], nil, false).Events
			runs++
		}
		b.ReportMetric(float64(events)/float64(runs), "events/op")
	})
	b.Run("muted", func(b *testing.B) {
		b.ReportAllocs()
		runs := 0
		muted := make([]bool, len(p.Rules.Groups))
		for b.Loop() {
			clear(muted)
			muted[runs%len(muted)] = true
			r.do(samples[runs%len(samples)], muted, false)
			runs++
		}
	})
	b.Run("draw", func(b *testing.B) {
		b.ReportAllocs()
		runs := 0
		for b.Loop() {
			p.draw(runs % 100)
			runs++
		}
	})
}
