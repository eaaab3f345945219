package usage

import (
	"fmt"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/world"
)

// edition is the documents as they are in effect from an instant on, compiled.
// Its world has no jobs and no devices: it says which conditions bear on what,
// and which reports are owed.
type edition struct {
	catalog *catalog.Catalog
	rules   *world.Rules
	world   *world.World
	permit  int32 // −1: there is none of that name
	from    calendar.Instant
	books   []*book // by space; nil where no condition of the permit adds up
	names   map[*world.Clause]string
}

// zone gives a zone as the ledger records it.
func (h *history) zone(name string) (*time.Location, error) {
	if loc, ok := h.zones[name]; ok {
		return loc, nil
	}
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	return nil, fmt.Errorf("the time zone %q is not recorded in the ledger", name)
}

// document takes a document, or several. Behind the beginning a permit that is
// there is a version that an amendment may put into effect.
func (h *history) document(at calendar.Instant, text string) error {
	docs, errs := document.Read("ledger", []byte(text))
	if len(errs) > 0 {
		return errs
	}
	fresh := false
	for _, d := range docs {
		if h.ed != nil && d.Kind == "Permit" && h.ed.named(d.Name) >= 0 {
			h.proposed[d.Name] = append(h.proposed[d.Name], d)
			continue
		}
		fresh = true
		h.docs = catalog.Of(h.docs, h.zone).Replace([]*document.Document{d}).Documents()
	}
	if h.ed == nil || !fresh {
		return nil
	}
	return h.publish(at)
}

// open puts the documents into effect, with the devices that they say are there.
func (h *history) open(at calendar.Instant) error {
	if err := h.publish(at); err != nil {
		return err
	}
	for i := range h.ed.catalog.Lots {
		l := &h.ed.catalog.Lots[i].Spec
		lot := h.ed.catalog.Lots[i].Name
		if l.Quantity.Set() && !l.Arrives.Set() {
			n, err := l.Quantity.Middle().Int64(quantity.Count)
			if err != nil {
				return err
			}
			h.deliver(delivery{lot: lot, n: n, at: at, entry: h.size})
		}
		for _, e := range l.Evidence {
			if h.demo && e.Every > 0 {
				h.sight(sighting{lot: lot, kind: e.Kind, always: true, at: at, entry: h.size})
			}
		}
	}
	return nil
}

// amend puts a version of a permit into effect.
func (h *history) amend(at calendar.Instant, e *control.Effect, f control.Fact) error {
	spec := ""
	if act, ok := f.(*control.Act); ok {
		if a, err := signature.ParseAct([]byte(act.Act)); err == nil && a.Permit == e.Permit {
			spec = a.Spec
		}
	}
	for i := len(h.proposed[e.Permit]) - 1; i >= 0; i-- {
		d := h.proposed[e.Permit][i]
		hash, err := control.SpecHash(d)
		if err != nil {
			return err
		}
		if spec != "" && hash != spec {
			continue
		}
		h.docs = catalog.Of(h.docs, h.zone).Replace([]*document.Document{d}).Documents()
		if e.Permit == h.permit {
			h.changes = append(h.changes, change{"version " + e.Version + " takes effect", at, h.size})
		}
		return h.publish(at)
	}
	return fmt.Errorf("version %s of permit %s takes effect, and no document of it is recorded", e.Version, e.Permit)
}

// publish compiles the documents as they are now. What goes on under them goes
// on.
func (h *history) publish(at calendar.Instant) error {
	c, errs := catalog.Of(h.docs, h.zone).Resolve()
	if len(errs) > 0 {
		return errs
	}
	from := at
	if h.ed != nil {
		from = h.ed.rules.From
	}
	rules, err := c.Rules(from, from+calendar.Instant(366*quantity.Day), h.moves...)
	if err != nil {
		return err
	}
	for i := range rules.Permits {
		rules.Until = max(rules.Until, rules.Permits[i].Until+1)
	}
	before := h.ed
	h.ed = &edition{catalog: c, rules: rules, from: at, names: map[*world.Clause]string{}}
	h.ed.permit = h.ed.named(h.permit)
	if before == nil {
		h.ed.world = world.New(rules)
	} else {
		if err := rules.Follows(before.rules); err != nil {
			return err
		}
		h.ed.world = before.world.Carry(rules, world.Origin{}) // it has neither jobs nor bookings
	}
	h.ed.pass(at)
	h.editions = append(h.editions, h.ed)
	h.openBooks(at, before)
	return nil
}

// pass lets the world's own time go on.
func (e *edition) pass(at calendar.Instant) {
	for next := e.world.NextTimer(); next <= at; next = e.world.NextTimer() {
		e.world.Advance(next)
		e.world.Fire()
	}
	e.world.Advance(at)
}

// gate notes that a permit took effect or ended.
func (e *edition) gate(x *control.Effect) {
	p := e.named(x.Permit)
	if p < 0 {
		return
	}
	switch {
	case x.Do == control.Suspends:
		e.world.Suspend(p)
	case x.Do == control.Ends && x.By != world.Expired.String():
		e.world.Revoke(p)
	case x.Do == control.InForce:
		e.world.Reinstate(p)
		for _, a := range e.rules.Permits[p].Required {
			e.world.Endorse(p, a)
		}
	}
}

// named gives the index of a permit, or −1.
func (e *edition) named(permit string) int32 {
	for i := range e.rules.Permits {
		if e.rules.Permits[i].Name == permit {
			return int32(i)
		}
	}
	return -1
}

// stock gives the index of the stock that a lot's devices are in, or −1.
func (e *edition) stock(lot string) int32 {
	for i := range e.rules.Lots {
		if e.rules.Lots[i].Name == lot {
			return e.rules.Lots[i].Stock
		}
	}
	return -1
}

// stockAt gives the index of the stock that a lot's devices are in at a site, or
// -1. A job's part names the first lot of its stock, which is at home there or
// has moved there.
func (e *edition) stockAt(lot, site string) int32 {
	i := slices.IndexFunc(e.rules.Lots, func(l world.Lot) bool { return l.Name == lot })
	k := slices.IndexFunc(e.rules.Sites, func(s world.Site) bool { return s.Name == site })
	if i < 0 || k < 0 {
		return -1
	}
	if home := e.rules.Lots[i].Stock; e.rules.Stocks[home].Site == int32(k) {
		return home
	}
	return e.rules.Destination(int32(i), int32(k))
}

// own are the permit's conditions, compiled.
func (e *edition) own() []world.Clause {
	if e.permit < 0 {
		return nil
	}
	p := &e.rules.Permits[e.permit]
	return e.rules.Clauses[p.First:p.Last]
}

// written finds a condition as its document has it, or nil for the list of
// purposes.
func (e *edition) written(name string) *permit.Condition {
	s := &e.catalog.Permits[e.permit].Spec
	for i := range s.Conditions {
		if s.Conditions[i].Name == name {
			return &s.Conditions[i]
		}
	}
	return nil
}
