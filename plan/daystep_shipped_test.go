package plan

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/internal/daystep"
)

// shipped is a copy of a shipped example: what the copy changes, and what must
// move its plan.
type shipped struct {
	Example string
	// Setup makes the copy: whole days, and sizes that the day stepper can go
	// through. Both sides read it.
	Setup map[string]any
	// Hours is the day stepper's step; a day where it is 0.
	Hours int
	// Leave names documents that are not taken into the copy, as KIND/NAME.
	Leave []string
	// Together takes a clause or endorsement out of all permits at once, where
	// each holder has the same.
	Together bool
	// Idle are PERMIT/CLAUSE, or PERMIT/endorsement by AUTHORITY, whose removal
	// moves nothing, with the reason; the permit is * where they go together.
	Idle map[string]string
	// Unpriced leaves out the cost of conditions, but for the base and for
	// mutations that say otherwise: with many groups it takes many runs.
	Unpriced  bool
	Mutations []mutation
}

var shippedExamples = []string{"eurohpc", "team-budgets", "h200"}

func shippedExample(t *testing.T, name string) *shipped {
	t.Helper()
	var s shipped
	if err := yaml.Unmarshal(read(t, filepath.Join("testdata/daystep/shipped", name+".yaml")), &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// TestShippedDayByDay takes every clause and every endorsement out of a copy of
// each shipped example, and makes further changes of bounds, assurances and
// actions. Engine and day stepper must tell the same each time, and each change
// must move something; what moves nothing is listed, with the reason.
func TestShippedDayByDay(t *testing.T) {
	builtin := documents(t, "../catalog/builtin/accelerators.yaml")
	for _, name := range shippedExamples {
		t.Run(name, func(t *testing.T) {
			s := shippedExample(t, name)
			o := dayOptions{builtin: builtin, hours: s.Hours}
			base := agree(t, s.documents(t), o)
			check := func(t *testing.T, docs []daystep.Document, hours int, priced bool) (was, got told) {
				o, was := o, base
				o.hours = cmp.Or(hours, o.hours)
				if o.unpriced = !priced; o.unpriced {
					was = base.unpriced()
				}
				return was, agree(t, docs, o)
			}
			seen := map[string]bool{}
			for _, part := range s.parts(s.documents(t)) {
				reason, idle := s.Idle[part]
				seen[part] = true
				t.Run("without "+part, func(t *testing.T) {
					t.Parallel()
					docs := s.documents(t)
					take(t, docs, part)
					was, got := check(t, docs, 0, !s.Unpriced)
					if d := differences(was, got); !idle {
						moves(t, was, got)
					} else if len(d) > 0 {
						t.Errorf("it is listed as idle (%s), and moves the %s", reason, strings.Join(d, "; the "))
					}
				})
			}
			for part := range s.Idle {
				if !seen[part] {
					t.Errorf("nothing is called %s", part)
				}
			}
			for _, m := range s.Mutations {
				t.Run(m.Name, func(t *testing.T) {
					t.Parallel()
					docs := s.documents(t)
					change(t, docs, m.Set)
					was, got := check(t, docs, m.Hours, !s.Unpriced || m.Priced)
					moves(t, was, got)
				})
			}
		})
	}
}

// unpriced is what is told without the costs and what is said of them.
func (x told) unpriced() told {
	y := maps.Clone(x)
	y[costs] = map[string]string{}
	y[words] = map[string]string{"summary": x[words]["summary"]}
	return y
}

// documents makes the copy anew: the base scenario alone, everything uncertain
// at its middle, one time zone, and the setup.
func (s *shipped) documents(t *testing.T) []daystep.Document {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../examples", s.Example, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no example %s: %v", s.Example, err)
	}
	c, errs := catalog.Load(filepath.Join("../examples", s.Example))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	docs := documents(t, files...)
	for i, d := range docs { // the clauses of regimes are written out
		for _, p := range c.Permits {
			if d["kind"] != "Permit" || d["metadata"].(daystep.Document)["name"] != p.Name {
				continue
			}
			text, err := p.Document.YAML()
			if err != nil {
				t.Fatal(err)
			}
			expanded, err := daystep.Read(text)
			if err != nil {
				t.Fatal(err)
			}
			docs[i] = expanded[0]
		}
	}
	docs = slices.DeleteFunc(docs, func(d daystep.Document) bool {
		name := fmt.Sprintf("%s/%s", d["kind"], d["metadata"].(daystep.Document)["name"])
		left := slices.ContainsFunc(s.Leave, func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok })
		return left || d["kind"] == "TraceMapping" || d["kind"] == "PermitTest" || d["kind"] == "Scenario" && name != "Scenario/base"
	})
	for _, d := range docs {
		certain(d)
	}
	change(t, docs, s.Setup)
	return docs
}

// certain takes the middle of every distribution, and UTC for every zone.
func certain(v any) any {
	switch x := v.(type) {
	case daystep.Document:
		if m, ok := x["p50"]; ok {
			return m
		}
		if _, ok := x["timeZone"]; ok {
			x["timeZone"] = "UTC"
		}
		for k := range x {
			x[k] = certain(x[k])
		}
	case []any:
		for i := range x {
			x[i] = certain(x[i])
		}
	case time.Time:
		return x.Format(time.DateOnly)
	}
	return v
}

// parts names every clause and endorsement, and every list of purposes.
func (s *shipped) parts(docs []daystep.Document) []string {
	var out []string
	each(docs, func(permit string, spec daystep.Document) {
		if s.Together {
			permit = "*"
		}
		if spec["purposes"] != nil {
			out = append(out, permit+"/purposes")
		}
		endorsements, _ := spec["endorsements"].(daystep.Document)
		required, _ := endorsements["required"].([]any)
		for _, a := range required {
			out = append(out, fmt.Sprintf("%s/endorsement by %s", permit, a))
		}
		conditions, _ := spec["conditions"].([]any)
		for _, c := range conditions {
			out = append(out, fmt.Sprintf("%s/%s", permit, c.(daystep.Document)["name"]))
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

func each(docs []daystep.Document, f func(permit string, spec daystep.Document)) {
	for _, d := range docs {
		if d["kind"] == "Permit" {
			f(d["metadata"].(daystep.Document)["name"].(string), d["spec"].(daystep.Document))
		}
	}
}

// take takes a part out of the documents, with what names it.
func take(t *testing.T, docs []daystep.Document, part string) {
	t.Helper()
	permit, name, _ := strings.Cut(part, "/")
	set := map[string]any{"Permit/" + permit + "/spec/conditions/" + name: nil}
	if name == "purposes" {
		set = map[string]any{"Permit/" + permit + "/spec/purposes": nil}
	}
	if by, ok := strings.CutPrefix(name, "endorsement by "); ok {
		set = map[string]any{"Permit/" + permit + "/spec/endorsements/required/" + by: nil}
		for _, list := range []string{"asserted", "expected"} {
			path := "Permit/" + permit + "/spec/endorsements/" + list + "/" + by
			if has(docs, permit, list, by) {
				set[path] = nil
			}
		}
	}
	change(t, docs, set)
	for _, d := range docs { // a filing names its duty, a lapse its limit
		spec := d["spec"].(daystep.Document)
		if l, ok := spec["filings"].([]any); ok {
			spec["filings"] = slices.DeleteFunc(l, func(f any) bool {
				return named(f.(daystep.Document)["permit"], permit) && f.(daystep.Document)["duty"] == name
			})
		}
		if l, ok := spec["conditions"].([]any); ok && named(d["metadata"].(daystep.Document)["name"], permit) {
			spec["conditions"] = slices.DeleteFunc(l, func(c any) bool {
				lapse, _ := c.(daystep.Document)["lapse"].(daystep.Document)
				return lapse["limit"] == name
			})
		}
	}
}

func has(docs []daystep.Document, permit, list, by string) (found bool) {
	each(docs, func(name string, spec daystep.Document) {
		l, _ := spec["endorsements"].(daystep.Document)[list].([]any)
		found = found || named(name, permit) && slices.ContainsFunc(l, func(x any) bool { return x.(daystep.Document)["by"] == by })
	})
	return found
}

// named reports whether a name fits a pattern.
func named(name any, pattern string) bool {
	ok, _ := path.Match(pattern, name.(string))
	return ok
}
