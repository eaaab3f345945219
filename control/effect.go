package control

import (
	"fmt"

	"github.com/proviso-dev/proviso/ledger"
)

// An entry holds so many bytes, and one instant can bring about more than that:
// a thousand jobs that waited for an endorsement, a suspension that stops all
// that runs. So an entry takes effects while it has room. Where it is full the
// rest is due at once, and ticks go on with it, before any other fact.
const (
	// mostFact bounds a fact as it is stated, without what follows from it.
	mostFact = 40 << 10
	// besides is kept free beside a fact and its effects: for the verdict, and
	// for the effect that fills the entry.
	besides = 24 << 10
	// mostEffects bounds the effects of one entry, short of the last.
	mostEffects = 32 << 10
)

// roomBeside is how many bytes of effects fit into an entry beside a fact. A
// fact that is too long for an entry is refused.
func roomBeside(f Fact) (int, error) {
	n, most := 0, mostFact
	switch f := f.(type) {
	case *Tick, *End:
	case *Status: // nothing follows from it
		body, err := Encode(f)
		if err != nil {
			return 0, fmt.Errorf("the status of permit %s: %w", f.Permit, err)
		}
		n, most = len(body), ledger.MaxEntry-256
	case *Submit:
		n = f.size()
	default:
		*f.outcome() = Outcome{}
		body, err := Encode(f)
		if err != nil {
			return 0, fmt.Errorf("a fact of the kind %s: %w", f.Kind(), err)
		}
		n = len(body)
	}
	if n > most {
		return 0, fmt.Errorf("an entry of the kind %s: it has %d bytes, at most %d fit with what follows from it", f.Kind(), n, most)
	}
	return min(mostEffects, ledger.MaxEntry-besides-n), nil
}

// size is about how many bytes a submission takes, and at least as many.
func (f *Submit) size() int {
	n := 1024 // figures, hashes, the names of members
	for _, list := range [][]string{f.Accelerators, f.Sites, {f.By, f.Holder, f.JobKind, f.Model, f.Purpose, f.Tenant}} {
		for _, v := range list {
			n += quotedSize(v)
		}
	}
	return n
}

// quotedSize is the most bytes that a text takes as a member of a list.
func quotedSize(v string) int {
	n := 3
	for i := range len(v) {
		if c := v[i]; c < ' ' || c == '"' || c == '\\' {
			n += 5 // \u001f
		}
		n++
	}
	return n
}

// effect notes what happened.
func (s *State) effect(e Effect) {
	if now := s.world.Now(); now != s.at {
		e.At = decimal(now)
	}
	s.out.Effects = append(s.out.Effects, e)
	s.room -= e.size()
}

// size is about how many bytes an effect takes, and at least as many.
func (e *Effect) size() int {
	n := 120 // the names of its members
	for _, v := range [...]string{e.At, e.By, e.Devices, string(e.Do), e.End, e.Hash, e.Job, e.Lot, e.Permit, e.Version} {
		n += len(v)
	}
	for i := range e.Parts {
		p := &e.Parts[i]
		n += 60 + len(p.Accelerator) + len(p.Devices) + len(p.Lot) + len(p.Site)
	}
	return n
}

// full reports whether the entry takes no more effects.
func (s *State) full() bool { return s.room <= 0 }
