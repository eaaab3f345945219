package control_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// waiting begins a fleet whose jobs wait: 1 runs, 2 waits for its team's hours of
// the next month, 3 for devices.
func waiting(t *testing.T, text string) *fleet {
	t.Helper()
	f := newFleet(t, "2026-01-10T00:00:00Z", false, text)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		user           string
		devices, hours int
		state          control.JobState
	}{{"team-a", 4, 240, control.Running}, {"team-a", 4, 240, control.Held}, {"team-b", 40, 1, control.Held}} {
		s, d := job(x.user, "research", x.devices, x.hours)
		number := f.apply(s, d).Outcome.Job
		if j, _ := f.s.Lookup(number); j.State != x.state {
			t.Fatalf("job %s is %s, want %s: %+v", number, j.State, x.state, j.Verdict)
		}
	}
	effects(f)
	return f
}

// TestWaitingWorkHearsOfAnEnd: when a permit is revoked, is suspended or
// expires, waiting work is looked at again at that event, also what has no
// devices anyway. What is impossible now leaves; what had a date and has none any
// more says so.
func TestWaitingWorkHearsOfAnEnd(t *testing.T) {
	expiring := strings.Replace(budget, "until: 2027-01-01", "until: 2026-02-03", 1)
	for _, x := range []struct {
		name, text string
		happens    func(f *fleet) error
		effects    string
		waited     map[string]control.JobState
	}{
		{"revoked", budget, func(f *fleet) error { return f.act(signature.Revoke, "charter", "board", "") },
			"end charter, deny 2, deny 3", map[string]control.JobState{"2": control.Denied, "3": control.Denied}},
		{"suspended", budget, func(f *fleet) error { return f.act(signature.Suspend, "charter", "board", "") },
			"suspend charter, hold 2", map[string]control.JobState{"2": control.Held, "3": control.Held}},
		{"expired", expiring, func(f *fleet) error { f.pass(30 * 24 * time.Hour); return nil },
			"stop 1, start 2, end charter, deny 3", map[string]control.JobState{"3": control.Denied}},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := waiting(t, x.text)
			if err := x.happens(f); err != nil {
				t.Fatal(err)
			}
			if got := effects(f); got != x.effects {
				t.Errorf("it brought about: %s; want %s", got, x.effects)
			}
			for number, state := range x.waited {
				j, _ := f.s.Lookup(number)
				// What had no date before keeps its verdict until it is denied.
				says := j.Verdict.Again == "" && len(j.Verdict.Because) > 0 && j.Verdict.Because[0].Clause == "charter"
				if j.State != state || says != (state == control.Denied || number == "2") {
					t.Errorf("job %s is %s, by the verdict %+v", number, j.State, j.Verdict)
				}
			}
			f.replay()
		})
	}
}

// TestASuspensionPasses: work that lost its date by a suspension gets it back
// with the permit, and starts when its time comes.
func TestASuspensionPasses(t *testing.T) {
	f := waiting(t, budget)
	for _, verb := range []signature.Verb{signature.Suspend, signature.Endorse} {
		if err := f.act(verb, "charter", "board", ""); err != nil {
			t.Fatal(err)
		}
		f.pass(time.Hour)
	}
	effects(f)
	f.pass(30 * 24 * time.Hour)
	if got := effects(f); got != "stop 1, start 2" {
		t.Errorf("behind the suspension: %s", got)
	}
	f.replay()
}

// TestALapseIsLookedAt: all that is unused of a year's 1000 h lapses in June.
// Work that waits for an approval can never start now; and whoever asks sees the
// smaller bound from that day on.
func TestALapseIsLookedAt(t *testing.T) {
	text := strings.NewReplacer("atMost: 1000h, over: month}", `atMost: 1000h, over: year}
  - name: unused
    lapse: {limit: team-a-hours, on: [{date: 06-01, usedBelow: 50%, lose: 100%}]}`, "job.maxDevices > 48", "job.maxDevices > 9").Replace(budget)
	f := newFleet(t, "2026-01-10T00:00:00Z", false, text)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	x, d := job("team-a", "research", 10, 90)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "needs-approval" {
		t.Fatalf("before the lapse: %+v", v)
	}
	bound := func() string { return f.s.Accounts(f.now)[0].Bound.String() }
	f.pass(moment(t, "2026-05-31T21:59:59Z").Time(time.UTC).Sub(f.now.Time(time.UTC)))
	if got := bound(); got != dec(1000*3_600_000) {
		t.Fatalf("the bound before the lapse is %s", got)
	}
	effects(f)
	f.pass(time.Second)
	if got := bound(); got != "0" {
		t.Errorf("the bound behind the lapse is %s", got)
	}
	if got := effects(f); got != "deny 1" {
		t.Errorf("the lapse brought about: %s", got)
	}
	f.replay()
}

// TestALapseWithAWindow: the lapse falls on the day on which a window begins.
func TestALapseWithAWindow(t *testing.T) {
	text := strings.NewReplacer("atMost: 1000h, over: month}", `atMost: 1000h, over: quarter}
  - name: unused
    lapse: {limit: team-a-hours, on: [{date: 10-01, usedBelow: 50%, lose: 100%}]}`, "job.maxDevices > 48", "job.maxDevices > 9").Replace(budget)
	f := newFleet(t, "2026-09-10T00:00:00Z", false, text)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	x, d := job("team-a", "research", 10, 90)
	f.apply(x, d)
	effects(f)
	f.pass(40 * 24 * time.Hour)
	if got := effects(f); got != "deny 1" {
		t.Errorf("the lapse brought about: %s", got)
	}
	f.replay()
}

// TestManyHearOfAnEnd: a revocation denies more waiting jobs than an entry
// holds.
func TestManyHearOfAnEnd(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, budget)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	const n = 700
	for i := range n {
		x, d := job("team-b", "research", 33+i%3, 1+i%7)
		f.apply(x, d)
	}
	count(f)
	if err := f.act(signature.Revoke, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	f.pass(0)
	if deeds, entries := count(f); deeds[control.Denies] != n || entries < 2 || f.s.Waiting() != 0 {
		t.Errorf("%v in %d entries, %d wait", deeds, entries, f.s.Waiting())
	}
	f.replay()
}

// TestDatesAlone: a permit that needs no endorsement takes effect when its time
// comes, and one that is over when the ledger begins never does.
func TestDatesAlone(t *testing.T) {
	for _, x := range []struct{ valid, before, behind string }{
		{"{from: 2026-02-01, until: 2027-01-01, timeZone: Europe/Berlin}", "", "in-force charter"},
		{"{from: 2025-01-01, until: 2027-01-01, timeZone: Europe/Berlin}", "in-force charter", ""},
		{"{from: 2025-01-01, until: 2026-01-01, timeZone: Europe/Berlin}", "", ""},
	} {
		text := strings.NewReplacer("  endorsements: {required: [board]}\n", "", "{from: 2026-01-01, until: 2027-01-01, timeZone: Europe/Berlin}", x.valid).Replace(budget)
		f := newFleet(t, "2026-01-10T00:00:00Z", false, text)
		if got := effects(f); got != x.before {
			t.Errorf("valid %s: at the beginning %q, want %q", x.valid, got, x.before)
		}
		f.pass(moment(t, "2026-01-31T22:59:59Z").Time(time.UTC).Sub(f.now.Time(time.UTC)))
		if got := effects(f); got != "" {
			t.Errorf("valid %s: before February %q", x.valid, got)
		}
		f.pass(time.Second)
		if got := effects(f); got != x.behind {
			t.Errorf("valid %s: in February %q, want %q", x.valid, got, x.behind)
		}
		s, d := job("team-b", "research", 1, 1)
		want := "admit"
		if x.before == "" && x.behind == "" {
			want = "deny"
		}
		if v := f.apply(s, d).Outcome.Verdict; v.Outcome != want {
			t.Errorf("valid %s: work in February: %+v", x.valid, v)
		}
		f.replay()
	}
}

// TestRevokedBeforeItsTime: a permit that is revoked before all have endorsed it
// will never take effect, so nothing waits for it.
func TestRevokedBeforeItsTime(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, budget)
	x, d := job("team-b", "research", 1, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "hold" {
		t.Fatalf("before the endorsement: %+v", v)
	}
	if err := f.act(signature.Revoke, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	if got := effects(f); got != "end charter, deny 1" {
		t.Errorf("the revocation brought about: %s", got)
	}
	x, d = job("team-b", "research", 1, 1)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "deny" || v.Because[0].Clause != "charter" {
		t.Errorf("behind the revocation: %+v", v)
	}
	f.replay()
}
