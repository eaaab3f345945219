package trace

import (
	"fmt"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Kind is the kind of the document that a mapping is written in.
const Kind = "TraceMapping"

// Mapping states what a record of jobs lacks: what its accounts stand for,
// which devices there were, and the limits that nobody wrote down.
type Mapping struct {
	// What the trace is.
	Description string `json:"description,omitempty"`
	// slurm, philly, openb or csv; told from the header line when absent.
	Format Format `json:"format,omitempty"`
	// The time zone of times that are recorded without one, as an IANA name; UTC when absent.
	TimeZone string `json:"timeZone,omitempty"`
	// When the trace starts: relative times count from it, and recorded times move so that the first submission falls on it; as recorded when absent.
	Start calendar.Moment `json:"start,omitempty"`
	// Whose devices the jobs use.
	Holder string `json:"holder,omitempty"`
	// Which devices there were.
	Capacity []Capacity `json:"capacity,omitempty"`
	// What is taken for the limits that are not recorded.
	Limit LimitRule `json:"limit,omitempty"`
	// What the accounts of the trace stand for; the first that matches counts.
	Accounts []AccountRule `json:"accounts,omitempty"`
	// What an account stands for that nothing matches: an end user and a purpose, or refuse (the default).
	Otherwise Otherwise `json:"otherwise,omitempty"`
	// Whether the mapping is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Capacity is a number of devices that the recorded jobs ran on: a lot of the
// documents, or a product at a site.
type Capacity struct {
	// A lot of the documents; instead of the other fields.
	Lot string `json:"lot,omitempty"`
	// The product.
	Accelerator string `json:"accelerator,omitempty"`
	// The site where the devices stand.
	Site string `json:"site,omitempty"`
	// How many devices.
	Devices quantity.Amount `json:"devices,omitempty"`
	// Whether the number is reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the number comes from.
	Source string `json:"source,omitempty"`
}

// LimitRule says what is taken for a limit that is not recorded, or recorded
// as unlimited.
type LimitRule struct {
	// So many times the job's duration; 2 when absent.
	Factor quantity.Ratio `json:"factor,omitempty"`
	// This limit instead of a multiple of the duration.
	Default quantity.Duration `json:"default,omitempty"`
}

// AccountRule says what some accounts of the trace stand for. EndUser, Purpose
// and Tenant may contain {account}, {user} and {partition}.
type AccountRule struct {
	// The account, or a pattern with * and ?: Slurm's Account, Philly's cluster, openb's qos.
	Match string `json:"match" doc:"required"`
	// The user, or a pattern; any when absent. Slurm alone records users.
	User string `json:"user,omitempty"`
	// The partition, or a pattern; any when absent. Slurm alone records partitions.
	Partition string `json:"partition,omitempty"`
	// For whom the work is done.
	EndUser string `json:"endUser" doc:"required"`
	// What the work is for.
	Purpose string `json:"purpose" doc:"required"`
	// Who submits it; the recorded user when absent.
	Tenant string `json:"tenant,omitempty"`
}

// Otherwise is what an account stands for that no rule matches.
type Otherwise struct {
	// refuse: such an account is an error.
	Action string `json:"action,omitempty" doc:"scalar"`
	// For whom the work is done.
	EndUser string `json:"endUser,omitempty"`
	// What the work is for.
	Purpose string `json:"purpose,omitempty"`
	// Who submits it; the recorded user when absent.
	Tenant string `json:"tenant,omitempty"`
}

// refuse is the one action that Otherwise may name.
const refuse = "refuse"

// set reports whether Otherwise names an end user and a purpose.
func (o Otherwise) set() bool { return o.EndUser != "" || o.Purpose != "" || o.Tenant != "" }

// factor is the multiple of the duration that stands for a missing limit.
func (m *Mapping) factor() quantity.Ratio {
	if m.Limit.Factor.Zero() {
		return quantity.Ratio{Num: 2, Den: 1}
	}
	return m.Limit.Factor
}

// location is the zone of times that are recorded without one.
func (m *Mapping) location() (*time.Location, error) {
	// The machine's own zone must not leak into a trace.
	if m.TimeZone == "Local" {
		return nil, fmt.Errorf("%q is not the name of a time zone", m.TimeZone)
	}
	return time.LoadLocation(m.TimeZone)
}
