package permittest

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/catalog"
)

const regimeTests = "../catalog/builtin/regimes"

// Every clause of every regime that ships has a case that keeps it, one that
// just breaks it and one at an edge, and all of them pass.
func TestRegimesKeepTheirOwnTests(t *testing.T) {
	r, errs := Run(regimeTests)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	shows := map[string]map[catalog.Shows]int{}
	for _, c := range r.Cases {
		for _, f := range c.Failures {
			t.Errorf("%s: %s: %s", c.Test, c.Case, f)
		}
		if shows[c.Clause] == nil {
			shows[c.Clause] = map[catalog.Shows]int{}
		}
		shows[c.Clause][c.Shows]++
	}
	failed := map[string]int{}
	for _, c := range r.Clauses {
		failed[c.Clause] = c.Failed
	}
	all, err := catalog.BuiltinRegimes()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		for _, c := range e.Spec.Clauses {
			name := e.Name + "/" + c.Name
			for _, want := range []catalog.Shows{"kept", "broken", "edge"} {
				if shows[name][want] == 0 {
					t.Errorf("%s has no case that shows it %s", name, want)
				}
			}
			clause := strings.ReplaceAll(c.Name, "${name}", "budget")
			if failed[e.Name+"@1/"+clause] == 0 {
				t.Errorf("no case makes %s fail", name)
			}
		}
	}
}

// A clause taken out makes the cases that show it broken fail: the tests are
// not vacuous.
func TestBrokenCasesNeedTheirClause(t *testing.T) {
	files, errs := catalog.TestFiles(regimeTests)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	n := 0
	for _, f := range files {
		tests, errs := catalog.ReadTests(f)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for i := range tests {
			test := &tests[i]
			_, clause, _ := strings.Cut(test.Spec.Clause, "/")
			if clause == "${name}" {
				clause = "budget"
			}
			if clause == "allocation" {
				continue // a lapse names it, so that it cannot be left out
			}
			for k := range test.Spec.Cases {
				c := &test.Spec.Cases[k]
				if c.Shows != "broken" {
					continue
				}
				c.Set = append(c.Set, catalog.Change{Path: "permit.*.spec.conditions." + clause, To: nil})
				only := *test
				only.Spec.Cases = test.Spec.Cases[k : k+1]
				r := &Report{}
				if errs := r.test(f, &only, map[string]*Covered{}); len(errs) > 0 {
					// An account or a breach of the clause is looked for in vain.
					if !strings.Contains(errs.Error(), "there is no condition") && !strings.Contains(errs.Error(), "there is no evidence of the kind") {
						t.Errorf("%s, %s: %v", test.Name, c.Name, errs)
					}
				} else if r.Failed() == 0 {
					t.Errorf("%s: the case %q passes without the clause", test.Spec.Clause, c.Name)
				}
				n++
			}
		}
	}
	if n < 20 {
		t.Errorf("%d cases show a clause broken", n)
	}
}
