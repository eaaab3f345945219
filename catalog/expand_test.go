package catalog

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/regime"
)

func TestBuiltinRegimesAreSound(t *testing.T) {
	all, err := BuiltinRegimes()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("%d regimes ship", len(all))
	}
	for i := range all {
		r := &all[i]
		e := regime.Entry{Name: r.Name, Version: r.Version, Spec: &r.Spec, Document: r.Document}
		for _, err := range e.Check() {
			t.Error(err)
		}
		if _, err := ShowRegime(r); err != nil {
			t.Error(err)
		}
		for _, c := range r.Spec.Clauses {
			if c.Read == regime.Secondary && !strings.Contains(c.Article, "by way of") && c.Basis == fleet.Law {
				t.Errorf("%s: the clause %s was not read and does not say by way of whom it is known", r.Name, c.Name)
			}
		}
	}
}

// loadText loads a file with this text, after the line that it begins with.
func loadText(t *testing.T, text string) (*Catalog, document.Errors) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := Load(name)
	for _, e := range errs {
		e.File = filepath.Base(e.File)
	}
	return c, errs
}

const permitWith = `apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: p}
spec:
  holder: h
  grants: [{accelerator: h200, quantity: 10}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  regimes:
`

func TestWrongUsesOfRegimes(t *testing.T) {
	for _, c := range []struct{ uses, want string }{
		{"  - {use: budgte}", `p.yaml:9:11: spec.regimes[0].use: there is no regime "budgte" (did you mean "budget"?)`},
		{"  - {use: budget, version: 7, with: {team: a, hours: 1h}}", "p.yaml:9:28: spec.regimes[0].version: the regime \"budget\" that is here has version 1"},
		{"  - {use: budget, with: {team: a, hour: 1h}}", `p.yaml:9:41: spec.regimes[0].with.hour: the regime "budget" has no parameter "hour" (did you mean "hours"?)`},
		{"  - {use: budget, with: {team: a, hours: 1MW}}", `p.yaml:9:42: spec.regimes[0].with.hours: "1MW" does not measure this`},
		{"  - {use: budget, with: {team: a, hours: [1h]}}", `p.yaml:9:35: spec.regimes[0].with.hours: is a list, must be amount`},
		{"  - {use: budget, with: {team: 7, hours: 1h}}", `is the number 7, must be a word (write "7")`},
		{"  - {use: budget, with: {team: a, hours: 1h, window: fortnight}}", `"fortnight" is not a window`},
		{"  - {use: budget, with: {team: a, hours: 1h, assurance: certian}}", `"certian" is none of its values (did you mean "certain"?)`},
		{"  - {use: budget, with: {hours: 1h}}", `spec.regimes[0]: the clause "budget" of the regime "budget" needs the parameter "team", which is open`},
		{"  - {use: eurohpc-2021-1173, with: {unionShare: 60%}}", `p.yaml:9:49: spec.regimes[0].with.unionShare: 60% is above the greatest value, 50% (write 0% to 50%)`},
		{"  - {use: eurohpc-2021-1173, except: [union-shares]}", `the regime "eurohpc-2021-1173" has no clause "union-shares" (did you mean "union-share"?)`},
		{"  - {use: eurohpc-2021-1173, also: [union-share]}", `is taken anyway`},
		{"  - {use: us-licence-reported-2026-03, with: {perCustomer: 0}}", "0 is below the least value, 1 (write at least 1)"},
		{"  - {use: us-bis-2026-01, except: [half-of-us-shipments], with: {product: h200}}", `no clause that the permit takes from "us-bis-2026-01" reads the parameter "product"`},
		{"  - {use: us-bis-2026-01, with: {product: h300, shipments: f}}", `there is no accelerator "h300" (did you mean "b300"?)`},
		{"  - {use: us-bis-2026-01, with: {product: h200, shipments: f}}", `p.yaml:9:11: spec.conditions.half-of-us-shipments.share.base.fact: there is no fact "f"`},
		{"  - {use: budget, with: {team: a, hours: 1h}}\n  - {use: budget, with: {team: b, hours: 1h}}", `p.yaml:10:11: spec.conditions[1].name: there is a "budget" already`},
		{"  - {use: budget, with: {name: two words, team: a, hours: 1h}}", `"two words" is not a name`},
	} {
		_, errs := loadText(t, permitWith+c.uses+"\n")
		if len(errs) == 0 || !strings.Contains(errs.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.uses, errs, c.want)
		}
	}
}

func TestRegimesWithErrors(t *testing.T) {
	const head = `apiVersion: proviso.dev/v1alpha1
kind: Regime
metadata: {name: own}
spec:
  title: {en: a, de: b}
  body: us
  status: own
  source: us
`
	for _, c := range []struct{ rest, want string }{
		{"", "a regime has clauses or lines"},
		{"  parameters: [{name: x, type: ratio, default: 200, atMost: 50%, meaning: {en: a, de: b}}]\n", "200 is above the greatest value, 50%"},
		{"  parameters: [{name: x, type: amount, meaning: {en: a, de: b}}]\n", "an amount has a measure"},
		{"  parameters: [{name: cap, type: count, meaning: {en: a, de: b}}]\n  clauses: [{name: c, article: a, read: primary, basis: law, condition: {limit: {measure: jobs, atMost: '${cup}'}}}]\n", `there is no parameter "cup" (did you mean "cap"?)`},
		{"  clauses: [{name: c, article: a, read: primary, basis: law, condition: {name: d, require: 'true'}}]\n", "name belongs to the clause, not to its condition"},
		{"  clauses: [{name: c, article: a, read: third, basis: law, condition: {require: 'true'}}]\n", `"third" is none of the values`},
	} {
		_, errs := loadText(t, head+c.rest)
		if !strings.Contains(errs.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.rest, errs, c.want)
		}
	}
}

// A clause is as sure as the less sure of its text and its values.
func TestBasisOfExpandedClauses(t *testing.T) {
	for _, c := range []struct {
		use  string
		want fleet.Basis
	}{
		{"{use: us-licence-reported-2026-03}", fleet.Reported},
		{"{use: us-licence-reported-2026-03, with: {perCustomer: 100}}", fleet.Assumed},
		{"{use: us-licence-reported-2026-03, with: {perCustomer: 100}, basis: law}", fleet.Reported},
		{"{use: eurohpc-2021-1173, with: {union: eu}}", fleet.Law},
		{"{use: eurohpc-2021-1173, with: {unionShare: 35%}}", fleet.Assumed},
		{"{use: eurohpc-2021-1173, with: {unionShare: 35%}, basis: law}", fleet.Law},
	} {
		cat, errs := loadText(t, permitWith+"  - "+c.use+"\n")
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if got := cat.Permits[0].Spec.Conditions[0].Basis; got != c.want {
			t.Errorf("%s: got %s, want %s", c.use, got, c.want)
		}
	}
}

// What is signed is the expanded permit: it says the same as the permit that
// names its regimes, and needs none of them.
func TestExpandedPermitsMeanTheSame(t *testing.T) {
	for _, dir := range []string{"h200", "eurohpc", "team-budgets"} {
		set, errs := Read("../examples/" + dir)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		want, errs := set.Resolve()
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		docs, errs := set.Expand()
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for i, d := range docs {
			data, err := d.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if d.Has("spec.regimes") {
				t.Errorf("%s still names regimes", d.Name)
			}
			again, errs := document.Read("expanded", data)
			if len(errs) > 0 || len(again) != 1 {
				t.Fatalf("%v\n%s", errs, data)
			}
			got := want.Permits[i].Spec
			got.Conditions = nil
			if errs := again[0].Decode(&got); len(errs) > 0 {
				t.Fatalf("%v\n%s", errs, data)
			}
			for k := range got.Grants { // Resolve turns aliases into names
				got.Grants[k].Accelerator = want.Permits[i].Spec.Grants[k].Accelerator
			}
			if !reflect.DeepEqual(got, want.Permits[i].Spec) {
				t.Errorf("%s means something else when it is expanded", d.Name)
			}
		}
	}
}

// A change of a clause finds the clauses of regimes; a change of a regime's
// values comes first, wherever it stands.
func TestChangesOfExpandedPermits(t *testing.T) {
	name := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(name, []byte(permitWith+"  - {use: budget, with: {team: a, hours: 1h}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, errs := Read(name)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	changed, errs := set.With([]Change{
		{Path: "permit.p.spec.conditions.budget.onReach", To: "stop"},
		{Path: "permit.p.spec.regimes.budget.with.hours", To: "7h"},
	})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	c, errs := changed.Resolve()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if got := c.Permits[0].Spec.Conditions[0]; got.OnReach != "stop" || got.Limit.AtMost.String() != "7h" {
		t.Errorf("got %s and %s", got.OnReach, got.Limit.AtMost)
	}
}
