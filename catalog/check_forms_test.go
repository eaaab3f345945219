package catalog

import (
	"strings"
	"testing"
)

func TestConditionsOnHoldings(t *testing.T) {
	const head = `apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: p}
spec:
  holder: h
  grants: [{accelerator: h200, quantity: 10}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  conditions:
`
	for _, c := range []struct{ condition, want string }{
		{`share: {measure: heldTPP, where: 'true', atMost: 7%, judged: always, minBase: 1}`, ""},
		{`share: {measure: heldTPP, where: 'true', atMost: 7%, judged: always}`, "judged always, once the whole exceeds minBase"},
		{`share: {measure: heldTPP, where: 'true', atMost: 7%, minBase: 1}`, "write judged: always and minBase"},
		{`share: {measure: heldTPP, where: 'true', atMost: 7%, judged: always, minBase: 1, over: month}`, "a share of what is held has no over"},
		{`share: {measure: heldTPP, where: 'true', atMost: 7%, judged: always, minBase: 1, assurance: observed}`, "a share of it is certain"},
		{`share: {measure: heldTPP, where: 'true', atLeast: 7%, each: country, judged: always, minBase: 1}`, "could never be met"},
		{`share: {measure: heldTPP, where: 'true', atMost: 7%, each: model, judged: always, minBase: 1}`, "what is held has no model"},
		{`share: {measure: heldTPP, where: job.purpose == "a", atMost: 7%, judged: always, minBase: 1}`, "judged at delivery, where there is no job.purpose"},
		{`share: {measure: deviceHours, where: 'true', atMost: 7%, each: country}`, "deviceHours has no part of each country"},
		{`share: {measure: power, where: 'true', atMost: 7%}`, "power is a measure of the instant"},
		{`duty: {report: a, before: transfer, notice: 60d}`, ""},
		{`duty: {report: a, before: transfer}`, "a notice has both before and notice"},
		{`duty: {report: a, notice: 60d}`, "a notice has both before and notice"},
		{`duty: {report: a, before: transfer, notice: 60d, every: month}`, "belongs to a report after each window"},
		{`duty: {report: a, before: move, notice: 60d, onMiss: stop}`, "there is nothing to stop"},
		{`duty: {report: a}`, "missing field every (write every and dueWithin, or before and notice)"},
		{`duty: {report: a, every: month}`, "missing field dueWithin"},
	} {
		_, errs := loadText(t, head+"  - {name: c, "+c.condition+"}\n")
		if c.want == "" && len(errs) > 0 || !strings.Contains(errs.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.condition, errs, c.want)
		}
	}
}

func TestLimitsThatFollowAFact(t *testing.T) {
	const head = `apiVersion: proviso.dev/v1alpha1
kind: Fact
metadata: {name: good}
spec: {series: [{at: 2026-01-01, value: 1MW}, {at: 2026-02-01, value: 2MW}]}
---
apiVersion: proviso.dev/v1alpha1
kind: Fact
metadata: {name: late}
spec: {series: [{at: 2026-01-02, value: 1MW}]}
---
apiVersion: proviso.dev/v1alpha1
kind: Fact
metadata: {name: vague}
spec: {series: [{at: 2026-01-01, value: {p10: 1MW, p50: 2MW, p90: 3MW}}]}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: p}
spec:
  holder: h
  grants: [{accelerator: h200, quantity: 10}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  conditions:
`
	for _, c := range []struct{ limit, want string }{
		{"measure: power, follows: good", ""},
		{"measure: power", "missing field atMost"},
		{"measure: power, follows: good, atMost: 1MW", "not both"},
		{"measure: power, follows: goood", `there is no fact "goood" (did you mean "good"?)`},
		{"measure: devices, follows: good", "does not count devices"},
		{"measure: deviceHours, follows: good", "deviceHours is no measure of use at an instant"},
		{"measure: power, follows: late", "begins on 2026-01-02, after the permit"},
		{"measure: power, follows: vague", "is uncertain"},
		{"measure: power, follows: good, pool: x", "has no pool"},
	} {
		_, errs := loadText(t, head+"  - {name: c, limit: {"+c.limit+"}}\n")
		if c.want == "" && len(errs) > 0 || !strings.Contains(errs.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.limit, errs, c.want)
		}
	}
}
