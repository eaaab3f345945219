package catalog

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Scenario is a variant of a plan: changes to fields of the documents, and
// events that happen. The scenario named base gives the period, the samples
// and the seed of every other one.
type Scenario struct {
	// What the scenario supposes.
	Description string `json:"description,omitempty"`
	// The period of the plan.
	Period *Period `json:"period,omitempty"`
	// How many samples are drawn.
	Samples int `json:"samples,omitempty"`
	// The seed of the draws.
	Seed uint64 `json:"seed,omitempty"`
	// Changes to fields of the other documents.
	Set []Change `json:"set,omitempty"`
	// Acts and incidents.
	Events []Event `json:"events,omitempty"`
	// Recorded load, beside or instead of the documents' own.
	Trace *Trace `json:"trace,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Period is the time that a plan covers.
type Period struct {
	// The first day.
	From calendar.Moment `json:"from" doc:"required"`
	// The first day after it.
	Until calendar.Moment `json:"until" doc:"required"`
	// The time zone in which dates are shown, as an IANA name; UTC when absent.
	TimeZone string `json:"timeZone,omitempty"`
}

// Change sets one field of a document.
type Change struct {
	// KIND.NAME.FIELD…, such as permit.h200-import.spec.onEnd; list items by their name or index; * for every document of a kind.
	Path string `json:"path" doc:"required"`
	// The new value, as YAML; null removes the field.
	To any `json:"to"`
}

// Event is something that happens to permits or devices in a scenario.
type Event struct {
	// The event's name.
	Name string `json:"name" doc:"required"`
	// When.
	At quantity.Distribution[calendar.Moment] `json:"at" doc:"required"`
	// How long after At it takes effect, such as the time from a finding to the revocation that it triggers.
	Delay quantity.Distribution[quantity.Duration] `json:"delay,omitempty"`
	// The chance that it happens at all; 100% when absent.
	Probability *quantity.Ratio `json:"probability,omitempty"`
	// Permits that are revoked for good.
	Revoke []string `json:"revoke,omitempty"`
	// Permits that are suspended.
	Suspend []string `json:"suspend,omitempty"`
	// Suspended permits that take effect again.
	Reinstate []string `json:"reinstate,omitempty"`
	// Devices that stop.
	Shutdown *Shutdown `json:"shutdown,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Shutdown takes devices out of service.
type Shutdown struct {
	// The lots that are hit; all lots of Accelerator when absent.
	Lots []string `json:"lots,omitempty"`
	// The product that is hit, when Lots are not named.
	Accelerator string `json:"accelerator,omitempty"`
	// The part of the devices that stops.
	Part quantity.Ratio `json:"part" doc:"required"`
	// How long they stay out; for good when absent.
	For quantity.Duration `json:"for,omitempty"`
}

// Trace names recorded jobs.
type Trace struct {
	// The file, relative to the document.
	File string `json:"file" doc:"required"`
	// The mapping file beside it, which says what its accounts stand for.
	Mapping string `json:"mapping" doc:"required"`
	// Whether the documents' own jobs and programmes run too.
	Beside bool `json:"beside,omitempty"`
}
