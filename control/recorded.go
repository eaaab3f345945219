package control

import (
	"time"

	"github.com/proviso-dev/proviso/ledger"
)

// Recorded is an entry that was read, as far as that needs no state: what was
// before it need not be known. Entries are read beside each other and replayed
// in order.
type Recorded struct {
	Entry ledger.Entry
	// Disclosure opens its commitments; nil if nothing does.
	Disclosure *Disclosure

	fact Fact
	err  error // why there is none
}

// Read reads the fact of an entry and opens its commitments. What is wrong with
// it is an error of the replay.
func Read(e ledger.Entry, d *Disclosure) Recorded {
	r := Recorded{Entry: e, Disclosure: d}
	if r.fact, r.err = scanFact(e.Kind, e.Body); r.err != nil {
		return r
	}
	if f, ok := r.fact.(*Submit); ok {
		f.look(d)
	}
	return r
}

// ReadKept is Read with the disclosure as it is kept beside the entry.
func ReadKept(e ledger.Entry, kept []byte) Recorded {
	if e.Kind == "submit" && len(kept) > 0 {
		r := Recorded{Entry: e}
		if r.fact, r.err = scanFact(e.Kind, e.Body); r.err != nil {
			return r
		}
		if s := (memberScanner{text: kept}); s.open(r.fact.(*Submit)) {
			return r
		}
	}
	d, err := ParseDisclosure(kept)
	if err != nil {
		return Recorded{Entry: e, err: err}
	}
	return Read(e, d)
}

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
