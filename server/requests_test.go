package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/proviso-dev/proviso/api"
)

// TestIdempotency: the same submission under the same key is the same job,
// whoever asks at the same time and whatever happened to the server in between;
// another submission under it is refused.
func TestIdempotency(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	s := api.Submission{Name: "n", EndUser: "team-a", Purpose: "research", Devices: 2, For: "1h", Accelerators: []string{"chip"}, Priority: 1}
	numbers := make([]string, 8)
	var all sync.WaitGroup
	for i := range numbers {
		all.Go(func() {
			var j api.Job
			if err := json.Unmarshal(f.ask("tenant-a", "POST", "/v1/jobs", s, "Idempotency-Key", "k").body, &j); err != nil {
				t.Error(err)
			}
			numbers[i] = j.Number
		})
	}
	all.Wait()
	for _, n := range numbers {
		if n != "1" {
			t.Errorf("the same submission became the jobs %v", numbers)
			break
		}
	}
	f.restart()
	entries := len(f.store.held())
	var j api.Job
	f.must("tenant-a", "POST", "/v1/jobs", s, &j, "Idempotency-Key", "k")
	if j.Number != "1" {
		t.Errorf("after a restart it became job %s", j.Number)
	}
	for name, change := range map[string]func(*api.Submission){
		"devices": func(s *api.Submission) { s.Devices = 3 }, "for": func(s *api.Submission) { s.For = "2h" }, "name": func(s *api.Submission) { s.Name = "m" },
		"priority": func(s *api.Submission) { s.Priority = 2 }, "accelerators": func(s *api.Submission) { s.Accelerators = nil }, "model": func(s *api.Submission) { s.Model = "m" },
		"kind": func(s *api.Submission) { s.Kind = "rl" }, "checkpoint": func(s *api.Submission) { s.Checkpoint = "1m" }, "expected": func(s *api.Submission) { s.Expected = "1m" },
		"holder": func(s *api.Submission) { s.Holder = "lab" }, "sites": func(s *api.Submission) { s.Sites = []string{"hall"} },
		"sizes": func(s *api.Submission) { s.Devices, s.MinDevices, s.MaxDevices = 0, 1, 2 },
	} {
		other := s
		change(&other)
		if got := f.ask("tenant-a", "POST", "/v1/jobs", other, "Idempotency-Key", "k"); got.status != http.StatusConflict || !strings.Contains(string(got.body), "job 1") {
			t.Errorf("another %s under the same key: %d %s", name, got.status, got.body)
		}
	}
	if n := len(f.store.held()); n != entries {
		t.Errorf("%d entries were recorded for what was there already", n-entries)
	}
	// A key is its bearer's own.
	f.must("tenant-b", "POST", "/v1/jobs", api.Submission{EndUser: "team-b", Purpose: "research", Devices: 1, For: "1h"}, &j, "Idempotency-Key", "k")
	if j.Number != "2" {
		t.Errorf("another tenant's submission under the same word became job %s", j.Number)
	}
	// A submission that was refused does not use its key up.
	bad := s
	bad.For = "never"
	if got := f.ask("tenant-a", "POST", "/v1/jobs", bad, "Idempotency-Key", "l"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a submission that is not valid: %d %s", got.status, got.body)
	}
	f.must("tenant-a", "POST", "/v1/jobs", s, nil, "Idempotency-Key", "l")
	f.replay()
}

// TestIfMatch: a job is ended only as it was seen.
func TestIfMatch(t *testing.T) {
	f := newFleet(t)
	f.must("tenant-a", "POST", "/v1/jobs", api.Submission{EndUser: "team-a", Purpose: "research", Devices: 2, For: "1h", Checkpoint: "1m"}, nil)
	held := f.must("tenant-a", "GET", "/v1/jobs/1", nil, nil).header.Get("ETag")
	f.endorse() // it starts
	running := f.must("tenant-a", "GET", "/v1/jobs/1", nil, nil).header.Get("ETag")
	if held == "" || running == held {
		t.Fatalf("ETags: %q held, %q running", held, running)
	}
	if got := f.ask("tenant-a", "POST", "/v1/jobs/1/end", nil, "If-Match", held); got.status != http.StatusPreconditionFailed {
		t.Errorf("ended as it was held: %d %s", got.status, got.body)
	}
	f.must("tenant-a", "POST", "/v1/jobs/1/end", nil, nil, "If-Match", running)
	if got := f.ask("tenant-a", "POST", "/v1/jobs/1/end", nil); got.status != http.StatusConflict {
		t.Errorf("ended twice: %d %s", got.status, got.body)
	}
}

// TestPages: pages give each job once, in order, also while jobs come in.
func TestPages(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	submit := func(n int, tenant string) {
		for range n {
			f.must("operator", "POST", "/v1/jobs", api.Submission{Tenant: tenant, EndUser: "team-" + tenant, Purpose: "research", Devices: 1, For: "1m", Checkpoint: "1s"}, nil)
		}
	}
	submit(7, "a")
	submit(1, "b")
	submit(5, "a")
	for _, limit := range []int{1, 3, 12, 13, 1000} {
		var seen []string
		for cursor := ""; ; {
			var page api.Jobs
			path := fmt.Sprintf("/v1/jobs?limit=%d", limit)
			if cursor != "" {
				path += "&cursor=" + cursor
			}
			f.must("tenant-a", "GET", path, nil, &page)
			if len(page.Jobs) > limit {
				t.Fatalf("a page of at most %d has %d jobs", limit, len(page.Jobs))
			}
			for _, j := range page.Jobs {
				seen = append(seen, j.Number)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if got := strings.Join(seen, " "); got != "1 2 3 4 5 6 7 9 10 11 12 13" {
			t.Errorf("pages of %d give %s", limit, got)
		}
	}
}

// TestBounds: what is too large, not JSON or not known is refused, and nothing
// is recorded.
func TestBounds(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	before := len(f.store.held())
	good := `{"endUser": "team-a", "purpose": "research", "devices": 1, "for": "1h"`
	for _, x := range []struct {
		name, body string
		want       int
	}{
		{"a body of more than 1 MiB", good + strings.Repeat(" ", 1<<20) + "}", 413},
		{"an endless name", good + `, "name": "` + strings.Repeat("x", 300) + `"}`, 422},
		{"a member that is not known", good + `, "device": 2}`, 400},
		{"a member in other letters", good + `, "Devices": 2}`, 400},
		{"a member twice", good + `, "devices": 2}`, 400},
		{"two values", good + `}{}`, 400},
		{"a number as text", strings.Replace(good, "1,", `"1",`, 1) + "}", 400},
		{"a number with a fraction", strings.Replace(good, "1,", `1.5,`, 1) + "}", 400},
		{"more than 64 bits", strings.Replace(good, "1,", `9223372036854775808,`, 1) + "}", 400},
		{"more devices than there can be", strings.Replace(good, "1,", `9223372036854775807,`, 1) + "}", 422},
		{"fewer than none", strings.Replace(good, "1,", `-1,`, 1) + "}", 422},
		{"no UTF-8", good + `, "name": "` + "\xff" + `"}`, 400},
		{"a duration without end", strings.Replace(good, "1h", "99999999999999d", 1) + "}", 422},
		{"no duration", strings.Replace(good, `"1h"`, `""`, 1) + "}", 422},
		{"deep", strings.Repeat("[", 100_000), 400},
		{"a hundred thousand sites", good + `, "sites": ["` + strings.Repeat(`x", "`, 100_000) + `x"]}`, 422},
	} {
		if got := f.ask("operator", "POST", "/v1/jobs", x.body); got.status != x.want {
			t.Errorf("%s: %d, want %d: %.300s", x.name, got.status, x.want, got.body)
		}
	}
	if got := f.ask("operator", "GET", "/v1/status", nil, "X-Long", strings.Repeat("x", 100<<10)); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("headers of 100 KiB: %d", got.status)
	}
	if n := len(f.store.held()); n != before {
		t.Errorf("%d entries were recorded", n-before)
	}
	f.must("operator", "POST", "/v1/jobs", good+"}", nil)
}

// TestSlowClients: who sends or reads slowly is cut off and holds nobody up.
func TestSlowClients(t *testing.T) {
	f := newFleet(t)
	f.stop()
	f.serveWith(func(h *http.Server) {
		h.ReadHeaderTimeout, h.ReadTimeout, h.WriteTimeout = 300*time.Millisecond, 500*time.Millisecond, time.Second
	})
	address := strings.TrimPrefix(f.base, "http://")
	head := "POST /v1/jobs HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + f.tokens["operator"] + "\r\nContent-Length: 100\r\n\r\n"
	for name, sent := range map[string]string{"nothing": "", "half a header": head[:40], "half a body": head + `{"devices": 1,`} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		began := time.Now()
		_, err = io.ReadAll(conn)
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Errorf("%s: the connection was still open after %s", name, time.Since(began))
		}
	}
	f.must("operator", "GET", "/v1/status", nil, nil)
}

// TestMetrics: names and helps are as Prometheus asks, and what happened is
// counted.
func TestMetrics(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	f.must("operator", "POST", "/v1/jobs", api.Submission{EndUser: "team-a", Purpose: "research", Devices: 2, For: "1h"}, nil)
	f.must("operator", "POST", "/v1/jobs", api.Submission{Holder: "lab", EndUser: "team-a", Purpose: "military", Devices: 2, For: "1h"}, nil)
	text := f.must("auditor", "GET", "/metrics", nil, nil).body
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, want := range []string{
		`proviso_verdicts_total{kind="submit",outcome="admit"} 1`, `proviso_verdicts_total{kind="submit",outcome="deny"} 1`, `proviso_entries_total{kind="act"} 2`,
		`proviso_effects_total{do="start"} 1`, "proviso_jobs_running 1", "proviso_jobs_waiting 0", fmt.Sprintf("proviso_ledger_entries %d", len(f.store.held())),
		`proviso_http_request_duration_seconds_count{route="submit",status="201"} 2`,
	} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("the metrics do not say %s", want)
		}
	}
}

// TestBrokenStore: once an entry could not be written, nothing is acknowledged
// any more, the server is not ready and says so, and it stops with the reason.
func TestBrokenStore(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	if got := f.ask("", "GET", "/readyz", nil); got.status != http.StatusOK {
		t.Fatalf("readyz: %d %s", got.status, got.body)
	}
	before := len(f.store.held())
	f.store.breakDown(errors.New("database or disk is full"))
	s := api.Submission{EndUser: "team-a", Purpose: "research", Devices: 1, For: "1h"}
	for range 3 {
		if got := f.ask("operator", "POST", "/v1/jobs", s); got.status != http.StatusServiceUnavailable || strings.Contains(string(got.body), "disk") {
			t.Errorf("a submission: %d %s, want 503 without what happened inside", got.status, got.body)
		}
	}
	if got := f.ask("", "GET", "/readyz", nil); got.status != http.StatusServiceUnavailable {
		t.Errorf("readyz: %d %s", got.status, got.body)
	}
	if got := f.ask("", "GET", "/healthz", nil); got.status != http.StatusOK {
		t.Errorf("healthz: %d %s", got.status, got.body)
	}
	select {
	case err := <-f.broke:
		if err == nil || !strings.Contains(err.Error(), "disk is full") {
			t.Errorf("it stopped with %v", err)
		}
		f.broke <- err
	case <-time.After(10 * time.Second):
		t.Error("it goes on")
	}
	if n := len(f.store.held()); n != before {
		t.Errorf("%d entries were recorded", n-before)
	}
	f.store.breakDown(nil)
	f.restart()
	f.must("operator", "POST", "/v1/jobs", s, nil)
	f.replay()
}
