// Package work describes what wants to run: jobs, programmes with their
// phases and milestones, models, and recorded traces of jobs.
package work

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Job is work that wants devices together for a time. With Every it stands
// for a series of equal jobs: the background load of a plan.
type Job struct {
	// What the job does.
	Description string `json:"description,omitempty"`
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
	Kind Kind `json:"kind,omitempty"`
	// How many devices, all together.
	Devices Size `json:"devices" doc:"required"`
	// The products that it can run on, by preference; any when absent.
	Accelerators []string `json:"accelerators,omitempty"`
	// The sites that it can run at; any when absent.
	Sites []string `json:"sites,omitempty"`
	// The longest that it may run: it is stopped there.
	Limit quantity.Duration `json:"limit" doc:"required"`
	// How long it is expected to run; the limit when absent.
	Expected quantity.Duration `json:"expected,omitempty"`
	// How long it does run; the expected time when absent.
	Runs quantity.Distribution[quantity.Duration] `json:"runs,omitempty"`
	// How often it saves its state; absent when it cannot be stopped and resumed.
	Checkpoint quantity.Duration `json:"checkpoint,omitempty"`
	// Higher goes first; equal ones go by arrival.
	Priority int `json:"priority,omitempty"`
	// When it is submitted.
	Submit calendar.Moment `json:"submit" doc:"required"`
	// Submit an equal job again at this distance.
	Every quantity.Duration `json:"every,omitempty"`
	// The series ends before this instant.
	Until calendar.Moment `json:"until,omitempty"`
	// Whether the jobs of the series are announced ahead, so that booked shares count on them.
	Booked bool `json:"booked,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Size is a number of devices: one number, or the least and the most.
type Size struct {
	// Exactly so many devices.
	Exactly int64 `json:"exactly,omitempty" doc:"scalar"`
	// At least so many.
	Min int64 `json:"min,omitempty"`
	// At most so many.
	Max int64 `json:"max,omitempty"`
}

// Range gives the least and the most devices.
func (s Size) Range() (lo, hi int64) {
	if s.Exactly > 0 {
		return s.Exactly, s.Exactly
	}
	lo, hi = s.Min, s.Max
	if lo == 0 {
		lo = 1
	}
	if hi == 0 {
		hi = lo
	}
	return lo, hi
}

// Kind is what a job does to a model.
type Kind string

// Enum lists the kinds of jobs.
func (Kind) Enum() []string { return []string{"pretrain", "finetune", "rl", "serve", "other"} }
