package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/quantity"
)

func TestExamplesHaveNoFindings(t *testing.T) {
	for _, dir := range []string{"h200", "eurohpc", "team-budgets"} {
		c, errs := catalog.Load("../examples/" + dir)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, f := range Check(c) {
			// That China's cap is under what the lots would deliver is what the plan
			// of that example shows.
			if f.Severity != Note && !(dir == "h200" && f.Rule == "cap-under-lots") {
				t.Errorf("%s %s %v", f.Severity, f.Rule, f.Error)
			}
		}
	}
}

const frame = `
kind: Authority
metadata: {name: ndrc}
spec: {country: CN}
---
kind: Site
metadata: {name: north}
spec: {country: CN, labels: {grid: hydro}}
---
kind: Lot
metadata: {name: first}
spec: {accelerator: h200, site: north, quantity: 100, permits: [import], evidence: [{kind: location, every: 1h}]}
---
kind: Permit
metadata: {name: import}
spec:
  holder: lab
  grants: [{accelerator: h200, quantity: 1000}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  purposes: [a, b, c]
  endUsers: [{name: team, country: CN}, {name: guest, country: DE}]
  conditions:
`

func find(t *testing.T, conditions string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.yaml")
	frame := frame
	if strings.HasSuffix(conditions, "# both") { // every device under both permits
		frame = strings.Replace(frame, "permits: [import]", "permits: [import, export]", 1)
	}
	if strings.HasSuffix(conditions, "# later") { // nothing is there yet
		frame = strings.Replace(frame, "quantity: 100,", "quantity: 100, arrives: 2026-02-01,", 1)
	}
	text := strings.ReplaceAll("---"+frame+conditions, "---\nkind:", "---\napiVersion: proviso.dev/v1alpha1\nkind:")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(file)
	if len(errs) > 0 {
		t.Fatalf("%s\n%v", conditions, errs)
	}
	var out []string
	for _, f := range Check(c) {
		if f.Severity != Note || strings.Contains(conditions, "# notes") {
			out = append(out, string(f.Severity)+" "+f.Rule+": "+f.Message)
		}
	}
	return strings.Join(out, "\n")
}

func TestCheck(t *testing.T) {
	share := func(name, where, bounds string) string {
		return "  - {name: " + name + ", share: {measure: deviceHours, where: '" + where + "', over: quarter, assurance: certain, " + bounds + "}}\n"
	}
	available := func(name, where, bounds string) string {
		return strings.Replace(strings.Replace(share(name, where, bounds), "certain", "observed", 1), "over:", "base: available, over:", 1)
	}
	held := func(name, where, bounds string) string {
		return "  - {name: " + name + ", share: {measure: heldTPP, where: '" + where + "', judged: always, minBase: 1, " + bounds + "}}\n"
	}
	delivered := func(name, where, bounds string) string {
		return "  - {name: " + name + ", share: {measure: deliveredTPP, where: '" + where + "', judged: always, atLeast: 20%, assurance: certain, " + bounds + "}}\n"
	}
	abroad := "---\nkind: Site\nmetadata: {name: south}\nspec: {country: DE}\n---\nkind: Lot\nmetadata: {name: abroad}\nspec: {accelerator: h200, site: south, quantity: 100, permits: [import]}\n"
	later := strings.Replace(abroad, "quantity: 100", "quantity: 100, arrives: 2026-03-01", 1) + "# later"
	for _, c := range []struct{ conditions, want string }{
		{"  - {name: a, require: 'job.purpose == \"a\"'}\n", ""},
		{"  - {name: a, require: 'job.purpose == \"d\"'}\n", "warning never-admits: is false for every declared end user and purpose"},
		{"  - {name: a, require: '1 > 2'}\n", "warning never-admits: is false always"},
		{"  - {name: a, require: 'site.country == \"US\"'}\n", "never-admits"},
		{"  - {name: a, require: 'site.labels[\"grid\"] == \"coal\"'}\n", "never-admits"},
		{"  - {name: a, require: 'site.labels[\"rack\"] == \"1\"'}\n", "never-admits"},
		{"  - {name: a, require: 'accelerator.tpp < 100'}\n", "never-admits"},
		{"  - {name: a, require: 'endUser.country == \"DE\"'}\n  - {name: b, require: 'job.endUser == \"team\"'}\n", `error contradiction: "b" of the permit "import" and "a" of the permit "import" contradict each other`},
		{"  - {name: a, require: 'job.purpose in [\"a\", \"b\"]'}\n  - {name: b, require: 'job.purpose in [\"b\", \"c\"]'}\n  - {name: c, require: 'job.purpose in [\"a\", \"c\"]'}\n", `warning never-admits: no declared end user and purpose meets all requirements of "import"`},
		{"  - {name: a, require: 'job.purpose != \"a\"'}\n" + strings.ReplaceAll(share("x", `job.purpose == "a"`, "atLeast: 10%"), "certain", "booked"), `error contradiction: "x" of the permit "import" can never be met: "a" of the permit "import" shuts out all of its part`},
		{"  - {name: a, limit: {measure: deliveredDevices, atMost: 9}}\n", `warning cap-under-lots: "a" allows 9, and the lots would deliver`},
		{"  - {name: a, limit: {measure: deliveredTPP, atMost: 9, where: 'accelerator.country == \"CN\"'}}\n", "never-selects"},
		{"  - {name: a, limit: {measure: deliveredDevices, atMost: 9, over: month}}\n", ""},
		{"  - {name: a, require: 'endUser.country == \"DE\"'}\n  - {name: b, require: 'job.endUser == \"guest\"'}\n", ""},
		{"  - {name: a, require: 'job.tenant == \"anyone\" && job.maxDevices == 77'}\n", ""},
		{"  - {name: a, require: 'job.maxDevices > 3 && job.maxDevices < 2'}\n", "never-admits"},
		{"  - {name: a, limit: {measure: deviceHours, atMost: 0h}}\n", "is zero: it refuses all work"},
		{"  - {name: a, limit: {measure: deviceHours, where: 'job.purpose == \"d\"', atMost: 1h}}\n", "never-selects"},
		{"  - {name: a, approval: {when: 'job.kind == \"tune\"', by: [ndrc]}}\n", "never-selects"},
		{"  - {name: a, evidence: {kind: attestation, maxAge: 1h}}\n", `no evidence of "attestation" about the lot is collected`},
		{"  - {name: a, evidence: {kind: test-certificate, at: delivery}}\n", `it can never arrive`},
		{"  - {name: a, evidence: {kind: attestation, onMiss: notify}}\n", ""},
		// Two disjoint certain floors admit nothing; an allowance frees them.
		{share("x", `job.purpose == "a"`, "atLeast: 30%") + share("y", `job.purpose == "b"`, "atLeast: 30%"), `error frozen: nothing can ever start: all work is outside one of the certain floors "x" of the permit "import" and "y" of the permit "import"`},
		{share("x", `job.purpose == "a"`, "atLeast: 30%, allowance: 10h") + share("y", `job.purpose == "b"`, "atLeast: 30%"), ""},
		{strings.ReplaceAll(share("x", `job.purpose == "a"`, "atLeast: 30%")+share("y", `job.purpose == "b"`, "atLeast: 30%"), "certain", "booked"), ""},
		// No two of these are disjoint, and yet nothing can start.
		{share("x", `job.purpose in ["a", "b"]`, "atLeast: 10%") + share("y", `job.purpose in ["b", "c"]`, "atLeast: 10%") + share("z", `job.purpose in ["a", "c"]`, "atLeast: 10%"), `"x" of the permit "import", "y" of the permit "import" and "z" of the permit "import"`},
		// A band on one part freezes: its floor and its ceiling wait for each other.
		{share("x", `job.purpose == "a"`, "atLeast: 30%, atMost: 50%"), `frozen`},
		// What is neutral to a floor may start.
		{share("x", `job.purpose == "a"`, `outOf: job.purpose != "c", atLeast: 30%`) + share("y", `job.purpose == "b"`, `outOf: job.purpose != "c", atLeast: 30%`), ""},
		{share("x", `job.purpose == "d"`, "atLeast: 30%"), `frozen`},
		{strings.ReplaceAll(share("x", `job.purpose == "a"`, "atLeast: 60%")+share("y", `job.purpose == "b"`, "atLeast: 50%"), "certain", "booked"), `error over-100: the shares "x" of the permit "import" (at least 60%) and "y" of the permit "import" (at least 50%) have no work in common and add up to 110%`},
		{strings.ReplaceAll(share("x", `job.purpose == "a"`, "atLeast: 60%")+share("y", `job.purpose in ["a", "b"]`, "atLeast: 50%"), "certain", "booked"), ""},
		{strings.ReplaceAll(share("x", `job.purpose == "a"`, "atLeast: 60%")+share("y", `job.purpose == "a"`, "atMost: 50%"), "certain", "booked"), `"y" of the permit "import" (at least 50% for the rest)`},
		// Idle devices are the rest of every ceiling on what is available, but of no floor.
		{available("x", `job.purpose == "a"`, "atLeast: 60%") + available("y", `job.purpose == "b"`, "atLeast: 50%"), `error over-100: the shares "x" of the permit "import" (at least 60%) and "y" of the permit "import" (at least 50%) have no work in common`},
		{available("x", `job.purpose == "a"`, "atLeast: 60%") + available("y", `job.purpose in ["a", "b"]`, "atMost: 50%"), `"y" of the permit "import" (at least 50% for the rest) have no work in common and add up to 110%`},
		{available("x", `job.purpose in ["a", "b"]`, "atLeast: 60%") + available("y", `job.purpose == "a"`, "atMost: 50%"), ""},
		{available("x", `job.purpose == "a"`, "atMost: 10%") + available("y", `job.purpose != "a"`, "atMost: 10%"), ""},
		{strings.ReplaceAll(share("x", `job.purpose == "a"`, "atMost: 10%")+share("y", `job.purpose != "a"`, "atMost: 10%"), "certain", "booked"), `over-100`},
		// A part that nothing known is in is no reason to find a contradiction.
		{held("x", `accelerator.country == "CN"`, "atLeast: 75%") + held("y", `accelerator.country != "CN"`, "atMost: 10%"), "only warning never-selects"},
		// Devices, by where they stand.
		{held("x", `site.country == "CN"`, "atLeast: 75%") + held("y", `site.country != "CN"`, "atMost: 10%") + abroad, ""},
		{held("x", `site.country == "CN"`, "atLeast: 75%") + held("y", `site.country == "DE"`, "atLeast: 50%") + abroad, `have no devices in common and add up to 125%`},
		{held("x", `site.country == "DE"`, "atLeast: 10%") + "  - {name: r, require: 'site.country == \"CN\"'}\n" + abroad, `error contradiction: "x" of the permit "import" can never be met: "r" of the permit "import" shuts out all of its part`},
		{held("x", `site.country == "CN"`, "atLeast: 20%") + held("y", `site.country == "DE"`, "atLeast: 20%") + abroad, ""}, // devices are there
		{delivered("x", `site.country == "CN"`, "minBase: 1") + delivered("y", `site.country == "DE"`, "minBase: 1") + later, `error frozen: nothing can ever arrive: every place is outside of one of the floors "x" of the permit "import" and "y" of the permit "import"`},
		{delivered("x", `site.country == "CN"`, "minBase: 1") + delivered("y", `site.country == "DE"`, "minBase: 20k") + later, ""},
		{share("x", `job.purpose == "a"`, "atLeast: 50%") + "  # notes\n", `note longest-job: where the other work runs steadily at 50%, a job outside the part on all devices left can start only once as much of the window has passed as it asks for: at most 46d (window 2026-07-01 to 2026-10-01)`},
		{share("x", `job.purpose == "a"`, "atMost: 20%") + "  # notes\n", `steadily at 80%, a job in the part`},
		{"  - {name: x, onReach: hold, share: {measure: deviceHours, where: 'job.purpose == \"a\"', over: 30d, assurance: observed, atLeast: 20%}} # notes\n", `note rolling-share`},
	} {
		got := find(t, c.conditions)
		want, only := strings.CutPrefix(c.want, "only ")
		if (c.want == "" || only && strings.Contains(got, "\n")) && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s got %s\nwant %s", c.conditions, got, c.want)
		}
	}
}

func TestCheckAcrossPermits(t *testing.T) {
	// Two floors of two permits over one lot freeze it, though each alone does not.
	second := `  - {name: x, share: {measure: deviceHours, where: 'job.purpose == "a"', atLeast: 30%, over: quarter, assurance: certain}}
---
kind: Permit
metadata: {name: export}
spec:
  holder: lab
  grants: [{accelerator: h200, quantity: 1000}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  endorsements: {required: [ndrc]}
  conditions:
  - {name: y, share: {measure: deviceHours, where: 'job.purpose == "b"', atLeast: 30%, over: quarter, assurance: certain}}
---
kind: Lot
metadata: {name: second}
spec: {accelerator: h200, site: north, quantity: 100, permits: [import, export]}
`
	got := find(t, second)
	for _, want := range []string{`all work is outside one of the certain floors "x" of the permit "import" and "y" of the permit "export"`, `nothing says when "ndrc" endorses the permit`} {
		if strings.Count(got, want) != 1 {
			t.Errorf("got %s\nwant once %s", got, want)
		}
	}
}

// Floors of two permits on disjoint parts add up if both cover the same devices.
func TestSharesOfTwoPermits(t *testing.T) {
	second := `  - {name: x, share: {measure: deviceHours, where: 'job.purpose == "a"', atLeast: 60%, over: quarter, assurance: booked}}
---
kind: Permit
metadata: {name: export}
spec:
  holder: lab
  grants: [{accelerator: h200, quantity: 1000}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  conditions:
  - {name: y, share: {measure: deviceHours, where: 'job.purpose == "b"', atLeast: 50%, over: quarter, assurance: booked}}
# both`
	const want = `the shares "x" of the permit "import" (at least 60%) and "y" of the permit "export" (at least 50%) have no work in common`
	if got := find(t, second); strings.Count(got, want) != 1 {
		t.Errorf("got %s\nwant once %s", got, want)
	}
	own := strings.Replace(second, "# both", `---
kind: Lot
metadata: {name: own}
spec: {accelerator: h200, site: north, quantity: 100, permits: [import]}
# both`, 1)
	if got := find(t, own); strings.Contains(got, want) {
		t.Errorf("the import's part may run on devices that the export does not cover: %s", got)
	}
}

// TestLongestOutside compares the formula with the rule itself, N ≥ s(D + h),
// tried hour by hour.
func TestLongestOutside(t *testing.T) {
	const window = 240 // hours
	for _, s := range []quantity.Ratio{{Num: 1, Den: 2}, {Num: 3, Den: 10}, {Num: 9, Den: 10}} {
		for _, p := range []quantity.Ratio{{Num: 1, Den: 2}, {Num: 3, Den: 10}, {Num: 1, Den: 10}, {Num: 9, Den: 10}} {
			for _, n := range []int64{1, 10, 50} {
				const devices = 100
				longest := int64(0)
				for at := range int64(window) {
					used := p.Num * devices / p.Den * at
					for length := longest + 1; at+length <= window; length++ {
						if used*s.Den >= s.Num*(used+n*length) {
							longest = length
						}
					}
				}
				got := int64(longestOutside(window*quantity.Hour, s, p, n, devices) / quantity.Hour)
				// The rule starts on whole hours here, so it may lose one.
				if got < longest || got > longest+1 {
					t.Errorf("floor %s, insiders at %s, %d devices: formula %d h, rule %d h", s, p, n, got, longest)
				}
			}
		}
	}
}
