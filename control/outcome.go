package control

// Outcome is what followed from a fact: computed by the core, recorded with the
// fact, and computed again by an audit.
type Outcome struct {
	// Booking is the number that announced work was given.
	Booking string `json:"booking,omitempty"`
	// Effects are what happened, in order.
	Effects []Effect `json:"effects,omitempty"`
	// Job is the number that a submitted job was given.
	Job string `json:"job,omitempty"`
	// Verdict is that on what was asked for.
	Verdict *Verdict `json:"verdict,omitempty"`
}

// Verdict is the answer to a request.
type Verdict struct {
	// Again is when it is judged again, if anything is known.
	Again string `json:"again,omitempty"`
	// Because are the conditions that refused, all of them.
	Because []Reason `json:"because,omitempty"`
	// Cut is the condition that ends the reservation before the limit.
	Cut string `json:"cut,omitempty"`
	// Devices is how many were let in, of a delivery.
	Devices string `json:"devices,omitempty"`
	// Hash is the SHA-256 of the complete reasons, see Complete.
	Hash string `json:"hash,omitempty"`
	// Missing is what is lacking that no condition refuses: devices, or the
	// queue, whose head would be delayed.
	Missing string `json:"missing,omitempty"`
	// Outcome is admit, hold, needs-approval or deny.
	Outcome string `json:"outcome"`
}

// Reason is a condition as it was judged.
type Reason struct {
	// Ask is what the request would take; Bound what may be taken; Value what
	// is taken already and by running work still. Units are the core's own:
	// devices, W, device-ms, mJ, GFLOP, …
	Ask   string `json:"ask,omitempty"`
	Bound string `json:"bound,omitempty"`
	// Clause is PERMIT/CONDITION.
	Clause string `json:"clause"`
	// First is the first instant at which it would hold if nothing else came.
	First string `json:"first,omitempty"`
	// Form is one of the seven forms, gate or grant.
	Form string `json:"form"`
	// Largest is the largest size that it admits now.
	Largest string `json:"largest,omitempty"`
	Outcome string `json:"outcome"`
	Value   string `json:"value,omitempty"`
}

// Effect is one thing that happened because of a fact.
type Effect struct {
	// At is when, where that is not the entry's own instant: an entry can be
	// written after what it was due for.
	At string `json:"at,omitempty"`
	// By is the condition that acted, as PERMIT/CONDITION, or limit.
	By string `json:"by,omitempty"`
	// Devices is a number of devices, of those that arrive.
	Devices string `json:"devices,omitempty"`
	// Do is what happened.
	Do Deed `json:"do"`
	// End is the end of the reservation of a job that starts, or the checkpoint
	// at which a job is drained.
	End string `json:"end,omitempty"`
	// Hash is the SHA-256 of the complete reasons, where the effect is a verdict.
	Hash string `json:"hash,omitempty"`
	Job  string `json:"job,omitempty"`
	Lot  string `json:"lot,omitempty"`
	// Parts are the devices that a job starts on.
	Parts  []Part `json:"parts,omitempty"`
	Permit string `json:"permit,omitempty"`
	// Version is the version of a permit that takes effect.
	Version string `json:"version,omitempty"`
}

// Part is devices of one stock, which is named by its first lot.
type Part struct {
	Accelerator string `json:"accelerator"`
	Devices     string `json:"devices"`
	Lot         string `json:"lot"`
	Site        string `json:"site"`
}

// Deed is what happened.
type Deed string

// The deeds.
const (
	Starts   Deed = "start"     // a job starts
	Stops    Deed = "stop"      // a job is stopped
	Drains   Deed = "drain"     // a job is stopped at its next checkpoint
	Denies   Deed = "deny"      // a waiting job is denied for good
	Holds    Deed = "hold"      // a waiting job waits for nothing any more that has a date
	Arrives  Deed = "arrive"    // devices of a lot go into service
	Moves    Deed = "move"      // devices of a lot go to another site
	Disposes Deed = "dispose"   // devices of a lot leave the fleet
	Breaks   Deed = "breach"    // a condition is broken
	InForce  Deed = "in-force"  // a permit takes effect
	Ends     Deed = "end"       // a permit expires or is revoked
	Suspends Deed = "suspend"   // a permit is suspended
	Versions Deed = "version"   // another version of a permit takes effect
	Fulfils  Deed = "fulfilled" // an overdue duty is fulfilled
)
