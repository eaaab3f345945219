// Package access says who may do what: who somebody is, by a token or a client
// certificate; what each role may do, in one table; and where a server may
// listen.
//
// [Tokens] are kept in a file of the data folder, as hashes. [Tokens.Authenticate]
// turns a request into an [Identity], and [Identity.May] answers whether it may
// do an [Action] on an [Object]. docs/access.md has the table for users.
package access

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what somebody is to the control plane.
type Role string

// The roles.
const (
	// Operator runs the control plane.
	Operator Role = "operator"
	// Tenant submits work and sees its own.
	Tenant Role = "tenant"
	// Authority endorses permits and approves jobs.
	Authority Role = "authority"
	// Supplier delivers under permits and sees their status.
	Supplier Role = "supplier"
	// Auditor reads everything and changes nothing.
	Auditor Role = "auditor"
	// Gate is a scheduler's adapter, or an agent on nodes: it submits for
	// tenants and shows evidence.
	Gate Role = "gate"
)

// Roles lists the roles.
func Roles() []Role { return []Role{Operator, Tenant, Authority, Supplier, Auditor, Gate} }

// Action is something that is asked of the control plane.
type Action string

// The actions, and what the server must know of the Object.
const (
	SubmitJob       Action = "submit-job"        // have a job decided on: tenant, end user, purpose, holder
	SeeJob          Action = "see-job"           // a job, its verdict, what becomes of it: tenant, authorities
	EndJob          Action = "end-job"           // say that a job ended, or is to: tenant
	BookJob         Action = "book-job"          // announce work, or take that back: tenant, end user, purpose, holder
	RecordAct       Action = "record-act"        // hand in an authority's signed act on a permit: authority
	ApproveJob      Action = "approve-job"       // hand in an authority's signed yes to a job: authority
	AddDocument     Action = "add-document"      // a new document, or a permit's next version: authorities
	SeePermit       Action = "see-permit"        // a permit, its acts, accounts, forecasts: authorities
	SeePermitStatus Action = "see-permit-status" // whether it is in force, and its receipt: authorities, suppliers
	ReceiveLot      Action = "receive-lot"       // say that devices arrived
	MoveLot         Action = "move-lot"          // send devices to another site
	DisposeLot      Action = "dispose-lot"       // take devices out of the fleet for good
	GiveNotice      Action = "give-notice"       // say that a notice was given which a permit asks for
	AddEvidence     Action = "add-evidence"      // show a fact about devices
	FileReport      Action = "file-report"       // file a report that a permit asks for
	ReadAll         Action = "read-all"          // all jobs, permits, lots, accounts, reports and events
	ReadTree        Action = "read-tree"         // checkpoints and hashes of the log: no entry is in them
	ReadEntries     Action = "read-entries"      // the log's entries, whoever they are about
	ReadDisclosures Action = "read-disclosures"  // texts that entries commit to: end users, names of jobs
	ReadMetrics     Action = "read-metrics"      // figures of the server's own running
	Manage          Action = "manage"            // tokens and the server itself
)

// Any stands in a gate's scope for every name.
const Any = "*"

// Scope is what a token is good for. Which fields a role has is checked when a
// token is made: the others are empty.
type Scope struct {
	// Tenants are those that a tenant is (one) or a gate submits for.
	Tenants []string `json:"tenants,omitempty"`
	// EndUsers and Purposes are what a tenant or a gate may declare.
	EndUsers []string `json:"endUsers,omitempty"`
	Purposes []string `json:"purposes,omitempty"`
	// Holder is the only one whose devices a tenant or a gate may use; anybody's
	// when empty.
	Holder string `json:"holder,omitempty"`
	// Authority is the name of an authority's document.
	Authority string `json:"authority,omitempty"`
	// Supplier is a supplier's name, as lots have it.
	Supplier string `json:"supplier,omitempty"`
}

// Object is what an action is done to, as far as it is known. The server fills
// in what the action's line of the table names.
type Object struct {
	// Tenant, EndUser, Purpose and Holder are a job's.
	Tenant, EndUser, Purpose, Holder string
	// Authority is the one whose act or approval is handed in.
	Authority string
	// Authorities are those whose endorsement a permit requires or who approve
	// under it; for a job, those of the permits that its verdict rests on.
	Authorities []string
	// Suppliers are those that deliver under a permit.
	Suppliers []string
}

// Identity is somebody who was recognised.
type Identity struct {
	// Name is the token's: what entries record as by.
	Name  string
	Role  Role
	Scope Scope
}

// Demo is who asks where nobody is asked for a token: on loopback, with
// throwaway keys.
func Demo() Identity { return Identity{Name: "demo", Role: Operator} }

// Refusal is an action that somebody may not do.
type Refusal struct {
	Identity Identity
	Action   Action
	// Reason says what would have to be otherwise. It tells nothing of the
	// object but what the asker has stated.
	Reason string
}

// Error says who may not do what, and why.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%s %s may not %s: %s", r.Identity.Role, r.Identity.Name, strings.ReplaceAll(string(r.Action), "-", " "), r.Reason)
}

// May gives nil if an action on an object is allowed, or a *Refusal. What is
// not in the table is refused.
func (id Identity) May(action Action, on Object) error {
	refuse := func(format string, args ...any) error {
		return &Refusal{id, action, fmt.Sprintf(format, args...)}
	}
	switch extentOf(action, id.Role) {
	case all:
		return nil
	case own:
		if reason := id.outside(action, on); reason != "" {
			return refuse("%s", reason)
		}
		return nil
	}
	return refuse("it is not for the role %s", id.Role)
}

// Tenant is the tenant whose token it is, or "" for another role.
func (id Identity) Tenant() string {
	if id.Role != Tenant || len(id.Scope.Tenants) != 1 {
		return ""
	}
	return id.Scope.Tenants[0]
}

// outside says what of an object lies outside a scope, or "".
func (id Identity) outside(action Action, on Object) string {
	s := &id.Scope
	switch id.Role {
	case Tenant, Gate:
		return s.outsideJob(action, on)
	case Authority:
		if action == RecordAct || action == ApproveJob {
			if s.Authority == "" || on.Authority != s.Authority {
				return fmt.Sprintf("it acts for %s alone", s.Authority)
			}
			return ""
		}
		if s.Authority == "" || !slices.Contains(on.Authorities, s.Authority) {
			return fmt.Sprintf("%s has no part in it", s.Authority)
		}
		return ""
	case Supplier:
		if s.Supplier == "" || !slices.Contains(on.Suppliers, s.Supplier) {
			return fmt.Sprintf("%s does not deliver under it", s.Supplier)
		}
		return ""
	}
	return "its role has no scope"
}

func (s *Scope) outsideJob(action Action, on Object) string {
	switch {
	case on.Tenant == "" || !covers(s.Tenants, on.Tenant):
		return "the job is another tenant's"
	case action != SubmitJob && action != BookJob:
		return ""
	case !covers(s.EndUsers, on.EndUser):
		return fmt.Sprintf("it may not declare the end user %q", on.EndUser)
	case !covers(s.Purposes, on.Purpose):
		return fmt.Sprintf("it may not declare the purpose %q", on.Purpose)
	case s.Holder != "" && on.Holder != s.Holder:
		return fmt.Sprintf("it may use the devices of %s alone, so the job must name that holder", s.Holder)
	}
	return ""
}

func covers(list []string, name string) bool {
	return slices.Contains(list, name) || slices.Contains(list, Any)
}
