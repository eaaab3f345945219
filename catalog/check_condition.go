package catalog

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// compiled is the outcome of compiling one expression, which many permits may
// have.
type compiled struct {
	predicate *permit.Predicate
	err       error
}

// expression compiles an expression and points at what is wrong in it.
func (s *scope) expression(path string, e permit.Expression) *permit.Predicate {
	if e == "" {
		if s.doc.Has(path) {
			s.fail(path, "is empty")
		}
		return nil
	}
	c, ok := s.exprs[e]
	if !ok {
		c.predicate, c.err = permit.CompileExpression(e)
		s.exprs[e] = c
	}
	if c.err == nil {
		return c.predicate
	}
	var x *permit.ExpressionError
	if errors.As(c.err, &x) {
		err := s.doc.ErrorIn(path, x.Line, x.Column, "%s", x.Message)
		err.Hint = x.Hint
		s.errs = append(s.errs, err)
		return nil
	}
	s.fail(path, "%s", c.err)
	return nil
}

// forms gives the forms that a condition is written in.
func forms(c *permit.Condition) (all []string) {
	for _, f := range []struct {
		name string
		is   bool
	}{{"require", c.Require != ""}, {"limit", c.Limit != nil}, {"share", c.Share != nil}, {"lapse", c.Lapse != nil},
		{"duty", c.Duty != nil}, {"evidence", c.Evidence != nil}, {"approval", c.Approval != nil}} {
		if f.is {
			all = append(all, f.name)
		}
	}
	return all
}

func (s *scope) conditions(p *permit.Permit, loc *time.Location) {
	names := make([]string, len(p.Conditions))
	for i, c := range p.Conditions {
		names[i] = c.Name
	}
	for i := range p.Conditions {
		c := &p.Conditions[i]
		if !itemName.MatchString(c.Name) {
			s.hint(itemNameHint, conditionPath(p, i)+".name", "%q is not a name", c.Name)
		}
		if slices.Index(names, c.Name) < i {
			hint := ""
			if c.From != "" {
				hint = "a permit takes a regime twice only if its clauses get their names from a parameter, as with: {name: …} of budget"
			}
			s.hint(hint, conditionPath(p, i)+".name", "there is a %q already", c.Name)
		}
		s.condition(conditionPath(p, i), p, c, loc)
	}
}

// conditionPath is where a condition stands: by its name if it came from a
// regime, since it has no place of its own in the file.
func conditionPath(p *permit.Permit, i int) string {
	c := &p.Conditions[i]
	first := slices.IndexFunc(p.Conditions, func(d permit.Condition) bool { return d.Name == c.Name })
	if c.From != "" && first == i {
		return "spec.conditions." + c.Name
	}
	return at("spec.conditions", i)
}

func (s *scope) condition(path string, p *permit.Permit, c *permit.Condition, loc *time.Location) {
	switch is := forms(c); len(is) {
	case 0:
		s.hint("write one of require, limit, share, lapse, duty, evidence, approval", path, "the condition %q has no form", c.Name)
	case 1:
		if c.OnReach != "" && !slices.Contains([]string{"require", "limit", "share"}, is[0]) {
			s.fail(path+".onReach", "belongs to a require, a limit or a share, not to %s", article(is[0]))
		}
	default:
		s.hint("write a condition for each", path, "the condition %q has %s: a condition has one form", c.Name, strings.Join(is, " and "))
	}
	s.action(path+".onReach", c.OnReach)
	s.expression(path+".require", c.Require)
	if c.Limit != nil {
		s.limit(path+".limit", p, c.Limit, loc)
	}
	if c.Share != nil {
		s.share(path, p, c, loc)
	}
	if c.Lapse != nil {
		s.lapse(path+".lapse", p, c.Lapse)
	}
	if d := c.Duty; d != nil && (d.Before != "" || d.Notice != 0) {
		s.notice(path+".duty", d)
	} else if d != nil {
		for _, f := range []string{"every", "dueWithin"} {
			if !s.doc.Has(path + ".duty." + f) {
				s.hint("write every and dueWithin, or before and notice", path+".duty", "missing field %s", f)
			}
		}
		if s.window(path+".duty.every", d.Every, loc) == "rolling" {
			s.hint("write month, quarter, half, year, life or boundaries", path+".duty.every", "a duty has no rolling window")
		}
		s.wholeDays(path+".duty.dueWithin", d.DueWithin)
		s.action(path+".duty.onMiss", d.OnMiss)
	}
	if e := c.Evidence; e != nil {
		s.positive(path+".evidence.maxAge", e.MaxAge)
		s.action(path+".evidence.onMiss", e.OnMiss)
		where := e.At
		if where == "" {
			where = permit.Use
		}
		if !governs(p, where) {
			s.fail(path+".evidence.at", "is asked for at %s, which the permit's scope leaves out", where)
		}
	}
	if a := c.Approval; a != nil {
		s.expression(path+".approval.when", a.When)
		s.references("Authority", path+".approval.by", a.By)
		if a.Quorum < 0 || a.Quorum > len(a.By) {
			s.fail(path+".approval.quorum", "%d of %d cannot say yes", a.Quorum, len(a.By))
		}
	}
}

func article(word string) string {
	if strings.ContainsAny(word[:1], "aeiou") {
		return "an " + word
	}
	return "a " + word
}

func (s *scope) action(path string, a permit.Action) {
	if a == permit.Continue {
		s.hint("write notify, hold, drain or stop", path, "continue says what the permit's end does, not what a breach does")
	}
}

// measured checks what limits and shares have in common: the measure, its
// selectors, key and window.
func (s *scope) measured(path string, p *permit.Permit, m permit.Measure, per permit.Per, selectors map[string]permit.Expression) {
	when := permit.Use
	if m.AtDelivery() {
		when = permit.Delivery
	}
	if !governs(p, when) {
		s.hint(fmt.Sprintf("add %s to spec.scope", when), path+".measure", "%s is judged at %s, which the permit's scope leaves out", m, when)
	}
	if m.AtDelivery() && slices.Contains([]permit.Per{"endUser", "model", "tenant", "purpose"}, per) {
		s.fail(path+".per", "%s is judged at delivery, where there is no %s", m, per)
	}
	for _, field := range sortedKeys(selectors) {
		pr := s.expression(path+"."+field, selectors[field])
		if pr == nil || !m.AtDelivery() {
			continue
		}
		for _, f := range pr.Reads() {
			if strings.HasPrefix(f, "job.") || strings.HasPrefix(f, "endUser.") {
				s.fail(path+"."+field, "%s is judged at delivery, where there is no %s", m, f)
			}
		}
	}
}

func (s *scope) limit(path string, p *permit.Permit, l *permit.Limit, loc *time.Location) {
	s.measured(path, p, l.Measure, l.Per, map[string]permit.Expression{"where": l.Where})
	switch {
	case l.Follows != "":
		s.envelope(path, p, l, loc)
	case !s.doc.Has(path + ".atMost"):
		s.fail(path, "missing field atMost")
	}
	s.amount(path+".atMost", l.AtMost, l.Measure.Unit())
	s.window(path+".over", l.Over, loc)
	if l.Measure.Instant() && s.doc.Has(path+".over") {
		s.fail(path+".over", "%s is a measure of the instant: it has no window", l.Measure)
	}
}

func (s *scope) lapse(path string, p *permit.Permit, l *permit.Lapse) {
	var limits []string
	for _, c := range p.Conditions {
		if c.Limit != nil {
			limits = append(limits, c.Name)
		}
	}
	if s.among(path+".limit", l.Limit, "limit in this permit by the name of", limits) {
		for i := range p.Conditions {
			if c := &p.Conditions[i]; c.Name == l.Limit && c.Limit != nil && c.Limit.Measure.Instant() {
				s.fail(path+".limit", "%s is a measure of the instant: nothing of it is left unused", c.Limit.Measure)
			}
		}
	}
	for i, d := range l.On {
		sub := at(path+".on", i)
		s.part(sub+".usedBelow", d.UsedBelow)
		s.part(sub+".lose", d.Lose)
		t, err := time.Parse("01-02", d.Date)
		if err != nil || t.Month() == time.February && t.Day() == 29 {
			s.hint("write MM-DD, a day that every year has", sub+".date", "%q is not a day of the year", d.Date)
			continue
		}
		if i == 0 {
			continue
		}
		before := l.On[i-1]
		if before.Date > d.Date || before.Date == d.Date && compare(before.UsedBelow, d.UsedBelow) >= 0 {
			s.hint("order the lines by date, then by usedBelow", sub, "is not after the line above")
		}
	}
}

func compare(a, b quantity.Ratio) int {
	x := new(big.Int).Mul(big.NewInt(a.Num), big.NewInt(b.Den))
	return x.Cmp(new(big.Int).Mul(big.NewInt(b.Num), big.NewInt(a.Den)))
}
