package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/api"
)

// TestReasonsFitTheirHash makes the complete reasons of a verdict on record
// again: their SHA-256 is the one in the verdict.
func TestReasonsFitTheirHash(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	var j api.Job
	f.must("operator", "POST", "/v1/jobs", api.Submission{EndUser: "bank", Purpose: "research", Tenant: "maker", Devices: 1, For: "1h"}, &j)
	var s api.Status
	f.must("operator", "GET", "/v1/status", nil, &s)
	var r api.Reasons
	f.must("operator", "GET", fmt.Sprintf("/v1/entries/%d/reasons", s.Entries-1), nil, &r)
	if len(r.Verdicts) == 0 || j.Verdict == nil {
		t.Fatalf("%+v of %+v", r, j)
	}
	sum := sha256.Sum256(r.Verdicts[0])
	if got := hex.EncodeToString(sum[:]); got != j.Verdict.Hash {
		t.Fatalf("the reasons have the hash %s, the verdict names %s", got, j.Verdict.Hash)
	}
	var all []struct{ Reasons []json.RawMessage }
	if err := json.Unmarshal(r.Verdicts[0], &all); err != nil || len(all) == 0 || len(all[0].Reasons) < 2 {
		t.Fatalf("%s: %v", r.Verdicts[0], err)
	}
	if !strings.Contains(string(r.Verdicts[0]), `"clause":"charter`) {
		t.Fatalf("%s", r.Verdicts[0])
	}
}
