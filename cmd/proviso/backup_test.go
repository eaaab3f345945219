package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

// ledgerFolder makes a data folder with a ledger of n entries, a log's key and
// tokens, and gives the log's public key.
func ledgerFolder(t *testing.T, dir string, n int) (public string) {
	t.Helper()
	ctx := context.Background()
	secret, public, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := note.NewSigner(secret)
	verifier, _ := note.NewVerifier(public)
	s, err := storage.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := ledger.Open(ctx, s, signer, verifier)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		data, err := ledger.Encode(ledger.Entry{At: 1772366400000 + int64(i), Kind: "test", Body: fmt.Appendf(nil, `{"n":"%d"}`, i)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(ledger.Record{Data: data, Disclosure: []byte("salt")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Publish(ctx, nil); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"log.vkey": public + "\n", "log.key": secret + "\n", "tokens.json": "{}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return public
}

// command runs a command line and gives what it prints.
func command(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := newRootCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

func TestBackupAndRestore(t *testing.T) {
	ctx := context.Background()
	t.Chdir(t.TempDir())
	public := ledgerFolder(t, "data", 300)

	out, err := command(ctx, "backup", "--data", "data", "plain.tar")
	if err != nil {
		t.Fatal(err)
	}
	if want := regexp.MustCompile(`^Copied 300 entries of the log log.example, the last of 2026-03-01T12:00:00Z; a checkpoint of 300 is verified into plain.tar \(\d+ bytes\)
  without the log's secret key and without tokens
$`); !want.MatchString(out) {
		t.Errorf("backup prints\n%s", out)
	}
	file, err := os.ReadFile("plain.tar")
	if err != nil || bytes.Contains(file, []byte("PRIVATE+KEY")) {
		t.Errorf("the file has the secret key (%v)", err)
	}
	if info, err := os.Stat("plain.tar"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the mode %v (%v)", info.Mode(), err)
	}
	if out, err = command(ctx, "backup", "--data", "data", "--with-keys", "keys.tar"); err != nil || !strings.Contains(out, "with secrets: log.key, tokens.json") {
		t.Errorf("%s, %v", out, err)
	}

	out, err = command(ctx, "restore", "plain.tar", "--data", "new", "--log-key", public)
	if err != nil {
		t.Fatal(err)
	}
	if want := regexp.MustCompile(`^Restored 300 entries of the log log.example, the last of 2026-03-01T12:00:00Z; a checkpoint of 300 is verified, as it was copied at 20.*Z
  without the log's secret key and without tokens
  The log goes on once its secret key is in new/log.key.
$`); !want.MatchString(out) {
		t.Errorf("restore prints\n%s", out)
	}
	if out, err = command(ctx, "restore", "keys.tar", "--data", "whole", "-o", "json"); err != nil || !strings.Contains(out, `"entries": 300`) {
		t.Errorf("%s, %v", out, err)
	}
	for _, name := range []string{"log.key", "tokens.json", "log.vkey"} {
		want, _ := os.ReadFile(filepath.Join("data", name))
		got, err := os.ReadFile(filepath.Join("whole", name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is %q (%v)", name, got, err)
		}
	}
	if _, err := command(ctx, "backup", "--data", "whole", "again.tar"); err != nil {
		t.Errorf("what was restored cannot be copied: %v", err)
	}
}

// TestRestoreRefuses: what is refused or interrupted leaves no ledger.
func TestRestoreRefuses(t *testing.T) {
	ctx := context.Background()
	t.Chdir(t.TempDir())
	ledgerFolder(t, "data", 3)
	other := ledgerFolder(t, "other", 3)
	if _, err := command(ctx, "backup", "--data", "data", "--with-keys", "ledger.tar"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("taken", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("taken/log.key", []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		args string
		want string
	}{
		{"a ledger is there", ctx, "restore ledger.tar --data other", "a ledger is there already"},
		{"another log's key", ctx, "restore ledger.tar --data x --log-key " + other, "it is a copy of the log log.example"},
		{"another log's key is there", ctx, "restore ledger.tar --data taken", "taken/log.key is there already"},
		{"no file", ctx, "restore missing.tar --data x", "no such file"},
		{"no backup", ctx, "restore data/log.vkey --data x", "not a tar archive"},
		{"interrupted", stopped, "restore ledger.tar --data x", "context canceled"},
		{"a folder as store", ctx, "restore ledger.tar --store x", "a folder is named with --data"},
		{"an output that is none", ctx, "restore ledger.tar --data x -o yaml", "write table or json"},
		{"the backup is there", ctx, "backup --data data ledger.tar", "ledger.tar is there already"},
		{"nothing to copy", ctx, "backup --data x new.tar", "the log's public key"},
		{"no key", ctx, "backup --data x --log-key " + other + " new.tar", "there is no ledger in x"},
		{"another key", ctx, "backup --data data --log-key " + other + " new.tar", "checkpoint of log.example"},
		{"interrupted copy", stopped, "backup --data data new.tar", "context canceled"},
	} {
		out, err := command(c.ctx, strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v, must be refused with %q", c.name, out, err, c.want)
		}
	}
	for _, pattern := range []string{"x/ledger.db*", "taken/ledger.db*", "new.tar*"} {
		left, err := filepath.Glob(pattern)
		for _, name := range left {
			if !strings.HasSuffix(name, ".lock") { // a lock stays: who removes it could let two in
				t.Errorf("there is left: %s (%v)", name, err)
			}
		}
	}
	if _, err := os.Stat("taken/tokens.json"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half of the keys were restored: %v", err)
	}
}
