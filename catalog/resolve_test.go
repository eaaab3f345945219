package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// world is a small set of documents without errors; tests change one line.
const documents = `
kind: Authority
metadata: {name: ndrc}
spec: {country: CN}
---
kind: Fact
metadata: {name: shipments}
spec:
  series:
  - {at: 2026-01-01, value: 1000}
  - {at: 2026-02-01, value: {p10: 1, p50: 2, p90: 3}}
---
kind: Fact
metadata: {name: listed}
spec: {list: [{name: bad}]}
---
kind: Site
metadata: {name: north}
spec: {country: CN, timeZone: Asia/Shanghai, power: 120MW, pue: 1.3}
---
kind: Permit
metadata: {name: import}
spec:
  holder: lab
  grants: [{accelerator: h200, quantity: 1000}]
  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: Asia/Shanghai}
  onEnd: hold
  endorsements: {required: [ndrc], asserted: [{by: ndrc, on: 2026-01-01, source: x}]}
  endUsers: [{name: team-a, country: CN}]
  lists: [listed]
  conditions:
  - {name: req, require: job.purpose == "research", onReach: hold}
  - {name: hours, limit: {measure: deviceHours, atMost: 5000h, over: year}}
  - {name: part, share: {measure: deviceHours, where: job.kind == "rl", atLeast: 30%, over: quarter}}
  - {name: always, share: {measure: deliveredTPP, where: accelerator.country == "US", base: {fact: shipments}, atMost: 50%, judged: always, minBase: 1, assurance: certain}}
  - {name: lapse, lapse: {limit: hours, on: [{date: 05-01, usedBelow: 10%, lose: 30%}, {date: 05-01, usedBelow: 20%, lose: 10%}]}}
  - {name: report, duty: {report: usage, every: quarter, dueWithin: 30d}}
  - {name: place, evidence: {kind: location, maxAge: 24h}}
  - {name: large, approval: {when: job.maxDevices > 100, by: [ndrc], quorum: 1}}
---
kind: Lot
metadata: {name: first}
spec: {accelerator: h200, site: north, quantity: {p10: 300, p50: 400, p90: 500}, permits: [import], arrives: 2026-02-01}
---
kind: Lot
metadata: {name: second}
spec: {accelerator: h200-sxm, site: north, quantity: 600, permits: [import]}
---
kind: Programme
metadata: {name: roadmap}
spec:
  phases:
  - {name: one, kind: pretrain, work: {deviceHours: 5kh, on: h200, speed: {h100: 0.8}}, accelerators: [h200, h100]}
  - {name: two, kind: rl, after: [one], work: {flop: 1e24, mfu: {h200: 38%}}, devices: {min: 8, max: 64}}
  - {name: three, kind: serve, after: [two], serve: {on: h200, demand: [{after: 0d, devices: 10}, {after: 90d, devices: 20}]}}
  milestones: [{name: done, after: [two], planned: 2026-06-01}]
  filings: [{permit: import, duty: report, takes: 10d}]
---
kind: Job
metadata: {name: load}
spec: {devices: 8, limit: 24h, submit: 2026-01-05, every: 2d, until: 2026-06-01, accelerators: [h200], sites: [north]}
---
kind: Scenario
metadata: {name: base}
spec: {period: {from: 2026-01-01, until: 2027-01-01}, samples: 10}
---
kind: Scenario
metadata: {name: other}
spec:
  set:
  - {path: permit.import.spec.conditions.hours.limit.atMost, to: 6000h}
  - {path: lot.*.spec.site, to: north}
  events:
  - {name: end, at: 2026-06-01, revoke: [import]}
  - {name: dark, at: 2026-07-01, shutdown: {accelerator: h200, part: 50%}}
`

// load writes documents to a file, each with its apiVersion, and loads it.
func load(t *testing.T, text string) (*Catalog, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.yaml")
	text = strings.ReplaceAll("---"+text, "---\nkind:", "---\napiVersion: proviso.dev/v1alpha1\nkind:")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := Load(file)
	return c, strings.ReplaceAll(errs.Error(), filepath.Dir(file)+"/", "")
}

func TestResolveRewritesAliases(t *testing.T) {
	c, errs := load(t, documents)
	if errs != "" {
		t.Fatal(errs)
	}
	p := c.Programmes[0].Spec.Phases
	for _, got := range []string{
		c.Permits[0].Spec.Grants[0].Accelerator, c.Lots[0].Spec.Accelerator, p[0].Work.On, p[0].Accelerators[0], p[2].Serve.On,
		c.Jobs[0].Spec.Accelerators[0], c.Scenarios[1].Spec.Events[1].Shutdown.Accelerator,
	} {
		if got != "h200-sxm" {
			t.Errorf("got %q, want h200-sxm", got)
		}
	}
	if _, ok := p[0].Work.Speed["h100-sxm"]; !ok || len(p[0].Work.Speed) != 1 {
		t.Errorf("speeds: %v", p[0].Work.Speed)
	}
}

func TestResolveRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"{name: second}", "{name: first}", `x.yaml:53:18: metadata.name: there is a lot "first" already, at x.yaml:48`},
		{"kind: Site", "kind: Stie", `there is no kind "Stie" (did you mean "Site"?)`},
		{"kind: Job\nmetadata: {name: load}\nspec: {devices: 8,", "kind: Accelerator\nmetadata: {name: h200-sxm}\nspec: {devices: 8,", `the accelerator "h200-sxm" is built in and cannot be replaced (give yours another name)`},
		{"site: north, quantity: 600", "site: nroth, quantity: 600", `spec.site: there is no site "nroth" (did you mean "north"?)`},
		{"accelerator: h200-sxm", "accelerator: h200-smx", `there is no accelerator "h200-smx" (did you mean "h200-sxm"?)`},
		{"accelerator: h200-sxm", "accelerator: h100-sxm", `the permit "import" grants no h100-sxm`},
		{"quantity: 600", "quantity: 601", `with the lot "second" there are 1001 h200-sxm under the permit "import", which grants 1000`},
		{"quantity: 600", "quantity: 20M", `more than the 10000000 that can be counted`},
		{"permits: [import], arrives", "permits: [imprt], arrives", `spec.permits[0]: there is no permit "imprt" (did you mean "import"?)`},
		{"p10: 300, p50: 400", "p10: 410, p50: 400", `spec.quantity.p50: the middle case is below the early one`},
		{"{p10: 300, p50: 400, p90: 500}", "{p10: 300, p50: 400}", `needs the early, middle and late case`},
		{"{p10: 300, p50: 400, p90: 500}", "{value: 3, p50: 400}", `has one value and cases`},
		{"{p10: 300, p50: 400, p90: 500}", "{p10: 300, p50: 400, p90: 500, never: 120%}", `spec.quantity.never: 120% is above 100%`},
		{"pue: 1.3", "pue: 0.3", `spec.pue: 30% is below 1`},
		{"{country: CN, timeZone", "{country: china, timeZone", `"china" is not a country code`},
		{"Shanghai, power", "Shanhai, power", `there is no time zone "Asia/Shanhai"`},
		{"power: 120MW", "power: 120MWh", `"120MWh" does not measure this`},
		{"until: 2027-01-01, timeZone", "until: 2026-01-01, timeZone", `spec.valid.until: 2026-01-01 is not after 2026-01-01`},
		{"onEnd: hold", "onEnd: notify", `spec.onEnd: notify says what a breach does`},
		{"required: [ndrc]", "required: [ndcr]", `there is no authority "ndcr" (did you mean "ndrc"?)`},
		{"asserted: [{by: ndrc", "asserted: [{by: mofcom", `there is no authority "mofcom"`},
		{"lists: [listed]", "lists: [shipments]", `the fact "shipments" has no list`},
		{"onReach: hold}", "onReach: continue}", `onReach: continue says what the permit's end does`},
		{`job.purpose == "research"`, `job.prupose == "research"`, `x.yaml:37:26: spec.conditions[0].require: job has no field "prupose" (did you mean "purpose"?)`},
		{`job.purpose == "research"`, `job.purpose == 3`, `x.yaml:37:38: spec.conditions[0].require: == does not apply to string and int`},
		{"name: hours, limit", "name: req, limit", `there is a "req" already`},
		{"name: hours,", "name: hours.a,", `"hours.a" is not a name`},
		{"atMost: 5000h", "atMost: 5000MW", `spec.conditions[1].limit.atMost: "5000MW" does not measure this`},
		{"atMost: 5000h, over: year", "atMost: 5000h, over: yaer", `"yaer" is not a window`},
		{"measure: deviceHours, atMost: 5000h, over: year", "measure: devices, atMost: 5000, over: year", `devices is a measure of the instant: it has no window`},
		{"require: job.purpose", "duty: {report: a, every: month, dueWithin: 1d}, require: job.purpose", `has require and duty: a condition has one form`},
		{"name: place, evidence: {kind: location, maxAge: 24h}", "name: place", `the condition "place" has no form`},
		{"maxAge: 24h}", "maxAge: 24h}, onReach: hold", `belongs to a require, a limit or a share, not to an evidence`},
		{"atLeast: 30%", "atLeast: 130%", `130% is above 100%`},
		{"atLeast: 30%", "atLeast: 30%, atMost: 20%", `20% is below atLeast, 30%`},
		{"atLeast: 30%", "per: site", `has no bound`},
		{"atLeast: 30%, over: quarter", "atLeast: 30%, over: 30d", `cannot be kept by admission`},
		{"atLeast: 30%, over: quarter", "atLeast: 30%, assurance: certain, base: available", `this floor cannot be certain`},
		{"atLeast: 30%, over: quarter", "atLeast: 30%, judged: always", `judged: always needs minBase`},
		{"atLeast: 30%, over: quarter", "atLeast: 30%, minBase: 1h", `only a share that is judged always has a minBase`},
		{"minBase: 1, assurance: certain", "minBase: 1", `cannot be booked ahead`},
		{"measure: deviceHours, where", "measure: power, where", `power is a measure of the instant`},
		{"base: {fact: shipments}", "base: {fact: shipment}", `there is no fact "shipment" (did you mean "shipments"?)`},
		{"base: {fact: shipments}", "base: {fact: listed}", `the fact "listed" has no series`},
		{"base: {fact: shipments}", "base: availabel", `there is no base "availabel" (did you mean "available"?)`},
		{"base: {fact: shipments}", "base: available", `what is available is counted in deviceHours`},
		{`where: accelerator.country == "US"`, `where: job.kind == "rl"`, `deliveredTPP is judged at delivery, where there is no job.kind`},
		{"measure: deliveredTPP, where", "measure: deliveredTPP, per: tenant, where", `where there is no tenant`},
		{"  holder: lab\n", "  holder: lab\n  scope: [use]\n", `deliveredTPP is judged at delivery, which the permit's scope leaves out`},
		{"lapse: {limit: hours", "lapse: {limit: huors", `there is no limit in this permit by the name of "huors" (did you mean "hours"?)`},
		{"date: 05-01, usedBelow: 20%", "date: 04-01, usedBelow: 20%", `is not after the line above`},
		{"date: 05-01, usedBelow: 20%", "date: 02-29, usedBelow: 20%", `"02-29" is not a day of the year`},
		{"every: quarter, dueWithin: 30d", "every: 90d, dueWithin: 30d", `a duty has no rolling window`},
		{"every: quarter, dueWithin: 30d", "every: quarter, dueWithin: 30h", `is not a whole number of days`},
		{"quorum: 1", "quorum: 2", `2 of 1 cannot say yes`},
		{"by: [ndrc], quorum", "by: [ndrc, ndrc], quorum", `"ndrc" is in the list twice`},
		{"after: [one]", "after: [on]", `there is no phase "on" (did you mean "one"?)`},
		{"kind: pretrain,", "kind: pretrain, after: [two],", `the phases wait for each other: one, then two, then one`},
		{"work: {deviceHours: 5kh, on: h200, speed: {h100: 0.8}}, ", "", `the phase "one" has nothing to do`},
		{"5kh, on: h200, speed", "5kh, flop: 1e24, on: h200, speed", `the work is one amount, of device-hours, of FLOP or of tokens`},
		{"{deviceHours: 5kh, on: h200, speed: {h100: 0.8}}", "{tokens: 5T}", `how fast the phase "one" runs is predicted for its model`},
		{"work: {deviceHours: 5kh, on: h200, speed: {h100: 0.8}}", "model: lama-3-1-8b, work: {tokens: 5T}", `there is no model "lama-3-1-8b" (did you mean "llama-3-1-8b"?)`},
		{"deviceHours: 5kh, on: h200", "tokens: 5T, on: h200", `on, speed and mfu do not belong to work in tokens`},
		{"deviceHours: 5kh, on: h200", "deviceHours: 5kh, sequence: 4096, on: h200", `sequence and adapters belong to work in tokens`},
		{"deviceHours: 5kh, on: h200", "tokens: 5MW, on: h200", `"5MW"`},
		{"serve: {on: h200, demand", "serve: {demand", `what the demand counts is not said`},
		{"serve: {on: h200, demand", "serve: {on: h200, requests: {prompt: 1000, answer: 500, tpot: 50ms}, demand", `on and speed do not belong to a demand in tokens`},
		{"serve: {on: h200, demand", "model: gpt-3, serve: {requests: {prompt: 0, answer: 500, tpot: 50ms}, demand", `prompt and answer have at least one token`},
		{"{after: 0d, devices: 10}", "{after: 0d, tokensPerSecond: 10k}", `the demand does not say how much is wanted`},
		{"accelerators: [h200, h100]}", "accelerators: [h200, h20]}", `how fast the phase runs on h20-sxm is not said`},
		{"mfu: {h200: 38%}", "mfu: {h200: 138%}", `138% is above 100%`},
		{"mfu: {h200: 38%}", "mfu: {h200: 38%, h200-sxm: 38%}", `is the product "h200-sxm", which is here too`},
		{"{min: 8, max: 64}", "{min: 80, max: 64}", `64 is below min, 80`},
		{"{after: 90d, devices: 20}", "{after: 0d, devices: 20}", `0s is not after 0s`},
		{"after: [two], planned", "after: [tow], planned", `there is no phase "tow" (did you mean "two"?)`},
		{"duty: report, takes", "duty: reprot, takes", `did you mean "report"?`},
		{"{devices: 8, limit", "{devices: 0, limit", `spec.devices: must be at least 1`},
		{"limit: 24h, submit", "limit: 0s, submit", `spec.limit: must be longer than nothing`},
		{"every: 2d, until", "until", `only a series of jobs ends`},
		{"samples: 10", "samples: 0", `spec.samples: must be from 1`},
		{"conditions.hours.limit", "conditions.huors.limit", `has no item "huors" (did you mean "hours"?)`},
		{"path: permit.import", "path: pemrit.import", `there is no kind "pemrit" (did you mean "permit"?)`},
		{"path: permit.import.", "path: permit.inport.", `there is no permit "inport" (did you mean "import"?)`},
		{"path: lot.*", "path: lot.z*", `no lot has a name like that`},
		{"revoke: [import]", "revoke: [inport]", `there is no permit "inport"`},
		{", revoke: [import]", "", `the event "end" does nothing`},
		{"accelerator: h200, part", "part", `says not which devices stop`},
		{"part: 50%", "part: 150%", `150% is above 100%`},
		{"at: 2026-02-01, value", "at: 2026-01-01, value", `2026-01-01 is not after 2026-01-01`},
	} {
		if !strings.Contains(documents, c.old) {
			t.Errorf("the test's documents have no %q", c.old)
			continue
		}
		_, errs := load(t, strings.Replace(documents, c.old, c.new, 1))
		if !strings.Contains(errs, c.want) {
			t.Errorf("%s → %s\n got %s\nwant %s", c.old, c.new, errs, c.want)
		}
	}
}

func TestWith(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.yaml")
	text := strings.ReplaceAll("---"+documents, "---\nkind:", "---\napiVersion: proviso.dev/v1alpha1\nkind:")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set, errs := Read(file)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	changed, errs := set.With([]Change{
		{Path: "permit.import.spec.conditions.hours.limit.atMost", To: "7000h"},
		{Path: "lot.*.spec.arrives", To: map[string]any{"p10": "2026-03-01", "p50": "2026-04-01", "p90": "2026-05-01"}},
		{Path: "lot.sec*.spec.quantity", To: int64(5)},
		{Path: "permit.import.spec.conditions.large", To: nil},
		{Path: "accelerator.h200-sxm.spec.power.value", To: int64(600)},
	})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	c, errs := changed.Resolve()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	old, errs := set.Resolve()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if got := c.Permits[0].Spec.Conditions[1].Limit.AtMost.String(); got != "7000h" || old.Permits[0].Spec.Conditions[1].Limit.AtMost.String() != "5000h" {
		t.Errorf("limit: %s", got)
	}
	if c.Lots[0].Spec.Arrives.P50.String() != "2026-04-01" || c.Lots[1].Spec.Arrives.P50 == nil || c.Lots[1].Spec.Quantity.Middle().String() != "5" {
		t.Errorf("lots: %+v", c.Lots)
	}
	if len(c.Permits[0].Spec.Conditions) != 7 || len(old.Permits[0].Spec.Conditions) != 8 {
		t.Errorf("%d and %d conditions", len(c.Permits[0].Spec.Conditions), len(old.Permits[0].Spec.Conditions))
	}
	bad, errs := set.With([]Change{{Path: "permit.import.spec.onEnd", To: "explode"}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if _, errs := bad.Resolve(); !strings.Contains(errs.Error(), `spec.onEnd: "explode" is none of the values`) {
		t.Errorf("%v", errs)
	}
}

func TestReadPaths(t *testing.T) {
	dir := t.TempDir()
	site := "apiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: %}\nspec: {country: CN}\n"
	for name, text := range map[string]string{
		"b.yaml": strings.Replace(site, "%", "b", 1), "a.yml": strings.Replace(site, "%", "a", 1),
		"scenarios/c.yaml": strings.Replace(site, "%", "c", 1), "deeper/d.yaml": "not read: [",
		"jobs.mapping.yaml": "columns: {}", "notes.txt": "not read", ".hidden.yaml": "[",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, errs := Load(dir, filepath.Join(dir, "b.yaml"))
	if len(errs) > 0 || len(c.Sites) != 3 || c.Sites[0].Name != "a" || c.Sites[1].Name != "b" || c.Sites[2].Name != "c" {
		t.Errorf("%v %+v", errs, c.Sites)
	}
	if _, errs := Load(filepath.Join(dir, "nothing")); !strings.Contains(errs.Error(), "no such file") {
		t.Errorf("%v", errs)
	}
	if _, errs := Load(t.TempDir()); !strings.Contains(errs.Error(), "no document") {
		t.Errorf("%v", errs)
	}
}
