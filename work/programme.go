package work

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
)

// Programme is a roadmap: a graph of phases that ends in dated milestones.
type Programme struct {
	// What the programme is.
	Description string `json:"description,omitempty"`
	// Whose devices it may use; any when absent.
	Holder string `json:"holder,omitempty"`
	// Who submits its jobs.
	Tenant string `json:"tenant,omitempty"`
	// For whom the work is done.
	EndUser string `json:"endUser,omitempty"`
	// What the work is for, unless a phase says otherwise.
	Purpose string `json:"purpose,omitempty"`
	// Higher goes first, unless a phase says otherwise.
	Priority int `json:"priority,omitempty"`
	// The phases.
	Phases []Phase `json:"phases" doc:"required"`
	// The dates that the programme is judged by.
	Milestones []Milestone `json:"milestones,omitempty"`
	// How the holder fulfils the duties of the permits.
	Filings []Filing `json:"filings,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Phase is an amount of work, run as successive jobs; or, with Serve, a
// demand that is met for as long as it lasts.
type Phase struct {
	// The phase's name.
	Name string `json:"name" doc:"required"`
	// pretrain, finetune, rl, serve or other.
	Kind Kind `json:"kind" doc:"required"`
	// The phases that must have ended before this one starts.
	After []string `json:"after,omitempty"`
	// The phase does not start before this instant.
	NotBefore quantity.Distribution[calendar.Moment] `json:"notBefore,omitempty"`
	// The work to do; absent when the phase serves.
	Work *Work `json:"work,omitempty"`
	// The demand to meet, for a phase that serves.
	Serve *Serve `json:"serve,omitempty"`
	// How many devices its jobs take, all together.
	Devices Size `json:"devices,omitempty"`
	// The products that it can run on; those that Work or Serve names when absent.
	Accelerators []string `json:"accelerators,omitempty"`
	// The sites that it can run at; any when absent.
	Sites []string `json:"sites,omitempty"`
	// The limit of each of its jobs; 7d when absent.
	Limit quantity.Duration `json:"limit,omitempty"`
	// How often its jobs save their state; a job that is stopped loses at most so much. 1h when absent.
	Checkpoint quantity.Duration `json:"checkpoint,omitempty"`
	// How often devices fail and what a failure costs.
	Failures *Failures `json:"failures,omitempty"`
	// For whom, when not the programme's end user.
	EndUser string `json:"endUser,omitempty"`
	// What for, when not the programme's purpose.
	Purpose string `json:"purpose,omitempty"`
	// The model that it works on.
	Model string `json:"model,omitempty"`
	// Higher goes first, when not the programme's priority.
	Priority int `json:"priority,omitempty"`
	// Whether this is law, reported or assumed.
	Basis fleet.Basis `json:"basis,omitempty"`
	// Where the facts come from.
	Source string `json:"source,omitempty"`
}

// Work is an amount of work: device-hours on a named product, FLOP at a stated
// share of each product's peak, or tokens that the phase's model is trained on,
// at the speed that is predicted for each product.
type Work struct {
	// Device-hours on the product named by On, such as 2.7Mh.
	DeviceHours quantity.Distribution[quantity.Amount] `json:"deviceHours,omitempty"`
	// The product that DeviceHours are counted on.
	On string `json:"on,omitempty"`
	// How fast other products are, as a ratio to On: {h200-sxm: 1.6}.
	Speed map[string]quantity.Ratio `json:"speed,omitempty"`
	// Floating point operations, such as 3.3e24.
	FLOP quantity.Distribution[quantity.Amount] `json:"flop,omitempty"`
	// Tokens that the model is trained on, such as 14.8T. How fast each product trains is predicted.
	Tokens quantity.Distribution[quantity.Amount] `json:"tokens,omitempty"`
	// Tokens of a sequence, with Tokens; 4096 when absent.
	Sequence int64 `json:"sequence,omitempty"`
	// Trains low-rank adapters only (LoRA), with Tokens: the model's own weights are kept as they are.
	Adapters bool `json:"adapters,omitempty"`
	// The number format whose peak counts, or that Tokens are multiplied in: bf16, fp8.
	Precision fleet.Precision `json:"precision,omitempty"`
	// Model FLOPs utilisation: the share of the peak that is reached, by product.
	MFU map[string]quantity.Ratio `json:"mfu,omitempty"`
}

// Serve is a demand over time: in devices of one product, or in tokens of the
// phase's model, of which it is predicted how many each product gives.
type Serve struct {
	// The product that a demand in devices is counted on.
	On string `json:"on,omitempty"`
	// How fast other products are, as a ratio to On.
	Speed map[string]quantity.Ratio `json:"speed,omitempty"`
	// What the requests of a demand in tokens look like.
	Requests *Requests `json:"requests,omitempty"`
	// What is wanted from a date on; between two dates the demand grows in a straight line.
	Demand []Demand `json:"demand" doc:"required"`
	// The demand ends; at the plan's end when absent.
	Until calendar.Moment `json:"until,omitempty"`
}

// Demand is one point of a demand curve.
type Demand struct {
	// From the phase's start, so much later.
	After quantity.Duration `json:"after"`
	// The devices wanted.
	Devices quantity.Distribution[quantity.Amount] `json:"devices,omitempty"`
	// The output tokens wanted in a second, instead of devices.
	TokensPerSecond quantity.Distribution[quantity.Amount] `json:"tokensPerSecond,omitempty"`
}

// Requests is what is served: its lengths, and how fast answers must come.
type Requests struct {
	// Tokens of a prompt that are read anew, on average; what a cache of prompts spares does not count.
	Prompt int64 `json:"prompt" doc:"required"`
	// Tokens of an answer, on average.
	Answer int64 `json:"answer" doc:"required"`
	// The longest time for each output token (TPOT), such as 50ms: devices are given as many requests as keep it.
	TPOT quantity.Duration `json:"tpot" doc:"required"`
	// The number format that weights are served in; the checkpoint's when absent.
	Precision fleet.Precision `json:"precision,omitempty"`
}

// Failures are folded into a phase's duration: a large job fails thousands of
// times a year.
type Failures struct {
	// Failures of one device in a year, such as 0.05.
	PerDeviceYear quantity.Ratio `json:"perDeviceYear" doc:"required"`
	// What a failure takes beside the work since the last checkpoint.
	Restart quantity.Duration `json:"restart,omitempty"`
}

// Milestone is a dated goal, reached when its phases have ended.
type Milestone struct {
	// The milestone's name.
	Name string `json:"name" doc:"required"`
	// The phases that must have ended.
	After []string `json:"after" doc:"required"`
	// The date that was planned.
	Planned calendar.Moment `json:"planned,omitempty"`
}

// Filing says how long the holder takes to do what a duty asks for.
type Filing struct {
	// The permit that has the duty.
	Permit string `json:"permit" doc:"required"`
	// The duty's condition name.
	Duty string `json:"duty" doc:"required"`
	// How long after a window's end it is filed.
	Takes quantity.Distribution[quantity.Duration] `json:"takes" doc:"required"`
}
