package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/audit"
	"github.com/proviso-dev/proviso/client"
	"github.com/proviso-dev/proviso/storage"
)

// binaryDir is where the program was built, if it was.
var binaryDir string

// binary builds the program as it is shipped, once.
var binary = sync.OnceValues(func() (path string, err error) {
	if path = os.Getenv("PROVISO_TEST_BINARY"); path != "" {
		return path, nil
	}
	if binaryDir, err = os.MkdirTemp("", "proviso-binary"); err != nil {
		return "", err
	}
	path = filepath.Join(binaryDir, "proviso")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func builtBinary(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// cluster is a fleet of 64 devices under one permit: at most 24 of them at a
// time, and so many hours a year that a few rounds of jobs use them up.
const cluster = `
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec:
  vendor: example
  peak: [{precision: bf16, tera: 1000, source: example}]
  memory: {value: 80, source: example}
  power: {value: 700, source: example}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 64}]
  valid: {from: 2020-01-01, until: 2070-01-01, timeZone: UTC}
  conditions:
  - name: devices
    limit: {measure: devices, atMost: 24}
  - name: hours
    limit: {measure: deviceHours, atMost: 20000h, over: life}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall, quantity: 64, permits: [charter]}
`

// The bounds of cluster.
const (
	clusterDevices = 24
	clusterHours   = 20000
)

// process is a control plane that runs as a process of its own.
type process struct {
	cmd    *exec.Cmd
	base   string
	dir    string
	mu     sync.Mutex
	said   strings.Builder
	exited chan struct{}
	err    error
}

// clusterFile writes the documents of cluster, or a part of them.
func clusterFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cluster.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// launch starts the program with serve on a free port, in a session of its
// own, and does not wait.
func launch(t testing.TB, dir string, args ...string) *process {
	t.Helper()
	p := &process{dir: dir, exited: make(chan struct{})}
	p.cmd = exec.Command(builtBinary(t), append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, args...)...)
	errs, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	ready := make(chan string, 1)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			p.mu.Lock()
			p.said.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			if _, at, ok := strings.Cut(lines.Text(), "serving on "); ok {
				address, _, _ := strings.Cut(at, " ")
				ready <- strings.TrimSuffix(address, ".")
			}
		}
		_, _ = io.Copy(io.Discard, errs)
		p.err = p.cmd.Wait()
		close(p.exited)
		close(ready)
	}()
	t.Cleanup(p.kill)
	p.base = ""
	go func() {
		if base, ok := <-ready; ok {
			p.mu.Lock()
			p.base = base
			p.mu.Unlock()
		}
	}()
	return p
}

// address waits until it serves, and gives its address; "" if it exited.
func (p *process) address() string {
	for range 3000 {
		p.mu.Lock()
		base := p.base
		p.mu.Unlock()
		if base != "" {
			return base
		}
		select {
		case <-p.exited:
			return ""
		case <-time.After(10 * time.Millisecond):
		}
	}
	return ""
}

// output is what it has written to standard error.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// kill ends it as kill -9 does, by its own process number.
func (p *process) kill() {
	select {
	case <-p.exited:
		return
	default:
	}
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// terminate asks it to stop, and gives how it exited.
func (p *process) terminate() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.exited
	return p.err
}

// client speaks to it with the operator's token.
func (p *process) client(t testing.TB) *client.Client {
	t.Helper()
	base, secret := p.address(), ""
	if text, err := os.ReadFile(filepath.Join(p.dir, "operator.token")); err == nil {
		secret = strings.TrimSpace(string(text))
	}
	c, err := client.New(base, secret, &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}})
	if err != nil {
		t.Fatalf("%v\n%s", err, p.output())
	}
	return c
}

// audited audits a data folder that nobody serves, and requires that nothing is
// wrong with it.
func audited(t testing.TB, dir string) *audit.Report {
	t.Helper()
	verifier, err := note.NewVerifier(readFile(t, filepath.Join(dir, "log.vkey")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := storage.OpenReader(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	report, err := audit.Run(context.Background(), r, audit.Options{Log: verifier})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("audit: entry %d: %s", f.Entry, f.Message)
	}
	if report.NotRecomputed > 0 {
		t.Errorf("audit: %d outcomes were not recomputed", report.NotRecomputed)
	}
	return report
}

// readFile gives a file's text without the space around it.
func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
