package control

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/receipt"
	"github.com/proviso-dev/proviso/world"
)

// Follow takes an entry whose outcome cannot be computed again, since something
// before it is not disclosed or came out otherwise: it checks the order and what
// authorities signed, and leaves verdicts aside. It reports whether it checked
// all that the entry says. Once a state follows it does not replay again.
func (s *State) Follow(e ledger.Entry) (f Fact, whole bool, err error) {
	f, err = Parse(e.Kind, e.Body)
	if err != nil {
		return nil, false, err
	}
	at := calendar.Instant(e.At)
	if at < s.at {
		return f, false, fmt.Errorf("an entry of the kind %s at %d: %w", e.Kind, at, ErrPast)
	}
	s.at, s.asked = at, at
	switch f := f.(type) {
	case *Zone:
		if err := f.check(s); err != nil {
			return f, false, err
		}
		f.apply(s)
		return f, true, nil
	case *Document:
		if err := f.check(s); err != nil {
			return f, false, err
		}
		if s.world == nil {
			f.apply(s) // nothing stands on it yet
		} else if f.gather(s); f.docs != nil {
			s.put(f.proposed, f.next)
		}
		return f, true, nil
	case *Act:
		if err := f.check(s); err != nil {
			return f, false, err
		}
		f.chain(s)
		if f.next != nil {
			s.takeEffect(f.next)
		}
	case *Status:
		// What its acts make of it does not depend on any job.
		if err := f.check(s); err != nil {
			return f, false, err
		}
		return f, true, nil
	}
	return f, false, nil
}

// chain puts an act behind the others on its permit.
func (f *Act) chain(s *State) {
	p := s.permits[f.act.Permit]
	p.chain = f.folded
	p.acts = append(p.acts, receipt.Act{Act: f.Act, At: decimal(s.at), By: f.By, Required: f.required, Signature: f.Signature})
}

// put takes documents while verdicts are left aside: what authorities sign rests
// on them.
func (s *State) put(proposed []*document.Document, e *edition) {
	if e != nil {
		s.takeEffect(e)
		for i := range s.catalog.Permits {
			s.beginPermit(i)
		}
	}
	s.propose(proposed)
}

// reads reports whether any predicate or key reads a field of jobs.
func reads(r *world.Rules, field, prefix string) bool {
	return slices.ContainsFunc(r.Reads, func(x string) bool { return x == field || prefix != "" && strings.HasPrefix(x, prefix) })
}

// readsSealed says what keeps rules from judging the jobs that are there: they
// read a text that is not disclosed.
func (s *State) readsSealed(r *world.Rules) error {
	if !reads(r, "job.endUser", "endUser.") && !reads(r, "job.name", "") {
		return nil
	}
	for ref := range s.jobs {
		if j := s.jobs[ref]; j.fact.plain.sealed && (j.state == Running || j.state == Held || j.state == Awaits) {
			return fmt.Errorf("job %d: %w", ref+1, ErrSealed)
		}
	}
	for id := range s.bookings {
		if b := &s.bookings[id]; b.fact.plain.sealed && !b.over {
			return fmt.Errorf("booking %d: %w", id+1, ErrSealed)
		}
	}
	return nil
}
