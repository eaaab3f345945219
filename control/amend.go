package control

import (
	"encoding/json"
	"fmt"
	"maps"
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

// checkNew says what keeps documents from being recorded together while the
// control plane runs. It gives those that are versions of permits, which are
// there until an amendment puts them into effect, and what takes effect with the
// others; nothing if there are none.
//
// A new lot brings no devices: they are received. What is recorded of a lot, a
// site, an accelerator or an authority does not change: whoever could change an
// authority's keys could sign in its place. A fact takes new values, but keeps
// those that are past.
func (s *State) checkNew(docs []*document.Document) (proposed []*document.Document, e *edition, err error) {
	var fresh, facts []*document.Document
	seen := map[[2]string]bool{}
	for _, d := range docs {
		is := [2]string{d.Kind, d.Name}
		if seen[is] {
			return nil, nil, fmt.Errorf("the %s %s stands there twice: record one after the other", strings.ToLower(d.Kind), d.Name)
		}
		seen[is] = true
		there, err := s.kindOf(d)
		switch {
		case err != nil:
			return nil, nil, err
		case there && d.Kind == "Permit":
			proposed = append(proposed, d)
			continue
		case there:
			facts = append(facts, d)
		}
		fresh = append(fresh, d)
	}
	behind := s.docs
	if len(fresh) > 0 {
		behind = s.with(s.docs, fresh...)
		if e, err = s.edit(behind, s.moves); err != nil {
			return nil, nil, err
		}
		for _, d := range facts {
			if err := s.keepsPast(e.catalog, d.Name); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, d := range proposed {
		if _, err := s.edit(s.with(behind, d), s.moves); err != nil {
			return nil, nil, err
		}
	}
	return proposed, e, nil
}

// kindOf reports whether a document of that name is there, and what keeps
// another one from being recorded.
func (s *State) kindOf(d *document.Document) (there bool, err error) {
	if !slices.Contains(kindsBehind, d.Kind) {
		return false, fmt.Errorf("a %s takes no part in a control plane: kinds are %s", d.Kind, strings.Join(kindsBehind, ", "))
	}
	there = slices.ContainsFunc(s.docs, func(x *document.Document) bool { return x.Kind == d.Kind && x.Name == d.Name })
	switch {
	case there && d.Kind == "Permit":
		if number, _ := s.permits[d.Name].chain.Version(); d.Version != number+1 {
			return there, fmt.Errorf("permit %s: its next version is %d, not %d", d.Name, number+1, d.Version)
		}
	case there && d.Kind == "Authority":
		return there, fmt.Errorf("the authority %s is recorded already, and its keys do not change: an authority of another name can be endorsed into the permits", d.Name)
	case there && d.Kind != "Fact":
		return there, fmt.Errorf("the %s %s is recorded already and does not change: give yours another name", strings.ToLower(d.Kind), d.Name)
	}
	return there, nil
}

// with gives documents with others in place of those of their names, or behind
// them.
func (s *State) with(docs []*document.Document, by ...*document.Document) []*document.Document {
	return catalog.Of(docs, s.zone).Replace(by).Documents()
}

// version gives what takes effect with a version of a permit.
func (s *State) version(d *document.Document) (*edition, error) {
	return s.edit(s.with(s.docs, d), s.moves)
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

// propose records versions of permits; amendments put them into effect.
func (s *State) propose(docs []*document.Document) {
	for _, d := range docs {
		hash, _ := SpecHash(d) // it was tried before
		s.permits[d.Name].proposals[hash] = d
	}
}

// amend puts another version of a permit into effect.
func (s *State) amend(permit string, e *edition) {
	s.goOn(e)
	version, _ := s.permits[permit].chain.Version()
	s.effect(Effect{Do: Versions, Permit: permit, Version: decimal(version)})
}

// Additions gives the facts that record documents together while the control
// plane runs, at an instant: the time zones that they need and that are not
// recorded yet, then themselves. What a fact among them would be refused for is
// an error here, so that none is recorded in vain.
func (s *State) Additions(at calendar.Instant, docs ...*document.Document) ([]Fact, error) {
	if s.world == nil {
		return nil, errNotOpen
	}
	var facts []Fact
	var missing error
	zones := maps.Clone(s.zones)
	set := catalog.Of(s.with(s.docs, docs...), func(name string) (*time.Location, error) {
		if loc, err := s.zone(name); err == nil {
			return loc, nil
		}
		if loc, ok := zones[name]; ok {
			return loc, nil
		}
		loc, err := time.LoadLocation(name)
		if err != nil {
			return nil, err
		}
		z, err := zoneOf(name, loc, s.at)
		if err != nil {
			missing = err
			return loc, nil
		}
		zones[name] = loc
		facts = append(facts, z)
		return loc, nil
	})
	if _, errs := set.Resolve(); len(errs) > 0 {
		return nil, errs
	}
	if missing != nil {
		return nil, missing
	}
	// What is checked changes nothing: the state is another one in its zones
	// alone, as it will be when they are recorded.
	then := *s
	then.zones, then.asked = zones, max(at, s.at)
	if _, _, err := then.checkNew(docs); err != nil {
		return nil, err
	}
	more, err := Documents(docs...)
	return append(facts, more...), err
}

func worldPart(s *State, lot int32, n int64) world.Part {
	return world.Part{Stock: s.rules.Lots[lot].Stock, Devices: n}
}
