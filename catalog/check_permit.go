package catalog

import (
	"slices"
	"time"

	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

func (s *scope) authority(a *permit.Authority) {
	s.country("spec.country", a.Country)
	for i, k := range a.Keys {
		s.before(at("spec.keys", i)+".until", k.From, k.Until, time.UTC)
	}
	s.durations("spec.responds", a.Responds, 0)
}

func (s *scope) fact(f *permit.Fact) {
	if len(f.Series) == 0 && len(f.List) == 0 {
		s.fail("spec", "a fact has a series or a list")
	}
	for i, p := range f.Series {
		path := at("spec.series", i)
		if i > 0 && f.Series[i-1].At.In(time.UTC) >= p.At.In(time.UTC) {
			s.fail(path+".at", "%s is not after %s", p.At, f.Series[i-1].At)
		}
		// In which unit the values are is known where the fact is used.
		distribution(s, path+".value", p.Value, s.anyUnit)
	}
	for i, l := range f.List {
		s.before(at("spec.list", i)+".until", l.From, l.Until, time.UTC)
	}
}

func (s *scope) permit(p *permit.Permit) {
	loc := s.zone("spec.valid.timeZone", p.Valid.TimeZone)
	s.before("spec.valid.until", p.Valid.From, p.Valid.Until, loc)
	if p.OnEnd == permit.Notify {
		s.hint("write continue, hold, drain or stop", "spec.onEnd", "notify says what a breach does, not what the permit's end does")
	}
	for i, sc := range p.Scope {
		if slices.Index(p.Scope, sc) < i {
			s.fail(at("spec.scope", i), "%q is in the list twice", sc)
		}
	}
	for i := range p.Grants {
		path := at("spec.grants", i)
		s.product(path+".accelerator", &p.Grants[i].Accelerator)
		s.devices(path+".quantity", p.Grants[i].Quantity, 0)
		for _, g := range p.Grants[:i] {
			if g.Accelerator == p.Grants[i].Accelerator {
				s.fail(path+".accelerator", "%s is granted above already", g.Accelerator)
			}
		}
	}
	s.endorsements(&p.Endorsements, loc)
	s.distinct("spec.purposes", p.Purposes)
	for i, u := range p.EndUsers {
		path := at("spec.endUsers", i)
		s.country(path+".country", u.Country)
		s.country(path+".headquarters", u.Headquarters)
		for _, v := range p.EndUsers[:i] {
			if v.Name == u.Name {
				s.fail(path+".name", "the end user %q is declared above already", u.Name)
			}
		}
	}
	s.references("Fact", "spec.lists", p.Lists)
	for i, l := range p.Lists {
		if f := s.facts[l]; f != nil && len(f.List) == 0 {
			s.fail(at("spec.lists", i), "the fact %q has no list", l)
		}
	}
	s.conditions(p, loc)
}

func (s *scope) endorsements(e *permit.Endorsements, loc *time.Location) {
	const path = "spec.endorsements"
	s.references("Authority", path+".required", e.Required)
	var asserted, expected []string
	for i, a := range e.Asserted {
		sub := at(path+".asserted", i) + ".by"
		if s.reference("Authority", sub, a.By) {
			s.among(sub, a.By, "required endorsement by", e.Required)
		}
		asserted = append(asserted, a.By)
	}
	for i, x := range e.Expected {
		sub := at(path+".expected", i)
		if s.reference("Authority", sub+".by", x.By) {
			s.among(sub+".by", x.By, "required endorsement by", e.Required)
		}
		s.moments(sub+".on", x.On, loc)
		expected = append(expected, x.By)
	}
	s.distinct(path+".asserted", asserted)
	s.distinct(path+".expected", expected)
}

// governs reports whether the permit has the scope; none means both.
func governs(p *permit.Permit, sc permit.Scope) bool {
	return len(p.Scope) == 0 || slices.Contains(p.Scope, sc)
}

// wholeDays requires a length that counts days on a calendar.
func (s *scope) wholeDays(path string, d quantity.Duration) {
	if d%quantity.Day != 0 {
		s.fail(path, "%s is not a whole number of days: due dates count calendar days", d)
	}
}
