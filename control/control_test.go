package control_test

import (
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

const budget = `
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: board}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec:
  vendor: example
  peak: [{precision: bf16, tera: 1000, source: example}]
  memory: {value: 80, source: example}
  power: {value: 700, source: example}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 64}]
  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: Europe/Berlin}
  purposes: [research, commercial]
  endorsements: {required: [board]}
  conditions:
  - name: no-military
    require: job.purpose != "military"
  - name: team-a-hours
    limit: {measure: deviceHours, where: endUser.name == "team-a", atMost: 1000h, over: month}
  - name: large
    approval: {when: job.maxDevices > 48, by: [board]}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall, quantity: 32, permits: [charter]}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: second}
spec: {accelerator: chip, site: hall, quantity: 32, permits: [charter], arrives: 2026-03-01}
`

// TestBudget goes through the life of a small fleet: nothing runs before the
// permit is endorsed, then what fits runs, what does not waits for the next
// month and starts by itself.
func TestBudget(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, budget)
	x, d := job("team-a", "research", 16, 24)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "hold" || len(v.Because) != 1 || v.Because[0].Form != "gate" {
		t.Fatalf("before the endorsement: %+v", v)
	}
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	if got := effects(f); got != "in-force charter, start 1" {
		t.Fatalf("the endorsement brought about: %s", got)
	}
	f.pass(25 * time.Hour)
	if got := effects(f); got != "stop 1" {
		t.Fatalf("at its limit: %s", got)
	}
	// 384 of 1000 h are used: 26 × 24 h = 624 more do not fit into January.
	x, d = job("team-a", "research", 26, 24)
	v := f.apply(x, d).Outcome.Verdict
	if v.Outcome != "hold" || v.Because[0].Clause != "charter/team-a-hours" || v.Again == "" || v.Because[0].Largest != "25" {
		t.Fatalf("over the month's hours: %+v", v)
	}
	x, d = job("team-b", "military", 1, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "deny" || len(v.Because) != 2 || v.Because[1].Clause != "charter/no-military" {
		t.Fatalf("a military purpose: %+v", v)
	}
	f.pass(30 * 24 * time.Hour)
	if got := effects(f); got != "start 2, stop 2" {
		t.Fatalf("in the next month: %s", got)
	}
	x, d = job("team-b", "research", 50, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "needs-approval" || v.Missing != "devices" || v.Because[0].Clause != "charter/large" {
		t.Fatalf("more devices than there are: %+v", v)
	}
	if v := f.apply(&control.Receive{Lot: "second", Devices: "40"}, nil).Outcome; v.Verdict.Devices != "32" || v.Verdict.Outcome != "deny" {
		t.Fatalf("40 devices where 32 are granted: %+v", v.Verdict)
	}
	if j, _ := f.s.Lookup("4"); j.State != control.Awaits {
		t.Fatalf("50 devices: %s, want needs-approval", j.State)
	}
	if err := f.approve("4", "charter", "large", "board"); err != nil {
		t.Fatal(err)
	}
	if j, _ := f.s.Lookup("4"); j.State != control.Running {
		t.Fatalf("approved: %s, want running", j.State)
	}
	if err := f.act(signature.Revoke, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	x, d = job("team-b", "research", 1, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "deny" {
		t.Fatalf("after the revocation: %+v", v)
	}
	f.replay()
}

// TestExample replays the life of a fleet on the shipped case.
func TestExample(t *testing.T) {
	f := loadFleet(t, "2026-02-01T00:00:00Z", "../examples/h200")
	for _, by := range []string{"miit", "mofcom", "ndrc"} {
		if err := f.act(signature.Endorse, "cn-import-deepseek", by, ""); err != nil {
			t.Fatal(err)
		}
	}
	x, d := job("deepseek", "research", 512, 72)
	f.apply(x, d)
	x, d = job("deepseek", "military", 512, 72)
	x.Accelerators = []string{"h200-sxm"}
	f.apply(x, d)
	f.pass(90 * 24 * time.Hour)
	f.replay()
}

// TestScanSubmission holds the scanner of submissions against the reader of all
// facts.
func TestScanSubmission(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, budget)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	x, d := job("team-a", "research", 16, 24)
	x.Accelerators, x.Sites, x.Model, x.Tenant = []string{"chip"}, []string{"hall"}, "m", "team"
	f.apply(x, d)
	x, d = job("team-a", `re"search`, 16, 24) // escaped: not for the scanner
	f.apply(x, d)
	f.replay()
}

const twoSites = `
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: here}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: there}
spec: {country: FR}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec: {vendor: example, peak: [{precision: bf16, tera: 1000, source: example}], power: {value: 700, source: example}}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 64}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  conditions:
  - name: secret-work-at-home
    require: job.purpose != "secret" || site.country == "FR"
  - name: never
    require: job.purpose != "never"
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: here, quantity: 32, permits: [charter]}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: second}
spec: {accelerator: chip, site: there, quantity: 32, permits: [charter], arrives: 2026-03-01}
`

// TestVerdictOfTheNearestPlace submits work that one place denies while another
// has no devices yet: it waits. What every place denies is denied, devices or
// not.
func TestVerdictOfTheNearestPlace(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, twoSites)
	x, d := job("", "secret", 8, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "hold" || v.Missing != "devices" || len(v.Because) != 0 {
		t.Fatalf("denied here, no devices there: %+v", v)
	}
	x, d = job("", "never", 8, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "deny" || v.Missing != "" || v.Because[0].Clause != "charter/never" {
		t.Fatalf("denied everywhere: %+v", v)
	}
	x, d = job("", "open", 33, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "hold" || v.Missing != "devices" {
		t.Fatalf("too large for either place now: %+v", v)
	}
	f.apply(&control.Receive{Lot: "second", Devices: "32"}, nil)
	if j, _ := f.s.Lookup("1"); j.State != control.Running {
		t.Fatalf("its devices have come: %s", j.State)
	}
	f.replay()
}
