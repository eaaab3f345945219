package signature

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Why an act is refused, besides its signature.
var (
	ErrNotNamed = errors.New("the permit does not name this authority")
	ErrReplayed = errors.New("the act was recorded before")
	ErrOrder    = errors.New("it does not follow the last act on the permit")
	ErrVersion  = errors.New("it is on another version of the permit")
	ErrSpec     = errors.New("it is on another text of the permit")
	ErrOther    = errors.New("it is on another permit")
	ErrRevoked  = errors.New("the permit was revoked, which is final")
)

// State is what a permit is.
type State string

// The states, from the most final.
const (
	Revoked   State = "revoked"
	Suspended State = "suspended"
	Pending   State = "pending" // an endorsement is missing
	InForce   State = "in-force"
)

// Chain is the acts on one permit, folded: who endorsed, suspended or revoked
// it. An amendment takes the place of the version before when all whom either
// names have endorsed it; until then that version stays as it is.
type Chain struct {
	permit   string
	current  version
	proposed *version // an amendment that is not endorsed by all yet
	last     string   // the hash of the last act
	seen     map[string]bool
	stopped  map[string]bool // who suspended
	revoked  bool
}

type version struct {
	number   int
	spec     string
	names    []string         // the authorities that its text names
	required []string         // whose endorsements it needs: of an amendment also those that the version before names
	endorsed map[string]int64 // when
}

// NewChain starts a chain: the permit's version, the hash of its spec and the
// authorities that it names.
func NewChain(permit string, number int, spec string, required []string) *Chain {
	return &Chain{permit: permit, current: newVersion(number, spec, required), seen: map[string]bool{}, stopped: map[string]bool{}}
}

func newVersion(number int, spec string, required []string) version {
	return version{number, spec, slices.Clone(required), slices.Clone(required), map[string]int64{}}
}

// Last is the hash of the last act, which the next one must name.
func (c *Chain) Last() string { return c.last }

// Version gives the version in effect and the hash of its spec.
func (c *Chain) Version() (number int, spec string) { return c.current.number, c.current.spec }

// Required gives the authorities that the version in effect names.
func (c *Chain) Required() []string { return slices.Clone(c.current.required) }

// Missing gives the authorities whose endorsement is not there, in order.
func (c *Chain) Missing() []string { return c.current.missing() }

func (v version) missing() []string {
	var m []string
	for _, r := range v.required {
		if _, ok := v.endorsed[r]; !ok {
			m = append(m, r)
		}
	}
	return m
}

// State gives what the permit is, its dates aside.
func (c *Chain) State() State {
	switch {
	case c.revoked:
		return Revoked
	case len(c.stopped) > 0:
		return Suspended
	case len(c.current.missing()) > 0:
		return Pending
	}
	return InForce
}

// Endorsed gives who endorsed the version in effect, and when.
func (c *Chain) Endorsed() map[string]int64 { return maps.Clone(c.current.endorsed) }

// Apply takes an act whose signature by an authority was verified and which is
// recorded at an instant. For an amendment, required are the authorities that
// the next version names. A refused act changes nothing; errors are those
// above.
func (c *Chain) Apply(a Act, by string, at int64, required []string) error {
	canonical, err := a.Canonical()
	if err != nil {
		return err
	}
	hash := Hash(canonical)
	if err := c.check(a, hash, by); err != nil {
		return fmt.Errorf("%s of %s by %s is refused: %w", a.Act, a.Permit, by, err)
	}
	c.last = hash
	c.seen[hash] = true
	switch a.Act {
	case Revoke:
		c.revoked = true
	case Suspend:
		c.stopped[by] = true
	case Amend:
		next := newVersion(a.Version, a.Spec, required)
		next.required = union(required, c.current.names)
		next.endorsed[by] = at
		c.propose(&next)
	case Endorse:
		if c.proposed != nil && a.Version == c.proposed.number {
			c.proposed.endorsed[by] = at
			c.propose(c.proposed)
			return nil
		}
		delete(c.stopped, by)
		c.current.endorsed[by] = at
	}
	return nil
}

// propose makes an amendment current when everybody has endorsed it.
func (c *Chain) propose(v *version) {
	c.proposed = v
	if len(v.missing()) == 0 {
		v.required = v.names
		c.current, c.proposed = *v, nil
	}
}

func (c *Chain) check(a Act, hash, by string) error {
	number, spec, named := c.current.number, c.current.spec, c.current.names
	switch {
	case a.Permit != c.permit:
		return fmt.Errorf("%w: %s", ErrOther, c.permit)
	case c.seen[hash]:
		return ErrReplayed
	case c.revoked:
		return ErrRevoked
	}
	if a.Act == Amend {
		number, spec = number+1, a.Spec
	}
	if a.Act == Endorse && c.proposed != nil && a.Version == c.proposed.number {
		number, spec, named = c.proposed.number, c.proposed.spec, c.proposed.required
	}
	switch {
	case !slices.Contains(named, by):
		return fmt.Errorf("%w: it names %s", ErrNotNamed, strings.Join(named, ", "))
	case a.Version != number:
		return fmt.Errorf("%w: on %d, must be on %d", ErrVersion, a.Version, number)
	case a.Spec != spec:
		return fmt.Errorf("%w: its spec has the hash %s", ErrSpec, spec)
	case a.Previous != c.last && c.last == "":
		return fmt.Errorf("%w: there is none yet", ErrOrder)
	case a.Previous != c.last:
		return fmt.Errorf("%w, whose hash is %s", ErrOrder, c.last)
	}
	return nil
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}
