package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented are the commands in the indented blocks of a document, in order,
// without what stands behind them for people.
func documented(t *testing.T, path string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(readFile(t, path)) {
		line, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		line = strings.TrimPrefix(line, "sudo -u proviso ")
		if !indented || !strings.HasPrefix(line, "proviso ") && !strings.HasPrefix(line, "ssh-keygen ") {
			continue
		}
		if i := strings.Index(line, "  #"); i >= 0 {
			line = line[:i]
		}
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

var word = regexp.MustCompile(`"[^"]*"|\S+`)

// TestDocumentedCommands holds every command line in the README and the
// documents against the program: its verb, its flags and the number of its
// arguments are there.
func TestDocumentedCommands(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(files, "../../README.md", "../../examples/h200/README.md") {
		for _, line := range documented(t, file) {
			line, _, _ = strings.Cut(line, " > ")
			args := word.FindAllString(strings.TrimSuffix(line, " &"), -1)
			if args[0] != "proviso" || slices.Contains(args, "…") {
				continue
			}
			found++
			root := newRootCommand()
			cmd, rest, err := root.Find(args[1:])
			if err != nil || cmd == root {
				t.Errorf("%s: %s: there is no such verb (%v)", filepath.Base(file), line, err)
				continue
			}
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(file), line, err)
				continue
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(file), line, err)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d commands were found: the documents are read wrongly", found)
	}
}

// shell runs a command line as people type it, in a folder where proviso is the
// program under test, and gives what it prints and its exit code.
func shell(t *testing.T, dir, server, line string) (string, int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+dir, "PROVISO_SERVER="+server)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", line, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// docsFolder is a folder with the program and the examples.
func docsFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"proviso": builtBinary(t), "examples": examples} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestReadmeCommands runs the README's indented commands: those behind the
// demonstration with one that serves, and the others beside it. Plans are made
// of one sample.
func TestReadmeCommands(t *testing.T) {
	dir := docsFolder(t)
	p := launch(t, filepath.Join(dir, "proviso-data"), "--demo", "../../examples/h200")
	server := p.address()
	if server == "" {
		t.Fatal(p.output())
	}
	ran := 0
	for _, line := range documented(t, "../../README.md") {
		if strings.Contains(line, "OLD NEW") {
			continue // the reader's own files: see the script of diff
		}
		if strings.HasPrefix(line, "proviso plan ") {
			command, rest, _ := strings.Cut(line, " > ")
			line = command + " --samples 1"
			if rest != "" {
				line += " > " + rest
			}
		}
		ran++
		out, code := shell(t, dir, server, line)
		if findings := strings.HasPrefix(line, "proviso check ") && code == 2; code != 0 && !findings {
			t.Errorf("%s: exit %d\n%s", line, code, out)
		}
	}
	if ran < 20 {
		t.Errorf("only %d commands were run", ran)
	}
	for _, made := range []string{"r.tlog-proof", "usage.html", "plan.html"} {
		if text := readFile(t, filepath.Join(dir, made)); len(text) < 500 {
			t.Errorf("%s has %d bytes", made, len(text))
		}
	}
}

// servingFleet is what the commands of docs/serving.md are about.
const servingFleet = `
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: annex}
spec: {country: FR}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec: {vendor: example, peak: [{precision: bf16, tera: 1000, source: example}], power: {value: 700, source: example}}
---
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: board}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 20000}]
  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: Asia/Shanghai}
  endorsements: {required: [board]}
  conditions:
  - name: abroad
    duty: {report: transfer-notice, before: transfer, notice: 1d}
  - name: located
    evidence: {kind: location, maxAge: 30d, onMiss: notify}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall, quantity: 16000, permits: [charter], arrives: 2026-09-01}
`

// TestServingCommands runs the commands of docs/serving.md in their order, with
// the names of a fleet in place of those in capitals, in a demonstration: its
// clock stands at a date on which they all make sense.
func TestServingCommands(t *testing.T) {
	dir := docsFolder(t)
	data := filepath.Join(dir, "data")
	for name, text := range map[string]string{"fleet.yaml": servingFleet, "scan.json": "{}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := launch(t, data, "--demo", filepath.Join(dir, "fleet.yaml"), "--at", "2026-02-01", "--speed", "0.000001")
	server := p.address()
	if server == "" {
		t.Fatal(p.output())
	}
	name := strings.NewReplacer("PERMIT", "charter", "AUTHORITY", "board", "LOT", "first", "SITE", "annex", "NAME", "abroad",
		"~/.ssh/id_ed25519", filepath.Join(data, "demo-keys", "board"), "--booking 3 …", "--booking 1 --purpose research --devices 2048 --for 7d", "booking end 3", "booking end 2")
	ran, moved := 0, ""
	for _, line := range documented(t, "../../docs/serving.md") {
		if strings.HasPrefix(line, "proviso serve ") {
			continue // it is there; TestDocumentedCommands reads the line
		}
		line = name.Replace(line)
		times := 1
		if strings.HasPrefix(line, "proviso booking add ") {
			times = 2 // one for the work that comes, one for that which will not
		}
		for range times {
			ran++
			out, code := shell(t, dir, server, line)
			switch {
			case strings.HasPrefix(line, "proviso lot move ") && code == 2:
				moved = line // the notice that it waits for comes below
			case code != 0:
				t.Errorf("%s: exit %d\n%s", line, code, out)
			}
		}
	}
	if ran < 12 || moved == "" {
		t.Errorf("%d commands were run, a move was held %v", ran, moved != "")
	}
	if out, code := shell(t, dir, server, "proviso permit show charter"); code != 0 || !strings.Contains(out, "in-force") || !strings.Contains(out, "notice under abroad") {
		t.Errorf("the permit is not in force, or has no notice:\n%s", out)
	}
	if text := readFile(t, filepath.Join(dir, "usage.html")); !strings.Contains(text, "charter") {
		t.Errorf("the report says nothing of the permit: %.200s", text)
	}
	if err := p.terminate(); err != nil {
		t.Fatal(err)
	}
	audited(t, data)
}
