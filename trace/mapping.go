package trace

import (
	"fmt"
	"slices"
	"strings"
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

// Fault is one thing that is wrong with a mapping, by the path of its field.
type Fault struct{ Path, Message string }

// Check finds what is wrong with a mapping beyond the form of its fields. The
// paths start at the spec: "accounts[2].match".
func (m *Mapping) Check() []Fault {
	var faults []Fault
	fault := func(path, format string, args ...any) {
		faults = append(faults, Fault{path, fmt.Sprintf(format, args...)})
	}
	if m.Format != "" && !slices.Contains(m.Format.Enum(), string(m.Format)) {
		fault("format", "%q is not a format: write %s", m.Format, strings.Join(m.Format.Enum(), ", "))
	}
	if _, err := m.location(); err != nil {
		fault("timeZone", "%q is not the name of a time zone: write an IANA name such as Europe/Berlin", m.TimeZone)
	}
	if f := m.factor(); f.Num < f.Den {
		fault("limit.factor", "%s is less than 1: a limit is at least as long as the job ran", decimalOf(f))
	} else if f.Num > 1000*f.Den {
		fault("limit.factor", "%s is more than 1000", decimalOf(f))
	}
	if m.Limit.Default < 0 {
		fault("limit.default", "a limit is longer than zero")
	}
	for i, c := range m.Capacity {
		path := fmt.Sprintf("capacity[%d]", i)
		if n, err := c.Devices.Int64(quantity.Count); c.Lot != "" && (c.Accelerator != "" || c.Site != "" || c.Devices.String() != "") {
			fault(path, "names a lot and a product at a site: write one of them")
		} else if c.Lot == "" && (c.Accelerator == "" || c.Site == "") {
			fault(path, "write a lot, or accelerator, site and devices")
		} else if c.Lot == "" && (err != nil || n <= 0) {
			fault(path+".devices", "write a number of devices, such as 1248")
		}
	}
	for i, r := range m.Accounts {
		path := fmt.Sprintf("accounts[%d]", i)
		for _, f := range []struct{ name, text string }{{"endUser", r.EndUser}, {"purpose", r.Purpose}, {"tenant", r.Tenant}} {
			checkPattern(f.text, path+"."+f.name, fault)
		}
		if r.Match == "" {
			fault(path+".match", "is empty: write an account, or * for any")
		}
		if r.EndUser == "" || r.Purpose == "" {
			fault(path, "endUser and purpose are both required")
		}
	}
	o := m.Otherwise
	switch {
	case o.Action != "" && (o.Action != refuse || o.set()):
		fault("otherwise", "write refuse, or endUser and purpose")
	case o.set() && (o.EndUser == "" || o.Purpose == ""):
		fault("otherwise", "endUser and purpose are both required")
	}
	for _, f := range []struct{ name, text string }{{"endUser", o.EndUser}, {"purpose", o.Purpose}, {"tenant", o.Tenant}} {
		checkPattern(f.text, "otherwise."+f.name, fault)
	}
	return faults
}
