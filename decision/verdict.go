// Package decision answers: may this job run, here, now; may these devices
// arrive? It reads a world and judges a proposed placement; it never searches
// for one, and it changes nothing but the record of what had an effect.
package decision

import (
	"math"
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// Outcome is what a verdict comes to.
type Outcome uint8

// The outcomes, from the best.
const (
	Admit Outcome = iota
	Hold
	NeedsApproval
	Deny
)

// String names the outcome.
func (o Outcome) String() string {
	return [...]string{"admit", "hold", "needs-approval", "deny"}[o]
}

// Any is the largest size of a condition that sizes do not matter to.
const Any = math.MaxInt64

// Reason is one condition as it was judged. All conditions are judged, those
// that hold too.
type Reason struct {
	// Clause is the index of the clause, or −1−p for what permit p demands by
	// itself: to be in effect, not to be ended, to have granted enough.
	Clause  int32
	Form    world.Form
	Outcome Outcome
	// Account is where the measure is added up, or −1.
	Account int32
	// Window is the window, of those that the reservation touches, with the
	// least room.
	Window int32
	// Value is what is taken already, with what running work still takes;
	// Bound is what may be taken; Ask is what the request would take.
	Value, Bound, Ask account.Sum
	// First is the first instant at which the condition would hold if nothing
	// else came, or Never where none can be computed.
	First calendar.Instant
	// Largest is the largest size that the condition admits now.
	Largest int64
}

// Room is what is left under the bound.
func (r *Reason) Room() account.Sum { return r.Bound.Sub(r.Value) }

// Verdict is the answer to a request. Its slice is used again.
type Verdict struct {
	Outcome Outcome
	Reasons []Reason
	// End is the end of the reservation: the earliest of the limit and all cuts.
	End calendar.Instant
	// CutBy is the clause that cut the reservation (−1−p: the end of permit p), valid when Cut.
	CutBy int32
	Cut   bool
	// Again is when to look again, the latest of the reasons' first instants:
	// they do not conjoin, so it must be judged anew then. Never where a
	// reason has none.
	Again calendar.Instant
	// Largest is the largest size that all conditions admit now.
	Largest int64
}

func (v *Verdict) reset(end calendar.Instant) {
	v.Outcome, v.Reasons, v.End, v.Cut, v.Again, v.Largest = Admit, v.Reasons[:0], end, false, 0, Any
}

// next gives the place of the next reason, to be set whole. It is good until
// the next call.
func (v *Verdict) next() *Reason {
	n := len(v.Reasons)
	if n == cap(v.Reasons) {
		v.Reasons = slices.Grow(v.Reasons, n+8)
	}
	v.Reasons = v.Reasons[:n+1]
	return &v.Reasons[n]
}

// drop takes the last reason back.
func (v *Verdict) drop() { v.Reasons = v.Reasons[:len(v.Reasons)-1] }

// add counts a reason that has been judged.
func (v *Verdict) add(r *Reason) {
	v.Largest = min(v.Largest, r.Largest)
	if r.Outcome != Admit {
		v.Outcome = max(v.Outcome, r.Outcome)
		v.Again = max(v.Again, r.First)
	}
}
