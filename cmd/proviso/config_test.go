package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// configured is a verb with settings, and what it was run with.
type configured struct {
	listen, data string
	demo         bool
	speed        float64
	witness      []string
	stderr       bytes.Buffer
}

func (c *configured) run(args []string, environment ...string) error {
	cmd := &cobra.Command{Use: "serve", SilenceErrors: true, SilenceUsage: true, RunE: func(*cobra.Command, []string) error { return nil }}
	cmd.Flags().StringVar(&c.listen, "listen", "127.0.0.1:7080", "")
	cmd.Flags().StringVar(&c.data, "data-folder", "proviso-data", "")
	cmd.Flags().BoolVar(&c.demo, "demo", false, "")
	cmd.Flags().Float64Var(&c.speed, "speed", 1, "")
	cmd.Flags().StringArrayVar(&c.witness, "witness", nil, "")
	bindConfig(cmd)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return readSettings(cmd, environment) }
	cmd.SetErr(&c.stderr)
	cmd.SetArgs(args)
	return cmd.Execute()
}

func TestSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "proviso.yaml")
	if err := os.WriteFile(file, []byte("# comment\nlisten: 10.0.0.1:1\ndata-folder: from-file\nspeed: 3\ndemo: true\nwitness: [a, b]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		args        []string
		environment []string
		want        configured
	}{
		{"nothing", nil, nil, configured{listen: "127.0.0.1:7080", data: "proviso-data", speed: 1}},
		{"a file", []string{"--config", file}, nil, configured{listen: "10.0.0.1:1", data: "from-file", speed: 3, demo: true, witness: []string{"a", "b"}}},
		{"a file that the environment names", nil, []string{"PROVISO_CONFIG=" + file}, configured{listen: "10.0.0.1:1", data: "from-file", speed: 3, demo: true, witness: []string{"a", "b"}}},
		{"the environment before the file", []string{"--config", file}, []string{"PROVISO_DATA_FOLDER=from-environment", "PROVISO_WITNESS=c"}, configured{listen: "10.0.0.1:1", data: "from-environment", speed: 3, demo: true, witness: []string{"c"}}},
		{"flags before both", []string{"--config", file, "--listen", "x:1", "--witness", "d", "--demo=false"}, []string{"PROVISO_LISTEN=y:1", "PROVISO_SPEED=4", "PROVISO_DEMO=true"}, configured{listen: "x:1", data: "from-file", speed: 4, witness: []string{"d"}}},
		{"an empty variable", nil, []string{"PROVISO_LISTEN=", "OTHER=1"}, configured{listen: "127.0.0.1:7080", data: "proviso-data", speed: 1}},
	} {
		got := &configured{}
		if err := got.run(c.args, c.environment...); err != nil || got.stderr.Len() > 0 {
			t.Errorf("%s: %v, %s", c.name, err, got.stderr.String())
			continue
		}
		got.stderr, c.want.stderr = bytes.Buffer{}, bytes.Buffer{}
		if !reflect.DeepEqual(got, &c.want) {
			t.Errorf("%s: %+v, must be %+v", c.name, got, c.want)
		}
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ name, text, environment, want string }{
		{"a misspelt key", "data-folder: x\nlistn: 1:1\n", "", `c.yaml:2:1: unknown setting "listn" (did you mean "listen"?)`},
		{"an unknown key", "zebra: x\n", "", `unknown setting "zebra" (known are data-folder, demo, listen, speed, witness)`},
		{"the file itself as key", "config: x\n", "", `unknown setting "config"`},
		{"help as key", "help: true\n", "", `unknown setting "help"`},
		{"a key twice", "listen: 1:1\nlisten: 2:2\n", "", `c.yaml:2:1: listen is there twice`},
		{"no value", "listen:\n", "", "listen: must be a value"},
		{"a list where one is meant", "listen: [a]\n", "", "c.yaml:1:9: listen: must be a value"},
		{"a mapping in a list", "witness: [{a: b}]\n", "", "witness: must be a value"},
		{"no number", "speed: fast\n", "", `c.yaml:1:8: speed: "fast" is no float64`},
		{"no settings", "- listen\n", "", "c.yaml:1:1: must be settings"},
		{"two documents", "speed: 1\n---\nspeed: 2\n", "", "c.yaml: it has more than one document"},
		{"no YAML", "listen: [\n", "", "c.yaml"},
		{"no number in the environment", "", "PROVISO_SPEED=fast", `PROVISO_SPEED: "fast" is no float64`},
		{"a misspelt key that the environment settles", "spede: 1\n", "PROVISO_SPEED=2", `did you mean "speed"?`},
	} {
		if err := os.WriteFile("c.yaml", []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := (&configured{}).run([]string{"--config", "c.yaml"}, c.environment)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, must be refused with %q", c.name, err, c.want)
		}
	}
	if err := (&configured{}).run([]string{"--config", "missing.yaml"}); err == nil {
		t.Error("a file that is not there is taken for an empty one")
	}
	c := &configured{}
	if err := c.run(nil, "PROVISO_LISTN=x", "PROVISO_SERVER=x", "PROVISO_TOKEN=x", "PROVISO_SERVICE_HOST=10.0.0.1", "PROVISO_PORT_7080_TCP=x"); err != nil {
		t.Error(err)
	}
	if got := c.stderr.String(); got != "proviso: the variable PROVISO_LISTN sets nothing: did you mean PROVISO_LISTEN?\n" {
		t.Errorf("of misspelt variables it says %q", got)
	}
}
