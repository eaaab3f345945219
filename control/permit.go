package control

import (
	"fmt"
	"math"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/receipt"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/world"
)

// permitActs are a permit's acts in order, and what they make of it.
type permitActs struct {
	start     receipt.Start
	acts      []receipt.Act
	chain     *signature.Chain
	proposals map[string]*document.Document // next versions, by the hash of their spec
}

// beginPermits starts the chains of acts.
func (s *State) beginPermits() {
	for i := range s.catalog.Permits {
		s.beginPermit(i)
	}
	s.seenPermits, s.seenClauses = nil, nil
	room := s.room
	s.room = math.MaxInt
	s.look()
	s.out.Effects, s.room = nil, room // what is so from the start is not news
	for i := range s.seenPermits {
		if p := &s.seenPermits[i]; p.why == world.NotEnded {
			p.effective = false // but for the permits in force
		}
	}
}

func (s *State) beginPermit(i int) {
	p := &s.catalog.Permits[i]
	if s.permits[p.Name] != nil {
		return
	}
	hash, _ := SpecHash(p.Document) // it was tried before
	required := slices.Clone(p.Spec.Endorsements.Required)
	s.permits[p.Name] = &permitActs{
		start:     receipt.Start{Required: append([]string{}, required...), Spec: hash, Version: decimal(p.Version)},
		chain:     signature.NewChain(p.Name, p.Version, hash, required),
		proposals: map[string]*document.Document{},
	}
}

// Permit finds a permit by its name and gives its index.
func (s *State) Permit(name string) (int32, error) {
	if s.world == nil {
		return 0, errNotOpen
	}
	var all []string
	for i := range s.rules.Permits {
		if s.rules.Permits[i].Name == name {
			return int32(i), nil
		}
		all = append(all, s.rules.Permits[i].Name)
	}
	return 0, &UnknownError{What: "permit", Name: name, Hint: spelling.Hint(name, all)}
}

// check verifies the signature and tries the act on the permit's others.
func (f *Act) check(s *State) error {
	if s.world == nil {
		return errNotOpen
	}
	a, err := signature.ParseAct([]byte(f.Act))
	if err != nil {
		return err
	}
	if _, err := s.Permit(a.Permit); err != nil {
		return err
	}
	keys, known := s.authorities[f.By]
	if !known {
		return &UnknownError{What: "authority", Name: f.By, Hint: spelling.Hint(f.By, s.rules.Authorities)}
	}
	if err := signature.Verify([]byte(f.Act), []byte(f.Signature), keys, int64(s.asked)); err != nil {
		return fmt.Errorf("the signature of %s on %s of %s does not count: %w", f.By, a.Act, a.Permit, err)
	}
	p := s.permits[a.Permit]
	if d := p.proposals[a.Spec]; a.Act == signature.Amend && (d == nil || d.Version != a.Version) {
		return fmt.Errorf("no version %d of permit %s with that spec is recorded: put the document there first", a.Version, a.Permit)
	}
	f.act, f.required = a, s.requiredBy(a)
	if f.folded, err = receipt.Fold(a.Permit, p.start, p.acts, nil); err != nil {
		return err
	}
	if err := f.folded.Apply(a, f.By, int64(s.asked), f.required); err != nil {
		return err
	}
	before, _ := p.chain.Version()
	if after, spec := f.folded.Version(); after != before {
		f.next, err = s.version(p.proposals[spec])
	}
	return err
}

// requiredBy are the authorities that an amendment's version names.
func (s *State) requiredBy(a signature.Act) []string {
	if a.Act != signature.Amend {
		return nil
	}
	d := s.permits[a.Permit].proposals[a.Spec]
	var out []string
	for i := 0; d.Has(fmt.Sprintf("spec.endorsements.required[%d]", i)); i++ {
		out = append(out, d.Text(fmt.Sprintf("spec.endorsements.required[%d]", i)))
	}
	return out
}

func (f *Act) apply(s *State) {
	p := s.permits[f.act.Permit]
	was := p.chain.State()
	f.chain(s)
	if f.next != nil {
		s.amend(f.act.Permit, f.next)
	}
	i, _ := s.Permit(f.act.Permit)
	switch is := p.chain.State(); {
	case is == signature.Revoked:
		s.world.Revoke(i)
	case is == signature.Suspended && was != signature.Suspended:
		s.world.Suspend(i)
	case was == signature.Suspended && is != signature.Suspended:
		s.world.Reinstate(i)
	}
	s.endorse(i)
}

// endorse brings the world's endorsements of a permit up to those of its acts.
func (s *State) endorse(i int32) {
	endorsed := s.permits[s.rules.Permits[i].Name].chain.Endorsed()
	for _, a := range s.rules.Permits[i].Required {
		if _, ok := endorsed[s.rules.Authorities[a]]; ok {
			s.world.Endorse(i, a)
		}
	}
}

// Status is the signed state of a permit: what a receipt proves.
type Status struct {
	base
	receipt.Status
}

// Kind is that of receipts.
func (*Status) Kind() string { return receipt.Kind }

// NewStatus states what a permit is.
func (s *State) NewStatus(name string, at calendar.Instant) (*Status, error) {
	i, err := s.Permit(name)
	if err != nil {
		return nil, err
	}
	p, r := s.permits[name], &s.rules.Permits[i]
	st, err := receipt.New(name, p.start, p.acts, int64(r.From), int64(r.Until), int64(at))
	if err != nil {
		return nil, err
	}
	return &Status{Status: st}, nil
}

func (f *Status) check(s *State) error {
	want, err := s.NewStatus(f.Permit, s.asked)
	if err != nil {
		return err
	}
	a, err := Encode(want)
	if err != nil {
		return err
	}
	b, err := Encode(f)
	if err != nil {
		return err
	}
	if string(a) != string(b) {
		return &Disagreement{Recorded: string(b), Computed: string(a)}
	}
	return nil
}

func (f *Status) apply(*State) {}

// seenPermit and seenClause are what was noted last, so that changes show.
type seenPermit struct {
	effective bool
	why       world.EndKind
}

type seenClause struct {
	broken int
	missed bool
	breach calendar.Instant
}

// look notes what has become of permits and conditions. It reports whether the
// entry had room for all.
func (s *State) look() bool {
	now := s.world.Now()
	for len(s.seenPermits) < len(s.rules.Permits) {
		s.seenPermits = append(s.seenPermits, seenPermit{})
	}
	for i := range s.rules.Permits {
		p, seen := s.world.Permit(int32(i)), &s.seenPermits[i]
		is := seenPermit{effective: p.Effective <= now, why: p.Why}
		if is == *seen {
			continue
		}
		if s.full() {
			return false
		}
		name := s.rules.Permits[i].Name
		switch {
		case is.why == world.Suspended && seen.why != is.why:
			s.effect(Effect{Do: Suspends, Permit: name})
		case is.why != world.NotEnded && seen.why != is.why:
			s.effect(Effect{Do: Ends, Permit: name, By: is.why.String()})
		case is.effective && is.why == world.NotEnded:
			s.effect(Effect{Do: InForce, Permit: name})
		}
		*seen = is
	}
	for len(s.seenClauses) < len(s.rules.Clauses) {
		s.seenClauses = append(s.seenClauses, seenClause{breach: calendar.Never})
	}
	for i := range s.rules.Clauses {
		c, seen := s.world.Clause(int32(i)), &s.seenClauses[i]
		if c.Broken == seen.broken && c.Missed == seen.missed && c.Breach == seen.breach {
			continue
		}
		if s.full() {
			return false
		}
		switch {
		case c.Broken > seen.broken || c.Missed && !seen.missed || c.Breach < seen.breach:
			s.effect(Effect{Do: Breaks, By: s.clauseName(int32(i))})
		case !c.Missed && seen.missed:
			s.effect(Effect{Do: Fulfils, By: s.clauseName(int32(i))})
		}
		*seen = seenClause{broken: c.Broken, missed: c.Missed, breach: c.Breach}
	}
	return true
}

// Clause finds a condition of a permit.
func (s *State) Clause(permit, condition string) (int32, error) {
	i, err := s.Permit(permit)
	if err != nil {
		return 0, err
	}
	var all []string
	for c := s.rules.Permits[i].First; c < s.rules.Permits[i].Last; c++ {
		if s.rules.Clauses[c].Name == condition {
			return c, nil
		}
		all = append(all, s.rules.Clauses[c].Name)
	}
	return 0, &UnknownError{What: "condition of permit " + permit, Name: condition, Hint: spelling.Hint(condition, all)}
}

func (f *Clock) check(*State) error { return nil }
func (f *Clock) apply(*State)       {}
func (f *Tick) check(s *State) error {
	if s.world == nil {
		return errNotOpen
	}
	return nil
}
func (f *Tick) apply(s *State) { s.tick() }

// NextAct gives the act that an authority would sign now: on the version in
// effect, or on the next one whose spec has the hash given, behind the last act
// on the permit.
func (s *State) NextAct(verb signature.Verb, permit, spec string) (signature.Act, error) {
	if _, err := s.Permit(permit); err != nil {
		return signature.Act{}, err
	}
	p := s.permits[permit]
	version, current := p.chain.Version()
	a := signature.Act{Act: verb, Permit: permit, Version: version, Spec: current, Previous: p.chain.Last()}
	if spec != "" && spec != current {
		a.Version, a.Spec = version+1, spec
	}
	return a, a.Check()
}
