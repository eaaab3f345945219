package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs the commands of the README's console blocks in the root of
// the repository and holds their output against the one that is printed there.
// With -update it writes the output anew.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const open, shut = "```console\n$ proviso ", "\n```"
	var out strings.Builder
	rest, blocks := string(text), 0
	for {
		before, block, found := strings.Cut(rest, open)
		out.WriteString(before)
		if !found {
			break
		}
		body, after, closed := strings.Cut(block, shut)
		if !closed {
			t.Fatal("README.md: a console block does not end")
		}
		blocks++
		command, want, _ := strings.Cut(body, "\n")
		var got string
		if strings.HasPrefix(command, "serve ") {
			got = serveReadme(t, command)
		} else {
			got = runReadme(t, command)
		}
		if got != want && !*update {
			t.Errorf("proviso %s: the README prints something else; run go test ./cmd/proviso -run TestReadme -update\n%s", command, got)
		}
		out.WriteString(open + command + "\n" + got + shut)
		rest = after
	}
	if blocks == 0 {
		t.Fatal("README.md has no console block")
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runReadme gives what a command prints on standard output.
func runReadme(t *testing.T, command string) string {
	t.Helper()
	var stdout bytes.Buffer
	cmd := newRootCommand()
	cmd.SetArgs(strings.Fields(command))
	cmd.SetOut(&stdout)
	var code exitCode
	if err := cmd.Execute(); err != nil && !errors.As(err, &code) {
		t.Fatalf("proviso %s: %v", command, err)
	}
	return strings.TrimRight(stdout.String(), "\n")
}

// serveReadme starts a control plane for the commands behind it, on a free port
// and in a folder of its own, and gives the line that says where it serves.
func serveReadme(t *testing.T, command string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	cmd := newRootCommand()
	cmd.SetArgs(append(strings.Fields(strings.TrimSuffix(command, " &")), "--data", t.TempDir(), "--listen", "127.0.0.1:0"))
	cmd.SetErr(write)
	done := make(chan error, 1)
	go func() {
		done <- cmd.ExecuteContext(ctx)
		write.Close()
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("proviso %s: %v", command, err)
		}
	})
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		line := lines.Text()
		_, address, found := strings.Cut(line, "http://")
		if !found {
			continue
		}
		address, _, _ = strings.Cut(address, " ")
		address = strings.TrimSuffix(address, ".")
		t.Setenv("PROVISO_SERVER", "http://"+address)
		go func() { _, _ = io.Copy(io.Discard, read) }()
		return strings.Replace(line, address, "127.0.0.1:7080", 1)
	}
	t.Fatalf("proviso %s does not serve", command)
	return ""
}
