package control

import (
	"fmt"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/world"
)

// edition is the documents that are in effect from some instant on, compiled.
type edition struct {
	docs        []*document.Document
	moves       []catalog.Move // where devices may go
	catalog     *catalog.Catalog
	rules       *world.Rules
	authorities signature.Authorities
}

// edit compiles documents; what it refuses never takes effect. Rules begin with
// the ledger, so that windows keep their places when documents change.
func (s *State) edit(docs []*document.Document, moves []catalog.Move) (*edition, error) {
	from := s.asked
	if s.rules != nil {
		from = s.rules.From
	}
	e := &edition{docs: docs, moves: moves}
	c, errs := catalog.Of(docs, s.zone).Resolve()
	if len(errs) > 0 {
		return nil, errs
	}
	for i := range c.Permits {
		if _, err := SpecHash(c.Permits[i].Document); err != nil {
			return nil, err
		}
	}
	year := calendar.Instant(366 * quantity.Day)
	rules, err := c.Rules(from, from+year, moves...)
	if err != nil {
		return nil, err
	}
	for i := range rules.Permits {
		rules.Until = max(rules.Until, rules.Permits[i].Until+1)
	}
	if rules.Until > from+zoneYears*year {
		return nil, fmt.Errorf("a permit ends more than %d years after the ledger begins", zoneYears)
	}
	if s.rules != nil {
		if err := rules.Follows(s.rules); err != nil {
			return nil, err
		}
		if err := s.readsSealed(rules); err != nil {
			return nil, err
		}
	}
	e.catalog, e.rules = c, rules
	e.authorities, err = keysOf(c)
	return e, err
}

// takeEffect puts an edition into effect at the ledger's beginning.
func (s *State) takeEffect(e *edition) {
	s.docs, s.moves, s.catalog, s.rules, s.authorities = e.docs, e.moves, e.catalog, e.rules, e.authorities
	s.nameClauses()
	s.findPlaces()
}

// goOn puts an edition into effect in place of another: the world goes on under
// it, with what runs; what waits is looked at anew, in its order.
func (s *State) goOn(e *edition) {
	before, rest, seen := s.rules, s.rest, s.seenPermits
	s.takeEffect(e)
	s.world = s.world.Carry(s.rules, world.Origin{
		Job: func(ref int32) world.Attributes { return s.jobs[ref].fact.attributes() },
		Booking: func(id world.BookingID) (world.Attributes, []int32) {
			f := &s.bookings[id].fact.Submit
			return f.attributes(), s.stocksOf(f)
		},
	})
	s.queue = queue.New(s.world)
	s.world.Each(func(id world.JobID, _ *world.Running) { s.queue.Adopt(id) })
	s.watch()

	s.rest = make([]int64, len(s.rules.Lots))
	for i := range before.Lots {
		if to, err := s.lot(before.Lots[i].Name); err == nil {
			s.rest[to] = rest[i]
		}
	}
	s.seenPermits = make([]seenPermit, len(s.rules.Permits))
	for i := range before.Permits {
		if to, err := s.Permit(before.Permits[i].Name); err == nil {
			s.seenPermits[to] = seen[i]
		}
	}
	// What becomes of conditions from now on is news.
	s.seenClauses = nil
	for i := range s.rules.Clauses {
		c := s.world.Clause(int32(i))
		s.seenClauses = append(s.seenClauses, seenClause{broken: c.Broken, missed: c.Missed, breach: c.Breach})
	}
	for i := range s.catalog.Permits {
		s.beginPermit(i)
	}
	s.beginFacts()
	for i := range s.rules.Lots {
		if i >= len(before.Lots) {
			s.beginEvidence(int32(i))
		}
	}
	s.reviewing, s.reviewed = true, 0
	s.groups = map[string]queue.GroupID{}
	for ref := range s.jobs {
		j := s.jobs[ref]
		switch j.group = -1; j.state {
		case Held, Awaits:
			j.group = s.group(j.fact)
			s.queue.Submit(j.group, j.item)
		case Running:
			j.group = s.group(j.fact)
		}
	}
}

// beginFacts gives facts their present values and schedules the next ones.
// Uncertain ones count at their middle.
func (s *State) beginFacts() {
	s.due.drop(factChanges)
	for i := range s.catalog.Facts {
		unit := s.factUnit(int32(i))
		if unit == "" {
			continue // no share compares with it
		}
		var now account.Sum
		for _, p := range s.catalog.Facts[i].Spec.Series {
			v, ok := middle(p.Value, unit)
			if !ok {
				continue
			}
			if at := instantOf(p.At); at <= s.at {
				now = v
			} else {
				s.due.add(due{at: at, what: factChanges, id: int32(i), value: v})
			}
		}
		if now != s.world.Fact(int32(i)) {
			s.world.SetFact(int32(i), now)
		}
	}
}
