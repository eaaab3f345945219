package catalog

import "time"

// maxSamples bounds what a scenario asks of a plan.
const maxSamples = 1_000_000

func (s *scope) scenario(c *Scenario) {
	loc := time.UTC
	if c.Period != nil {
		loc = s.zone("spec.period.timeZone", c.Period.TimeZone)
		s.before("spec.period.until", c.Period.From, c.Period.Until, loc)
	}
	if c.Samples < 0 || c.Samples > maxSamples || c.Samples == 0 && s.doc.Has("spec.samples") {
		s.fail("spec.samples", "must be from 1 to %d", maxSamples)
	}
	names := make([]string, len(c.Events))
	for i := range c.Events {
		names[i] = c.Events[i].Name
		s.event(at("spec.events", i), &c.Events[i], loc)
	}
	s.named("spec.events", names)
}

func (s *scope) event(path string, e *Event, loc *time.Location) {
	s.moments(path+".at", e.At, loc)
	s.durations(path+".delay", e.Delay, 0)
	if e.Probability != nil {
		s.part(path+".probability", *e.Probability)
	}
	s.references("Permit", path+".revoke", e.Revoke)
	s.references("Permit", path+".suspend", e.Suspend)
	s.references("Permit", path+".reinstate", e.Reinstate)
	if len(e.Revoke)+len(e.Suspend)+len(e.Reinstate) == 0 && e.Shutdown == nil {
		s.hint("write revoke, suspend, reinstate or shutdown", path, "the event %q does nothing", e.Name)
	}
	if d := e.Shutdown; d != nil {
		sub := path + ".shutdown"
		s.part(sub+".part", d.Part)
		s.positive(sub+".for", d.For)
		s.references("Lot", sub+".lots", d.Lots)
		switch {
		case d.Accelerator != "" && len(d.Lots) > 0:
			s.fail(sub, "names lots and an accelerator: write one or the other")
		case d.Accelerator != "":
			s.product(sub+".accelerator", &d.Accelerator)
		case len(d.Lots) == 0:
			s.hint("write lots or accelerator", sub, "says not which devices stop")
		}
	}
}
