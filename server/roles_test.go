package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
)

// everybody are all who ask, the columns of the table below.
var everybody = []string{"operator", "tenant-a", "tenant-b", "board", "council", "maker", "auditor", "gate", ""}

// TestRoles asks for everything as everybody. Each line says what is answered:
// 200 and 201 are leave, 422 is leave for what is then found to be not valid,
// 403 is refused, 404 is hidden. Job N is a new one of tenant a, which runs
// under the permit charter, and booking B is one of that tenant's; the board endorses that permit, maker delivers
// under it, council has no part in it; the gate submits for tenant a.
func TestRoles(t *testing.T) {
	const none = 401
	garbage := `{"by": "board", "act": "?", "signature": "?"}`
	table := []struct {
		method, path string
		body         string
		want         [9]int // operator, tenants a and b, board, council, maker, auditor, gate, nobody
	}{
		{"GET", "/v1/status", "", [9]int{200, 200, 200, 200, 200, 200, 200, 200, none}},
		{"POST", "/v1/jobs", `{"tenant": "a", "endUser": "team-a", "purpose": "research", "devices": 1, "for": "1h"}`, [9]int{201, 201, 403, 403, 403, 403, 403, 201, none}},
		{"GET", "/v1/jobs", "", [9]int{200, 200, 200, 200, 200, 403, 200, 200, none}},
		{"GET", "/v1/jobs/N", "", [9]int{200, 200, 404, 200, 404, 404, 200, 200, none}},
		{"GET", "/v1/jobs/N/why", "", [9]int{200, 200, 404, 200, 404, 404, 200, 200, none}},
		{"GET", "/v1/jobs/N/approval?permit=charter&condition=large", "", [9]int{200, 200, 404, 200, 404, 404, 200, 200, none}},
		{"POST", "/v1/jobs/N/end", "", [9]int{200, 200, 404, 403, 404, 404, 403, 200, none}},
		{"POST", "/v1/bookings", `{"tenant": "a", "endUser": "team-a", "purpose": "research", "devices": 1, "for": "1h", "arrives": "2026-06-01T00:00:00Z"}`, [9]int{201, 403, 403, 403, 403, 403, 403, 201, none}},
		{"GET", "/v1/bookings", "", [9]int{200, 200, 200, 200, 200, 403, 200, 200, none}},
		{"GET", "/v1/bookings/B", "", [9]int{200, 200, 404, 200, 404, 404, 200, 200, none}},
		{"POST", "/v1/bookings/B/end", "", [9]int{200, 403, 404, 403, 404, 404, 403, 200, none}},
		{"POST", "/v1/approvals", `{"by": "board", "approval": "?", "signature": "?"}`, [9]int{422, 403, 403, 422, 403, 403, 403, 403, none}},
		{"GET", "/v1/permits", "", [9]int{200, 200, 200, 200, 200, 200, 200, 200, none}},
		{"GET", "/v1/permits/charter", "", [9]int{200, 404, 404, 200, 404, 200, 200, 404, none}},
		{"GET", "/v1/permits/charter/canonical?act=endorse", "", [9]int{200, 404, 404, 200, 404, 403, 200, 404, none}},
		{"GET", "/v1/permits/charter/receipt", "", [9]int{200, 404, 404, 200, 404, 200, 200, 404, none}},
		{"POST", "/v1/permits/charter/acts", garbage, [9]int{422, 403, 403, 422, 403, 403, 403, 403, none}},
		{"POST", "/v1/documents", "NEXT", [9]int{201, 403, 403, 201, 403, 403, 403, 403, none}},
		{"GET", "/v1/lots", "", [9]int{200, 403, 403, 403, 403, 403, 200, 403, none}},
		{"POST", "/v1/lots/second/receive", `{"devices": 1}`, [9]int{201, 403, 403, 403, 403, 403, 403, 403, none}},
		{"GET", "/v1/lots/first", "", [9]int{200, 403, 403, 403, 403, 403, 200, 403, none}},
		{"POST", "/v1/lots/first/move", `{"devices": 1, "to": "annex"}`, [9]int{201, 403, 403, 403, 403, 403, 403, 403, none}},
		{"POST", "/v1/lots/first/dispose", `{"devices": 1}`, [9]int{201, 403, 403, 403, 403, 403, 403, 403, none}},
		{"POST", "/v1/permits/charter/notices", `{"condition": "transfer-notice", "lot": "first", "site": "annex"}`, [9]int{201, 403, 403, 403, 403, 403, 403, 403, none}},
		{"POST", "/v1/lots/first/evidence", `{"kind": "attestation"}`, [9]int{201, 403, 403, 403, 403, 403, 403, 201, none}},
		{"POST", "/v1/reports", `{"permit": "charter", "condition": "usage-report", "sha256": "?"}`, [9]int{422, 403, 403, 403, 403, 403, 403, 403, none}},
		{"GET", "/v1/reports/usage?permit=charter&window=2026", "", [9]int{200, 403, 403, 403, 403, 403, 200, 403, none}},
		{"GET", "/v1/accounts", "", [9]int{200, 403, 403, 200, 200, 403, 200, 403, none}},
		{"GET", "/v1/accounts?permit=charter", "", [9]int{200, 403, 403, 200, 404, 403, 200, 403, none}},
		{"GET", "/v1/forecasts", "", [9]int{200, 403, 403, 200, 200, 403, 200, 403, none}},
		{"GET", "/v1/entries/0/disclosure", "", [9]int{200, 403, 403, 403, 403, 403, 200, 403, none}},
		{"GET", "/v1/entries/0/reasons", "", [9]int{200, 403, 403, 403, 403, 403, 200, 403, none}},
		{"GET", "/log/checkpoint", "", [9]int{200, 200, 200, 200, 200, 200, 200, 200, none}},
		{"GET", "/log/tile/0/000.p/SIZE", "", [9]int{200, 200, 200, 200, 200, 200, 200, 200, none}},
		{"GET", "/log/tile/entries/000.p/SIZE", "", [9]int{200, 403, 403, 403, 403, 403, 200, 403, none}},
		{"GET", "/metrics", "", [9]int{200, 403, 403, 403, 403, 403, 200, 403, none}},
		{"GET", "/healthz", "", [9]int{200, 200, 200, 200, 200, 200, 200, 200, 200}},
		{"GET", "/readyz", "", [9]int{200, 200, 200, 200, 200, 200, 200, 200, 200}},
		{"GET", "/openapi.json", "", [9]int{200, 200, 200, 200, 200, 200, 200, 200, 200}},
	}
	f := newFleet(t)
	f.endorse()
	c := readContract(f)
	next, err := json.Marshal(api.Documents{Text: nextCharter(t)})
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{"events": true} // below
	for _, line := range table {
		op := c.operation(line.method, line.path)
		if op == nil {
			t.Fatalf("%s %s is no operation", line.method, line.path)
		}
		asked[op.Name] = true
		for i, who := range everybody {
			path, body := line.path, any(nil)
			switch {
			case strings.Contains(path, "/N"):
				path = strings.Replace(path, "/N", "/"+f.submitFor("a"), 1)
			case strings.Contains(path, "/B"):
				path = strings.Replace(path, "/B", "/"+f.bookFor("a"), 1)
			case strings.Contains(path, "SIZE"):
				path = strings.Replace(path, "SIZE", strconv.FormatInt(f.published()%256, 10), 1)
			}
			if line.body != "" {
				body = strings.Replace(line.body, "NEXT", string(next), 1)
			}
			before := len(f.store.held())
			got := f.ask(who, line.method, path, body)
			if got.status != line.want[i] {
				t.Errorf("%s %s as %q: %d, want %d: %s", line.method, path, who, got.status, line.want[i], got.body)
			}
			if after := len(f.store.held()); got.status/100 != 2 && after != before {
				t.Errorf("%s %s as %q: refused, and %d entries were recorded", line.method, path, who, after-before)
			}
		}
	}
	for _, methods := range c.paths {
		for _, op := range methods {
			if !asked[op.Name] {
				t.Errorf("operation %s is not in the table", op.Name)
			}
		}
	}
}

// submitFor has the operator submit a job of a tenant, and gives its number.
func (f *fleet) submitFor(tenant string) string {
	f.t.Helper()
	var j api.Job
	f.must("operator", "POST", "/v1/jobs", api.Submission{Tenant: tenant, EndUser: "team-" + tenant, Purpose: "research", Devices: 1, For: "1m", Checkpoint: "1s", Name: "private of " + tenant}, &j)
	f.hand.pass(2 * time.Minute) // it ends at its limit: devices stay free
	var again api.Job
	f.must("operator", "POST", "/v1/jobs", api.Submission{Tenant: tenant, EndUser: "team-" + tenant, Purpose: "research", Devices: 1, For: "20m", Checkpoint: "1s", Name: "private of " + tenant}, &again)
	return again.Number
}

// bookFor has the operator announce work of a tenant, and gives its number.
func (f *fleet) bookFor(tenant string) string {
	f.t.Helper()
	var b api.Booked
	f.must("operator", "POST", "/v1/bookings", api.Announcement{
		Submission: api.Submission{Tenant: tenant, EndUser: "team-" + tenant, Purpose: "research", Holder: "lab", Devices: 1, For: "1h", Name: "private of " + tenant},
		Arrives:    opening.Add(100 * 24 * time.Hour),
	}, &b)
	return b.Booking.Number
}

// TestOwnAlone: a list or a stream has nothing in it of what is another's.
func TestOwnAlone(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	a, b := f.submitFor("a"), f.submitFor("b")
	for who, want := range map[string]string{"tenant-a": "a", "tenant-b": "b", "gate": "a", "operator": "ab", "auditor": "ab", "board": "ab", "council": ""} {
		var jobs api.Jobs
		got := f.must(who, "GET", "/v1/jobs", nil, &jobs)
		seen := map[string]bool{}
		for _, j := range jobs.Jobs {
			seen[j.Tenant] = true
		}
		if seen["a"] != strings.Contains(want, "a") || seen["b"] != strings.Contains(want, "b") {
			t.Errorf("%s sees jobs of the tenants %v, want %q: %s", who, seen, want, got.body)
		}
	}
	// Of permits: a supplier sees the status of its own, and no condition.
	var permits api.Permits
	f.must("maker", "GET", "/v1/permits", nil, &permits)
	if len(permits.Permits) != 1 || permits.Permits[0].Name != "charter" || permits.Permits[0].State != "in-force" {
		t.Errorf("maker sees the permits %+v", permits.Permits)
	}
	var p api.Permit
	f.must("maker", "GET", "/v1/permits/charter", nil, &p)
	if len(p.Conditions) > 0 || len(p.Grants) > 0 {
		t.Errorf("maker sees conditions or grants: %+v", p)
	}
	for who, want := range map[string]int{"tenant-a": 0, "gate": 0, "board": 1, "council": 1, "auditor": 2} {
		f.must(who, "GET", "/v1/permits", nil, &permits)
		if len(permits.Permits) != want {
			t.Errorf("%s sees %d permits, want %d", who, len(permits.Permits), want)
		}
	}
	var accounts api.Accounts
	f.must("council", "GET", "/v1/accounts", nil, &accounts)
	for _, x := range accounts.Accounts {
		if x.Permit != "other" {
			t.Errorf("council sees an account of %s", x.Permit)
		}
	}
	// How busy the fleet is concerns those who read all.
	for who, want := range map[string]bool{"operator": true, "auditor": true, "maker": false, "tenant-a": false, "council": false} {
		var s api.Status
		f.must(who, "GET", "/v1/status", nil, &s)
		if (s.Load != nil) != want {
			t.Errorf("%s sees the load: %t, want %t", who, s.Load != nil, want)
		}
	}
	// Of events: those of one's own jobs, with nothing of others in them.
	f.must("operator", "POST", "/v1/jobs/"+a+"/end", nil, nil)
	f.must("operator", "POST", "/v1/jobs/"+b+"/end", nil, nil)
	total := len(f.store.held())
	for who, own := range map[string][]string{"tenant-a": {"1", "2"}, "tenant-b": {"3", "4"}, "maker": nil, "council": nil, "auditor": {"1", "2", "3", "4"}} {
		events := f.eventsOf(who, 0, total)
		if len(events) == 0 && own != nil || len(events) > 0 && own == nil {
			t.Errorf("%s saw %d events", who, len(events))
		}
		for _, e := range events {
			jobs := []string{}
			if e.Job != "" {
				jobs = append(jobs, e.Job)
			}
			for _, x := range e.Effects {
				if x.Job != "" {
					jobs = append(jobs, x.Job)
				} else if who != "auditor" {
					t.Errorf("%s saw the effect %+v, which is of no job", who, x)
				}
			}
			for _, n := range jobs {
				if !slices.Contains(own, n) {
					t.Errorf("%s saw job %s in %+v", who, n, e)
				}
			}
		}
	}
	// No text that was submitted is in what the log publishes.
	for i, r := range f.store.held() {
		if strings.Contains(string(r.Data), "private of") || strings.Contains(string(r.Data), `"team-`) && strings.Contains(string(r.Data), `"kind":"submit"`) {
			t.Errorf("entry %d holds a text in the clear: %s", i, r.Data)
		}
	}
}

// eventsOf gives the events that somebody sees of the entries from one on: up to
// the last of all, or what comes within a second.
func (f *fleet) eventsOf(who string, from, total int) []api.Event {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%s/v1/events?from=%d", f.base, from), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.tokens[who])
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		f.t.Fatalf("events as %s: %s", who, got.Status)
	}
	var events []api.Event
	lines := bufio.NewScanner(got.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var e api.Event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				f.t.Fatal(err)
			}
			events = append(events, e)
			if e.Entry == int64(total-1) {
				break
			}
		}
	}
	return events
}

// TestDeclares: a tenant declares what its token lists, a gate what is its
// tenants'; the verdict records who declared.
func TestDeclares(t *testing.T) {
	f := newFleet(t)
	f.endorse()
	good := api.Submission{EndUser: "team-a", Purpose: "research", Devices: 1, For: "1h"}
	with := func(change func(*api.Submission)) api.Submission {
		s := good
		change(&s)
		return s
	}
	for _, x := range []struct {
		who  string
		s    api.Submission
		want int
	}{
		{"tenant-a", good, 201},
		{"tenant-a", with(func(s *api.Submission) { s.Tenant = "a" }), 201},
		{"tenant-a", with(func(s *api.Submission) { s.Tenant = "b" }), 403},
		{"tenant-a", with(func(s *api.Submission) { s.EndUser = "team-b" }), 403},
		{"tenant-a", with(func(s *api.Submission) { s.EndUser = "" }), 403},
		{"tenant-a", with(func(s *api.Submission) { s.Purpose = "commercial" }), 403},
		{"gate", good, 403}, // it says for no tenant
		{"gate", with(func(s *api.Submission) { s.Tenant = "b" }), 403},
		{"gate", with(func(s *api.Submission) { s.Tenant, s.EndUser = "c", "anyone" }), 201},
	} {
		before := len(f.store.held())
		got := f.ask(x.who, "POST", "/v1/jobs", x.s)
		if got.status != x.want {
			t.Errorf("%s submits %+v: %d, want %d: %s", x.who, x.s, got.status, x.want, got.body)
		}
		if after := len(f.store.held()); got.status != 201 && after != before {
			t.Errorf("%s submits %+v: refused, and %d entries were recorded", x.who, x.s, after-before)
		}
		if got.status != 201 {
			continue
		}
		var j api.Job
		if err := json.Unmarshal(got.body, &j); err != nil {
			t.Fatal(err)
		}
		f.must("operator", "GET", "/v1/jobs/"+j.Number, nil, &j)
		if j.DeclaredBy != x.who || j.Tenant == "" {
			t.Errorf("job %s was declared by %q for the tenant %q, want %s", j.Number, j.DeclaredBy, j.Tenant, x.who)
		}
	}
}
