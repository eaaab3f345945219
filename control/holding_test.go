package control_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// holdings is the small fleet of the budget with a second site, a notice before
// devices go abroad, and evidence of where they are.
func holdings(t *testing.T) *fleet {
	t.Helper()
	text := strings.Replace(budget, "conditions:\n", `conditions:
  - name: notice
    duty: {report: transfer, before: transfer, notice: 10d}
  - name: located
    evidence: {kind: location, maxAge: 240h, onMiss: hold}
`, 1) + `---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: annex}
spec: {country: FR}
`
	f := newFleet(t, "2026-01-10T00:00:00Z", false, text)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	f.apply(&control.Evidence{Lot: "first", Evidence: "location"}, nil)
	f.told = len(f.entries)
	return f
}

// TestMove: devices go abroad ten days after notice was given, if they are free;
// where they come evidence of theirs is asked for.
func TestMove(t *testing.T) {
	f := holdings(t)
	move := func() *control.Verdict {
		return f.apply(&control.Move{Lot: "first", To: "annex", Devices: "20"}, nil).Outcome.Verdict
	}
	if v := move(); v.Outcome != "hold" || v.Because[0].Clause != "charter/notice" {
		t.Fatalf("without a notice: %+v", v)
	}
	f.apply(&control.Notice{Permit: "charter", Condition: "notice", Lot: "first", Site: "annex"}, nil)
	if v := move(); v.Outcome != "hold" || v.Again != dec(int(f.now)+10*86_400_000) {
		t.Fatalf("with a notice of today: %+v", v)
	}
	f.pass(10 * 24 * time.Hour)
	f.apply(&control.Evidence{Lot: "first", Evidence: "location"}, nil)
	f.apply(job2("team-b", "research", 16, 2))
	if v := move(); v.Outcome != "hold" || v.Missing != "devices" {
		t.Fatalf("with 16 of 32 in use: %+v", v)
	}
	f.pass(3 * time.Hour)
	f.told = len(f.entries)
	if v := move(); v.Outcome != "admit" {
		t.Fatalf("free and noticed: %+v", v)
	}
	if got := effects(f); got != "move first" {
		t.Fatalf("got %s", got)
	}
	x, d := job("team-b", "research", 20, 1)
	x.Sites = []string{"annex"}
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "hold" || v.Because[0].Clause != "charter/located" {
		t.Fatalf("without evidence there: %+v", v)
	}
	f.apply(&control.Evidence{Lot: "first", Evidence: "location", Site: "annex"}, nil)
	if j, _ := f.s.Lookup("2"); j.State != control.Running || j.Parts[0].Site != "annex" {
		t.Fatalf("with evidence there: %+v", j)
	}
	for _, c := range []struct {
		fact control.Fact
		want string
	}{
		{&control.Move{Lot: "first", To: "annex", Devices: "13"}, "has 12 devices at hall, not 13"},
		{&control.Move{Lot: "first", To: "hall", Devices: "1"}, "at hall already"},
		{&control.Move{Lot: "first", To: "hal", Devices: "1"}, "no site"},
		{&control.Dispose{Lot: "second", Devices: "1"}, "has 0 devices"},
		{&control.Notice{Permit: "charter", Condition: "large", Lot: "first"}, "asks for no notice"},
	} {
		if _, err := f.try(c.fact, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want …%s…", c.fact, err, c.want)
		}
	}
	f.pass(2 * time.Hour)
	f.told = len(f.entries)
	f.apply(&control.Dispose{Lot: "first", From: "annex", Devices: "20"}, nil)
	if got := effects(f); got != "dispose first" {
		t.Fatalf("got %s", got)
	}
	if v := f.apply(&control.Receive{Lot: "first", Devices: "40"}, nil).Outcome.Verdict; v.Devices != "32" {
		t.Fatalf("what was delivered stays delivered, 64 are granted: %+v", v)
	}
	f.replay()
}

// TestMoveUnderAmendment: where devices went they stay when documents change.
func TestMoveUnderAmendment(t *testing.T) {
	f := holdings(t)
	f.apply(&control.Notice{Permit: "charter", Condition: "notice", Lot: "first", Site: "annex"}, nil)
	f.pass(10 * 24 * time.Hour)
	f.apply(&control.Move{Lot: "first", To: "annex", Devices: "20"}, nil)
	f.apply(&control.Evidence{Lot: "first", Evidence: "location", Site: "annex"}, nil)
	text := strings.Replace(budget, "quantity: 64", "quantity: 96", 1)
	text = strings.Replace(text, "conditions:\n", "conditions:\n  - name: notice\n    duty: {report: transfer, before: transfer, notice: 10d}\n  - name: located\n    evidence: {kind: location, maxAge: 240h, onMiss: hold}\n", 1)
	f.amend(part(t, text, "Permit", "charter", "version: 1", "version: 2"), "board")
	if err := f.put(part(t, budget, "Lot", "third", "name: second", "name: third", "site: hall", "site: annex")); err != nil {
		t.Fatal(err)
	}
	x, d := job("team-b", "research", 20, 1)
	x.Sites = []string{"annex"}
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "admit" {
		t.Fatalf("on devices that moved: %+v", v)
	}
	f.replay()
}

const floor = `
  - name: national
    share: {measure: deviceHours, where: job.purpose == "research", atLeast: 50%, over: month, assurance: booked}
`

// TestBook: what is announced keeps a floor, and lets other work start that the
// announced will balance.
func TestBook(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, strings.Replace(budget, "conditions:\n", "conditions:"+floor, 1))
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	if v := f.apply(job2("team-b", "commercial", 10, 10)).Outcome.Verdict; v.Outcome != "hold" || v.Because[0].Clause != "charter/national" {
		t.Fatalf("with nothing inside: %+v", v)
	}
	f.told = len(f.entries)
	b, d := job("team-b", "research", 10, 10)
	booked := f.apply(&control.Book{Submit: *b, Arrives: dec(int(f.now) + 3_600_000)}, d).Outcome
	if got := effects(f); booked.Booking != "1" || got != "start 1" {
		t.Fatalf("announced as %q: %s", booked.Booking, got)
	}
	f.pass(time.Hour)
	x, d := job("team-b", "commercial", 10, 10)
	x.Booking = "1"
	if _, err := f.try(x, d); err == nil || !strings.Contains(err.Error(), "announces other work") {
		t.Fatalf("other work for the booking: %v", err)
	}
	x, d = job("team-b", "research", 10, 10)
	x.Booking = "1"
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "admit" {
		t.Fatalf("what was announced: %+v", v)
	}
	if _, err := f.try(&control.Unbook{Booking: "1"}, nil); err == nil {
		t.Fatal("an announcement is taken back after it came")
	}
	b, d = job("team-b", "research", 10, 20)
	f.apply(&control.Book{Submit: *b, Arrives: dec(int(f.now) + 3_600_000)}, d)
	f.apply(&control.Unbook{Booking: "2"}, nil)
	if v := f.apply(job2("team-b", "commercial", 10, 20)).Outcome.Verdict; v.Outcome != "hold" {
		t.Fatalf("what was taken back counts: %+v", v)
	}
	f.pass(48 * time.Hour)
	f.replay()
}
