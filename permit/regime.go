package permit

import "github.com/proviso-dev/proviso/fleet"

// RegimeUse takes the clauses of a regime into a permit. When documents are
// loaded each becomes a condition of the permit; what is signed contains the
// conditions, not the name.
type RegimeUse struct {
	// The regime.
	Use string `json:"use" doc:"required"`
	// The version of the regime that is meant; whichever is there when absent.
	Version int `json:"version,omitempty"`
	// Values of its parameters.
	With map[string]any `json:"with,omitempty"`
	// Clauses that are off in the regime and that the permit has all the same.
	Also []string `json:"also,omitempty"`
	// Clauses of the regime that the permit does not have.
	Except []string `json:"except,omitempty"`
	// How sure the values are that the permit sets: law, reported or assumed (the default). A clause is as sure as the less sure of its text and its values.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the values come from.
	Source string `json:"source,omitempty"`
}
