// Package permit describes what was granted: permits with their clauses, the
// authorities that act on them and the outside facts that they refer to.
package permit

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Permit is a grant of a quantity of accelerators to a holder, for a time, on
// conditions. Two permits over one device both bind: their conditions conjoin.
type Permit struct {
	// What the permit is.
	Description string `json:"description,omitempty"`
	// Who holds the permit.
	Holder string `json:"holder" doc:"required"`
	// What the permit governs: delivery, use, or both (the default).
	Scope []Scope `json:"scope,omitempty"`
	// How many devices of which product.
	Grants []Grant `json:"grants" doc:"required"`
	// When the permit is valid.
	Valid Validity `json:"valid" doc:"required"`
	// What its end (expiry, suspension, revocation) does to running work: continue, hold, drain or stop. Hold when absent.
	OnEnd Action `json:"onEnd,omitempty"`
	// The authorities that must endorse it, and what is known of their acts.
	Endorsements Endorsements `json:"endorsements,omitempty"`
	// The purposes that work may declare; any when absent.
	Purposes []string `json:"purposes,omitempty"`
	// The end users that are declared: endUser.declared is true for them.
	EndUsers []EndUser `json:"endUsers,omitempty"`
	// The facts whose lists make endUser.listed true.
	Lists []string `json:"lists,omitempty"`
	// The regimes whose clauses the permit takes; they become conditions.
	Regimes []RegimeUse `json:"regimes,omitempty"`
	// The clauses.
	Conditions []Condition `json:"conditions,omitempty"`
	// Whether the grant is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Scope is what a permit governs.
type Scope string

// The scopes.
const (
	Delivery Scope = "delivery"
	Use      Scope = "use"
)

// Enum lists the scopes.
func (Scope) Enum() []string { return []string{"delivery", "use"} }

// Grant is a quantity of one product.
type Grant struct {
	// The product.
	Accelerator string `json:"accelerator" doc:"required"`
	// How many devices.
	Quantity quantity.Amount `json:"quantity" doc:"required"`
}

// Validity is when a permit is valid.
type Validity struct {
	// The first day.
	From calendar.Moment `json:"from" doc:"required"`
	// The first day on which it is no longer valid.
	Until calendar.Moment `json:"until" doc:"required"`
	// The permit's own time zone, as an IANA name such as Asia/Shanghai; UTC when absent.
	TimeZone string `json:"timeZone,omitempty"`
}

// Endorsements are the signatures that a permit needs to take effect.
type Endorsements struct {
	// The authorities that must endorse the permit.
	Required []string `json:"required,omitempty"`
	// What is known to have been endorsed, asserted in place of a signature. Plans count these; a control plane counts signatures alone.
	Asserted []Assertion `json:"asserted,omitempty"`
	// When an endorsement is expected that is not there yet.
	Expected []Expectation `json:"expected,omitempty"`
}

// Assertion states that an authority has endorsed.
type Assertion struct {
	// The authority.
	By string `json:"by" doc:"required"`
	// When.
	On calendar.Moment `json:"on" doc:"required"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where that is stated.
	Source string `json:"source" doc:"required"`
}

// Expectation is the uncertain date of an endorsement.
type Expectation struct {
	// The authority.
	By string `json:"by" doc:"required"`
	// When; uncertain.
	On quantity.Distribution[calendar.Moment] `json:"on" doc:"required"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where that is stated.
	Source string `json:"source,omitempty"`
}

// EndUser is someone for whom work is done, as the permit declares them.
type EndUser struct {
	// The name that jobs give.
	Name string `json:"name" doc:"required"`
	// The country where they are, as ISO 3166-1 alpha-2.
	Country string `json:"country,omitempty"`
	// The country of their headquarters or parent, as ISO 3166-1 alpha-2.
	Headquarters string `json:"headquarters,omitempty"`
	// Their sector, such as research, military or state-owned.
	Sector string `json:"sector,omitempty"`
}

// Action is what a breach or an end does.
type Action string

// The actions, from the mildest.
const (
	Notify   Action = "notify"   // say so
	Continue Action = "continue" // nothing changes for the devices there
	Hold     Action = "hold"     // no new starts
	Drain    Action = "drain"    // no new starts; running work stops at its next checkpoint
	Stop     Action = "stop"     // no new starts; running work stops at once
)

// Enum lists the actions.
func (Action) Enum() []string { return []string{"notify", "continue", "hold", "drain", "stop"} }

// Authority is a body that endorses, suspends, amends or revokes permits.
type Authority struct {
	// The authority's full name.
	Description string `json:"description,omitempty"`
	// The country, as ISO 3166-1 alpha-2.
	Country string `json:"country,omitempty"`
	// Its public keys, each with the dates between which it counts.
	Keys []PublicKey `json:"keys,omitempty"`
	// How long it takes to answer a request for approval.
	Responds quantity.Distribution[quantity.Duration] `json:"responds,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// PublicKey is an authority's key.
type PublicKey struct {
	// The key in OpenSSH's public key format.
	Key string `json:"key" doc:"required"`
	// It counts from this instant on.
	From calendar.Moment `json:"from" doc:"required"`
	// It no longer counts from this instant on.
	Until calendar.Moment `json:"until,omitempty"`
}

// Fact is a dated series of an outside figure, or a dated list of names.
type Fact struct {
	// What the figure is.
	Description string `json:"description,omitempty"`
	// The figure from each date on until the next one.
	Series []Point `json:"series,omitempty"`
	// Names on a list, each with the dates between which it is there.
	List []Listing `json:"list,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Point is one value of a series.
type Point struct {
	// From when the value holds.
	At calendar.Moment `json:"at" doc:"required"`
	// The value; for a base of a share, the sum so far since the permit's start.
	Value quantity.Distribution[quantity.Amount] `json:"value" doc:"required"`
}

// Listing is a name on a list.
type Listing struct {
	// The name of an end user.
	Name string `json:"name" doc:"required"`
	// From when it is listed; always when absent.
	From calendar.Moment `json:"from,omitempty"`
	// The listing ends before this instant; never when absent.
	Until calendar.Moment `json:"until,omitempty"`
}
