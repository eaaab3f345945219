package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/signature"
)

// contract holds a running server to the description that it serves.
type contract struct {
	*fleet
	paths    map[string]map[string]*operation
	compiler *jsonschema.Compiler
	good     map[string]int // calls of an operation that were answered, by its name
	bad      map[string]int // that were refused
}

type operation struct {
	Name        string `json:"operationId"`
	Responses   map[string]struct{ Content map[string]any }
	RequestBody *struct{ Content map[string]any }
	Parameters  []struct{ Name, In string }
	template    string
	path        *regexp.Regexp
	pointer     string
}

func readContract(f *fleet) *contract {
	f.t.Helper()
	c := &contract{fleet: f, compiler: jsonschema.NewCompiler(), good: map[string]int{}, bad: map[string]int{}}
	text := f.must("", "GET", "/openapi.json", nil, nil).body
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		f.t.Fatal(err)
	}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("openapi.json", doc); err != nil {
		f.t.Fatal(err)
	}
	var all struct {
		Paths map[string]map[string]*operation
	}
	if err := json.Unmarshal(text, &all); err != nil {
		f.t.Fatal(err)
	}
	c.paths = all.Paths
	for template, methods := range all.Paths {
		for method, op := range methods {
			op.template = template
			pattern := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`)
			if strings.HasPrefix(template, "/log/") { // the one path of several segments
				pattern = `/log/.+`
			}
			op.path = regexp.MustCompile("^" + pattern + "$")
			op.pointer = "#/paths/" + escape(template) + "/" + method
		}
	}
	return c
}

func escape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

func (c *contract) operation(method, path string) *operation {
	path, _, _ = strings.Cut(path, "?")
	for _, methods := range c.paths {
		if op := methods[strings.ToLower(method)]; op != nil && op.path.MatchString(path) {
			return op
		}
	}
	return nil
}

// fits validates a text against the schema at a place of the description.
func (c *contract) fits(pointer string, text []byte) error {
	s, err := c.compiler.Compile("openapi.json" + pointer)
	if err != nil {
		return fmt.Errorf("the schema at %s: %w", pointer, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w: %.200s", err, text)
	}
	if err := s.Validate(v); err != nil {
		return fmt.Errorf("%w\n%.2000s", err, text)
	}
	return nil
}

// call sends a request and holds the answer against the description. It gives
// the answer.
func (c *contract) call(who, method, path string, body any, more ...string) answer {
	c.t.Helper()
	got := c.ask(who, method, path, body, more...)
	where := fmt.Sprintf("%s %s as %q: %d", method, path, who, got.status)
	op := c.operation(method, path)
	if op == nil {
		c.t.Fatalf("%s: the description has no such operation", where)
	}
	for i := 0; i < len(more); i += 2 {
		if !slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool { return p.In == "header" && p.Name == more[i] }) {
			c.t.Errorf("%s: the description has no header %s", where, more[i])
		}
	}
	if _, query, ok := strings.Cut(path, "?"); ok {
		for _, q := range strings.Split(query, "&") {
			name, _, _ := strings.Cut(q, "=")
			if !slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool { return p.In == "query" && p.Name == name }) {
				c.t.Errorf("%s: the description has no parameter %s", where, name)
			}
		}
	}
	if got.status/100 == 2 {
		c.good[op.Name]++
		if (op.RequestBody != nil) != (body != nil) {
			c.t.Errorf("%s: a body was sent: %t, the description has one: %t", where, body != nil, op.RequestBody != nil)
		}
		if body != nil {
			text, _ := json.Marshal(body)
			if s, ok := body.(string); ok {
				text = []byte(s)
			}
			if err := c.fits(op.pointer+"/requestBody/content/application~1json/schema", text); err != nil {
				c.t.Errorf("%s: the server takes what is not described: %v", where, err)
			}
		}
	} else {
		c.bad[op.Name]++
	}
	c.described(where, op, got)
	return got
}

// described holds an answer against what is described for its status.
func (c *contract) described(where string, op *operation, got answer) {
	c.t.Helper()
	status := strconv.Itoa(got.status)
	r, ok := op.Responses[status]
	if !ok {
		if status[0] == '2' {
			c.t.Errorf("%s: the description has no such status", where)
		}
		status = "default"
		r = op.Responses[status]
	}
	media, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil {
		c.t.Fatalf("%s: the content type: %v", where, err)
	}
	found := false
	for described := range r.Content {
		if base, _, _ := mime.ParseMediaType(described); base != media {
			continue
		}
		found = true
		if !strings.HasSuffix(media, "json") {
			continue
		}
		if err := c.fits(op.pointer+"/responses/"+status+"/content/"+escape(described)+"/schema", got.body); err != nil {
			c.t.Errorf("%s: %v", where, err)
		}
	}
	if !found {
		c.t.Errorf("%s: it is %s, described is none but %v: %.300s", where, media, r.Content, got.body)
	}
	if status == "default" {
		var p api.Problem
		if err := json.Unmarshal(got.body, &p); err != nil || p.Status != got.status || p.Title == "" || p.Detail == "" || p.Type == "" {
			c.t.Errorf("%s: a problem names its type, title, status and detail: %s", where, got.body)
		}
	}
}

// TestOpenAPI calls every operation with good and with bad input, and holds
// every answer against the description that the server serves: a member that
// is not described, or an operation that nothing here calls, fails.
func TestOpenAPI(t *testing.T) {
	f := newFleet(t)
	c := readContract(f)
	job := api.Submission{EndUser: "team-a", Purpose: "research", Tenant: "a", Devices: 4, For: "24h", Checkpoint: "1h"}
	c.call("operator", "POST", "/v1/jobs", job) // held: nothing is endorsed
	for _, by := range []string{"board", "ministry"} {
		c.call("operator", "GET", "/v1/permits/charter/canonical?act=endorse", nil)
		c.call("operator", "POST", "/v1/permits/charter/acts", f.sign(signature.Endorse, "charter", by))
	}
	c.call("operator", "POST", "/v1/lots/second/receive", api.Receive{Devices: 40})
	c.call("operator", "POST", "/v1/lots/first/evidence", api.Evidence{Kind: "attestation", SHA256: strings.Repeat("ab", 32)})
	c.call("operator", "POST", "/v1/permits/charter/notices", api.Notice{Condition: "transfer-notice", Lot: "second", Site: "annex"})
	c.call("operator", "POST", "/v1/lots/second/move", api.Move{Devices: 3, To: "annex"}) // held: ten days after the notice
	f.hand.pass(90 * 24 * 3600e9)
	seen := c.call("auditor", "GET", "/v1/lots/second", nil).header.Get("ETag")
	c.call("operator", "POST", "/v1/lots/second/move", api.Move{Devices: 3, To: "annex"}, "If-Match", seen, "Idempotency-Key", "m")
	c.call("operator", "POST", "/v1/lots/second/evidence", api.Evidence{Kind: "attestation", Site: "annex"})
	c.call("operator", "POST", "/v1/lots/second/dispose", api.Dispose{Devices: 1, From: "annex"})
	c.call("operator", "POST", "/v1/reports", api.Filing{Permit: "charter", Condition: "usage-report", Window: "2026Q1", SHA256: strings.Repeat("cd", 32)})
	for _, s := range []api.Submission{
		{Name: "nightly", EndUser: "team-a", Purpose: "research", Tenant: "a", Holder: "lab", Model: "m", Kind: "pretrain", MinDevices: 2, MaxDevices: 8,
			Accelerators: []string{"chip"}, Sites: []string{"hall"}, For: "12h", Expected: "8h", Checkpoint: "30m", Priority: -3},
		{EndUser: "team-a", Purpose: "research", Devices: 16, For: "3d"},      // its budget does not hold it
		{EndUser: "team-b", Purpose: "military", Devices: 1, For: "1h"},       // denied
		{EndUser: "team-b", Purpose: "commercial", Devices: 60, For: "1h"},    // needs an approval
		{EndUser: "team-b", Purpose: "commercial", Devices: 30, For: "1000h"}, // waits for devices, or its turn
		{EndUser: "team-b", Purpose: "commercial", Devices: 2, For: "1h"},
	} {
		got := c.call("operator", "POST", "/v1/jobs", s, "Idempotency-Key", fmt.Sprint(s))
		var j api.Job
		if err := json.Unmarshal(got.body, &j); err != nil {
			t.Fatal(err)
		}
		c.call("operator", "GET", "/v1/jobs/"+j.Number, nil)
		c.call("operator", "GET", "/v1/jobs/"+j.Number+"/why", nil)
	}
	var text api.Canonical
	got := c.call("board", "GET", "/v1/jobs/5/approval?permit=charter&condition=large", nil)
	if err := json.Unmarshal(got.body, &text); err != nil {
		t.Fatalf("%v: %s", err, got.body)
	}
	c.call("board", "POST", "/v1/approvals", api.Approval{By: "board", Approval: text.Text, Signature: signed(t, text.Text, keyOf("board"))})
	c.call("operator", "GET", "/v1/jobs?state=held&limit=1", nil)
	c.call("operator", "GET", "/v1/jobs?limit=2&cursor=3", nil)
	work := api.Announcement{
		Submission: api.Submission{EndUser: "team-b", Purpose: "commercial", Tenant: "c", Holder: "lab", MinDevices: 1, MaxDevices: 4, Accelerators: []string{"chip"}, Sites: []string{"hall"}, For: "12h", Expected: "8h", Checkpoint: "1h", Name: "next", Model: "m", Kind: "rl"},
		Arrives:    f.hand.Now().Add(time.Hour),
	}
	for _, key := range []string{"one", "one", "two"} {
		c.call("gate", "POST", "/v1/bookings", work, "Idempotency-Key", key)
	}
	come := work.Submission
	come.Booking = "1"
	c.call("gate", "POST", "/v1/jobs", come)
	c.call("operator", "GET", "/v1/bookings?state=announced&limit=1", nil)
	c.call("operator", "GET", "/v1/bookings?limit=1&cursor=1", nil)
	c.call("gate", "GET", "/v1/bookings/1", nil)
	c.call("gate", "POST", "/v1/bookings/2/end", nil, "If-Match", "*")
	c.call("operator", "POST", "/v1/jobs/6/end", nil, "If-Match", "*")
	c.call("operator", "POST", "/v1/documents", api.Documents{Text: nextCharter(t)})
	for _, path := range []string{
		"/v1/status", "/v1/permits", "/v1/permits/charter", "/v1/permits/charter/receipt", "/v1/lots", "/v1/accounts", "/v1/accounts?permit=charter", "/v1/forecasts",
		"/v1/reports/usage?permit=charter&window=2026Q1", "/v1/reports/usage?permit=charter&window=2026-03&format=html",
		"/v1/reports/usage?permit=charter&window=2026&format=csv", "/v1/reports/usage?permit=charter&window=2026H1&format=oscal",
		"/v1/reports/usage?permit=charter&window=2026-02-10/2026-03-01&format=table",
		"/v1/entries/0/disclosure", "/v1/entries/0/reasons", "/log/checkpoint", "/log/tile/0/000.p/1", "/log/tile/entries/000.p/1", "/metrics", "/healthz", "/readyz", "/openapi.json",
	} {
		if strings.Contains(path, "tile") {
			path = strings.Replace(path, "p/1", "p/"+strconv.FormatInt(f.published(), 10), 1)
		}
		if got := c.call("operator", "GET", path, nil); got.status != http.StatusOK {
			t.Errorf("GET %s: %d %s", path, got.status, got.body)
		}
		c.call("maker", "GET", path, nil)
	}
	c.disclosed()
	c.streamed()
	c.refused()
	c.complete()
	f.replay()
}

// published is the size of the log that the last checkpoint has.
func (f *fleet) published() int64 {
	f.t.Helper()
	lines := strings.Split(string(f.must("operator", "GET", "/log/checkpoint", nil, nil).body), "\n")
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// nextCharter is version 2 of the permit charter.
func nextCharter(t testing.TB) string {
	t.Helper()
	for _, d := range documents(t) {
		if d.Kind == "Permit" && d.Name == "charter" {
			text, err := d.YAML()
			if err != nil {
				t.Fatal(err)
			}
			return strings.Replace(strings.Replace(string(text), "version: 1", "version: 2", 1), "1000h", "2000h", 1)
		}
	}
	t.Fatal("there is no permit charter")
	return ""
}

// disclosed looks at what every entry commits to.
func (c *contract) disclosed() {
	c.t.Helper()
	found, reasons := 0, 0
	for i := range c.store.held() {
		var d api.Disclosure
		got := c.call("auditor", "GET", fmt.Sprintf("/v1/entries/%d/disclosure", i), nil)
		if err := json.Unmarshal(got.body, &d); err != nil {
			c.t.Fatal(err)
		}
		found += len(d.Openings)
		var r api.Reasons
		if err := json.Unmarshal(c.call("auditor", "GET", fmt.Sprintf("/v1/entries/%d/reasons", i), nil).body, &r); err != nil {
			c.t.Fatal(err)
		}
		reasons += len(r.Verdicts)
	}
	if reasons < 7 {
		c.t.Errorf("the complete reasons of %d verdicts were given, at least 7 jobs were submitted", reasons)
	}
	if found < 7 {
		c.t.Errorf("%d texts were disclosed, at least 7 were submitted", found)
	}
}

// streamed reads all events, and holds each against the description of one.
func (c *contract) streamed() {
	c.t.Helper()
	r, err := http.NewRequest("GET", c.base+"/v1/events?from=0", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.tokens["auditor"])
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer got.Body.Close()
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "text/event-stream" {
		c.t.Fatalf("events: %s %s", got.Status, got.Header.Get("Content-Type"))
	}
	lines, seen := bufio.NewScanner(got.Body), 0
	lines.Buffer(nil, 1<<20)
	for want := len(c.store.held()); seen < want && lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if err := c.fits("#/components/schemas/Event", []byte(data)); err != nil {
				c.t.Errorf("an event: %v", err)
			}
			seen++
		}
	}
	if want := len(c.store.held()); seen < want {
		c.t.Errorf("the stream gave %d of %d entries: %v", seen, want, lines.Err())
	}
	c.good["events"]++
}

// refused sends what no operation takes.
func (c *contract) refused() {
	c.t.Helper()
	for _, methods := range c.paths {
		for method, op := range methods {
			path := strings.NewReplacer("{number}", "999", "{name}", "nobody", "{index}", "999999", "{path}", "nothing").Replace(op.template)
			method = strings.ToUpper(method)
			var bodies []any
			if op.RequestBody == nil {
				bodies = []any{nil}
			} else {
				bodies = []any{"", "{", "[]", "null x", `{"unknown": 1}`, `{"devices": "many"}`, `{"by": 1}`, `{}`, strings.Repeat(" ", 2<<20)}
			}
			for _, body := range bodies {
				if op.Name != "events" {
					got := c.call("operator", method, path, body)
					if op.RequestBody != nil && got.status/100 != 4 {
						c.t.Errorf("%s %s with %.20q: %d %s", method, path, body, got.status, got.body)
					}
				}
			}
			if !slices.Contains([]string{"healthz", "readyz", "openapi"}, op.Name) {
				if got := c.call("", method, path, bodies[0]); got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
					c.t.Errorf("%s %s as nobody: %d %s", method, path, got.status, got.body)
				}
			}
		}
	}
	for _, path := range []string{
		"/v1/jobs?limit=0", "/v1/jobs?limit=1001", "/v1/jobs?cursor=x", "/v1/jobs?state=asleep", "/v1/bookings?limit=0", "/v1/bookings?cursor=x", "/v1/bookings?state=asleep", "/v1/events?from=-1", "/v1/entries/x/disclosure", "/v1/entries/x/reasons",
		"/v1/permits/charter/canonical?act=burn", "/v1/jobs/1/approval?permit=charter&condition=attested", "/v1/accounts?permit=nobody", "/v1/reports/usage?permit=charter&window=soon",
		"/v1/reports/usage?permit=nobody&window=2026", "/v1/reports/usage?permit=charter&window=2027", "/v1/reports/usage?permit=charter&window=2026&format=pdf", "/log/tile/0/x",
	} {
		if got := c.call("operator", "GET", path, nil); got.status/100 != 4 {
			c.t.Errorf("GET %s: %d %s", path, got.status, got.body)
		}
	}
	for path, want := range map[string]int{"/": 404, "/v1": 404, "/v1/%ff": 404, "/v2/jobs": 404, "/v1/jobs/1/": 404} {
		got := c.ask("operator", "GET", path, nil)
		var p api.Problem
		if err := json.Unmarshal(got.body, &p); got.status != want || err != nil || p.Status != want || p.Detail == "" {
			c.t.Errorf("GET %s: %d %q, want a problem %d", path, got.status, got.body, want)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH"} {
		if got := c.ask("operator", method, "/v1/jobs", nil); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET, POST" {
			c.t.Errorf("%s /v1/jobs: %d, Allow: %q", method, got.status, got.header.Get("Allow"))
		}
	}
}

// always are operations that refuse nobody.
var always = []string{"healthz", "readyz", "openapi"}

// complete requires that every operation was called and answered, and called
// and refused.
func (c *contract) complete() {
	c.t.Helper()
	for _, methods := range c.paths {
		for _, op := range methods {
			if c.good[op.Name] == 0 {
				c.t.Errorf("operation %s was never answered", op.Name)
			}
			if c.bad[op.Name] == 0 && !slices.Contains(always, op.Name) {
				c.t.Errorf("operation %s never refused anything", op.Name)
			}
		}
	}
}
