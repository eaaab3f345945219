package permit

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Condition is one clause of a permit, in exactly one of the seven forms.
type Condition struct {
	// The clause's name, unique in its permit.
	Name string `json:"name" doc:"required"`
	// The regime and version that the clause was taken from, as NAME@VERSION; written when a permit is expanded.
	From string `json:"from,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// The text that the clause comes from: an article, a report.
	Source string `json:"source,omitempty"`
	// Clauses of one group are priced together in the cost of conditions; the clause's name when absent.
	Group string `json:"group,omitempty"`
	// What a breach of a require, limit or share does: notify (the default), hold, drain or stop.
	OnReach Action `json:"onReach,omitempty"`

	// A predicate that must hold, as a CEL expression.
	Require Expression `json:"require,omitempty"`
	// A measure stays within an absolute bound.
	Limit *Limit `json:"limit,omitempty"`
	// A ratio stays within bounds.
	Share *Share `json:"share,omitempty"`
	// Unused allocation of a limit is forfeited on dates.
	Lapse *Lapse `json:"lapse,omitempty"`
	// Something is due.
	Duty *Duty `json:"duty,omitempty"`
	// A fact about the devices is fresh.
	Evidence *Evidence `json:"evidence,omitempty"`
	// A named authority must say yes first.
	Approval *Approval `json:"approval,omitempty"`
}

// Expression is a predicate or selector in CEL, over job, site, lot,
// accelerator and endUser. Floating point is rejected.
type Expression string

// Measure is what a limit or a share adds up.
type Measure string

// The measures. Devices, Power and HeldTPP are instant; the others accumulate
// over a window. DeliveredDevices, DeliveredTPP and HeldTPP are judged at
// delivery, the others at use.
const (
	Devices          Measure = "devices"
	Power            Measure = "power"
	HeldTPP          Measure = "heldTPP"
	DeviceHours      Measure = "deviceHours"
	FLOP             Measure = "flop"
	Energy           Measure = "energy"
	Cost             Measure = "cost"
	Jobs             Measure = "jobs"
	DeliveredDevices Measure = "deliveredDevices"
	DeliveredTPP     Measure = "deliveredTPP"
)

// Enum lists the measures.
func (Measure) Enum() []string {
	return []string{"devices", "power", "heldTPP", "deviceHours", "flop", "energy", "cost", "jobs", "deliveredDevices", "deliveredTPP"}
}

// Instant reports whether the measure has no window.
func (m Measure) Instant() bool { return m == Devices || m == Power || m == HeldTPP }

// AtDelivery reports whether the measure counts deliveries instead of use.
func (m Measure) AtDelivery() bool {
	return m == HeldTPP || m == DeliveredDevices || m == DeliveredTPP
}

// Unit is the base unit that the measure is counted in: for a measure that
// accumulates, the unit of its sum.
func (m Measure) Unit() quantity.Unit {
	switch m {
	case Power:
		return quantity.Watt
	case DeviceHours:
		return quantity.DeviceMilli
	case FLOP:
		return quantity.GigaFLOP
	case Energy:
		return quantity.MilliJoule
	case Cost:
		return quantity.MicroPrice
	}
	return quantity.Count
}

// Per says what a measure is kept apart by.
type Per string

// Enum lists the keys.
func (Per) Enum() []string {
	return []string{"endUser", "model", "site", "country", "tenant", "purpose", "accelerator", "holder", "supplier"}
}

// Limit bounds a measure.
type Limit struct {
	// What is added up.
	Measure Measure `json:"measure" doc:"required"`
	// Which work or deliveries count, as a CEL expression; all when absent.
	Where Expression `json:"where,omitempty"`
	// Keep one account for each value of this key.
	Per Per `json:"per,omitempty"`
	// The bound.
	AtMost quantity.Amount `json:"atMost,omitempty"`
	// Instead of atMost, for devices and power: a fact whose series is the bound, each value from its date on.
	Follows string `json:"follows,omitempty"`
	// The window over which a measure accumulates; the permit's life when absent.
	Over calendar.Window `json:"over,omitempty"`
	// Limits with the same pool, measure and window share one account over all their permits.
	Pool string `json:"pool,omitempty"`
	// How sure an admission must be: certain (the default), booked or observed.
	Assurance Assurance `json:"assurance,omitempty"`
}

// Share bounds the ratio of a part to a whole.
type Share struct {
	// What is added up.
	Measure Measure `json:"measure" doc:"required"`
	// The part, as a CEL expression.
	Where Expression `json:"where" doc:"required"`
	// The whole, as a CEL expression; everything under the permit when absent. What is in neither is neutral.
	OutOf Expression `json:"outOf,omitempty"`
	// What the part is compared with: used (the default), available, or a fact.
	Base Base `json:"base,omitempty"`
	// The least share of the part.
	AtLeast *quantity.Ratio `json:"atLeast,omitempty"`
	// The most share of the part.
	AtMost *quantity.Ratio `json:"atMost,omitempty"`
	// Keep one account for each value of this key.
	Per Per `json:"per,omitempty"`
	// Bound the part at each country or site by itself, of one whole; for heldTPP.
	Each Per `json:"each,omitempty"`
	// The window over which the measure accumulates; the permit's life when absent.
	Over calendar.Window `json:"over,omitempty"`
	// Shares with the same pool, measure and window share one account over all their permits.
	Pool string `json:"pool,omitempty"`
	// How sure an admission must be: booked (the default), certain or observed.
	Assurance Assurance `json:"assurance,omitempty"`
	// An amount that is exempt in each window.
	Allowance quantity.Amount `json:"allowance,omitempty"`
	// When the share is judged: windowEnd (the default), or always once the whole exceeds MinBase.
	Judged Judged `json:"judged,omitempty"`
	// With judged: always, the whole up to which nothing is judged.
	MinBase quantity.Amount `json:"minBase,omitempty"`
}

// Base is the whole of a share: "used", "available", or a fact.
type Base struct {
	// used or available.
	Text string `json:"text,omitempty" doc:"scalar"`
	// The name of a Fact whose series is the whole.
	Fact string `json:"fact,omitempty"`
}

// Assurance says how sure an admission must be that the condition will hold.
type Assurance string

// The assurances.
const (
	Certain  Assurance = "certain"  // whatever happens next
	Booked   Assurance = "booked"   // if what is booked happens
	Observed Assurance = "observed" // so far only
)

// Enum lists the assurances.
func (Assurance) Enum() []string { return []string{"certain", "booked", "observed"} }

// Judged says when a share is judged.
type Judged string

// Enum lists the values.
func (Judged) Enum() []string { return []string{"windowEnd", "always"} }

// Lapse forfeits what a limit leaves unused on given dates.
type Lapse struct {
	// The condition name of the limit that it reduces, in the same permit.
	Limit string `json:"limit" doc:"required"`
	// The dates, with what is lost.
	On []LapseDate `json:"on" doc:"required"`
}

// LapseDate is one line of a lapse's table. Where several lines of one date
// apply, the one with the smallest usedBelow counts.
type LapseDate struct {
	// The day of the year, as MM-DD, at its start in the permit's zone.
	Date string `json:"date" doc:"required"`
	// The line applies if less than this share of the bound was used.
	UsedBelow quantity.Ratio `json:"usedBelow" doc:"required"`
	// The share of the remainder that is lost.
	Lose quantity.Ratio `json:"lose" doc:"required"`
}

// Duty is something that the holder owes: a report after each window, or a
// notice before devices move or go.
type Duty struct {
	// What is due: usage, inventory, oversight, notice, or another word for it.
	Report string `json:"report" doc:"required"`
	// The windows after which it is due: month, quarter, half, year, or life for once.
	Every calendar.Window `json:"every,omitempty"`
	// How long after the window's end, in calendar days; with every.
	DueWithin quantity.Duration `json:"dueWithin,omitempty"`
	// What a notice comes before, instead of every: move (to another site), transfer (to another country) or disposal.
	Before Occasion `json:"before,omitempty"`
	// How long before, in hours of 60 minutes; with before.
	Notice quantity.Duration `json:"notice,omitempty"`
	// What happens while a report is overdue: notify (the default), hold, drain or stop. Without its notice a move or disposal does not happen: hold.
	OnMiss Action `json:"onMiss,omitempty"`
}

// Occasion is what a notice comes before.
type Occasion string

// The occasions.
const (
	Moving       Occasion = "move"     // to another site
	Transferring Occasion = "transfer" // to a site in another country
	Disposing    Occasion = "disposal" // out of the holder's hands
)

// Enum lists the occasions.
func (Occasion) Enum() []string { return []string{"move", "transfer", "disposal"} }

// Evidence asks for a fresh fact about a device.
type Evidence struct {
	// The kind: attestation, location, inventory, test-certificate, or another word for it.
	Kind string `json:"kind" doc:"required"`
	// How old it may be; without it the evidence never ages.
	MaxAge quantity.Duration `json:"maxAge,omitempty"`
	// When it is asked for: use (the default) or delivery.
	At Scope `json:"at,omitempty"`
	// What stale evidence does: hold (the default), notify, drain or stop.
	OnMiss Action `json:"onMiss,omitempty"`
}

// Approval asks an authority first.
type Approval struct {
	// When it is needed, as a CEL expression.
	When Expression `json:"when" doc:"required"`
	// Who can give it.
	By []string `json:"by" doc:"required"`
	// How many of them must; all when absent.
	Quorum int `json:"quorum,omitempty"`
}
