package catalog

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
)

// PermitTest says what permits must do: at these times these deliveries, jobs
// and acts happen, and these verdicts, accounts and breaches are expected. Its
// cases run on the same core that plans and enforces.
type PermitTest struct {
	// What the test is about.
	Description string `json:"description,omitempty"`
	// Files and directories with the documents under test, relative to this file; documents in this file itself are always there.
	Documents []string `json:"documents,omitempty"`
	// The clause that the cases are about, as PERMIT/CLAUSE or REGIME/CLAUSE.
	Clause string `json:"clause,omitempty"`
	// The period; from the first permit's start to the last one's end when absent.
	Period *Period `json:"period,omitempty"`
	// What happens before the steps of each case.
	Given []Step `json:"given,omitempty"`
	// The cases, each with a world of its own.
	Cases []Case `json:"cases" doc:"required"`
}

// Case is one test.
type Case struct {
	// The case's name.
	Name string `json:"name" doc:"required"`
	// What it shows of the clause: kept, broken (just so) or edge (of a window or a bound).
	Shows Shows `json:"shows,omitempty"`
	// Changes to fields of the documents, for this case alone.
	Set []Change `json:"set,omitempty"`
	// What happens, in order of time.
	Steps []Step `json:"steps" doc:"required"`
}

// Shows is what a case shows of a clause.
type Shows string

// Enum lists the values.
func (Shows) Enum() []string { return []string{"kept", "broken", "edge"} }

// Step is one thing that happens, or a look at the state, at an instant.
type Step struct {
	// When, as a date or an instant; at the time of the step before when neither at nor after is given.
	At calendar.Moment `json:"at,omitempty"`
	// When, counted from the period's start.
	After quantity.Duration `json:"after,omitempty"`
	// A job is submitted.
	Submit *Submission `json:"submit,omitempty"`
	// A job is announced: booked shares count on it. It is submitted at its own time.
	Announce *Submission `json:"announce,omitempty"`
	// A running job ends before its time.
	End string `json:"end,omitempty"`
	// Devices of a lot are delivered, as far as the permits admit.
	Deliver *LotDevices `json:"deliver,omitempty"`
	// Devices of a lot move to another site, if the permits admit it.
	Move *MoveStep `json:"move,omitempty"`
	// Devices of a lot are given away for good, if the permits admit it.
	Dispose *DisposalStep `json:"dispose,omitempty"`
	// A notice is given before devices move or go.
	Notice *NoticeStep `json:"notice,omitempty"`
	// Evidence about a lot comes in.
	Evidence *EvidenceStep `json:"evidence,omitempty"`
	// A fact takes a value.
	Fact *FactStep `json:"fact,omitempty"`
	// A duty is fulfilled for its next window.
	File *DutyStep `json:"file,omitempty"`
	// An authority approves a job.
	Approve *ApprovalStep `json:"approve,omitempty"`
	// An authority endorses a permit.
	Endorse *EndorsementStep `json:"endorse,omitempty"`
	// A permit is revoked for good.
	Revoke string `json:"revoke,omitempty"`
	// A permit is suspended.
	Suspend string `json:"suspend,omitempty"`
	// A suspended permit takes effect again.
	Reinstate string `json:"reinstate,omitempty"`
	// What must be so after the step.
	Expect *Expectation `json:"expect,omitempty"`
}

// Submission is a job that a test submits.
type Submission struct {
	// The job's name, by which later steps refer to it.
	Name string `json:"name" doc:"required"`
	// Whose devices it may use; any when absent.
	Holder string `json:"holder,omitempty"`
	// Who submits it.
	Tenant string `json:"tenant,omitempty"`
	// For whom the work is done.
	EndUser string `json:"endUser,omitempty"`
	// What the work is for.
	Purpose string `json:"purpose,omitempty"`
	// The model that it works on.
	Model string `json:"model,omitempty"`
	// pretrain, finetune, rl, serve or other.
	Kind work.Kind `json:"kind,omitempty"`
	// How many devices, all together.
	Devices work.Size `json:"devices" doc:"required"`
	// The sites that it can run at; any when absent.
	Sites []string `json:"sites,omitempty"`
	// The products that it can run on; any when absent.
	Accelerators []string `json:"accelerators,omitempty"`
	// The longest that it may run.
	Limit quantity.Duration `json:"limit" doc:"required"`
	// How long it is expected to run; the limit when absent.
	Expected quantity.Duration `json:"expected,omitempty"`
	// How long it runs; the limit when absent.
	Runs quantity.Duration `json:"runs,omitempty"`
	// How often it saves its state; absent when it cannot be stopped and resumed.
	Checkpoint quantity.Duration `json:"checkpoint,omitempty"`
	// Of an announced job: when it is submitted, counted from the period's start.
	Arrives quantity.Duration `json:"arrives,omitempty"`
}

// LotDevices are devices of a lot.
type LotDevices struct {
	// The lot.
	Lot string `json:"lot" doc:"required"`
	// How many devices.
	Devices quantity.Amount `json:"devices" doc:"required"`
}

// MoveStep is devices that move.
type MoveStep struct {
	// The lot.
	Lot string `json:"lot" doc:"required"`
	// How many devices.
	Devices quantity.Amount `json:"devices" doc:"required"`
	// The site where they stand; the lot's own when absent.
	From string `json:"from,omitempty"`
	// The site where they go.
	To string `json:"to" doc:"required"`
}

// DisposalStep is devices that are given away.
type DisposalStep struct {
	// The lot.
	Lot string `json:"lot" doc:"required"`
	// How many devices.
	Devices quantity.Amount `json:"devices" doc:"required"`
	// The site where they stand; the lot's own when absent.
	From string `json:"from,omitempty"`
}

// NoticeStep is a notice about devices of a lot.
type NoticeStep struct {
	// The permit.
	Permit string `json:"permit" doc:"required"`
	// The condition that is the duty.
	Duty string `json:"duty" doc:"required"`
	// The lot.
	Lot string `json:"lot" doc:"required"`
	// The site where devices will go; out of the holder's hands when absent.
	To string `json:"to,omitempty"`
}

// EvidenceStep is evidence about a lot.
type EvidenceStep struct {
	// The lot.
	Lot string `json:"lot" doc:"required"`
	// The kind of evidence.
	Kind string `json:"kind" doc:"required"`
	// It is renewed from now on without a gap.
	Always bool `json:"always,omitempty"`
	// It was shown about the lot before its delivery and counts for that alone.
	Certificate bool `json:"certificate,omitempty"`
}

// FactStep is a fact's new value.
type FactStep struct {
	// The fact.
	Name string `json:"name" doc:"required"`
	// Its value.
	Value quantity.Amount `json:"value" doc:"required"`
}

// DutyStep is a report that is filed.
type DutyStep struct {
	// The permit.
	Permit string `json:"permit" doc:"required"`
	// The condition that is the duty.
	Duty string `json:"duty" doc:"required"`
}

// ApprovalStep is an authority's yes.
type ApprovalStep struct {
	// The permit.
	Permit string `json:"permit" doc:"required"`
	// The condition that asks for the approval.
	Condition string `json:"condition" doc:"required"`
	// The authority.
	By string `json:"by" doc:"required"`
	// The job that is approved.
	Job string `json:"job" doc:"required"`
}

// EndorsementStep is an authority's endorsement.
type EndorsementStep struct {
	// The permit.
	Permit string `json:"permit" doc:"required"`
	// The authority.
	By string `json:"by" doc:"required"`
}

// Expectation is what must be so after a step.
type Expectation struct {
	// What a submission, a delivery, a move or a disposal came to: admit, hold, needs-approval or deny.
	Verdict ExpectedVerdict `json:"verdict,omitempty"`
	// How many devices started, arrived, moved or went.
	Devices *quantity.Amount `json:"devices,omitempty"`
	// The conditions that refuse, all of them, as CLAUSE or PERMIT/CLAUSE; what a permit demands by itself is "in effect" or "quantity granted", missing devices are "devices", a job ahead that it would delay "queue".
	Because []string `json:"because,omitempty"`
	// When the verdict says to look again.
	Again calendar.Moment `json:"again,omitempty"`
	// Where jobs stand: running, waiting, ended, stopped or refused.
	Jobs map[string]JobState `json:"jobs,omitempty"`
	// What accounts hold.
	Accounts []ExpectedAccount `json:"accounts,omitempty"`
	// Which conditions were broken so far, and when first.
	Breaches []ExpectedBreach `json:"breaches,omitempty"`
	// Which conditions will be broken, and when first, if nothing else comes and running work goes to its ends.
	Forecast []ExpectedBreach `json:"forecast,omitempty"`
}

// ExpectedVerdict is an outcome.
type ExpectedVerdict string

// Enum lists the outcomes.
func (ExpectedVerdict) Enum() []string { return []string{"admit", "hold", "needs-approval", "deny"} }

// JobState is where a job stands.
type JobState string

// Enum lists the states.
func (JobState) Enum() []string { return []string{"running", "waiting", "ended", "stopped", "refused"} }

// ExpectedAccount is what an account holds now.
type ExpectedAccount struct {
	// The condition, as CLAUSE or PERMIT/CLAUSE.
	Of string `json:"of" doc:"required"`
	// The key, where the condition keeps accounts apart.
	Key string `json:"key,omitempty"`
	// What was used, delivered or is held; of a share, its part.
	Used *quantity.Amount `json:"used,omitempty"`
	// Of a share: the whole.
	Whole *quantity.Amount `json:"whole,omitempty"`
	// Of a limit: the bound, after what lapsed.
	Bound *quantity.Amount `json:"bound,omitempty"`
}

// ExpectedBreach is when a condition is broken first.
type ExpectedBreach struct {
	// The condition, as CLAUSE or PERMIT/CLAUSE.
	Of string `json:"of" doc:"required"`
	// The day or the instant; never when absent.
	On calendar.Moment `json:"on,omitempty"`
}
