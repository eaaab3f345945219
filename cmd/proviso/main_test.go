package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the scripts' expected output anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"proviso": func() { os.Exit(run()) }})
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
		Setup: func(env *testscript.Env) error {
			if err := os.Symlink(receipts, filepath.Join(env.WorkDir, "receipts")); err != nil {
				return err
			}
			return os.Symlink(examples, filepath.Join(env.WorkDir, "examples"))
		},
	})
}
