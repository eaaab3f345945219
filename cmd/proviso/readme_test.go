package main

import (
	"bytes"
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
		var stdout bytes.Buffer
		cmd := newRootCommand()
		cmd.SetArgs(strings.Fields(command))
		cmd.SetOut(&stdout)
		if err := cmd.Execute(); err != nil {
			t.Fatalf("proviso %s: %v", command, err)
		}
		got := strings.TrimRight(stdout.String(), "\n")
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
