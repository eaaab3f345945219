package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/proviso-dev/proviso/api"
)

// written is a buffer that a server's goroutines write to.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(b)
}

func (w *written) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// TestLog: the operator reads in the log who was not let in and what went wrong
// inside, which the caller is not told; tokens, end users and names of jobs are
// in no line of it.
func TestLog(t *testing.T) {
	f := newFleet(t)
	f.stop()
	log := new(written)
	f.log = slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
	f.serve()
	f.endorse()
	f.tokens["nobody"] = strings.Replace(f.tokens["operator"], f.tokens["operator"][len(f.tokens["operator"])-6:], "wrong1", 1)
	if got := f.ask("nobody", "GET", "/v1/jobs", nil); got.status != http.StatusUnauthorized {
		t.Fatalf("a token that nobody has: %d", got.status)
	}
	s := api.Submission{EndUser: "end-user-7141", Name: "job-name-3302", Purpose: "research", Devices: 1, For: "1h"}
	if got := f.ask("operator", "POST", "/v1/jobs", s); got.status != http.StatusCreated {
		t.Fatalf("a submission: %d %s", got.status, got.body)
	}
	f.ask("tenant-a", "POST", "/v1/jobs", s) // not its end user
	f.ask("operator", "POST", "/v1/jobs", `{"endUser":"end-user-7141","name":"job-name-3302",`)
	f.store.breakDown(errors.New("database or disk is full"))
	if got := f.ask("operator", "POST", "/v1/jobs", s); got.status != http.StatusServiceUnavailable {
		t.Fatalf("a submission that cannot be recorded: %d %s", got.status, got.body)
	}
	f.stop()

	text := log.text()
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var x struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &x); err != nil || x.Time == "" || x.Level == "" || x.Msg == "" {
			t.Errorf("not a line of a log: %s", line)
		}
	}
	for _, want := range []string{`"msg":"not authenticated"`, `"path":"/v1/jobs"`, `"msg":"request failed"`, "disk is full"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %s:\n%s", want, text)
		}
	}
	secrets := map[string]string{"the end user": s.EndUser, "the name of a job": s.Name}
	for who, token := range f.tokens {
		if token != "" {
			secrets["the token of "+who] = token
		}
	}
	for what, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %s", what)
		}
	}
}
