package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/storage"
)

var update = flag.Bool("update", false, "write the scripts' expected output anew")

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"proviso": func() { os.Exit(run()) }})
}

// tidy removes what was built for the tests.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	defer func() { os.RemoveAll(binaryDir) }() // it is built later
	return m.M.Run()
}

// TestScripts runs the command line as people type it. Each verb has scripts
// of its own in testdata/script; the directory examples is there in each, and
// receipts with the published receipt and its keys.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := filepath.Abs("../../receipt/testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"ledger": fillLedger, "serving": waitServing},
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"LISTEN", "WITNESS"} {
				address, err := freeAddress()
				if err != nil {
					return err
				}
				env.Setenv(name, address)
			}
			if err := os.Symlink(receipts, filepath.Join(env.WorkDir, "receipts")); err != nil {
				return err
			}
			return os.Symlink(examples, filepath.Join(env.WorkDir, "examples"))
		},
	})
}

// fillLedger writes a ledger that the tests of package usage keep into a data
// folder: ledger DIR.
func fillLedger(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(filepath.Join("..", "..", "usage", "testdata", "ledger.jsonl"))
	ts.Check(err)
	var records []ledger.Record
	for line := range bytes.Lines(text) {
		var r ledger.Record
		ts.Check(json.Unmarshal(line, &r))
		records = append(records, r)
	}
	store, err := storage.Open(context.Background(), ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(store.Append(context.Background(), 0, records, nil))
	ts.Check(store.Close())
}

// freeAddress is an address of loopback on which nothing listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// waitServing waits until a control plane is ready at an address.
func waitServing(ts *testscript.TestScript, _ bool, args []string) {
	for range 1000 {
		if got, err := http.Get("http://" + args[0] + "/readyz"); err == nil {
			got.Body.Close()
			if got.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("nothing serves on %s", args[0])
}
