package usage_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proviso-dev/proviso/usage"
)

var update = flag.Bool("update", false, "write the expected output anew")

// TestOutputs compares every output of one report with what was looked at and
// kept.
func TestOutputs(t *testing.T) {
	b := small(t)
	for name, v := range map[string]*usage.View{"quarter": b.report("charter", "2026Q1"), "sealed": sealed(t), "nothing": b.report("lease", "2026-01")} {
		for _, o := range usage.Outputs() {
			var got bytes.Buffer
			if err := v.Write(&got, o); err != nil {
				t.Fatal(err)
			}
			ext := map[usage.Output]string{usage.TableOutput: "txt", usage.OSCALOutput: "oscal.json"}[o]
			if ext == "" {
				ext = string(o)
			}
			keep(t, name+"."+ext, got.Bytes())
		}
	}
}

// sealed is the report of a month that is not over, of the same ledger without
// its disclosures.
func sealed(t *testing.T) *usage.View {
	b := small(t)
	b.records, b.now = b.records[:17], instant(t, "2026-01-20T00:00:00+01:00")
	for i := range b.records {
		b.seal(i)
	}
	return b.report("charter", "2026-01")
}

// TestLedger keeps the ledger itself, one record a line, for the tests of the
// command line.
func TestLedger(t *testing.T) {
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	for _, r := range small(t).records {
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	keep(t, "ledger.jsonl", got.Bytes())
}

// keep compares with a file, or writes it anew.
func keep(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
