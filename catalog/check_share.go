package catalog

import (
	"math/big"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// share checks a share and what can be promised of it at all: the design's
// section on foresight says why.
func (s *scope) share(condition string, p *permit.Permit, c *permit.Condition, loc *time.Location) {
	path, h := condition+".share", c.Share
	s.measured(path, p, h.Measure, h.Per, map[string]permit.Expression{"where": h.Where, "outOf": h.OutOf})
	if h.Measure == permit.HeldTPP {
		s.holding(path, h)
		return
	}
	if h.Each != "" {
		s.hint("use per, or heldTPP", path+".each", "%s has no part of each %s", h.Measure, h.Each)
	}
	if h.Measure.Instant() {
		s.hint("use deviceHours, or a limit", path+".measure", "%s is a measure of the instant: a share adds up over a window", h.Measure)
		return
	}
	s.bounds(path, h)
	s.amount(path+".allowance", h.Allowance, h.Measure.Unit())
	s.amount(path+".minBase", h.MinBase, h.Measure.Unit())
	s.base(path, h)
	sure := h.Assurance
	if sure == "" {
		sure = permit.Booked
	}
	if s.window(path+".over", h.Over, loc) == calendar.Rolling {
		if sure != permit.Observed || c.OnReach == "" {
			s.hint("set assurance: observed and say in onReach what a breach does", path+".over",
				"a share over a rolling window cannot be kept by admission: old use ages out whatever is done")
		}
		if h.Base.Fact != "" || h.Base.Text == "available" {
			s.hint("write a calendar window", path+".over", "only a share of what was used has a rolling window: a figure and what is available are counted by calendar windows")
		}
	}
	switch {
	case h.Judged == "always" && !s.doc.Has(path+".minBase"):
		s.hint("state the whole up to which nothing is judged", path, "judged: always needs minBase")
	case h.Judged == "always" && sure == permit.Booked:
		s.hint("set assurance: certain or observed", path+".judged", "a share that is judged always cannot be booked ahead")
	case h.Judged != "always" && s.doc.Has(path+".minBase"):
		s.hint("add judged: always", path+".minBase", "only a share that is judged always has a minBase")
	}
	if h.Base.Text == "available" && h.AtLeast != nil && sure == permit.Certain {
		s.hint("set assurance: booked or observed", path+".atLeast", "nobody can be made to use what is available, so this floor cannot be certain")
	}
}

func (s *scope) bounds(path string, h *permit.Share) {
	if h.AtLeast == nil && h.AtMost == nil {
		s.hint("write atLeast, atMost or both", path, "has no bound")
	}
	for _, b := range []struct {
		name  string
		bound *quantity.Ratio
	}{{"atLeast", h.AtLeast}, {"atMost", h.AtMost}} {
		// What is compared with an outside figure may be more than it.
		if b.bound != nil && h.Base.Fact == "" {
			s.part(path+"."+b.name, *b.bound)
		}
	}
	if h.AtLeast != nil && h.AtMost != nil && compare(*h.AtLeast, *h.AtMost) > 0 {
		s.fail(path+".atMost", "%s is below atLeast, %s", h.AtMost, h.AtLeast)
	}
}

func (s *scope) base(path string, h *permit.Share) {
	switch b := h.Base; {
	case b.Text != "" && b.Fact != "":
		s.fail(path+".base", "has both a word and a fact")
	case b.Fact != "":
		if s.reference("Fact", path+".base.fact", b.Fact) {
			s.series(path+".base.fact", b.Fact, h.Measure)
		}
	case b.Text == "available" && h.Measure != permit.DeviceHours:
		s.fail(path+".base", "what is available is counted in deviceHours, not in %s", h.Measure)
	case b.Text != "" && b.Text != "available":
		s.among(path+".base", b.Text, "base", []string{"used", "available"})
	}
}

// series requires that a fact's figures are in the measure's unit.
func (s *scope) series(path, fact string, m permit.Measure) {
	f := s.facts[fact]
	if f == nil {
		return // it has errors of its own
	}
	if len(f.Series) == 0 {
		s.fail(path, "the fact %q has no series", fact)
	}
	for _, p := range f.Series {
		for _, v := range []*quantity.Amount{p.Value.Value, p.Value.P10, p.Value.P50, p.Value.P90} {
			if v == nil {
				continue
			}
			if _, err := v.In(m.Unit()); err != nil {
				s.fail(path, "the fact %q does not count %s: %s", fact, m, err)
				return
			}
		}
	}
}

// anyUnit compares amounts whose unit is not known here.
func (s *scope) anyUnit(_ string, a quantity.Amount) *big.Int {
	for _, u := range []quantity.Unit{quantity.Count, quantity.DeviceMilli, quantity.Watt, quantity.MilliJoule, quantity.GigaFLOP, quantity.Tokens, quantity.PricePerHr} {
		if v, err := a.In(u); err == nil {
			return v
		}
	}
	return nil
}
