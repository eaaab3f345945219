package server_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/server"
)

// FuzzBodies sends bodies to every operation that takes one, as the operator:
// none may bring the server down or be an internal error, and what is recorded
// must replay to the same outcomes.
func FuzzBodies(f *testing.F) {
	act := `{"by": "board", "act": "{\"act\":\"endorse\",\"permit\":\"charter\",\"previous\":\"\",\"spec\":\"` + strings.Repeat("ab", 32) + `\",\"v\":\"1\",\"version\":\"1\"}", "signature": "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"}`
	next, err := json.Marshal(api.Documents{Text: nextCharter(f)})
	if err != nil {
		f.Fatal(err)
	}
	long, err := json.Marshal(api.Documents{Text: nextCharter(f) + strings.Repeat("# and more\n", 4000)})
	if err != nil {
		f.Fatal(err)
	}
	const paths = 11
	path := func(n uint8) string {
		return [paths]string{"/v1/jobs", "/v1/approvals", "/v1/permits/charter/acts", "/v1/documents", "/v1/lots/second/receive", "/v1/lots/first/evidence", "/v1/reports",
			"/v1/bookings", "/v1/lots/first/move", "/v1/lots/first/dispose", "/v1/permits/charter/notices"}[n%paths]
	}
	for i, body := range []string{
		`{"endUser": "team-a", "purpose": "research", "minDevices": 1, "maxDevices": 4, "for": "1h", "checkpoint": "1m", "sites": ["hall"], "accelerators": ["chip"], "priority": -1, "kind": "rl"}`,
		`{"by": "board", "approval": "{\"act\":\"approve\",\"condition\":\"large\",\"job\":\"1\",\"log\":\"example.com/fleet\",\"permit\":\"charter\",\"spec\":\"\",\"v\":\"1\"}", "signature": ""}`,
		act, string(next), `{"devices": 3}`, `{"kind": "attestation", "certificate": true, "sha256": "` + strings.Repeat("ab", 32) + `"}`,
		`{"permit": "charter", "condition": "usage-report", "window": "2026Q1", "sha256": "` + strings.Repeat("ab", 32) + `"}`,
		`{"endUser": "team-a", "purpose": "research", "minDevices": 1, "maxDevices": 4, "for": "1h", "arrives": "2026-02-01T00:00:00+01:00", "sites": ["hall"], "expected": "30m"}`,
		`{"devices": 3, "from": "hall", "to": "annex"}`, `{"devices": 3, "from": "hall"}`, `{"condition": "transfer-notice", "lot": "first", "site": "annex"}`,
	} {
		f.Add(uint8(i), body)
	}
	f.Add(uint8(3), string(long))
	f.Add(uint8(3), `{"text": "apiVersion: proviso.dev/v1alpha1\nkind: Lot\nmetadata: {name: fourth}\nspec: {accelerator: chip, site: hall, quantity: 8, permits: [charter]}\n"}`)
	f.Add(uint8(3), `{"text": "apiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: dock}\nspec: {country: DE}\n---\napiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: deck}\nspec: {country: DE}\n"}`)
	f.Add(uint8(0), `{"devices": 1e3, "for": "1h"}`)
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		x := &fleet{t: t, store: newMemory(), hand: &handClock{now: opening}}
		signer, verifier, public := logKey(t)
		ctx, cancel := context.WithCancel(context.Background())
		plane, err := server.OpenPlane(ctx, server.PlaneOptions{Store: x.store, Signer: signer, Verifier: verifier, Key: public, Clock: x.hand, Documents: documents(t)})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- plane.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			x.replay()
		}()
		s := server.New(plane, server.NoTokens{}, slog.New(slog.DiscardHandler))
		for range 2 { // a second one sees what the first has left
			r := httptest.NewRequest("POST", "http://127.0.0.1"+path(n), strings.NewReader(body))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("POST %s %q: %d %s", path(n), body, w.Code, w.Body)
			}
		}
		// It is not stuck: a good submission is decided on.
		r := httptest.NewRequest("POST", "http://127.0.0.1/v1/jobs", strings.NewReader(`{"devices": 1, "for": "1h", "checkpoint": "1m"}`))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 201 {
			t.Fatalf("afterwards a submission is answered with %d %s", w.Code, w.Body)
		}
	})
}
