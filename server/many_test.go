package server_test

import (
	"net/http"
	"testing"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/signature"
)

// TestMoreThanAnEntryHolds: a revocation concerns more waiting jobs than one
// entry holds. All of them are denied before anything else happens, who watches
// sees each, and the control plane goes on and starts on that ledger again.
func TestMoreThanAnEntryHolds(t *testing.T) {
	f := newFleet(t)
	const n = 700
	for range n {
		f.must("operator", "POST", "/v1/jobs", api.Submission{Tenant: "a", Holder: "lab", EndUser: "team-a", Purpose: "research", Devices: 1, For: "1h"}, nil)
	}
	before := len(f.store.held())
	f.must("operator", "POST", "/v1/permits/charter/acts", f.sign(signature.Revoke, "charter", "board"), nil)
	var j api.Job
	f.must("operator", "GET", "/v1/jobs/700", nil, &j)
	if j.State != "denied" || j.Verdict == nil || len(j.Verdict.Because) == 0 {
		t.Errorf("the last job behind the revocation: %+v", j)
	}
	total := len(f.store.held())
	if total < before+3 {
		t.Errorf("%d entries say all of it", total-before)
	}
	told := map[string]bool{}
	for _, e := range f.eventsOf("auditor", before, total) {
		for _, x := range e.Effects {
			if x.Do == "deny" {
				told[x.Job] = true
			}
		}
	}
	if len(told) != n {
		t.Errorf("%d of %d jobs were told of", len(told), n)
	}
	f.restart()
	if got := f.ask("operator", "POST", "/v1/jobs", api.Submission{Tenant: "a", Holder: "lab", EndUser: "team-a", Purpose: "research", Devices: 1, For: "1h"}); got.status != http.StatusCreated {
		t.Errorf("a submission after a restart: %d %s", got.status, got.body)
	}
	f.replay()
}
