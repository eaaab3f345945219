package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/control"
)

// pools has two permits whose conditions share a pool: the first counts all
// work, the second that of research alone. Lots stand under either and under
// both, at one site.
func pools(bound int, version int) string {
	text := `
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
spec: {vendor: example, peak: [{precision: bf16, tera: 1000, source: example}], power: {value: 700, source: example}}
`
	permit := func(name, where string, version int) {
		text += fmt.Sprintf(`---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: %s, version: %d}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 64}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  endorsements: {required: [board]}
  conditions:
  - name: hours
    limit: {measure: deviceHours, %satMost: %dh, over: month, pool: team}
  - name: devices
    limit: {measure: devices, %satMost: 20, pool: team}
  - name: delivered
    limit: {measure: deliveredDevices, atMost: 24, over: year, pool: team}
`, name, version, where, bound, where)
	}
	permit("all", "", 1)
	permit("research", `where: job.purpose == "research", `, version)
	for _, l := range []string{"one: all", "two: research", "three: all, research"} {
		name, permits, _ := strings.Cut(l, ": ")
		text += fmt.Sprintf(`---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: %s}
spec: {accelerator: chip, site: hall, quantity: 8, permits: [%s]}
`, name, permits)
	}
	return text
}

// pooled is what a job's parts count in the pool.
func pooled(s *control.Submit, parts []control.Part) (n int64) {
	for _, p := range parts {
		if p.Lot != "two" || s.Purpose == "research" {
			n += int64(atoi(p.Devices))
		}
	}
	return n
}

// TestAPoolCountsOnce lets random jobs run on lots under one or both of two
// permits that share a pool, with amendments between, and adds up by hand, job
// by job, what the pool has used: each device once, whatever conditions name the
// pool, and never more than its bound.
func TestAPoolCountsOnce(t *testing.T) {
	both, over, full := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		bound := rapid.IntRange(20, 400).Draw(rt, "bound")
		f := newFleet(property{t, rt}, "2026-01-10T00:00:00Z", false, pools(bound, 1))
		version := 1
		for _, p := range []string{"all", "research"} {
			if err := f.act("endorse", p, "board", ""); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(3, 25).Draw(rt, "facts") {
			switch rapid.IntRange(0, 9).Draw(rt, "fact") {
			case 0:
				if n := f.s.Jobs(); n > 0 {
					_, _ = f.try(&control.End{Job: dec(rapid.IntRange(1, n).Draw(rt, "job"))}, nil)
				}
			case 1:
				version++
				bound := rapid.SampledFrom([]string{"hours", "none"}).Draw(rt, "pool's conditions")
				text := pools(1000+version, version)
				if bound == "none" { // the second permit leaves the pool, or comes back
					text = strings.ReplaceAll(text, "over: month, pool: team", "over: month")
				}
				d := part(t, text, "Permit", "research")
				if err := f.put(d); err != nil {
					rt.Fatal(err)
				}
				spec, _ := control.SpecHash(d)
				if err := f.act("amend", "research", "board", spec); err != nil {
					rt.Fatal(err)
				}
			default:
				s, d := job("", rapid.SampledFrom([]string{"research", "other"}).Draw(rt, "purpose"), rapid.IntRange(1, 24).Draw(rt, "devices"), rapid.IntRange(1, 30).Draw(rt, "hours"))
				f.apply(s, d)
			}
			f.pass(time.Duration(rapid.IntRange(0, 20).Draw(rt, "pause")) * time.Hour)
			if version > 1 {
				continue // amended: what counts changes on the way, see below
			}
			month := moment(t, "2026-01-01T00:00:00Z")
			if f.now >= moment(t, "2026-02-01T00:00:00Z") {
				month = moment(t, "2026-02-01T00:00:00Z")
			}
			var used, running int64
			f.s.EachJob(1, func(j *control.Job) bool {
				if len(j.Parts) == 0 {
					return true
				}
				n := pooled(j.Fact, j.Parts)
				if len(j.Parts) > 1 {
					over++
				}
				if j.Parts[len(j.Parts)-1].Lot == "three" {
					both++
				}
				if j.State == control.Running {
					running += n
				}
				used += n * int64(max(0, min(j.Ended, f.now)-max(j.Began, month)))
				return true
			})
			for _, a := range f.s.Accounts(f.now) {
				switch {
				case a.Condition == "hours" && a.Used.String() != fmt.Sprint(used):
					rt.Fatalf("%s/hours has used %s, by hand %d", a.Permit, a.Used, used)
				case a.Condition == "devices" && a.Used.String() != fmt.Sprint(running):
					rt.Fatalf("%s/devices has %s, by hand %d", a.Permit, a.Used, running)
				case a.Condition == "delivered" && a.Used.String() != "24":
					rt.Fatalf("%s/delivered has %s, 24 devices were", a.Permit, a.Used)
				}
			}
			if used > int64(bound)*3_600_000 || running > 20 {
				rt.Fatalf("%d device-ms of %d h, %d devices of 20", used, bound, running)
			}
			if used > int64(bound)*3_000_000 {
				full++
			}
		}
		f.replay()
	})
	if t.Log(both, over, full); (both < 10 || over < 50 || full < 10) && !t.Failed() {
		t.Errorf("%d jobs on devices under both permits, %d on several lots, %d times near the bound: too few to say anything", both, over, full)
	}
}

// TestAPoolThatLosesACondition: work on devices under both permits counts by
// both conditions of the pool, once. When one of them leaves the pool the work
// goes on counting by the other, and when it comes back nothing is counted twice.
func TestAPoolThatLosesACondition(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, pools(9000, 1))
	for _, p := range []string{"all", "research"} {
		if err := f.act("endorse", p, "board", ""); err != nil {
			t.Fatal(err)
		}
	}
	s, d := job("", "research", 24, 100)
	s.Min, s.Max = "20", "20"
	f.apply(s, d)
	j, _ := f.s.Lookup("1")
	if len(j.Parts) != 3 {
		t.Fatalf("the job runs on %+v", j.Parts)
	}
	used := func() (hours, devices string) {
		for _, a := range f.s.Accounts(f.now) {
			if a.Permit == "all" && a.Condition == "hours" {
				hours = a.Used.String()
			} else if a.Permit == "all" && a.Condition == "devices" {
				devices = a.Used.String()
			}
		}
		return hours, devices
	}
	check := func(hours, devices int) {
		t.Helper()
		if h, n := used(); h != dec(hours*3_600_000) || n != dec(devices) {
			t.Fatalf("the pool has used %s device-ms, want %d h, and %s devices, want %d", h, hours, n, devices)
		}
	}
	f.pass(10 * time.Hour)
	check(200, 20)
	amend := func(version int, text string) {
		t.Helper()
		d := part(t, text, "Permit", "research")
		if err := f.put(d); err != nil {
			t.Fatal(err)
		}
		spec, _ := control.SpecHash(d)
		if err := f.act("amend", "research", "board", spec); err != nil {
			t.Fatal(err)
		}
	}
	amend(2, strings.ReplaceAll(pools(9000, 2), `, pool: team`, ``))
	f.pass(10 * time.Hour)
	out := int64(0) // on the lot that only the second permit covers
	for _, p := range j.Parts {
		if p.Lot == "two" {
			out = int64(atoi(p.Devices))
		}
	}
	check(200+10*(20-int(out)), 20-int(out))
	amend(3, pools(9000, 3))
	f.pass(10 * time.Hour)
	check(200+10*(20-int(out))+200, 20)
	f.pass(100 * time.Hour)
	if _, n := used(); n != "0" {
		t.Errorf("%s devices are left behind the end", n)
	}
	f.replay()
}

// TestAPoolOfBands: a share with a floor and a ceiling counts the same work on
// opposite sides of the two, and a limit counts it alone; under one pool they
// stay apart. Commercial work without any research breaks the floor.
func TestAPoolOfBands(t *testing.T) {
	text := strings.NewReplacer(`  - name: large
    approval: {when: job.maxDevices > 48, by: [board]}`, `  - name: mix
    share: {measure: deviceHours, where: job.purpose == "research", atLeast: 30%, atMost: 60%, over: month, allowance: 20h, assurance: observed, pool: team}
  - name: all-hours
    limit: {measure: deviceHours, where: job.purpose == "commercial", atMost: 10000h, over: month, pool: team}`).Replace(budget)
	f := newFleet(t, "2026-01-10T00:00:00Z", false, text)
	if err := f.act("endorse", "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	x, d := job("team-b", "commercial", 10, 10)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "admit" {
		t.Fatalf("nothing was used yet: %+v", v)
	}
	f.pass(11 * time.Hour)
	x, d = job("team-b", "commercial", 10, 10)
	v := f.apply(x, d).Outcome.Verdict
	if v.Outcome != "hold" || v.Because[0].Clause != "charter/mix" {
		t.Errorf("100 h of commercial work, none of research: %+v", v)
	}
	used := map[string]string{}
	for _, a := range f.s.Accounts(f.now) {
		key := a.Condition + a.Side
		if _, twice := used[key]; twice {
			key += " of the ceiling"
		}
		used[key] = a.Used.String()
	}
	hours := dec(100 * 3_600_000)
	for key, want := range map[string]string{
		"all-hours": hours, "mixhelpful": "0", "mixharmful": hours, "mixhelpful of the ceiling": hours, "mixharmful of the ceiling": "0",
	} {
		if used[key] != want {
			t.Errorf("%s: %s, want %s", key, used[key], want)
		}
	}
	f.replay()
}
