package amendment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/wording"
)

const charter = `apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter}
spec:
  holder: institute
  scope: [use]
  grants: [{accelerator: h100-sxm, quantity: 8}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  regimes: [{use: budget, with: {team: vision, hours: 20h}}]
  conditions:
  - {name: civilian, require: job.purpose != "military"}
`

func read(t *testing.T, text string) *catalog.Set {
	t.Helper()
	name := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, errs := catalog.Read(name)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return s
}

func compareSets(t *testing.T, a, b *catalog.Set) []Change {
	t.Helper()
	c, errs := Compare(wording.English, a, b)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return c
}

// Each change, made by itself, is made: what is left to change are the others.
// The same holds the other way round.
func TestEachChangeByItself(t *testing.T) {
	later := strings.NewReplacer(
		"hours: 20h", "hours: 30h", "quantity: 8", "quantity: 9", "scope: [use]", "onEnd: stop", `"military"`, `"war"`,
		"2027-01-01", "2028-01-01", "  conditions:\n", "  purposes: [a]\n  conditions:\n  - {name: reports, duty: {report: usage, every: month, dueWithin: 10d}}\n",
	).Replace(charter)
	for _, texts := range [][2]string{{charter, later}, {later, charter}} {
		a, b := read(t, texts[0]), read(t, texts[1])
		all := compareSets(t, a, b)
		if len(all) != 8 {
			t.Fatalf("%d changes: %+v", len(all), all)
		}
		for i := range all {
			made, err := all[i].Apply(a)
			if err != nil {
				t.Fatalf("%s: %v", all[i].Name(), err)
			}
			if _, errs := made.Resolve(); len(errs) > 0 {
				t.Fatalf("%s: %v", all[i].Name(), errs)
			}
			left := compareSets(t, made, b)
			if len(left) != len(all)-1 {
				t.Errorf("%d changes are left after %s of %s", len(left), all[i].Kind, all[i].Name())
			}
			for _, l := range left {
				if l.Name() == all[i].Name() {
					t.Errorf("%s is still to change", l.Name())
				}
			}
		}
	}
}

func TestWhatIsNoChange(t *testing.T) {
	// The same permit with its regime written out, in another style, with comments.
	docs, errs := read(t, charter).Expand()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	data, err := docs[0].YAML()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "scope: [use]", "scope:   # use alone\n  - use", 1)
	if c := compareSets(t, read(t, charter), read(t, text)); len(c) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestPermitsComeAndGo(t *testing.T) {
	other := strings.Replace(charter, "name: charter", "name: other", 1)
	c := compareSets(t, read(t, charter), read(t, other))
	if len(c) != 2 || c[0].Kind != Added || c[0].Permit != "other" || c[1].Kind != Removed || c[1].Permit != "charter" {
		t.Errorf("%+v", c)
	}
	if _, err := c[1].Apply(read(t, charter)); err != nil {
		t.Error(err)
	}
}
