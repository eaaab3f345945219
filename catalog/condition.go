package catalog

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// conditions checks the clauses of a permit.
func (r *resolver) conditions(e *Entry[permit.Permit]) {
	s, d := &e.Spec, e.Document
	add := func(path, format string, args ...any) { r.errs = append(r.errs, d.Errorf(path, format, args...)) }
	loc, err := zone(s.Valid.TimeZone)
	if err != nil {
		add("spec.valid.timeZone", "there is no time zone %q: write an IANA name such as Asia/Shanghai", s.Valid.TimeZone)
		loc = time.UTC
	}
	if !s.Valid.From.Zero() && !s.Valid.Until.Zero() && s.Valid.From.In(loc) >= s.Valid.Until.In(loc) {
		add("spec.valid.until", "the permit ends on %s, before it starts on %s", s.Valid.Until, s.Valid.From)
	}
	byName := map[string]*permit.Condition{}
	for i := range s.Conditions {
		c, at := &s.Conditions[i], fmt.Sprintf("spec.conditions[%d]", i)
		if byName[c.Name] != nil {
			add(at+".name", "the condition %q is there twice", c.Name)
		}
		byName[c.Name] = c
	}
	for i := range s.Conditions {
		c, at := &s.Conditions[i], fmt.Sprintf("spec.conditions[%d]", i)
		forms := 0
		for _, has := range []bool{c.Require != "", c.Limit != nil, c.Share != nil, c.Lapse != nil, c.Duty != nil, c.Evidence != nil, c.Approval != nil} {
			if has {
				forms++
			}
		}
		if forms != 1 {
			add(at, "a condition has exactly one of require, limit, share, lapse, duty, evidence and approval; this one has %d", forms)
		}
		r.expression(e, at+".require", c.Require)
		switch {
		case c.Limit != nil:
			r.expression(e, at+".limit.where", c.Limit.Where)
			r.amount(e, at+".limit.atMost", c.Limit.AtMost, c.Limit.Measure.Unit())
			r.window(e, at+".limit.over", c.Limit.Over)
		case c.Share != nil:
			r.share(e, at+".share", c)
		case c.Lapse != nil:
			if l := byName[c.Lapse.Limit]; l == nil || l.Limit == nil {
				add(at+".lapse.limit", "there is no limit %q in this permit", c.Lapse.Limit)
			}
			for k, on := range c.Lapse.On {
				if _, err := time.Parse("01-02", on.Date); err != nil {
					add(fmt.Sprintf("%s.lapse.on[%d].date", at, k), "%q is not a day of the year: write MM-DD, such as 05-01", on.Date)
				}
			}
		case c.Duty != nil:
			r.window(e, at+".duty.every", c.Duty.Every)
			if k, _, err := c.Duty.Every.Kind(); err == nil && k == calendar.Rolling {
				add(at+".duty.every", "a duty is due after windows of a calendar: write month, quarter, half, year or life")
			}
		case c.Approval != nil:
			r.expression(e, at+".approval.when", c.Approval.When)
			r.each(d, at+".approval.by", c.Approval.By, r.authorities)
			if c.Approval.Quorum > len(c.Approval.By) {
				add(at+".approval.quorum", "%d must say yes, but only %d can", c.Approval.Quorum, len(c.Approval.By))
			}
		}
	}
	r.granted(e)
}

func (r *resolver) share(e *Entry[permit.Permit], at string, c *permit.Condition) {
	s, d := c.Share, e.Document
	add := func(path, format string, args ...any) { r.errs = append(r.errs, d.Errorf(path, format, args...)) }
	r.expression(e, at+".where", s.Where)
	r.expression(e, at+".outOf", s.OutOf)
	r.window(e, at+".over", s.Over)
	r.amount(e, at+".allowance", s.Allowance, s.Measure.Unit())
	r.amount(e, at+".minBase", s.MinBase, s.Measure.Unit())
	if s.Base.Fact != "" {
		r.refer(d, at+".base.fact", &s.Base.Fact, r.facts)
	}
	if s.Base.Text != "" && s.Base.Text != "used" && s.Base.Text != "available" {
		add(at+".base", "%q is not a base: write used, available or {fact: NAME}", s.Base.Text)
	}
	if s.AtLeast == nil && s.AtMost == nil {
		add(at, "a share needs atLeast or atMost")
	}
	for field, v := range map[string]*quantity.Ratio{"atLeast": s.AtLeast, "atMost": s.AtMost} {
		if v != nil && v.Num > v.Den {
			add(at+"."+field, "%s is more than the whole", v)
		}
	}
	if s.Measure.Instant() {
		add(at+".measure", "a share needs a measure that accumulates, such as deviceHours")
	}
	if s.Judged == "always" && (s.MinBase.Zero() || s.Assurance != permit.Certain && s.Assurance != permit.Observed) {
		add(at+".judged", "a share that is judged always needs minBase, and assurance certain or observed")
	}
	if k, _, err := s.Over.Kind(); s.Over.String() != "" && err == nil && k == calendar.Rolling && (s.Assurance != permit.Observed || c.OnReach == "") {
		add(at+".over", "a rolling share cannot be guaranteed by admission: others' old use ages out first; write assurance: observed and say in onReach what happens then")
	}
	if s.Base.Text == "available" && s.AtLeast != nil && s.Assurance == permit.Certain {
		add(at+".assurance", "nobody can be made to use what is available: such a floor can only be booked or observed")
	}
}

func (r *resolver) expression(e *Entry[permit.Permit], at string, x permit.Expression) {
	if x == "" {
		return
	}
	_, err := permit.CompileExpression(x)
	var bad *permit.ExpressionError
	if errors.As(err, &bad) {
		out := e.Document.ErrorIn(at, bad.Line, bad.Column, "%s", bad.Message)
		out.Hint = bad.Hint
		r.errs = append(r.errs, out)
	} else if err != nil {
		r.errs = append(r.errs, e.Document.Errorf(at, "%s", err))
	}
}

func (r *resolver) amount(e *Entry[permit.Permit], at string, a quantity.Amount, u quantity.Unit) {
	if _, err := sum(a, u); err != nil {
		r.errs = append(r.errs, e.Document.Errorf(at, "%s", err))
	}
}

func (r *resolver) window(e *Entry[permit.Permit], at string, w calendar.Window) {
	if w.String() == "" {
		return
	}
	if _, _, err := w.Kind(); err != nil {
		r.errs = append(r.errs, e.Document.Errorf(at, "%s", err))
	}
}

// granted refuses lots that together exceed what a permit grants.
func (r *resolver) granted(e *Entry[permit.Permit]) {
	for i, g := range e.Spec.Grants {
		most, err := g.Quantity.Int64(quantity.Count)
		if err != nil {
			r.errs = append(r.errs, e.Document.Errorf(fmt.Sprintf("spec.grants[%d].quantity", i), "%s", err))
			continue
		}
		sum, last := int64(0), -1
		for k := range r.c.Lots {
			l := &r.c.Lots[k].Spec
			if l.Accelerator != g.Accelerator || !slices.Contains(l.Permits, e.Name) || !l.Quantity.Set() {
				continue
			}
			n, err := l.Quantity.Middle().Int64(quantity.Count)
			if err != nil || n > maxDevices {
				r.errs = append(r.errs, r.c.Lots[k].Document.Errorf("spec.quantity", "%q is not a number of devices up to %d", l.Quantity.Middle(), maxDevices))
				continue
			}
			sum, last = sum+n, k
		}
		if sum > most {
			r.errs = append(r.errs, r.c.Lots[last].Document.Errorf("spec.quantity", "the lots under permit %q come to %d %s, but it grants %d", e.Name, sum, g.Accelerator, most))
		}
	}
}

// maxDevices bounds a lot, so that sums of device-time stay exact.
const maxDevices = 10_000_000
