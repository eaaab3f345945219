package usage

import (
	"fmt"
	"math/big"
	"time"

	"github.com/proviso-dev/proviso/account"
)

// Format is the version of the JSON that a View is written as.
const Format = "proviso.dev/usage/v1alpha1"

// View is the use of one permit in one window. Figures are exact: devices × ms,
// W × ms (mJ), and the core's own units for conditions. In JSON they are decimal
// strings, and instants carry the permit's time zone.
type View struct {
	Format string `json:"format"`
	// Permit is whose use it is; Ledger what it was added up from.
	Permit Permit `json:"permit"`
	Window Period `json:"window"`
	Ledger Ledger `json:"ledger"`
	// Notes say in words what a reader could miss. Words are no part of the JSON,
	// so that its hash does not change with how a program puts them.
	Notes []string `json:"-"`
	// Total is all use of the permit's devices.
	Total Figure `json:"total"`
	// Devices are those under the permit, by accelerator.
	Devices []Devices `json:"devices,omitempty"`
	// By splits the total: by end user, purpose, tenant, site, accelerator.
	By []Split `json:"by"`
	// Conditions are those of the permit, with what came of them.
	Conditions []Condition `json:"conditions"`
	// Refusals counts those by the permit itself: it was not in effect, or more
	// devices came than it grants.
	Refusals []Count `json:"refusals,omitempty"`
	// Work is every start of a job on the permit's devices, in order.
	Work []Work `json:"work,omitempty"`
}

// Permit is a permit as it stands at the end of what is reported.
type Permit struct {
	Name    string `json:"name"`
	Holder  string `json:"holder"`
	Version string `json:"version"`
	// Spec is the hash of its text, as acts on it name it.
	Spec string `json:"spec"`
	// State is what the ledger said of it last: in force, suspended, …
	State string `json:"state"`
	Zone  string `json:"zone"`
	// From and Until bound its validity.
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Changes are what became of it within the window.
	Changes []Change `json:"changes,omitempty"`
}

// Change is something that became of a permit.
type Change struct {
	At    time.Time `json:"at"`
	What  string    `json:"what"`
	Entry Number    `json:"entry"`
}

// Period is the window of a report.
type Period struct {
	Name  string    `json:"name"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Measured is up to when figures count: the window's end, or an earlier
	// instant if the window is not over.
	Measured time.Time `json:"measured"`
	Over     bool      `json:"over"`
}

// Ledger is the part of a ledger that a report was added up from. The same
// entries and the same instant give the same report.
type Ledger struct {
	Log string `json:"log"`
	// Size is the number of entries that were read, from the first one.
	Size Number `json:"size"`
	// At is up to when the ledger is known to tell all.
	At time.Time `json:"at"`
	// Demo says that throwaway keys stand for authorities.
	Demo bool `json:"demo,omitempty"`
}

// Figure is an amount of use.
type Figure struct {
	// DeviceMS is devices × milliseconds, EnergyMJ the millijoules that they take
	// by the catalogue's power and the site's overhead.
	DeviceMS Sum `json:"deviceMs"`
	EnergyMJ Sum `json:"energyMj"`
	// Jobs counts each job once, however often it started and wherever it ran.
	Jobs Number `json:"jobs"`
	// Entries are those that the figure is added up from.
	Entries Entries `json:"entries"`
}

// Devices counts those of one accelerator.
type Devices struct {
	Accelerator string `json:"accelerator"`
	Granted     Number `json:"granted"`
	// Delivered and Disposed are within the window: what came into service, and
	// what left the fleet. Held is all that is there at the end of what is
	// measured.
	Delivered Number `json:"delivered"`
	Disposed  Number `json:"disposed,omitzero"`
	Held      Number `json:"held"`
	// InServiceMS is devices × milliseconds in service within the window, Used
	// what of it was used.
	InServiceMS Sum     `json:"inServiceMs"`
	UsedMS      Sum     `json:"usedMs"`
	Entries     Entries `json:"entries"`
}

// Split is the total by one key.
type Split struct {
	By   string     `json:"by"`
	Rows []SplitRow `json:"rows"`
}

// SplitRow is the part of one key.
type SplitRow struct {
	// Key is the name; empty where nothing was stated.
	Key string `json:"key,omitempty"`
	// Sealed is the commitment to a name that was not disclosed.
	Sealed string `json:"sealed,omitempty"`
	// Declared says that the permit names the end user; Country is where it says
	// they are.
	Declared bool   `json:"declared,omitempty"`
	Country  string `json:"country,omitempty"`
	Figure
}

// Condition is what came of a condition.
type Condition struct {
	Name string `json:"name"`
	// Form is one of the seven forms.
	Form string `json:"form"`
	// Says is the condition in words.
	Says string `json:"-"`
	// Basis is law, reported or assumed; Regime the regime that it was taken from,
	// Source the text that it comes from.
	Basis  string `json:"basis,omitempty"`
	Regime string `json:"regime,omitempty"`
	Source string `json:"source,omitempty"`
	// Kept is yes, no, so far, or undetermined where it rests on what was not
	// disclosed.
	Kept Kept `json:"kept"`
	// Until is when an amendment took it out of the permit.
	Until time.Time `json:"until,omitzero"`
	// Measures are those of a limit or a share, Duties of a duty, Evidence and
	// Approvals of these, Lapses of a lapse, Notices of a duty before devices leave.
	Measures  []Measure  `json:"measures,omitempty"`
	Duties    []Duty     `json:"duties,omitempty"`
	Evidence  []Evidence `json:"evidence,omitempty"`
	Approvals []Approval `json:"approvals,omitempty"`
	Notices   []Notice   `json:"notices,omitempty"`
	Lapses    []Lapse    `json:"lapses,omitempty"`
	// Breaches are those that the ledger records, Refusals what was refused.
	Breaches []Breach `json:"breaches,omitempty"`
	Refusals []Count  `json:"refusals,omitempty"`
}

// Kept says whether a condition was kept.
type Kept string

// What can be said of a condition.
const (
	Yes          Kept = "yes"
	No           Kept = "no"
	SoFar        Kept = "so far"       // its time is not over
	Undetermined Kept = "undetermined" // it rests on what was not disclosed
	NotJudged    Kept = "not judged"   // an amendment cut its window
)

// Measure is a limit or a share over one of its own windows, for one key.
type Measure struct {
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Measured time.Time `json:"measured"`
	// Key is what the measure is kept apart by.
	Key string `json:"key,omitempty"`
	// What is measured, and its unit.
	What string `json:"what"`
	Unit string `json:"unit"`
	// Value is what was taken: of a share the part, of an instant measure the
	// most at one time, of a rolling window the most in any.
	Value Sum `json:"value"`
	// Whole is what a share's part is compared with.
	Whole *Sum `json:"whole,omitempty"`
	// AtLeast says that Bound is the least instead of the most.
	AtLeast bool `json:"atLeast,omitempty"`
	Bound   Sum  `json:"bound"`
	// Room is what is left up to the bound, below zero where it was passed.
	Room Sum `json:"room"`
	// Lapsed is what the bound lost by lapses.
	Lapsed *Sum `json:"lapsed,omitempty"`
	// Sealed is what may count beside Value: it rests on what was not disclosed.
	Sealed  *Sum    `json:"sealed,omitempty"`
	Kept    Kept    `json:"kept"`
	Entries Entries `json:"entries"`
}

// Duty is one window that a report is owed for.
type Duty struct {
	// Window is the end of the window that it is about, Due the last instant is
	// before it.
	Window time.Time `json:"window"`
	Due    time.Time `json:"due"`
	// State is filed, late, overdue, due, or not owed.
	State  string    `json:"state"`
	Filed  time.Time `json:"filed,omitzero"`
	Entry  *Number   `json:"entry,omitempty"`
	SHA256 string    `json:"sha256,omitempty"`
}

// Evidence is what was shown last about devices.
type Evidence struct {
	Kind  string `json:"kind"`
	About string `json:"about"`
	// State is fresh, stale, never shown, or renewed by the demonstration.
	State string `json:"state"`
	// Used says that the devices were in use within the window.
	Used bool `json:"used,omitempty"`
	// Shown is when it was shown last, Until up to when it is fresh.
	Shown  time.Time `json:"shown,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	Entry  *Number   `json:"entry,omitempty"`
	SHA256 string    `json:"sha256,omitempty"`
}

// Approval is an authority's yes to a job.
type Approval struct {
	At    time.Time `json:"at"`
	Job   string    `json:"job"`
	By    string    `json:"by"`
	Entry Number    `json:"entry"`
}

// Notice is a notice that was given before devices leave a site.
type Notice struct {
	At  time.Time `json:"at"`
	Lot string    `json:"lot"`
	// Site is where they will go; out of the fleet when empty.
	Site string `json:"site,omitempty"`
	// Leave is the first instant at which it lets them go.
	Leave time.Time `json:"leave"`
	Entry Number    `json:"entry"`
}

// Lapse is what a limit lost on a date.
type Lapse struct {
	At    time.Time `json:"at"`
	Limit string    `json:"limit"`
	Key   string    `json:"key,omitempty"`
	Unit  string    `json:"unit"`
	Lost  Sum       `json:"lost"`
}

// Breach is one that the ledger records.
type Breach struct {
	At    time.Time `json:"at"`
	Entry Number    `json:"entry"`
}

// Count counts verdicts that refused.
type Count struct {
	// Of is submit, receive, move or dispose, or job for one that waited; Outcome hold,
	// needs-approval or deny.
	Of      string  `json:"of"`
	Outcome string  `json:"outcome"`
	Times   Number  `json:"times"`
	Entries Entries `json:"entries"`
}

// Work is one start of a job, cut to the window.
type Work struct {
	Job   string    `json:"job"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Runs says that it runs on past the end of what is measured.
	Runs     bool     `json:"runs,omitempty"`
	EndUser  string   `json:"endUser,omitempty"`
	Sealed   string   `json:"sealed,omitempty"`
	Purpose  string   `json:"purpose,omitempty"`
	Tenant   string   `json:"tenant,omitempty"`
	Declared string   `json:"declared,omitempty"`
	Parts    []Placed `json:"parts"`
	DeviceMS Sum      `json:"deviceMs"`
	EnergyMJ Sum      `json:"energyMj"`
	Entries  Entries  `json:"entries"`
}

// Placed is devices that a job holds under the permit.
type Placed struct {
	Accelerator string `json:"accelerator"`
	Site        string `json:"site"`
	Devices     Number `json:"devices"`
}

// Sum is an exact amount; its text is decimal.
type Sum struct{ account.Sum }

// MarshalText writes it in decimal.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Sum) UnmarshalText(b []byte) error {
	n, ok := new(big.Int).SetString(string(b), 10)
	if ok {
		s.Sum, ok = account.FromBig(n)
	}
	if !ok {
		return fmt.Errorf("%q is not an amount", b)
	}
	return nil
}

// Number is a count, or the index of an entry; its text is decimal.
type Number int64

// MarshalText writes it in decimal.
func (n Number) MarshalText() ([]byte, error) { return fmt.Append(nil, int64(n)), nil }

// UnmarshalText reads what MarshalText writes.
func (n *Number) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "%d", (*int64)(n))
	return err
}
