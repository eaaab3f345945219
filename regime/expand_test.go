package regime

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/permit"
)

const own = `apiVersion: proviso.dev/v1alpha1
kind: Regime
metadata: {name: own, version: 3}
spec:
  title: {en: Own, de: Eigenes}
  body: Nobody
  status: own
  source: A test
  parameters:
  - {name: tenant, type: text, meaning: {en: who, de: wer}}
  - {name: purposes, type: texts, default: [a], meaning: {en: what for, de: wozu}}
  - {name: most, type: count, default: 75_000, atLeast: 10, atMost: 1M, meaning: {en: how many, de: wie viele}}
  - {name: hours, type: amount, measure: deviceHours, default: 100h, atLeast: 1h, atMost: 30d, meaning: {en: how long, de: wie lange}}
  - {name: part, type: ratio, default: 20%, atMost: 50%, meaning: {en: how much, de: wie viel}}
  - {name: by, type: authorities, default: [x], meaning: {en: who says yes, de: wer zustimmt}}
  clauses:
  - name: tenant-alone
    article: One
    read: primary
    basis: law
    condition: {require: 'job.tenant == ${tenant} && job.purpose in ${purposes} && job.maxDevices < ${most}'}
  - name: hours
    article: Two
    read: secondary
    basis: law
    condition: {limit: {measure: deviceHours, atMost: "${hours}"}}
  - name: devices
    article: Three
    read: primary
    basis: reported
    off: It reads more than one way
    condition: {limit: {measure: devices, atMost: "${most}"}}
  - name: share
    article: Four
    read: primary
    basis: law
    condition: {share: {measure: deviceHours, where: 'true', atMost: "${part} × 50%", over: month}}
  - name: yes
    article: Five
    read: primary
    basis: law
    condition: {approval: {when: 'true', by: "${by}"}}
`

func entry(t testing.TB) *Entry {
	t.Helper()
	docs, errs := document.Read("own.yaml", []byte(own))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	e := &Entry{Name: "own", Version: 3, Spec: new(Regime), Document: docs[0]}
	if errs := docs[0].Decode(e.Spec); len(errs) > 0 {
		t.Fatal(errs)
	}
	if errs := e.Check(); len(errs) > 0 {
		t.Fatal(errs)
	}
	return e
}

// expand gives the conditions that a use is written out as.
func expand(t testing.TB, use permit.RegimeUse) ([]permit.Condition, document.Errors) {
	t.Helper()
	docs, errs := document.Read("p.yaml", []byte(bare))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	parts, errs := entry(t).Expand(&use, docs[0], "spec")
	if len(errs) > 0 {
		return nil, errs
	}
	for i, p := range parts {
		docs[0].Put("spec.conditions", i, p, "spec")
	}
	var p permit.Permit
	if errs := docs[0].Decode(&p); len(errs) > 0 {
		t.Fatal(errs)
	}
	return p.Conditions, nil
}

func TestExpand(t *testing.T) {
	c, errs := expand(t, permit.RegimeUse{Use: "own", With: map[string]any{"tenant": "union", "most": "200k", "by": []any{"y", "z"}}, Also: []string{"devices"}, Except: []string{"hours"}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var got []string
	for i := range c {
		got = append(got, fmt.Sprintf("%s %s %s %s", c[i].Name, c[i].From, c[i].Basis, c[i].Source))
	}
	want := []string{
		"tenant-alone own@3 assumed One", // a figure of the permit's own
		"devices own@3 assumed Three",
		"share own@3 law Four",
		"yes own@3 law Five", // names do not weaken a clause
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got %q\nwant %q", got, want)
	}
	if c[0].Require != `job.tenant == "union" && job.purpose in ["a"] && job.maxDevices < 200000` {
		t.Errorf("a predicate is %s", c[0].Require)
	}
	if c[1].Limit.AtMost.String() != "200000" || c[2].Share.AtMost.String() != "10%" || fmt.Sprint(c[3].Approval.By) != "[y z]" {
		t.Errorf("bounds are %s and %s, by %s", c[1].Limit.AtMost, c[2].Share.AtMost, c[3].Approval.By)
	}

	c, errs = expand(t, permit.RegimeUse{Use: "own", With: map[string]any{"tenant": "union", "hours": "2d"}, Basis: fleet.Reported, Source: "a letter"})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if c[1].Basis != fleet.Reported || c[1].Source != "Two (known from others alone); values: a letter" {
		t.Errorf("the clause is %s by %s", c[1].Basis, c[1].Source)
	}
}

func TestExpandRefuses(t *testing.T) {
	for _, c := range []struct {
		with map[string]any
		want string
	}{
		{map[string]any{}, `the clause "tenant-alone" of the regime "own" needs the parameter "tenant", which is open`},
		{map[string]any{"tenant": "u", "hours": "59m"}, "59m is below the least value, 1h"},
		{map[string]any{"tenant": "u", "hours": "721h"}, "721h is above the greatest value, 30d"},
		{map[string]any{"tenant": "u", "most": int64(9)}, "9 is below the least value, 10"},
		{map[string]any{"tenant": "u", "most": "1.5"}, "1.5"},
		{map[string]any{"tenant": "u", "part": "50.01%"}, "50.01% is above the greatest value, 50%"},
		{map[string]any{"tenant": "u", "part": int64(3)}, "above the greatest value, 50%"},
		{map[string]any{"tenant": "u", "purposes": "a"}, "must be a list of words"},
		{map[string]any{"tenant": "u", "purposes": []any{}}, "the list is empty"},
		{map[string]any{"tenant": "u", "purposes": []any{"a", int64(2)}}, "is no word"},
		{map[string]any{"tenant": ""}, "is empty"},
		{map[string]any{"tenant": true}, "must be text"},
	} {
		if _, errs := expand(t, permit.RegimeUse{Use: "own", With: c.with}); len(errs) == 0 || !strings.Contains(errs.Error(), c.want) {
			t.Errorf("%v: %v\nwant %s", c.with, errs, c.want)
		}
	}
}

// Whatever text a permit gives, the predicate compares with exactly that text:
// a value cannot end the literal and say something of its own.
func TestTextsStayTexts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, 12, -1), rapid.SampledFrom([]string{`a" || true || "`, `\`, `${hours}`, `"`, "a\nb", "é", "“", `\x41`, "true", "12", "~", " a"})).Draw(r, "text")
		c, errs := expand(t, permit.RegimeUse{Use: "own", With: map[string]any{"tenant": text, "purposes": []any{text, "b"}}})
		if len(errs) > 0 {
			r.Fatal(errs)
		}
		p, err := permit.CompileExpression(c[0].Require)
		if err != nil {
			r.Fatalf("%q: %v", c[0].Require, err)
		}
		for _, s := range []permit.SubjectJob{{Tenant: text, Purpose: text}, {Tenant: text, Purpose: "b"}, {Tenant: text + " ", Purpose: "b"}, {Tenant: text, Purpose: "c"}, {Tenant: "", Purpose: "b"}} {
			want := s.Tenant == text && (s.Purpose == text || s.Purpose == "b")
			if p.Holds(&permit.Subject{Job: s}) != want {
				r.Fatalf("%s is not %t of %+v", c[0].Require, want, s)
			}
		}
	})
}
