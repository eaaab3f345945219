package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/internal/daystep"
)

// reach is what the shipped examples reach: the forms, actions and assurances
// of clauses whose removal or change must move a plan.
type reach map[string]bool

// everyForm is what must move some shipped example: what moves none counts as
// not built.
var everyForm = []string{
	"require", "limit", "share", "lapse", "duty", "evidence", "approval", "endorsement",
	"action hold", "action drain", "action stop", "at the end continue", "at the end hold", "at the end drain", "at the end stop",
	"certain", "booked", "observed",
}

// TestEveryFormMoves: each form, each endorsement, each action and each
// assurance is among what TestShippedDayByDay takes out or changes, and what it
// takes out or changes must move the plan.
func TestEveryFormMoves(t *testing.T) {
	r := reach{}
	for _, name := range shippedExamples {
		s := shippedExample(t, name)
		base := s.documents(t)
		for _, part := range s.parts(base) {
			if _, idle := s.Idle[part]; !idle {
				r.part(base, part)
			}
		}
		for _, m := range s.Mutations {
			r.changed(base, m.Set)
			docs := s.documents(t)
			change(t, docs, m.Set)
			r.changed(docs, m.Set)
		}
	}
	for _, x := range everyForm {
		if !r[x] {
			t.Errorf("%s: no shipped example has it among what moves its plan", x)
		}
	}
	if testing.Verbose() {
		t.Log(slices.Sorted(maps.Keys(r)))
	}
}

// part notes a part that is taken out.
func (r reach) part(docs []daystep.Document, part string) {
	permit, name, _ := strings.Cut(part, "/")
	if strings.HasPrefix(name, "endorsement by ") {
		r["endorsement"] = true
	}
	r.clauses(docs, permit, name)
}

// changed notes what a change touches, as the documents have it.
func (r reach) changed(docs []daystep.Document, set map[string]any) {
	for path := range set {
		steps := strings.Split(path, "/")
		if steps[0] != "Permit" || len(steps) < 4 {
			continue
		}
		switch steps[3] {
		case "endorsements":
			r["endorsement"] = true
		case "onEnd":
			each(docs, func(permit string, spec daystep.Document) {
				if named(permit, steps[1]) {
					r[fmt.Sprintf("at the end %v", spec["onEnd"])] = true
				}
			})
		case "conditions":
			if len(steps) > 4 {
				r.clauses(docs, steps[1], steps[4])
			}
		}
	}
}

// clauses notes the form, action and assurance of the clauses of a name.
func (r reach) clauses(docs []daystep.Document, pattern, name string) {
	each(docs, func(permit string, spec daystep.Document) {
		conditions, _ := spec["conditions"].([]any)
		for _, x := range conditions {
			c := x.(daystep.Document)
			if !named(permit, pattern) || c["name"] != name {
				continue
			}
			for form, assurance := range map[string]string{"require": "", "limit": "certain", "share": "booked", "lapse": "", "duty": "", "evidence": "", "approval": ""} {
				if c[form] == nil {
					continue
				}
				r[form] = true
				body, _ := c[form].(daystep.Document)
				if a, ok := body["assurance"].(string); ok {
					assurance = a
				}
				r[assurance] = true
				for _, action := range []any{c["onReach"], body["onMiss"]} {
					if action != nil {
						r[fmt.Sprintf("action %v", action)] = true
					}
				}
			}
		}
	})
}
