package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/api"
)

// requested sends a request to a control plane that runs as a process, and gives its
// status and its body.
func requested(t *testing.T, method, url, token, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

// TestForeignPages: a demonstration asks nobody for a token, so what a page in a
// browser can send is refused: requests by a name that points to this machine,
// and those of another site's page.
func TestForeignPages(t *testing.T) {
	p := launch(t, filepath.Join(t.TempDir(), "data"), "--demo", clusterFile(t, cluster), "--at", "2026-02-01")
	base := p.address()
	if base == "" {
		t.Fatal(p.output())
	}
	submission := `{"endUser": "x", "devices": 1, "for": "1h"}`
	port := base[strings.LastIndexByte(base, ':'):]
	for _, x := range []struct {
		name, method, path, body string
		header                   []string
		want                     int
	}{
		{"the command line", "GET", "/v1/jobs", "", nil, 200},
		{"by the machine's own name", "GET", "/v1/jobs", "", []string{"Host", "localhost" + port}, 200},
		{"a name that points here", "GET", "/v1/jobs", "", []string{"Host", "rebound.example" + port}, http.StatusMisdirectedRequest},
		{"a name that points here, without a port", "POST", "/v1/jobs", submission, []string{"Host", "rebound.example"}, http.StatusMisdirectedRequest},
		{"a name that begins like here", "GET", "/log/checkpoint", "", []string{"Host", "127.0.0.1.rebound.example" + port}, http.StatusMisdirectedRequest},
		{"another site's page", "POST", "/v1/jobs", submission, []string{"Origin", "https://elsewhere.example", "Content-Type", "text/plain"}, http.StatusForbidden},
		{"another site's page in a new browser", "POST", "/v1/jobs", submission, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
	} {
		if status, body := requested(t, x.method, base+x.path, "", x.body, x.header...); status != x.want {
			t.Errorf("%s: %d, want %d: %.200s", x.name, status, x.want, body)
		}
	}
	if _, body := requested(t, "GET", base+"/v1/jobs", "", ""); strings.Contains(body, `"number"`) {
		t.Errorf("a page's submission was recorded: %s", body)
	}
}

// TestWhatIsSent: documents that a ledger does not hold, and bodies that are too
// large, are refused by the program as it is shipped, and nothing is recorded.
func TestWhatIsSent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := launch(t, dir, clusterFile(t, cluster))
	base := p.address()
	if base == "" {
		t.Fatal(p.output())
	}
	token := strings.TrimSpace(readFile(t, filepath.Join(dir, "operator.token")))
	size := func() int64 {
		_, body := requested(t, "GET", base+"/log/checkpoint", token, "")
		return whole(t, strings.Split(body, "\n")[1])
	}
	document := func(text string) string {
		body, err := json.Marshal(api.Documents{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	head := "apiVersion: proviso.dev/v1alpha1\nkind: "
	before := size()
	for _, x := range []struct {
		name, path, body string
		want             int
		says             string
	}{
		{"a job as a document", "/v1/documents", document(head + "Job\nmetadata: {name: a}\nspec: {devices: 1, limit: 1h, submit: 2026-02-01}\n"), 422, "Job"},
		{"a scenario", "/v1/documents", document(head + "Scenario\nmetadata: {name: a}\nspec: {}\n"), 422, "Scenario"},
		{"a kind that there is not", "/v1/documents", document(head + "Licence\nmetadata: {name: a}\nspec: {}\n"), 422, "Licence"},
		{"a permit with a field that there is not", "/v1/documents", document(head + "Permit\nmetadata: {name: a}\nspec: {holdr: lab}\n"), 422, "holder"},
		{"no document", "/v1/documents", document(""), 422, ""},
		{"documents of more than 1 MiB", "/v1/documents", document(head + "Site\nmetadata: {name: a}\n#" + strings.Repeat("x", 1<<20) + "\n"), 413, ""},
		{"a submission of more than 1 MiB", "/v1/jobs", `{"devices": 1, "for": "1h"` + strings.Repeat(" ", 1<<20) + "}", 413, ""},
		{"a submission that names one site 20,000 times", "/v1/jobs", `{"devices": 1, "for": "1h", "sites": [` + strings.Repeat(`"hall",`, 20_000) + `"hall"]}`, 422, "at most"},
		{"a signature of 60 kB", "/v1/permits/charter/acts", `{"by": "charter", "act": "{}", "signature": "` + strings.Repeat("A", 60_000) + `"}`, 422, ""},
	} {
		status, body := requested(t, "POST", base+x.path, token, x.body, "Content-Type", "application/json")
		if status != x.want || !strings.Contains(body, x.says) {
			t.Errorf("%s: %d, want %d with %q: %.300s", x.name, status, x.want, x.says, body)
		}
	}
	if status, body := requested(t, "POST", base+"/v1/jobs", token, `{"devices": 1, "for": "1h"}`); status != http.StatusCreated {
		t.Errorf("a submission behind all that: %d %s", status, body)
	}
	if err := p.terminate(); err != nil {
		t.Fatalf("%v\n%s", err, p.output())
	}
	// What was refused is not in the ledger: the job and nothing else is.
	if n := audited(t, dir).Entries; n != before+1 {
		t.Errorf("%d entries, %d before and one job", n, before)
	}
}

// TestGate: an agent's token submits and ends jobs for its tenants and shows
// evidence, and is refused anything else; it ends with its time.
func TestGate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := launch(t, dir, clusterFile(t, cluster))
	base := p.address()
	if base == "" {
		t.Fatal(p.output())
	}
	create := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(builtBinary(t), append([]string{"token", "create", "--data", dir}, args...)...)
		cmd.Env = os.Environ()
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("token create %v: %v\n%s", args, err, stderr.String())
		}
		for _, w := range strings.Fields(string(out)) {
			if strings.HasPrefix(w, "proviso_") {
				return w
			}
		}
		t.Fatalf("token create %v prints no token: %s", args, out)
		return ""
	}
	gate := create("slurm", "--role", "gate", "--tenant", "a", "--tenant", "b", "--end-user", "x", "--purpose", "research", "--for", "1d")
	submission := func(tenant, user string) string {
		return `{"tenant": "` + tenant + `", "endUser": "` + user + `", "purpose": "research", "devices": 1, "for": "1h"}`
	}
	for _, x := range []struct {
		name, method, path, body string
		want                     int
	}{
		{"a job of its tenant", "POST", "/v1/jobs", submission("a", "x"), 201},
		{"a job of its other tenant", "POST", "/v1/jobs", submission("b", "x"), 201},
		{"a job of another tenant", "POST", "/v1/jobs", submission("c", "x"), 403},
		{"another end user", "POST", "/v1/jobs", submission("a", "y"), 403},
		{"its jobs", "GET", "/v1/jobs", "", 200},
		{"an end", "POST", "/v1/jobs/1/end", "", 200},
		{"a permit", "GET", "/v1/permits/charter", "", 404},
		{"a delivery", "POST", "/v1/lots/first/receive", `{"devices": 1}`, 403},
		{"the entries", "GET", "/v1/entries/0/disclosure", "", 403},
		{"a document", "POST", "/v1/documents", `{"text": "kind: Site"}`, 403},
	} {
		if status, body := requested(t, x.method, base+x.path, gate, x.body); status != x.want {
			t.Errorf("%s: %d, want %d: %.300s", x.name, status, x.want, body)
		}
	}
	revoke := exec.Command(builtBinary(t), "token", "revoke", "slurm", "--data", dir)
	if out, err := revoke.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if status, body := requested(t, "GET", base+"/v1/jobs", gate, ""); status != http.StatusUnauthorized {
		t.Errorf("a token that was revoked: %d %s", status, body)
	}
}
