package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/server"
	"github.com/proviso-dev/proviso/storage"
)

// guarded has two halls: chips in one, under the permit import, which requires
// miit; mills in the other, under export, which requires bis and asks board
// about large runs.
const guarded = `
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec: {vendor: example, peak: [{precision: bf16, tera: 1000, source: example}], power: {value: 700, source: example}}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall}
spec: {country: CN, power: 1GW}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: barn}
spec: {country: US, power: 1GW}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: import, version: 1}
spec:
  holder: labs
  grants: [{accelerator: chip, quantity: 1000}]
  valid: {from: 2020-01-01, until: 2040-01-01, timeZone: UTC}
  endorsements: {required: [miit]}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: export, version: 1}
spec:
  holder: mills
  grants: [{accelerator: chip, quantity: 1000}]
  valid: {from: 2020-01-01, until: 2040-01-01, timeZone: UTC}
  endorsements: {required: [bis]}
  conditions:
  - name: large-runs
    approval: {when: job.maxDevices > 8, by: [board]}
---
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: miit}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: bis}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: board}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall, quantity: 100, permits: [import], supplier: chips}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: second}
spec: {accelerator: chip, site: barn, quantity: 100, permits: [export], supplier: fabs}
`

// guard is a server that asks everybody who they are.
type guard struct {
	t       *testing.T
	url     string
	secrets map[string]string // by token
	log     *bytes.Buffer
}

func newGuard(t *testing.T) *guard {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	docs, errs := document.Read("documents", []byte(guarded))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	key, _, err := server.OpenLogKey(dir, "example.com/fleet")
	if err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := server.OpenPlane(ctx, server.PlaneOptions{
		Store: store, Signer: key.Signer, Verifier: key.Verifier, Key: key.Public, Clock: server.WallClock{}, Documents: docs, Demo: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := access.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	g := &guard{t: t, secrets: map[string]string{}, log: &bytes.Buffer{}}
	s := server.New(p, tokens, slog.New(slog.NewTextHandler(g.log, nil)))
	h := httptest.NewServer(s)
	var all sync.WaitGroup
	all.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		s.Stop()
		h.Close()
		cancel()
		all.Wait()
		store.Close()
	})
	g.url = h.URL
	team := func(name string, endUsers ...string) access.Scope {
		return access.Scope{Tenants: []string{name}, EndUsers: endUsers, Purposes: []string{"research"}}
	}
	for name, spec := range map[string]access.Spec{
		"operator": {Role: access.Operator}, "auditor": {Role: access.Auditor},
		"team-a": {Role: access.Tenant, Scope: team("team-a", "bank")}, "team-b": {Role: access.Tenant, Scope: team("team-b", "school")},
		"gate": {Role: access.Gate, Scope: team("team-a", access.Any)},
		"miit": {Role: access.Authority, Scope: access.Scope{Authority: "miit"}}, "bis": {Role: access.Authority, Scope: access.Scope{Authority: "bis"}},
		"board": {Role: access.Authority, Scope: access.Scope{Authority: "board"}},
		"chips": {Role: access.Supplier, Scope: access.Scope{Supplier: "chips"}}, "fabs": {Role: access.Supplier, Scope: access.Scope{Supplier: "fabs"}},
		"revoked": {Role: access.Operator},
	} {
		spec.Name, spec.For = name, time.Hour
		if g.secrets[name], _, err = tokens.Create(spec, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := tokens.Revoke("revoked", time.Now()); err != nil {
		t.Fatal(err)
	}
	g.secrets["truncated"] = g.secrets["operator"][:40]
	return g
}

// ask sends a request with somebody's token, or with none.
func (g *guard) ask(who, method, path, body string) (status int, answer string) {
	g.t.Helper()
	// A stream begins, and is left.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+g.secrets[who])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusUnauthorized && response.Header.Get("WWW-Authenticate") != "Bearer" {
		g.t.Errorf("%s %s: it does not say how to authenticate", method, path)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestNobodyGetsInUnknown asks every resource that the server documents.
func TestNobodyGetsInUnknown(t *testing.T) {
	g := newGuard(t)
	_, text := g.ask("", "GET", "/openapi.json", "")
	var api struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &api); err != nil {
		t.Fatal(err)
	}
	asked := 0
	open := map[string]bool{"/healthz": true, "/readyz": true, "/openapi.json": true}
	for path, methods := range api.Paths {
		for method := range methods {
			if open[path] || method == "parameters" {
				continue
			}
			for _, who := range []string{"", "revoked", "truncated"} {
				status, answer := g.ask(who, strings.ToUpper(method), strings.NewReplacer("{", "", "}", "", "...", "").Replace(path), "")
				if status != http.StatusUnauthorized || strings.Contains(answer, "revoked") {
					t.Errorf("%s %s by %q: %d %s", method, path, who, status, answer)
				}
				asked++
			}
		}
	}
	if status, _ := g.ask("", "GET", "/metrics", ""); status != http.StatusUnauthorized {
		t.Errorf("metrics: %d", status)
	}
	if asked < 60 {
		t.Errorf("only %d requests were made", asked)
	}
	if log := g.log.String(); !strings.Contains(log, "token revoked is revoked") || strings.Contains(log, access.Prefix) {
		t.Errorf("the server's log must have the reasons and no secret:\n%.500s", log)
	}
}

// TestAttacks: each is refused with its reason, and nothing is told of what is
// another's.
func TestAttacks(t *testing.T) {
	g := newGuard(t)
	job := func(tenant, endUser, purpose, devices string) string {
		return `{"tenant":"` + tenant + `","endUser":"` + endUser + `","purpose":"` + purpose + `","devices":` + devices + `,"for":"1h"}`
	}
	for _, j := range []struct{ who, body string }{
		{"team-a", `{"endUser":"bank","purpose":"research","devices":4,"for":"1h","sites":["hall"]}`},
		{"team-b", `{"tenant":"team-b","endUser":"school","purpose":"research","devices":4,"for":"1h","sites":["hall"]}`},
	} {
		if status, answer := g.ask(j.who, "POST", "/v1/jobs", j.body); status != http.StatusCreated {
			t.Fatalf("%d %s", status, answer)
		}
	}
	act := `{"by":"miit","act":"{}","signature":"x"}`
	var next struct{ Text string }
	if _, answer := g.ask("miit", "GET", "/v1/permits/import/canonical?act=endorse", ""); json.Unmarshal([]byte(answer), &next) != nil || next.Text == "" {
		t.Fatal(answer)
	}
	forged, err := json.Marshal(map[string]string{"by": "miit", "act": next.Text, "signature": "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, who, method, path, body string
		status                        int
		want                          string
	}{
		{"a tenant declares an end user outside its list", "team-a", "POST", "/v1/jobs", job("", "army", "research", "1"), 403, "may not declare the end user"},
		{"a tenant declares a purpose outside its list", "team-a", "POST", "/v1/jobs", job("", "bank", "military", "1"), 403, "may not declare the purpose"},
		{"a tenant declares nobody", "team-a", "POST", "/v1/jobs", job("", "", "research", "1"), 403, "may not declare the end user"},
		{"a tenant submits for another", "team-a", "POST", "/v1/jobs", job("team-b", "bank", "research", "1"), 403, "another tenant's"},
		{"a gate submits for a tenant outside its list", "gate", "POST", "/v1/jobs", job("team-b", "any", "research", "1"), 403, "another tenant's"},
		{"a gate submits for nobody", "gate", "POST", "/v1/jobs", job("", "any", "research", "1"), 403, "another tenant's"},
		{"an auditor submits", "auditor", "POST", "/v1/jobs", job("team-a", "bank", "research", "1"), 403, "not for the role auditor"},
		{"a tenant reads another's job", "team-a", "GET", "/v1/jobs/2", "", 404, ""},
		{"a tenant asks why of another's job", "team-a", "GET", "/v1/jobs/2/why", "", 404, ""},
		{"a tenant ends another's job", "team-a", "POST", "/v1/jobs/2/end", "", 404, ""},
		{"a job that is not there looks the same", "team-a", "GET", "/v1/jobs/7", "", 404, ""},
		{"a gate reads another tenant's job", "gate", "GET", "/v1/jobs/2", "", 404, ""},
		{"an authority reads a job that is not its business", "bis", "GET", "/v1/jobs/1", "", 404, ""},
		{"an authority asks to approve a job that is not its business", "board", "GET", "/v1/jobs/1/approval?permit=export&condition=large-runs", "", 404, ""},
		{"an auditor ends a job", "auditor", "POST", "/v1/jobs/1/end", "", 403, "not for the role auditor"},
		{"an authority ends a job", "miit", "POST", "/v1/jobs/1/end", "", 403, "not for the role authority"},
		{"a tenant reads a permit", "team-a", "GET", "/v1/permits/import", "", 404, ""},
		{"an authority reads another's permit", "bis", "GET", "/v1/permits/import", "", 404, ""},
		{"a supplier reads another's permit", "fabs", "GET", "/v1/permits/import", "", 404, ""},
		{"a supplier gets another's receipt", "fabs", "GET", "/v1/permits/import/receipt", "", 404, ""},
		{"a supplier reads what authorities sign", "chips", "GET", "/v1/permits/import/canonical?act=endorse", "", 403, "not for the role supplier"},
		{"a supplier reads lots", "chips", "GET", "/v1/lots", "", 403, "not for the role supplier"},
		{"a supplier reads jobs", "chips", "GET", "/v1/jobs", "", 403, "not for the role supplier"},
		{"an authority acts for another", "bis", "POST", "/v1/permits/import/acts", act, 403, "it acts for bis alone"},
		{"a tenant acts for an authority", "team-a", "POST", "/v1/permits/import/acts", act, 403, "not for the role tenant"},
		{"an operator forges an act", "operator", "POST", "/v1/permits/import/acts", string(forged), 403, "Signature refused"},
		{"an authority approves for another", "bis", "POST", "/v1/approvals", `{"by":"board","approval":"{}","signature":"x"}`, 403, "it acts for bis alone"},
		{"a supplier says that devices came", "chips", "POST", "/v1/lots/first/receive", `{"devices":1}`, 403, "not for the role supplier"},
		{"a tenant shows evidence", "team-a", "POST", "/v1/lots/first/evidence", `{"kind":"location"}`, 403, "not for the role tenant"},
		{"an authority files a report", "miit", "POST", "/v1/reports", `{"permit":"import","condition":"x"}`, 403, "not for the role authority"},
		{"a tenant brings a document", "team-a", "POST", "/v1/documents", `{"text":"x"}`, 403, "not for the role tenant"},
		{"an authority brings a document that is not its own", "bis", "POST", "/v1/documents", documentsBody(t, permitDocument("import", "bis")), 403, "bis has no part in it"},
		{"an authority brings a new permit that names it", "bis", "POST", "/v1/documents", documentsBody(t, permitDocument("mine", "bis")), 403, "bis has no part in it"},
		{"a tenant reads accounts", "team-a", "GET", "/v1/accounts", "", 403, "not for the role tenant"},
		{"an authority reads forecasts of all", "miit", "GET", "/v1/forecasts", "", 403, "not for the role authority"},
		{"a tenant reads reports", "team-a", "GET", "/v1/reports/usage?permit=import&window=2026", "", 403, "not for the role tenant"},
		{"a tenant opens commitments", "team-a", "GET", "/v1/entries/9/disclosure", "", 403, "not for the role tenant"},
		{"a supplier reads the log's entries", "chips", "GET", "/log/tile/entries/000.p/1", "", 403, "not for the role supplier"},
		{"a gate reads metrics", "gate", "GET", "/metrics", "", 403, "not for the role gate"},
	} {
		status, answer := g.ask(c.who, c.method, c.path, c.body)
		if status != c.status || !strings.Contains(answer, c.want) {
			t.Errorf("%s: %d %s, must be %d with %q", c.name, status, answer, c.status, c.want)
		}
		for _, secret := range []string{"school", "team-b"} {
			if strings.Contains(answer, secret) && !strings.Contains(c.body, secret) {
				t.Errorf("%s: the answer tells of %s: %s", c.name, secret, answer)
			}
		}
	}
}

// TestEverybodySeesTheirOwn: what the scopes cover is there, and nothing else
// in lists.
func TestEverybodySeesTheirOwn(t *testing.T) {
	g := newGuard(t)
	for _, j := range []struct{ who, body string }{
		{"team-a", `{"endUser":"bank","purpose":"research","devices":4,"for":"1h","sites":["hall"]}`},
		{"team-b", `{"endUser":"school","purpose":"research","devices":40,"for":"1h","sites":["barn"]}`},
		{"gate", `{"tenant":"team-a","endUser":"anybody","purpose":"research","devices":4,"for":"1h","sites":["hall"]}`},
	} {
		if status, answer := g.ask(j.who, "POST", "/v1/jobs", j.body); status != http.StatusCreated {
			t.Fatalf("%d %s", status, answer)
		}
	}
	for _, c := range []struct {
		name, who, path string
		has, not        []string
	}{
		{"a tenant's jobs", "team-a", "/v1/jobs", []string{"bank", "anybody"}, []string{"school"}},
		{"a gate's jobs", "gate", "/v1/jobs", []string{"bank", "anybody"}, []string{"school"}},
		{"an auditor's jobs", "auditor", "/v1/jobs", []string{"bank", "school"}, nil},
		{"an authority's jobs", "board", "/v1/jobs", []string{"school"}, []string{"bank"}},
		{"an authority's job", "board", "/v1/jobs/2/approval?permit=export&condition=large-runs", []string{"large-runs"}, nil},
		{"an authority's permits", "miit", "/v1/permits", []string{`"import"`}, []string{`"export"`}},
		{"what an authority signs", "miit", "/v1/permits/import/canonical?act=endorse", []string{"endorse"}, nil},
		{"a supplier's permits", "chips", "/v1/permits", []string{`"import"`}, []string{`"export"`}},
		{"a supplier's permit", "chips", "/v1/permits/import", []string{`"import"`}, []string{"conditions"}},
		{"a supplier's receipt", "chips", "/v1/permits/import/receipt", []string{"c2sp.org/tlog-proof"}, nil},
		{"a tenant's permits", "team-a", "/v1/permits", nil, []string{"import", "export"}},
		{"a supplier's status", "chips", "/v1/status", []string{`"jobs":0`}, nil},
		{"an auditor's status", "auditor", "/v1/status", []string{`"jobs":3`}, nil},
		{"an auditor's entries", "auditor", "/log/tile/entries/000.p/1", []string{"genesis"}, nil},
		{"a witness's checkpoint", "chips", "/log/checkpoint", []string{"example.com/fleet"}, nil},
		{"a gate's lots", "gate", "/v1/lots", []string{"first", "second"}, nil},
	} {
		status, answer := g.ask(c.who, "GET", c.path, "")
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", c.name, status, answer)
			continue
		}
		for _, want := range c.has {
			if !strings.Contains(answer, want) {
				t.Errorf("%s: %s has not %s", c.name, answer, want)
			}
		}
		for _, secret := range c.not {
			if strings.Contains(answer, secret) {
				t.Errorf("%s: %s tells of %s", c.name, answer, secret)
			}
		}
	}
}

// TestEventsOfOneself: a stream tells a tenant of its own jobs alone.
func TestEventsOfOneself(t *testing.T) {
	g := newGuard(t)
	for _, j := range []struct{ who, body string }{
		{"team-a", `{"endUser":"bank","purpose":"research","devices":4,"for":"1h"}`},
		{"team-b", `{"endUser":"school","purpose":"research","devices":4,"for":"1h"}`},
		{"team-a", `{"endUser":"bank","purpose":"research","devices":5,"for":"1h"}`},
	} {
		if status, answer := g.ask(j.who, "POST", "/v1/jobs", j.body); status != http.StatusCreated {
			t.Fatalf("%d %s", status, answer)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", g.url+"/v1/events?from=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+g.secrets["team-a"])
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var seen []string
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		var e struct{ Job, Kind, By string }
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, e.Kind+" "+e.Job+" "+e.By)
		if e.Job == "3" {
			break
		}
	}
	if want := []string{"submit 1 team-a", "submit 3 team-a"}; !slices.Equal(seen, want) {
		t.Errorf("a tenant sees %q, must see %q", seen, want)
	}
}

func permitDocument(name, authority string) string {
	return `apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: ` + name + `, version: 2}
spec:
  holder: labs
  grants: [{accelerator: chip, quantity: 1000}]
  valid: {from: 2020-01-01, until: 2040-01-01, timeZone: UTC}
  endorsements: {required: [` + authority + `]}
`
}

func documentsBody(t *testing.T, text string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
