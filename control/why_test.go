package control_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// TestWhyOfADeniedJob asks why a job was denied: at once, behind a document that
// has the control plane begin its queue anew, and of a control plane that was
// started on the ledger since.
func TestWhyOfADeniedJob(t *testing.T) {
	f := newFleet(t, "2026-01-10T00:00:00Z", false, budget)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	x, d := job("team-a", "military", 16, 24)
	f.apply(x, d)
	x, d = job("team-a", "research", 16, 24)
	f.apply(x, d)
	if err := f.act(signature.Suspend, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	check := func(when string, s *control.State, place string) {
		t.Helper()
		looks, err := s.Why("1", time.UTC)
		if err != nil || len(looks) != 1 || looks[0].Outcome != "deny" || looks[0].Site != place {
			t.Fatalf("%s: %+v, %v", when, looks, err)
		}
		for _, r := range looks[0].Reasons {
			if r.Condition == "no-military" && r.Outcome == "deny" && r.Change == `the work or the place must satisfy: job.purpose != "military"` && r.Basis == "" && r.Measured == "" {
				return
			}
		}
		t.Errorf("%s the condition is not among the reasons: %+v", when, looks[0].Reasons)
	}
	check("at once", f.s, "hall")
	if err := f.put(part(t, more, "Site", "annex")); err != nil {
		t.Fatal(err)
	}
	check("behind a document", f.s, "")
	s := control.NewState()
	for i, e := range f.entries {
		if _, err := s.Replay(control.Read(e, f.opened[i])); err != nil {
			t.Fatal(err)
		}
	}
	check("in a replay", s, "")
	// What measured something says so still, and what waits is judged anew.
	x, d = job("team-a", "research", 33, 2000)
	if v := f.apply(x, d).Outcome.Verdict; v.Outcome != "hold" {
		t.Fatalf("%+v", v)
	}
	if err := f.act(signature.Revoke, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	before, _ := f.s.Why("3", time.UTC)
	if err := f.put(part(t, more, "Site", "attic", "annex", "attic")); err != nil {
		t.Fatal(err)
	}
	behind, _ := f.s.Why("3", time.UTC)
	if len(before) != 1 || len(behind) != 1 {
		t.Fatalf("%+v, then %+v", before, behind)
	}
	var refused []any
	for _, r := range before[0].Reasons {
		if r.Outcome != "admit" {
			refused = append(refused, r)
		}
	}
	var recorded []any
	for _, r := range behind[0].Reasons {
		recorded = append(recorded, r)
	}
	if !reflect.DeepEqual(refused, recorded) || len(recorded) < 2 {
		t.Errorf("as it was judged %+v\nas it is recorded %+v", refused, recorded)
	}
}
