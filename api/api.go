// Package api holds what the control plane's HTTP API takes and gives, as JSON.
// The server and its client share it; the OpenAPI document that the server serves
// is about these types.
//
// Times are RFC 3339 with their zone, durations are written as in documents
// (72h, 30d), devices are whole numbers. A field that has no value is left out.
package api

import (
	"encoding/json"
	"time"

	"github.com/proviso-dev/proviso/explanation"
)

// Version begins the path of every resource.
const Version = "v1"

// Submission is a job that somebody wants done.
type Submission struct {
	// Name is the submitter's own name for it.
	Name string `json:"name,omitempty"`
	// EndUser is for whom the work is done.
	EndUser string `json:"endUser,omitempty"`
	// Purpose is what it is for.
	Purpose string `json:"purpose,omitempty"`
	// Holder is whose devices it may use; anybody's when absent.
	Holder string `json:"holder,omitempty"`
	// Tenant is who submits it; a tenant's token says so by itself.
	Tenant string `json:"tenant,omitempty"`
	// Model is the model that it works on.
	Model string `json:"model,omitempty"`
	// Kind is pretrain, finetune, rl, serve or other.
	Kind string `json:"kind,omitempty"`
	// Devices is how many it takes, all together.
	Devices int64 `json:"devices,omitzero"`
	// MinDevices and MaxDevices are given instead of Devices where any number
	// between them will do.
	MinDevices int64 `json:"minDevices,omitzero"`
	MaxDevices int64 `json:"maxDevices,omitzero"`
	// Accelerators and Sites are where it may run, by preference; anywhere when
	// absent.
	Accelerators []string `json:"accelerators,omitempty"`
	Sites        []string `json:"sites,omitempty"`
	// For is the longest that it may run: it is stopped there.
	For string `json:"for"`
	// Expected is how long it is expected to run; For when absent.
	Expected string `json:"expected,omitempty"`
	// Checkpoint is the time between two checkpoints; absent when it cannot be
	// stopped and resumed.
	Checkpoint string `json:"checkpoint,omitempty"`
	// Priority: higher goes first; equal ones by arrival.
	Priority int `json:"priority,omitzero"`
	// Booking is the number of the announcement that it comes for.
	Booking string `json:"booking,omitempty"`
}

// Job is a job as it stands.
type Job struct {
	// Number is the job's own, counted from 1.
	Number string `json:"number"`
	// State is held, needs-approval, running, ended, stopped, denied or
	// withdrawn.
	State string `json:"state"`
	Submission
	// DeclaredBy is whose token declared the end user and the purpose.
	DeclaredBy string `json:"declaredBy,omitempty"`
	// Submitted, Began and Ended are when; Until is the end of its reservation.
	Submitted time.Time  `json:"submitted"`
	Began     *time.Time `json:"began,omitempty"`
	Until     *time.Time `json:"until,omitempty"`
	Ended     *time.Time `json:"ended,omitempty"`
	// Placement is what it runs or ran on.
	Placement []Part `json:"placement,omitempty"`
	// Verdict is the last one that is on record.
	Verdict *Verdict `json:"verdict,omitempty"`
	// Demo is true where throwaway keys stand for authorities.
	Demo bool `json:"demo,omitzero"`
}

// Part is devices of one product at one site.
type Part struct {
	Accelerator string `json:"accelerator"`
	Site        string `json:"site"`
	// Lot is the first of those that the devices are of.
	Lot     string `json:"lot"`
	Devices int64  `json:"devices"`
}

// Verdict is the answer to a request.
type Verdict struct {
	// Outcome is admit, hold, needs-approval or deny.
	Outcome string `json:"outcome"`
	// Again is when it is judged again, where an instant is known.
	Again *time.Time `json:"again,omitempty"`
	// Missing is devices or queue, where no condition refuses.
	Missing string `json:"missing,omitempty"`
	// Cut is the condition that ends the reservation before the limit.
	Cut string `json:"cut,omitempty"`
	// Because names the conditions that refused, as PERMIT/CONDITION.
	Because []string `json:"because,omitempty"`
	// Hash is the SHA-256 of the complete reasons, which the ledger commits to.
	Hash string `json:"hash,omitempty"`
}

// Look is a waiting job as it is judged at one place now.
type Look struct {
	// Accelerator and Site are empty where the look is a verdict as it was
	// recorded: a job was denied under what is not so any more.
	Accelerator string `json:"accelerator"`
	Site        string `json:"site"`
	// Devices is the least size of the job; Free how many are free there.
	Devices int64                `json:"devices"`
	Free    int64                `json:"free"`
	Outcome string               `json:"outcome"`
	Again   *time.Time           `json:"again,omitempty"`
	Reasons []explanation.Reason `json:"reasons"`
}

// Why is a job with what it waits for.
type Why struct {
	Job   Job    `json:"job"`
	Looks []Look `json:"looks,omitempty"`
}

// Jobs is a page of jobs. It may have fewer than were asked for, or none, and a
// next one nevertheless: a page is looked for among so many jobs and no more.
type Jobs struct {
	Jobs []Job `json:"jobs"`
	// Next is the cursor of the next page; absent on the last.
	Next string `json:"next,omitempty"`
}

// Permit is a permit as it stands.
type Permit struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Holder  string `json:"holder,omitempty"`
	// State is in-force, pending, not-yet, expired, suspended or revoked.
	State    string    `json:"state"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	TimeZone string    `json:"timeZone"`
	// Required are the authorities that it names, Endorsed those that have
	// endorsed it, Missing those that have not.
	Required []string `json:"required,omitempty"`
	Endorsed []string `json:"endorsed,omitempty"`
	Missing  []string `json:"missing,omitempty"`
	// Spec is the hash of its text; LastAct that of the last act, which the next
	// one must name.
	Spec    string `json:"spec"`
	LastAct string `json:"lastAct,omitempty"`
	Acts    int    `json:"acts"`
	// Grants, Conditions and Notices are for those who may read all of it.
	Grants     []Grant     `json:"grants,omitempty"`
	Conditions []Condition `json:"conditions,omitempty"`
	// Notices are those that were given before devices leave a site.
	Notices []Given `json:"notices,omitempty"`
	Demo    bool    `json:"demo,omitzero"`
}

// Grant is a quantity of a product that a permit grants.
type Grant struct {
	Accelerator string `json:"accelerator"`
	Granted     int64  `json:"granted"`
	Delivered   int64  `json:"delivered"`
	InService   int64  `json:"inService"`
	InUse       int64  `json:"inUse"`
}

// Condition is a condition of a permit as it stands.
type Condition struct {
	Name   string `json:"name"`
	Form   string `json:"form"`
	Basis  string `json:"basis,omitempty"`
	Source string `json:"source,omitempty"`
	// Holding: its action forbids new starts. Overdue: a duty that was missed.
	Holding bool `json:"holding,omitzero"`
	Overdue bool `json:"overdue,omitzero"`
	// Breach is the first one; Broken and Judged count windows.
	Breach *time.Time `json:"breach,omitempty"`
	Broken int        `json:"broken,omitzero"`
	Judged int        `json:"judged,omitzero"`
}

// Permits is all permits that the caller may see.
type Permits struct {
	Permits []Permit `json:"permits"`
}

// Act is a signed act on a permit.
type Act struct {
	// By is the authority.
	By string `json:"by"`
	// Act is the canonical text that was signed.
	Act string `json:"act"`
	// Signature is the SSH signature over it, as ssh-keygen writes it.
	Signature string `json:"signature"`
}

// Approval is a signed yes to a job.
type Approval struct {
	By        string `json:"by"`
	Approval  string `json:"approval"`
	Signature string `json:"signature"`
}

// Recorded says where a fact stands in the ledger and what followed from it.
type Recorded struct {
	// Entry is its position.
	Entry int64 `json:"entry"`
	// At is its instant.
	At time.Time `json:"at"`
	// Verdict is that on what was asked for.
	Verdict *Verdict `json:"verdict,omitempty"`
	// Devices is how many devices of a delivery were let in.
	Devices *int64   `json:"devices,omitempty"`
	Effects []Effect `json:"effects,omitempty"`
}

// Effect is one thing that happened because of a fact.
type Effect struct {
	At     *time.Time `json:"at,omitempty"`
	Do     string     `json:"do"`
	Job    string     `json:"job,omitempty"`
	Permit string     `json:"permit,omitempty"`
	// Version is the version of the permit that takes effect.
	Version string     `json:"version,omitempty"`
	Lot     string     `json:"lot,omitempty"`
	Devices int64      `json:"devices,omitzero"`
	By      string     `json:"by,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
}

// Documents are documents to record, as YAML.
type Documents struct {
	Text string `json:"text"`
}

// Filing is a report that was filed for a duty.
type Filing struct {
	Permit    string `json:"permit"`
	Condition string `json:"condition"`
	// Window is what it is about, as the report of use takes it: 2026Q1, 2026-03,
	// two dates. It must be the window that the duty owes next.
	Window string `json:"window"`
	SHA256 string `json:"sha256"`
}

// Account is one sum of a condition.
type Account struct {
	Permit    string `json:"permit"`
	Condition string `json:"condition"`
	Form      string `json:"form"`
	Measure   string `json:"measure"`
	// Key is what it is kept for: an end user, a site, …
	Key string `json:"key,omitempty"`
	// Side of a share: helpful work raises the ratio that has a floor.
	Side  string     `json:"side,omitempty"`
	From  *time.Time `json:"from,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	// Used, Bound and Room are in words, with their units; exact figures are in
	// UsedExact and BoundExact, in the core's own units.
	Used       string `json:"used"`
	Bound      string `json:"bound,omitempty"`
	Room       string `json:"roomLeft,omitempty"`
	UsedExact  string `json:"usedExact"`
	BoundExact string `json:"boundExact,omitempty"`
	Unit       string `json:"unit"`
}

// Accounts is all sums, as of an instant.
type Accounts struct {
	At       time.Time `json:"at"`
	Accounts []Account `json:"accounts"`
}

// Forecast is something that will happen to a condition if nothing changes.
type Forecast struct {
	At time.Time `json:"at"`
	// What is reached, expires, due or overdue.
	What      string `json:"what"`
	Permit    string `json:"permit"`
	Condition string `json:"condition,omitempty"`
	Key       string `json:"key,omitempty"`
	// Says is the forecast as a sentence.
	Says string `json:"says"`
}

// Forecasts are the next breaches and other instants, the earliest first.
type Forecasts struct {
	At        time.Time  `json:"at"`
	Forecasts []Forecast `json:"forecasts"`
}

// Status is the control plane as it stands.
type Status struct {
	Log     string    `json:"log"`
	Key     string    `json:"key"`
	Core    string    `json:"core"`
	Now     time.Time `json:"now"`
	Entries int64     `json:"entries"`
	// Load is for those who may read all.
	Load *Load `json:"load,omitempty"`
	Demo bool  `json:"demo,omitzero"`
}

// Load is how many jobs there are.
type Load struct {
	Jobs    int `json:"jobs"`
	Running int `json:"running"`
	Waiting int `json:"waiting"`
	// Next is the next instant at which something is due.
	Next *time.Time `json:"next,omitempty"`
}

// Event is one entry of the ledger, as watch gives it.
type Event struct {
	Entry   int64     `json:"entry"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	By      string    `json:"by,omitempty"`
	Job     string    `json:"job,omitempty"`
	Booking string    `json:"booking,omitempty"`
	// Lot and Permit are what the fact is about, for those who may read all.
	Lot     string   `json:"lot,omitempty"`
	Permit  string   `json:"permit,omitempty"`
	Verdict *Verdict `json:"verdict,omitempty"`
	Effects []Effect `json:"effects,omitempty"`
}

// Disclosure opens the commitments of an entry.
type Disclosure struct {
	Entry int64 `json:"entry"`
	// Openings are by member: the text and the salt that it was committed to
	// under.
	Openings map[string]Opening `json:"openings"`
}

// Reasons are the complete reasons of the verdicts in an entry.
type Reasons struct {
	Entry int64 `json:"entry"`
	// Verdicts are, for each hash in the entry in its order, the canonical text
	// that it is the SHA-256 of: every condition as it was judged, for each size
	// and place that was tried.
	Verdicts []json.RawMessage `json:"verdicts"`
}

// Opening is a text with its salt, in hexadecimal.
type Opening struct {
	Text string `json:"text"`
	Salt string `json:"salt"`
}

// Canonical is what an authority signs.
type Canonical struct {
	Text string `json:"text"`
}

// Problem is an error (RFC 9457, application/problem+json).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// Error gives the problem in one line.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.Title
}
