package control

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// kindsBehind are those of documents that are recorded while the control plane
// runs.
var kindsBehind = []string{"Authority", "Permit", "Fact", "Accelerator", "Site", "Lot"}

// checkNew says what keeps a document from being recorded while the control
// plane runs, and gives what takes effect with it: nothing with a version of a
// permit, which is there until an amendment puts it into effect.
//
// A new lot brings no devices: they are received. What is recorded of a lot, a
// site, an accelerator or an authority does not change: whoever could change an
// authority's keys could sign in its place. A fact takes new values, but keeps
// those that are past.
func (s *State) checkNew(d *document.Document) (*edition, error) {
	if !slices.Contains(kindsBehind, d.Kind) {
		return nil, fmt.Errorf("a %s takes no part in a control plane: kinds are %s", d.Kind, strings.Join(kindsBehind, ", "))
	}
	i := slices.IndexFunc(s.docs, func(x *document.Document) bool { return x.Kind == d.Kind && x.Name == d.Name })
	switch {
	case i >= 0 && d.Kind == "Permit":
		number, _ := s.permits[d.Name].chain.Version()
		if d.Version != number+1 {
			return nil, fmt.Errorf("permit %s: its next version is %d, not %d", d.Name, number+1, d.Version)
		}
		_, err := s.version(d)
		return nil, err
	case i >= 0 && d.Kind == "Authority":
		return nil, fmt.Errorf("the authority %s is recorded already, and its keys do not change: an authority of another name can be endorsed into the permits", d.Name)
	case i >= 0 && d.Kind != "Fact":
		return nil, fmt.Errorf("the %s %s is recorded already and does not change: give yours another name", strings.ToLower(d.Kind), d.Name)
	}
	e, err := s.edit(s.with(d), s.moves)
	if err == nil && i >= 0 {
		err = s.keepsPast(e.catalog, d.Name)
	}
	return e, err
}

// with gives the documents with one in place of that of its name, or behind
// them.
func (s *State) with(d *document.Document) []*document.Document {
	return catalog.Of(s.docs, s.zone).Replace([]*document.Document{d}).Documents()
}

// version gives what takes effect with a version of a permit.
func (s *State) version(d *document.Document) (*edition, error) {
	return s.edit(s.with(d), s.moves)
}

// keepsPast requires that a fact keeps the values and names that are past.
func (s *State) keepsPast(c *catalog.Catalog, name string) error {
	spec := func(c *catalog.Catalog) *permit.Fact {
		i := slices.IndexFunc(c.Facts, func(e catalog.Entry[permit.Fact]) bool { return e.Name == name })
		return &c.Facts[i].Spec
	}
	old, next := spec(s.catalog), spec(c)
	for i, p := range old.Series {
		if !s.begun(p.At) {
			break
		}
		if i >= len(next.Series) || !samePoint(p, next.Series[i]) {
			return fmt.Errorf("fact %s: its value from %s on is past and stays as it was recorded: add a value behind it", name, p.At)
		}
	}
	for _, l := range old.List {
		if !s.begun(l.From) {
			continue
		}
		if !slices.ContainsFunc(next.List, func(n permit.Listing) bool {
			return n.Name == l.Name && n.From.String() == l.From.String() && (n.Until.String() == l.Until.String() || l.Until.Zero() || !s.begun(l.Until))
		}) {
			return fmt.Errorf("fact %s: that %s was listed is past and stays as it was recorded: give the entry an end", name, l.Name)
		}
	}
	return nil
}

func samePoint(a, b permit.Point) bool {
	x, err := json.Marshal(a)
	y, also := json.Marshal(b)
	return err == nil && also == nil && string(x) == string(y)
}

// begun reports whether a moment has come anywhere: a date alone begins in each
// permit's own zone.
func (s *State) begun(m calendar.Moment) bool {
	return m.Zero() || m.In(time.FixedZone("", 14*3600)) <= s.asked
}

// instantOf reads a moment without a zone of its own as UTC.
func instantOf(m calendar.Moment) calendar.Instant { return m.In(time.UTC) }

// propose records a version of a permit; an amendment puts it into effect.
func (s *State) propose(d *document.Document) {
	hash, _ := SpecHash(d) // it was tried before
	s.permits[d.Name].proposals[hash] = d
}

// amend puts another version of a permit into effect.
func (s *State) amend(permit string, e *edition) {
	s.goOn(e)
	version, _ := s.permits[permit].chain.Version()
	s.effect(Effect{Do: Versions, Permit: permit, Version: decimal(version)})
}

// Additions gives the facts that record a document while the control plane runs:
// the time zones that it needs and that are not recorded yet, then itself.
func (s *State) Additions(d *document.Document) ([]Fact, error) {
	var facts []Fact
	var missing error
	added := map[string]bool{}
	set := catalog.Of(s.with(d), func(name string) (*time.Location, error) {
		if loc, err := s.zone(name); err == nil {
			return loc, nil
		}
		loc, err := time.LoadLocation(name)
		if err == nil && !added[name] {
			added[name] = true
			z, err := zoneOf(name, loc, s.at)
			if err != nil {
				missing = err
			}
			facts = append(facts, z)
		}
		return loc, err
	})
	if _, errs := set.Resolve(); len(errs) > 0 {
		return nil, errs
	}
	if missing != nil {
		return nil, missing
	}
	more, err := Documents(d)
	return append(facts, more...), err
}

func worldPart(s *State, lot int32, n int64) world.Part {
	return world.Part{Stock: s.rules.Lots[lot].Stock, Devices: n}
}
