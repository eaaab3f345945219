package control

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/receipt"
	"github.com/proviso-dev/proviso/signature"
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
	case *Act:
		if err := f.check(s); err != nil {
			return f, false, err
		}
		f.chain(s)
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
	a, _ := signature.ParseAct([]byte(f.Act))
	p := s.permits[a.Permit]
	required := s.requiredBy(a)
	if p.chain.Apply(a, f.By, int64(s.at), required) == nil {
		p.acts = append(p.acts, receipt.Act{Act: f.Act, At: decimal(s.at), By: f.By, Required: required, Signature: f.Signature})
	}
}

// reads reports whether any predicate or key reads a field of jobs.
func (s *State) reads(field, prefix string) bool {
	return slices.ContainsFunc(s.rules.Reads, func(r string) bool { return r == field || prefix != "" && strings.HasPrefix(r, prefix) })
}
