// Package regime holds rules that a body wrote as data: named, versioned and
// cited sets of conditions with parameters. A permit names a regime instead of
// retyping it, and is expanded before it is signed, so that what is signed
// contains every clause and value that it relies on.
package regime

import (
	"github.com/proviso-dev/proviso/fleet"
)

// Regime is a rule with its clauses. Permits take it by name; each clause
// becomes a condition of the permit.
type Regime struct {
	// What the rule is called.
	Title Words `json:"title" doc:"required"`
	// Who wrote it.
	Body string `json:"body" doc:"required"`
	// Where the rule stands: in-force, historical, bill, reported or own.
	Status Status `json:"status" doc:"required"`
	// The text, and how it was read.
	Source string `json:"source" doc:"required"`
	// What a reader must know beside the clauses.
	Note string `json:"note,omitempty"`
	// What a permit may set.
	Parameters []Parameter `json:"parameters,omitempty"`
	// The clauses, in the order of the rule.
	Clauses []Clause `json:"clauses,omitempty"`
	// The lines by which the rule classifies accelerators.
	Lines []fleet.Rule `json:"lines,omitempty"`
}

// Words say one thing in each language.
type Words struct {
	// In English.
	English string `json:"en" doc:"required"`
	// In German.
	German string `json:"de" doc:"required"`
}

// Status is where a rule stands.
type Status string

// The states of a rule.
const (
	InForce    Status = "in-force"
	Historical Status = "historical" // not enforced any more
	Bill       Status = "bill"       // proposed, not law
	Reported   Status = "reported"   // its text is not public
	Own        Status = "own"        // nobody's rule: a form for one's own
)

// Enum lists the states.
func (Status) Enum() []string { return []string{"in-force", "historical", "bill", "reported", "own"} }

// Clause is one clause of a rule.
type Clause struct {
	// The clause's name; parameters as ${name} may stand in it.
	Name string `json:"name" doc:"required"`
	// The article that it comes from; of a clause whose text was not read, who reports it.
	Article string `json:"article" doc:"required"`
	// Whether its text was read: primary, or known from others alone: secondary.
	Read Reading `json:"read" doc:"required"`
	// Whether the clause is law, reported or assumed.
	Basis fleet.Basis `json:"basis" doc:"required"`
	// Why a permit has the clause only if it names it in also.
	Off string `json:"off,omitempty"`
	// How the text was read where it leaves something open.
	Note string `json:"note,omitempty"`
	// The condition, without name, basis and source, with parameters as ${name}.
	Condition map[string]any `json:"condition" doc:"required"`
}

// Reading says whether the text of a clause was read.
type Reading string

// The ways of reading.
const (
	Primary   Reading = "primary"
	Secondary Reading = "secondary"
)

// Enum lists the ways of reading.
func (Reading) Enum() []string { return []string{"primary", "secondary"} }

// Clause gives a clause by its name as the regime writes it, or nil.
func (r *Regime) clause(name string) *Clause {
	for i := range r.Clauses {
		if r.Clauses[i].Name == name {
			return &r.Clauses[i]
		}
	}
	return nil
}

func (r *Regime) clauseNames() []string {
	names := make([]string, len(r.Clauses))
	for i, c := range r.Clauses {
		names[i] = c.Name
	}
	return names
}

func (r *Regime) parameter(name string) *Parameter {
	for i := range r.Parameters {
		if r.Parameters[i].Name == name {
			return &r.Parameters[i]
		}
	}
	return nil
}

func (r *Regime) parameterNames() []string {
	names := make([]string, len(r.Parameters))
	for i, p := range r.Parameters {
		names[i] = p.Name
	}
	return names
}

// weaker gives the less sure of two bases: assumed, then reported, then law.
func weaker(a, b fleet.Basis) fleet.Basis {
	rank := map[fleet.Basis]int{fleet.Law: 0, fleet.Reported: 1, fleet.Assumed: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
