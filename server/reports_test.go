package server_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/usage"
)

// TestSlowReport: a report, or the complete reasons of an old verdict, may take
// longer than other answers, and those who ask at once each get theirs.
func TestSlowReport(t *testing.T) {
	hand := &handClock{now: opening}
	f := &fleet{t: t, store: newMemory(), clock: hand, hand: hand}
	f.who = f.makeTokens()
	f.serveWith(func(h *http.Server) { h.WriteTimeout = 200 * time.Millisecond })
	f.endorse()
	f.must("operator", "POST", "/v1/jobs", api.Submission{Tenant: "a", EndUser: "team-a", Purpose: "research", Devices: 4, For: "1h"}, nil)
	f.store.mu.Lock()
	f.store.slow = 400 * time.Millisecond / time.Duration(len(f.store.records))
	f.store.mu.Unlock()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			got := f.ask("auditor", "GET", "/v1/reports/usage?permit=charter&window=2026Q1", nil)
			if v, err := usage.ReadJSON(got.body); got.status != http.StatusOK || err != nil || v.Permit.Name != "charter" {
				t.Errorf("%d %v: %.200s", got.status, err, got.body)
			}
		})
	}
	all.Wait()
	last := len(f.store.held()) - 1
	if got := f.ask("auditor", "GET", "/v1/entries/"+strconv.Itoa(last)+"/reasons", nil); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}
