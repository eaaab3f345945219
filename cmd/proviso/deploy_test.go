package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const (
	unitFile   = "../../deploy/proviso.service"
	configFile = "../../deploy/proviso.yaml"
)

// TestUnit has systemd read the unit, and say how little the service may do.
func TestUnit(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Fatal("systemd-analyze is not installed: run make tools")
	}
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable() // it looks whether the program is there
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "proviso.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/bin/proviso", self)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", unit).CombinedOutput(); err != nil || strings.Contains(string(out), "proviso.service") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// From 0, which may do nothing, to 10; a service without any of this has 9.6.
	if out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit).CombinedOutput(); err != nil {
		t.Errorf("the service may do too much: %v\n%s", err, out)
	}
}

// TestUnitAndConfigUseFlagsThatExist: what is shipped starts this program.
func TestUnitAndConfigUseFlagsThatExist(t *testing.T) {
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/proviso (.*)$`).FindStringSubmatch(string(text))
	if start == nil {
		t.Fatal("the unit starts something else")
	}
	args := strings.Fields(start[1])
	for i, a := range args {
		if a == "/etc/proviso/proviso.yaml" {
			args[i] = configFile
		}
	}
	serve := func(args []string) (*cobra.Command, error) {
		cmd, rest, err := newRootCommand().Find(args)
		if err != nil {
			t.Fatal(err)
		}
		if cmd.Name() != "serve" {
			t.Fatalf("the unit starts %s", cmd.Name())
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		return cmd, readSettings(cmd, nil)
	}
	cmd, err := serve(args)
	if err != nil {
		t.Fatal(err)
	}
	if data := cmd.Flag("data").Value.String(); !strings.Contains(string(text), "StateDirectory=proviso\n") || data != "/var/lib/proviso" {
		t.Errorf("the data folder is %s, the service may write to /var/lib/proviso", data)
	}
	// The settings that are shown as comments exist too.
	shown, err := os.ReadFile(configFile)
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`(?m)^# ([a-z-]+: \S+)$`).ReplaceAllString(string(shown), "$1")
	whole := filepath.Join(t.TempDir(), "proviso.yaml")
	if err := os.WriteFile(whole, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	if cmd, err = serve([]string{"serve", "--config", whole}); err != nil {
		t.Fatal(err)
	}
	if cmd.Flag("client-ca").Value.String() != "/etc/proviso/clients.pem" {
		t.Error("the settings that are shown as comments were not read")
	}
}
