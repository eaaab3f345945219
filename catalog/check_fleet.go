package catalog

import (
	"math/big"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

func (s *scope) accelerator(a *fleet.Accelerator) {
	s.country("spec.country", a.Country)
	s.distinct("spec.aliases", a.Aliases)
	for i, alias := range a.Aliases {
		if slices.Contains(s.names["Accelerator"], alias) && alias != s.doc.Name {
			s.fail(at("spec.aliases", i), "%q is the name of another accelerator", alias)
		}
	}
	var precisions []fleet.Precision
	for i, p := range a.Peak {
		if slices.Contains(precisions, p.Precision) {
			s.fail(at("spec.peak", i), "there is a rate for %s already", p.Precision)
		}
		precisions = append(precisions, p.Precision)
		s.amount(at("spec.peak", i)+".tera", p.Tera, quantity.Count)
	}
	if _, err := a.Performance(); err != nil {
		s.fail("spec.peak", "%s", err)
	}
	for _, f := range []struct {
		name   string
		figure *fleet.Figure
	}{{"memory", a.Memory}, {"bandwidth", a.Bandwidth}, {"link", a.Link}, {"power", a.Power}, {"dieArea", a.DieArea}} {
		if f.figure != nil {
			s.amount("spec."+f.name+".value", f.figure.Value, quantity.Count)
		}
	}
}

func (s *scope) site(t *fleet.Site) {
	s.country("spec.country", t.Country)
	s.zone("spec.timeZone", t.TimeZone)
	s.amount("spec.power", t.Power, quantity.Watt)
	if s.doc.Has("spec.pue") && t.PUE.Num < t.PUE.Den {
		s.hint("write 1.3 for 30 % beside the computers", "spec.pue", "%s is below 1: a site draws at least what its computers draw", t.PUE)
	}
	if t.PUE.Num > 100*t.PUE.Den {
		s.fail("spec.pue", "%s is not a power usage effectiveness", t.PUE)
	}
}

func (s *scope) lot(l *fleet.Lot) {
	s.product("spec.accelerator", &l.Accelerator)
	s.reference("Site", "spec.site", l.Site)
	s.references("Permit", "spec.permits", l.Permits)
	s.deviceCounts("spec.quantity", l.Quantity, 1)
	s.amount("spec.pricePerHour", l.PricePerHour, quantity.PricePerHr)
	s.moments("spec.arrives", l.Arrives, time.UTC)
	names := make([]string, len(l.Leads))
	for i, x := range l.Leads {
		names[i] = x.Name
		s.durations(at("spec.leads", i)+".takes", x.Takes, 0)
	}
	s.named("spec.leads", names)
	var kinds []string
	for i, e := range l.Evidence {
		path := at("spec.evidence", i)
		if slices.Contains(kinds, e.Kind) {
			s.fail(path+".kind", "there is evidence of %q already", e.Kind)
		}
		kinds = append(kinds, e.Kind)
		s.positive(path+".every", e.Every)
		s.durations(path+".takes", e.Takes, 0)
		for j, g := range e.Gaps {
			s.moments(at(path+".gaps", j)+".from", g.From, time.UTC)
			s.durations(at(path+".gaps", j)+".for", g.For, 1)
		}
	}
	s.lotHolder(l)
}

// lotHolder requires that the devices have one holder.
func (s *scope) lotHolder(l *fleet.Lot) {
	first := ""
	for i, name := range l.Permits {
		p := s.permits[name]
		switch {
		case p == nil || l.Holder != "":
		case first == "":
			first = p.Holder
		case p.Holder != first:
			s.hint("name the lot's own holder", at("spec.permits", i), "the permits have different holders, %q and %q", first, p.Holder)
			return
		}
	}
}

// checkGrants requires that the lots under a permit are no more than it
// grants, product by product, at their middle quantities.
func (r *resolver) checkGrants() {
	all := new(big.Int)
	for pi := range r.c.Permits {
		e := &r.c.Permits[pi]
		sums := map[string]int64{}
		for li := range r.c.Lots {
			l := &r.c.Lots[li]
			if !slices.Contains(l.Spec.Permits, e.Name) || !l.Spec.Quantity.Set() {
				continue
			}
			s := &scope{r, l.Document}
			n, err := l.Spec.Quantity.Middle().Int64(quantity.Count)
			if err != nil || n > MaxDevices {
				continue // said by lot
			}
			granted, found := grantOf(&e.Spec, l.Spec.Accelerator)
			if !found {
				s.fail("spec.permits", "the permit %q grants no %s", e.Name, l.Spec.Accelerator)
				continue
			}
			before := sums[l.Spec.Accelerator]
			sums[l.Spec.Accelerator] += n
			if before <= granted && sums[l.Spec.Accelerator] > granted {
				s.fail("spec.quantity", "with the lot %q there are %d %s under the permit %q, which grants %d",
					l.Name, sums[l.Spec.Accelerator], l.Spec.Accelerator, e.Name, granted)
			}
		}
	}
	for i := range r.c.Lots {
		l := &r.c.Lots[i]
		if !l.Spec.Quantity.Set() {
			continue
		}
		if v, err := l.Spec.Quantity.Middle().In(quantity.Count); err == nil {
			all.Add(all, v)
		}
		if all.Cmp(big.NewInt(MaxDevices)) > 0 {
			s := &scope{r, l.Document}
			s.fail("spec.quantity", "with this lot there are more than the %d devices that can be counted", MaxDevices)
			return
		}
	}
}

func grantOf(p *permit.Permit, product string) (granted int64, found bool) {
	for _, g := range p.Grants {
		if g.Accelerator == product {
			n, err := g.Quantity.Int64(quantity.Count)
			if err != nil {
				return MaxDevices, true // said by permit
			}
			return n, true
		}
	}
	return 0, false
}
