package control_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// property reports what a helper of tests finds to a property.
type property struct {
	testing.TB
	t *rapid.T
}

func (p property) Helper()                      { p.t.Helper() }
func (p property) Fatal(args ...any)            { p.t.Fatal(args...) }
func (p property) Fatalf(form string, a ...any) { p.t.Fatalf(form, a...) }
func (p property) Errorf(form string, a ...any) { p.t.Errorf(form, a...) }
func (p property) Error(args ...any)            { p.t.Error(args...) }

// terms are what a random permit asks for.
type terms struct {
	hours   int    // a month, of team-a
	percent int    // of research, at least
	assure  string // of that share
	onEnd   string
	onMiss  string
	onReach string
}

func drawTerms(t *rapid.T) terms {
	action := func(name string) string {
		return rapid.SampledFrom([]string{"notify", "hold", "drain", "stop"}).Draw(t, name)
	}
	return terms{
		hours: rapid.IntRange(50, 2000).Draw(t, "hours"), percent: rapid.IntRange(10, 60).Draw(t, "percent"),
		assure: rapid.SampledFrom([]string{"certain", "observed"}).Draw(t, "assurance"),
		onEnd:  rapid.SampledFrom([]string{"continue", "hold", "drain", "stop"}).Draw(t, "onEnd"),
		onMiss: action("onMiss"), onReach: action("onReach"),
	}
}

func (x terms) text(version int) string {
	return strings.NewReplacer("version: 1", fmt.Sprint("version: ", version), "quantity: 64", "quantity: 64", "until: 2027-01-01", "until: 2026-04-10",
		"  endorsements:", "  onEnd: "+x.onEnd+"\n  endorsements:",
		"atMost: 1000h, over: month}", fmt.Sprintf("atMost: %dh, over: month}\n    onReach: %s", x.hours, x.onReach),
		"  - name: large", fmt.Sprintf(`  - name: national
    share: {measure: deviceHours, where: job.purpose == "research", atLeast: %d%%, over: month, assurance: %s, allowance: 100h}
  - name: year
    limit: {measure: deviceHours, atMost: 9000h, over: year}
  - name: unused
    lapse: {limit: year, on: [{date: 02-01, usedBelow: 60%%, lose: 40%%}, {date: 03-01, usedBelow: 60%%, lose: 40%%}]}
  - name: report
    duty: {report: usage, every: month, dueWithin: 10d, onMiss: %s}
  - name: located
    evidence: {kind: location, maxAge: 240h, onMiss: %s}
  - name: large`, x.percent, x.assure, x.onMiss, x.onMiss),
	).Replace(budget)
}

// happen draws a fact and applies it; it may be refused, which changes nothing.
func (f *fleet) happen(t *rapid.T, x *terms, version *int) {
	number := func() string { return dec(rapid.IntRange(0, f.s.Jobs()+1).Draw(t, "job")) }
	var err error
	switch what := rapid.IntRange(0, 15).Draw(t, "fact"); what {
	case 0, 1, 2, 3, 4:
		s, d := job(rapid.SampledFrom([]string{"team-a", "team-b"}).Draw(t, "user"), rapid.SampledFrom([]string{"research", "commercial", "military"}).Draw(t, "purpose"),
			rapid.IntRange(1, 56).Draw(t, "devices"), rapid.IntRange(1, 300).Draw(t, "limit"))
		s.Min = dec(rapid.IntRange(1, 8).Draw(t, "min"))
		if rapid.Bool().Draw(t, "stops") {
			s.Checkpoint = ""
		}
		_, err = f.try(s, d)
	case 5, 6:
		_, err = f.try(&control.End{Job: number()}, nil)
	case 7, 8:
		_, err = f.try(&control.Evidence{Lot: rapid.SampledFrom([]string{"first", "second", "no"}).Draw(t, "lot"), Evidence: "location"}, nil)
	case 9:
		_, err = f.try(&control.File{Permit: "charter", Condition: "report", SHA256: strings.Repeat("0", 64)}, nil)
	case 10:
		err = f.approve(number(), "charter", "large", "board")
	case 11:
		_, err = f.try(&control.Receive{Lot: "second", Devices: dec(rapid.IntRange(1, 40).Draw(t, "received"))}, nil)
	case 12, 13:
		verbs := []signature.Verb{signature.Endorse, signature.Endorse, signature.Endorse, signature.Suspend, signature.Revoke}
		err = f.act(rapid.SampledFrom(verbs).Draw(t, "act"), "charter", "board", "")
	case 14:
		next := *x
		next.hours += rapid.IntRange(0, 500).Draw(t, "more hours")
		next.onReach = rapid.SampledFrom([]string{"notify", "drain"}).Draw(t, "another onReach")
		d := part(f.t, next.text(*version+1), "Permit", "charter")
		if err = f.put(d); err != nil {
			break
		}
		spec, _ := control.SpecHash(d)
		if err = f.act(signature.Amend, "charter", "board", spec); err == nil {
			*x, *version = next, *version+1
		}
	case 15:
		_, err = f.try(&control.Dispose{Lot: "first", Devices: dec(rapid.IntRange(1, 4).Draw(t, "disposed"))}, nil)
	}
	if err != nil {
		t.Log(err)
	}
}

// run is what the entries say of a job.
type run struct {
	submit         *control.Submit
	user           string
	from, end, to  calendar.Instant
	devices        int64
	started, ended bool
}

// recount reads the entries alone: who ran when, and whether the permit was in
// force then.
func recount(t *rapid.T, f *fleet, open func(inForce bool) bool) []*run {
	var all []*run
	inForce := false
	for i, e := range f.entries {
		x, err := control.Parse(e.Kind, e.Body)
		if err != nil {
			t.Fatal(err)
		}
		var body struct{ Outcome control.Outcome }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			t.Fatal(err)
		}
		if s, ok := x.(*control.Submit); ok {
			all = append(all, &run{submit: s, user: (*f.opened[i])["endUser"].Text})
		}
		if x, ok := x.(*control.End); ok {
			if r := all[atoi(x.Job)-1]; r.started && !r.ended {
				r.to, r.ended = calendar.Instant(e.At), true
			}
		}
		for _, d := range body.Outcome.Effects {
			at := calendar.Instant(e.At)
			if d.At != "" {
				at = calendar.Instant(atoi(d.At))
			}
			switch d.Do {
			case control.InForce:
				inForce = true
			case control.Suspends, control.Ends:
				inForce = false
			case control.Starts:
				r := all[atoi(d.Job)-1]
				if r.started || !open(inForce) {
					t.Fatalf("entry %d starts job %s: started before %v, permit in force %v", i, d.Job, r.started, inForce)
				}
				r.from, r.end, r.started = at, calendar.Instant(atoi(d.End)), true
				for _, p := range d.Parts {
					r.devices += int64(atoi(p.Devices))
				}
			case control.Stops:
				r := all[atoi(d.Job)-1]
				if !r.started || r.ended {
					t.Fatalf("entry %d stops job %s, which does not run", i, d.Job)
				}
				r.to, r.ended = at, true
			}
		}
	}
	for i, r := range all {
		if !r.started {
			continue
		}
		if !r.ended {
			r.to = f.now
		}
		if r.to > r.end || r.end > r.from+calendar.Instant(atoi(r.submit.Limit)) {
			t.Fatalf("job %d ran from %d to %d, past the end of its reservation %d, with a limit of %s", i+1, r.from, r.to, r.end, r.submit.Limit)
		}
		if n := int64(atoi(r.submit.Min)); r.devices < n || r.devices > int64(atoi(r.submit.Max)) {
			t.Fatalf("job %d started on %d devices", i+1, r.devices)
		}
	}
	return all
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// used adds up the device-ms of some jobs between two instants.
func used(all []*run, from, to calendar.Instant, of func(*run) bool) (sum int64) {
	for _, r := range all {
		if r.started && of(r) {
			sum += r.devices * int64(max(0, min(r.to, to)-max(r.from, from)))
		}
	}
	return sum
}

// TestRandomFleets lets random facts happen to random small fleets. What the
// entries say is recounted by the conditions' meaning, without the core's
// accounts, and replayed.
func TestRandomFleets(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const hour = 3_600_000
	seen := map[control.Deed]int{}
	defer func() {
		for _, d := range []control.Deed{control.Starts, control.Stops, control.Denies, control.Breaks, control.InForce, control.Ends, control.Versions} {
			if seen[d] == 0 && !t.Failed() {
				t.Errorf("no fleet had a %s: the facts are too few to say anything", d)
			}
		}
		t.Log(seen)
	}()
	rapid.Check(t, func(rt *rapid.T) {
		x, version := drawTerms(rt), 1
		f := newFleet(property{t, rt}, "2026-01-10T00:00:00Z", false, x.text(1))
		raised := map[calendar.Instant]int{} // the bound by the month in which it was last
		month := func(at calendar.Instant) calendar.Instant {
			y, m, _ := at.Time(berlin).Date()
			return calendar.DayStart(y, m, 1, berlin)
		}
		for range rapid.IntRange(5, 60).Draw(rt, "facts") {
			f.happen(rt, &x, &version)
			raised[month(f.now)] = x.hours
			if rapid.Bool().Draw(rt, "passes") {
				for left := rapid.IntRange(1, 200).Draw(rt, "pause"); left > 0; left -= 24 {
					f.pass(time.Duration(min(left, 24)) * time.Hour)
					raised[month(f.now)] = x.hours
				}
			}
		}
		for _, d := range strings.Split(effects(f), ", ") {
			seen[control.Deed(strings.Fields(d + " .")[0])]++
		}
		all := recount(rt, f, func(inForce bool) bool { return inForce || x.onEnd == "continue" })
		for from, hours := range raised {
			y, m, _ := from.Time(berlin).Date()
			// The last window ends with the permit, also where work goes on then.
			to := min(calendar.DayStart(y, m+1, 1, berlin), calendar.DayStart(2026, time.April, 10, berlin))
			if n := used(all, from, to, func(r *run) bool { return r.user == "team-a" }); n > int64(hours)*hour {
				rt.Fatalf("team-a used %d device-ms in the month from %d, of %d h", n, from, hours)
			}
			in := used(all, from, to, func(r *run) bool { return r.submit.Purpose == "research" })
			out := used(all, from, to, func(r *run) bool { return r.submit.Purpose != "research" })
			if x.assure == "certain" && to <= f.now && in*100 < int64(x.percent)*(in+out-100*hour) {
				rt.Fatalf("research has %d of %d device-ms in the month from %d, less than %d %%", in, in+out, from, x.percent)
			}
		}
		for _, r := range all {
			if r.started && r.submit.Purpose == "military" {
				rt.Fatal("a military purpose was admitted")
			}
		}
		f.replay()
	})
}
