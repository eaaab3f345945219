// Package architecture holds the rules of who may import whom.
package architecture

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/proviso-dev/proviso/"

// layers lists the packages from the bottom up, with what each may import of
// this module. Imports point down only; what is not listed is not allowed.
var layers = []struct {
	name string
	may  []string
}{
	{"internal/spelling", nil},
	{"internal/durable", nil},
	{"quantity", []string{"internal/spelling"}},
	{"calendar", []string{"quantity"}},
	{"account", []string{"calendar"}},
	{"document", []string{"internal/spelling"}},
	{"schema", []string{"internal/spelling"}},
	{"fleet", []string{"quantity", "calendar"}},
	{"permit", []string{"quantity", "calendar", "fleet", "internal/spelling"}},
	{"regime", []string{"calendar", "document", "fleet", "permit", "quantity", "internal/spelling"}},
	{"wording", []string{"calendar", "fleet", "permit", "quantity"}},
	{"work", []string{"quantity", "calendar", "fleet", "internal/spelling"}},
	{"yield", []string{"quantity", "fleet", "work"}},
	{"trace", []string{"quantity", "calendar", "fleet", "document", "internal/spelling"}},
	// The core: pure.
	{"world", []string{"account", "calendar", "permit", "quantity"}},
	{"decision", []string{"account", "calendar", "permit", "world"}},
	{"queue", []string{"account", "calendar", "decision", "permit", "world"}},
	{"explanation", []string{"account", "calendar", "decision", "permit", "quantity", "world"}},
	{"catalog", []string{"account", "calendar", "document", "fleet", "permit", "quantity", "regime", "work", "world", "internal/spelling"}},
	{"measurement", []string{"catalog", "fleet", "quantity", "work", "yield"}},
	{"permittest", []string{"account", "calendar", "catalog", "decision", "document", "fleet", "permit", "quantity", "queue", "regime", "wording", "world", "internal/spelling"}},
	{"amendment", []string{"catalog", "document", "permit", "wording"}},
	{"lint", []string{"account", "calendar", "catalog", "document", "fleet", "permit", "quantity", "work"}},
	{"plan", []string{"account", "calendar", "catalog", "decision", "explanation", "fleet", "permit", "quantity", "queue", "trace", "work", "world", "yield", "internal/spelling"}},
	{"report", []string{"plan"}},
	// Proof: bytes, signatures and who watches; nothing of the domain, so that
	// what verifies stays small.
	{"ledger", nil},
	{"storage", []string{"ledger", "internal/durable"}},
	{"backup", []string{"ledger", "storage", "internal/durable"}},
	{"witness", []string{"ledger", "internal/durable"}},
	{"signature", nil},
	{"receipt", []string{"ledger", "signature"}},
	// Who may do what: nothing of the domain either.
	{"access", []string{"internal/durable", "internal/spelling"}},
	// Live: the core with what a ledger records; the server and an audit are
	// shells around it.
	{"control", []string{"account", "calendar", "catalog", "decision", "document", "explanation", "ledger", "permit", "quantity", "queue", "receipt", "signature", "work", "world", "internal/spelling"}},
	{"audit", []string{"control", "ledger"}},
	{"usage", []string{"account", "calendar", "catalog", "control", "document", "ledger", "permit", "quantity", "report", "signature", "wording", "world", "internal/spelling"}},
	{"api", []string{"explanation"}},
	{"client", []string{"api"}},
	{"server", []string{"access", "account", "api", "calendar", "catalog", "control", "document", "explanation", "fleet", "ledger", "quantity", "signature", "usage", "internal/durable"}},
	{"cmd/proviso", nil}, // wiring: may import all of the above
	{"internal/architecture", nil},
	{"internal/schemagen", nil},                              // a tool of the build
	{"internal/calibrate", []string{"measurement", "yield"}}, // derives what yield embeds
	{"internal/simdisk", nil},                                // a disk that fails, for tests
	{"internal/postgres", nil},                               // starts PostgreSQL for tests
	{"internal/daystep", nil},                                // what the engine is tested against: it shares nothing with it
}

// pure may not import what reads a clock, a file or the network, nor run
// goroutines.
var pure = []string{"account", "world", "decision", "queue"}

var impure = []string{"os", "net", "net/http", "io/fs", "time", "math/rand", "math/rand/v2", "sync", "context", "log", "log/slog"}

func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		name, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		name = strings.TrimSuffix(name, ":")
		all[strings.TrimPrefix(name, module)] = strings.Fields(list)
	}
	return all
}

func TestImportsPointDown(t *testing.T) {
	all := imports(t)
	known := map[string]bool{}
	for _, l := range layers {
		known[l.name] = true
		if strings.HasPrefix(l.name, "cmd/") || l.name == "internal/schemagen" {
			continue
		}
		for _, i := range all[l.name] {
			if rest, ours := strings.CutPrefix(i, module); ours && !slices.Contains(l.may, rest) {
				t.Errorf("%s imports %s, which its layer does not allow", l.name, rest)
			}
		}
	}
	for name := range all {
		if !known[name] {
			t.Errorf("package %s is in no layer: say in this test what it may import", name)
		}
	}
}

func TestCoreIsPure(t *testing.T) {
	all := imports(t)
	for _, name := range pure {
		if all[name] == nil {
			t.Fatalf("there is no package %s", name)
		}
		for _, i := range all[name] {
			if slices.Contains(impure, i) {
				t.Errorf("%s imports %s: the core has no clock, no files and no goroutines", name, i)
			}
		}
	}
}

func TestNoRoomsWithoutASubject(t *testing.T) {
	for name := range imports(t) {
		for _, bad := range []string{"util", "utils", "common", "helpers", "misc", "types"} {
			if slices.Contains(strings.Split(name, "/"), bad) {
				t.Errorf("package %s has a name without a subject", name)
			}
		}
	}
}
