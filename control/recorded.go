package control

import "time"

// OutcomeOf gives what followed from a fact, as it was recorded or applied.
func OutcomeOf(f Fact) *Outcome { return f.outcome() }

// Location gives the time zone with the offsets that were recorded.
func (f *Zone) Location() (*time.Location, error) { return f.location() }

// Open gives the text that a member commits to, or nothing for a member that is
// left out. It is ErrSealed where nothing opens the commitment, and another
// error where what is disclosed is not what was committed to.
func (d *Disclosure) Open(member, commitment string) (string, error) {
	return d.open(member, commitment)
}
