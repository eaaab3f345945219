package control_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/signature"
)

// part gives one document of a text, with changes: pairs of old and new.
func part(t testing.TB, text, kind, name string, changes ...string) *document.Document {
	t.Helper()
	docs, errs := document.Read("test.yaml", []byte(strings.NewReplacer(changes...).Replace(text)))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, d := range docs {
		if d.Kind == kind && d.Name == name {
			return d
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

// put records a document while the control plane runs.
func (f *fleet) put(docs ...*document.Document) error {
	f.t.Helper()
	for f.s.Next() <= f.now {
		if err := f.record(new(control.Tick), nil); err != nil {
			f.t.Fatal(err)
		}
	}
	facts, err := f.s.Additions(f.now, docs...)
	if err != nil {
		return err
	}
	for _, x := range facts {
		if _, err := f.try(x, nil); err != nil {
			return err
		}
	}
	return nil
}

// amend records a version of a permit and has authorities sign it.
func (f *fleet) amend(d *document.Document, by ...string) {
	f.t.Helper()
	if err := f.put(d); err != nil {
		f.t.Fatal(err)
	}
	spec, err := control.SpecHash(d)
	if err != nil {
		f.t.Fatal(err)
	}
	for i, a := range by {
		verb := signature.Endorse
		if i == 0 {
			verb = signature.Amend
		}
		if err := f.act(verb, d.Name, a, spec); err != nil {
			f.t.Fatalf("%s by %s: %v", verb, a, err)
		}
	}
}

// opened begins the small fleet of the budget, endorsed.
func opened(t *testing.T) *fleet {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, budget)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	f.told = len(f.entries)
	return f
}

// TestAmendedBound: what waits for room goes ahead when the bound is raised,
// and what was used counts for the whole window.
func TestAmendedBound(t *testing.T) {
	f := opened(t)
	f.apply(job2("team-a", "research", 16, 24))
	f.pass(25 * time.Hour) // 384 h are used
	if v := f.apply(job2("team-a", "research", 26, 24)).Outcome.Verdict; v.Outcome != "hold" {
		t.Fatalf("over the bound: %+v", v)
	}
	f.told = len(f.entries)
	f.amend(part(t, budget, "Permit", "charter", "version: 1", "version: 2", "1000h", "1008h"), "board")
	if got := effects(f); got != "version charter, start 2" {
		t.Fatalf("the amendment brought about: %s", got)
	}
	v := f.apply(job2("team-a", "research", 1, 1)).Outcome.Verdict
	if v.Outcome != "hold" || v.Because[0].Bound != dec(1008*3_600_000) || v.Because[0].Value != dec(1008*3_600_000) {
		t.Fatalf("384 h used and 624 h reserved of 1008: %+v", v)
	}
	f.pass(time.Hour)
	f.amend(part(t, budget, "Permit", "charter", "version: 1", "version: 3", "1000h", "500h"), "board")
	if j, _ := f.s.Lookup("2"); j.State != control.Running || j.Until-j.Began != 24*3_600_000 {
		t.Fatalf("what runs under a lowered bound: %+v", j)
	}
	f.pass(24 * time.Hour)
	if got := effects(f); got != "version charter, stop 2" {
		t.Fatalf("under the lowered bound: %s", got)
	}
	f.replay()
}

// job2 is job for a call with two results.
func job2(endUser, purpose string, devices, hours int) (control.Fact, *control.Disclosure) {
	x, d := job(endUser, purpose, devices, hours)
	return x, d
}

// TestAmendedSelector: another window opens, with nothing used in it, in which
// what runs counts from now on.
func TestAmendedSelector(t *testing.T) {
	f := opened(t)
	f.apply(job2("team-a", "research", 16, 24))
	f.pass(25 * time.Hour)
	f.apply(job2("team-b", "commercial", 10, 10))
	f.pass(4 * time.Hour)
	f.amend(part(t, budget, "Permit", "charter", "version: 1", "version: 2",
		`where: endUser.name == "team-a", atMost: 1000h`, `where: endUser.name == "team-a" || job.purpose == "commercial", atMost: 100h`), "board")
	v := f.apply(job2("team-a", "research", 5, 9)).Outcome.Verdict
	if v.Outcome != "hold" || v.Because[0].Value != dec(60*3_600_000) {
		t.Fatalf("the job of 10 × 10 h takes 60 h from now on, and 45 h more are too many: %+v", v)
	}
	f.apply(&control.End{Job: "3"}, nil)
	if v := f.apply(job2("team-a", "research", 5, 8)).Outcome.Verdict; v.Outcome != "admit" {
		t.Fatalf("40 h beside 60 h: %+v", v)
	}
	f.pass(48 * time.Hour)
	f.replay()
}

// TestAmendedApprovals: a yes to a job counts for the version of the permit that
// it names.
func TestAmendedApprovals(t *testing.T) {
	f := opened(t)
	f.apply(job2("team-b", "research", 50, 1))
	if j, _ := f.s.Lookup("1"); j.State != control.Awaits {
		t.Fatalf("50 of 32 devices: %s", j.State)
	}
	if err := f.approve("1", "charter", "large", "board"); err != nil {
		t.Fatal(err)
	}
	f.amend(part(t, budget, "Permit", "charter", "version: 1", "version: 2", "1000h", "2000h"), "board")
	f.apply(&control.Receive{Lot: "second", Devices: "32"}, nil)
	if j, _ := f.s.Lookup("1"); j.State != control.Awaits {
		t.Fatalf("approved under the version before: %s", j.State)
	}
	if err := f.approve("1", "charter", "no-military", "board"); err == nil {
		t.Fatal("a condition that asks for no approval takes one")
	}
	if err := f.approve("1", "charter", "large", "board"); err != nil {
		t.Fatal(err)
	}
	if j, _ := f.s.Lookup("1"); j.State != control.Running {
		t.Fatalf("approved under this version: %s", j.State)
	}
	f.replay()
}

// TestAmendedSuspended: a suspension outlasts an amendment.
func TestAmendedSuspended(t *testing.T) {
	f := opened(t)
	if err := f.act(signature.Suspend, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	f.amend(part(t, budget, "Permit", "charter", "version: 1", "version: 2", "1000h", "2000h"), "board")
	if v := f.apply(job2("team-b", "research", 1, 1)).Outcome.Verdict; v.Outcome != "hold" {
		t.Fatalf("while it is suspended: %+v", v)
	}
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	if j, _ := f.s.Lookup("1"); j.State != control.Running {
		t.Fatalf("after the suspension: %s", j.State)
	}
	f.replay()
}

const more = `
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: annex}
spec: {country: FR}
---
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: ministry}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: second-charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 8}]
  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: Europe/Paris}
  endorsements: {required: [ministry]}
  conditions:
  - name: hours
    limit: {measure: deviceHours, atMost: 100h, over: month}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: third}
spec: {accelerator: chip, site: annex, quantity: 8, permits: [second-charter]}
`

// TestNewDocuments: a site, an authority, a permit and a lot come while jobs
// run, with a time zone that the ledger had not recorded.
func TestNewDocuments(t *testing.T) {
	f := opened(t)
	f.apply(job2("team-b", "research", 32, 24))
	f.apply(job2("team-b", "research", 2, 1)) // waits for devices
	for _, of := range [][2]string{{"Site", "annex"}, {"Authority", "ministry"}, {"Permit", "second-charter"}, {"Lot", "third"}} {
		d := part(t, more, of[0], of[1])
		if of[0] == "Authority" {
			f.key(d)
		}
		if err := f.put(d); err != nil {
			t.Fatal(err)
		}
	}
	if v := f.apply(&control.Receive{Lot: "third", Devices: "8"}, nil).Outcome.Verdict; v.Outcome != "hold" {
		t.Fatalf("before its permit is endorsed: %+v", v)
	}
	f.told = len(f.entries)
	if err := f.act(signature.Endorse, "second-charter", "ministry", ""); err != nil {
		t.Fatal(err)
	}
	if got := effects(f); got != "in-force second-charter, arrive third, start 2" {
		t.Fatalf("endorsed: %s", got)
	}
	for _, c := range []struct {
		kind, name, old, new, want string
	}{
		{"Authority", "board", "spec: {}", "spec: {description: another}", "its keys do not change"},
		{"Lot", "first", "quantity: 32", "quantity: 16", "does not change"},
		{"Site", "hall", "DE", "FR", "does not change"},
		{"Permit", "charter", "version: 1", "version: 3", "its next version is 2"},
	} {
		if err := f.put(part(t, budget, c.kind, c.name, c.old, c.new)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: got %v, want …%s…", c.kind, c.name, err, c.want)
		}
	}
	f.pass(48 * time.Hour)
	f.replay()
}

const shipments = `
apiVersion: proviso.dev/v1alpha1
kind: Fact
metadata: {name: shipped}
spec:
  series:
  - {at: 2026-01-01, value: 100 device hours}
  - {at: 2026-02-01, value: 200 device hours}
  list:
  - {name: team-x, from: 2026-01-01}
`

// TestFactsKeepThePast: a fact takes new values; those that are past stay.
func TestFactsKeepThePast(t *testing.T) {
	shipments := strings.ReplaceAll(shipments, " device hours", "h")
	text := strings.Replace(budget+"---"+shipments, "conditions:\n", "lists: [shipped]\n  conditions:\n  - name: unlisted\n    require: \"!endUser.listed\"\n    onReach: stop\n", 1)
	f := newFleet(t, "2026-01-10T00:00:00Z", false, text)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	f.apply(job2("team-a", "research", 4, 24))
	if v := f.apply(job2("team-x", "research", 4, 24)).Outcome.Verdict; v.Outcome != "deny" {
		t.Fatalf("a listed end user: %+v", v)
	}
	for _, change := range [][2]string{{"value: 100h", "value: 50h"}, {"name: team-x", "name: team-y"}, {"at: 2026-01-01", "at: 2026-01-02"}} {
		if err := f.put(part(t, shipments, "Fact", "shipped", change[0], change[1])); err == nil || !strings.Contains(err.Error(), "is past") {
			t.Errorf("%v: got %v, want an error: it is past", change, err)
		}
	}
	f.told = len(f.entries)
	if err := f.put(part(t, shipments, "Fact", "shipped", "value: 200h", "value: 300h", "- {name: team-x", "- {name: team-a, from: 2026-01-09}\n  - {name: team-x")); err != nil {
		t.Fatal(err)
	}
	if got := effects(f); got != "stop 1, breach" {
		t.Fatalf("the end user of a running job is listed: %s", got)
	}
	f.replay()
}
