package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestAcceleratorOutput runs the commands of the scripts whose output is
// compared whole, inside the process.
func TestAcceleratorOutput(t *testing.T) {
	for _, script := range []string{"list", "show", "classify"} {
		archive, err := txtar.ParseFile("testdata/script/accelerator_" + script + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, f := range archive.Files {
			want[f.Name] = string(f.Data)
		}
		var out string
		for line := range strings.Lines(string(archive.Comment)) {
			line = strings.TrimSpace(line)
			if args, ok := strings.CutPrefix(line, "exec proviso "); ok {
				out = runCommand(t, strings.Fields(args)...)
			} else if file, ok := strings.CutPrefix(line, "cmp stdout "); ok && out != want[file] {
				t.Errorf("%s: %s differs:\n%s", script, file, out)
			}
		}
	}
}

func runCommand(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(os.Stderr)
	if err := root.Execute(); err != nil {
		t.Errorf("%s: %v", strings.Join(args, " "), err)
	}
	return out.String()
}

func TestAcceleratorCompletion(t *testing.T) {
	names, _ := completeAccelerators(nil, nil, "")
	if len(names) == 0 || !strings.HasPrefix(names[0], "a100-sxm\t") {
		t.Errorf("got %q", names)
	}
	if names, _ := completeAccelerators(nil, nil, "H2"); len(names) == 0 || !strings.HasPrefix(names[0], "h200-sxm\t") {
		t.Errorf("H2: got %q", names)
	}
	if names, _ := completeAccelerators(nil, []string{"h200"}, ""); names != nil {
		t.Errorf("a second name is offered: %q", names)
	}
}
