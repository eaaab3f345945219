package plan

import (
	"time"

	"github.com/proviso-dev/proviso/calendar"
)

// Format is the version of a result written as JSON.
const Format = "proviso.dev/plan/v1alpha1"

// Result is a plan.
type Result struct {
	Format   string    `json:"format"`
	Scenario string    `json:"scenario"`
	Supposes string    `json:"supposes,omitempty"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Zone     string    `json:"timeZone"`
	Samples  int       `json:"samples"`
	Seed     uint64    `json:"seed"`
	// NewDevices says that lots are still to come: without any, there is no
	// world without them to show.
	NewDevices bool `json:"newDevices"`
	// Events is the median number of events of a run on the conditions; Runs the
	// number of runs made, Combinations what they stand for.
	Events       int `json:"eventsPerRun"`
	Runs         int `json:"runs"`
	Combinations int `json:"combinations"`

	Milestones []MilestoneResult `json:"milestones"`
	Costs      []Cost            `json:"costs"`
	// NoCosts says that the cost of conditions was left out.
	NoCosts bool `json:"noCosts,omitempty"`
	// Sampled says that the costs are an estimate from drawn orders instead of
	// every combination.
	Sampled bool           `json:"sampled"`
	Permits []PermitResult `json:"permits"`
	// Yield is what devices give the phases whose speed is predicted.
	Yield   []Yield       `json:"yield,omitempty"`
	Trace   *TraceResult  `json:"trace,omitempty"`
	Refused []RefusedJobs `json:"refused,omitempty"`
	Series  *Series       `json:"series,omitempty"`
	// Rooms is the least room left under each clause that adds up, if asked for.
	Rooms   []Room   `json:"rooms,omitempty"`
	Answer  []string `json:"answer"`
	Summary string   `json:"summary"`

	// Late says that a middle date falls outside the period; Breach that a
	// condition is in breach in the middle of the samples.
	Late   bool `json:"late"`
	Breach bool `json:"breach"`
}

// Dates are the early, middle and late case of a milestone (P10, P50, P90 over
// the samples). A milestone that is not reached in the period counts as
// reached at its end, and the case is marked.
type Dates struct {
	Early  time.Time `json:"early"`
	Middle time.Time `json:"middle"`
	Late   time.Time `json:"late"`
	// Beyond marks, of early, middle and late, those past the period's end.
	Beyond [3]bool `json:"beyondPeriod"`
	// Missed is the number of samples that do not reach it in the period.
	Missed int `json:"missed"`
}

// MilestoneResult is a milestone in three worlds.
type MilestoneResult struct {
	Programme string     `json:"programme"`
	Name      string     `json:"name"`
	Planned   *time.Time `json:"planned,omitempty"`
	// Without the new devices; with them on no conditions; on their conditions.
	Without     Dates `json:"without"`
	None        Dates `json:"unconditional"`
	Conditional Dates `json:"conditional"`
	// Delay is the middle date on the conditions less the one on none, in ms;
	// Gain is what unconditional devices would bring, Left what is left of it.
	Delay int64 `json:"delayMs"`
	Gain  int64 `json:"gainMs"`
	Left  int64 `json:"leftMs"`
}

// Cost is one group of conditions, priced: its fair share of the delay of each
// milestone's middle date, of the device-hours that the programmes could not
// use, and of the energy up to their milestones. Negative is a gain.
type Cost struct {
	Group  string `json:"group"`
	Basis  string `json:"basis"`
	Source string `json:"source,omitempty"`
	// Delay holds one figure for each milestone, in days, with its standard
	// error; they add up to the milestone's delay.
	Delay      []Figure `json:"delayDays"`
	DeviceHour Figure   `json:"deviceHours"`
	MWh        Figure   `json:"mwh"`
	// Wait is the fair share of the mean wait of recorded jobs, in hours.
	Wait *Figure `json:"meanWaitHours,omitempty"`
}

// Figure is a value with its standard error.
type Figure struct {
	Value float64 `json:"value"`
	Error float64 `json:"standardError"`
}

// PermitResult is where a permit stands.
type PermitResult struct {
	Permit string `json:"permit"`
	Holder string `json:"holder"`
	// Had and Missing are the required endorsements at the plan's start.
	Had     []string `json:"endorsed"`
	Missing []string `json:"missing"`
	// Effective are the dates at which it takes effect.
	Effective Dates `json:"effective"`
	// Products are the granted quantities and what becomes of them.
	Products []ProductResult `json:"products"`
	// InUse is the middle number of devices in use under it at the period's end.
	InUse int64 `json:"inUse"`
	// Breach is the earliest breach over the samples, if there is one.
	Breach *BreachResult `json:"earliestBreach,omitempty"`
}

// ProductResult is one grant.
type ProductResult struct {
	Product string `json:"product"`
	Granted int64  `json:"granted"`
	// May is the most that may arrive: the grant, or less under a limit on
	// deliveries, and By the clause that says so.
	May int64  `json:"mayArrive"`
	By  string `json:"limitedBy,omitempty"`
	// Delivered at the period's end: the early, middle and late case, from the
	// least.
	Delivered [3]int64 `json:"delivered"`
	// Held names what holds back what did not arrive, with the number of
	// samples.
	Held []HeldBy `json:"heldBy,omitempty"`
}

// HeldBy is a clause that held devices back at the period's end.
type HeldBy struct {
	Clause  string `json:"clause"`
	Samples int    `json:"samples"`
}

// BreachResult is a broken condition.
type BreachResult struct {
	Clause  string    `json:"clause"`
	At      time.Time `json:"at"`
	Samples int       `json:"samples"`
}

// RefusedJobs are jobs that could never run, by what refused them.
type RefusedJobs struct {
	Job    string `json:"job"`
	Clause string `json:"clause"`
	// Count is the middle number over the samples.
	Count int `json:"count"`
}

// Yield is what one product gives a phase, as predicted. Values are the early
// (low), middle and late (high) case: P10, P50, P90.
type Yield struct {
	Phase   string `json:"phase"`
	Model   string `json:"model"`
	Kind    string `json:"kind"`
	Product string `json:"product"`
	// Devices that train together, or that hold a copy of the model.
	Devices int64 `json:"devices"`
	// Rate is tokens per second of one device: trained on, or of answers.
	Rate [3]float64 `json:"tokensPerSecond"`
	// Days is how long the phase's middle amount of work takes on Devices.
	Days *[3]float64 `json:"days,omitempty"`
	// TPOT is the time for each output token, in ms.
	TPOT *[3]float64 `json:"tpotMs,omitempty"`
	// Watts is the power of one device with its share of the node; 0 where the
	// rated power is not published.
	Watts [3]float64 `json:"watts"`
	// PerToken is J for each token, with the site's overhead.
	PerToken *[3]float64 `json:"joulesPerToken,omitempty"`
	// PerMillion is the price of a million tokens, where a lot has a price.
	PerMillion *[3]float64 `json:"pricePerMillion,omitempty"`
	// Validated says that the product was measured with such a model; else the
	// cases are a prior.
	Validated bool `json:"validated"`
}

// TraceResult is recorded load, with and without the conditions.
type TraceResult struct {
	Jobs     int            `json:"jobs"`
	Notes    []string       `json:"notes"`
	Accounts []AccountWaits `json:"accounts"`
}

// AccountWaits is one end user's recorded jobs in both worlds.
type AccountWaits struct {
	EndUser string     `json:"endUser"`
	Jobs    int        `json:"jobs"`
	None    TraceWaits `json:"unconditional"`
	Full    TraceWaits `json:"conditional"`
}

// TraceWaits says how recorded jobs fared.
type TraceWaits struct {
	Started   int     `json:"started"`
	Refused   int     `json:"refused"`
	Waiting   int     `json:"waiting"`
	MeanWait  float64 `json:"meanWaitHours"`
	DeviceHrs float64 `json:"deviceHours"`
}

// Series is one run over time, for charts: the sample whose last milestone is
// the middle one.
type Series struct {
	Sample int         `json:"sample"`
	At     []time.Time `json:"at"`
	// InUse is devices in use by purpose, new devices alone; AllInUse counts
	// those too that were there from the start, as InService does.
	InUse     []Line  `json:"inUse"`
	AllInUse  []Line  `json:"allInUse"`
	InService []int64 `json:"inService"`
	Granted   []int64 `json:"granted"`
	Delivered []int64 `json:"delivered"`
	// Room is what is left under each clause that adds up, in parts of its
	// bound, 0 to 1.
	Room []RoomLine `json:"room"`
}

// Line is a named series of whole numbers.
type Line struct {
	Name   string  `json:"name"`
	Values []int64 `json:"values"`
}

// RoomLine is a named series of parts of a bound.
type RoomLine struct {
	Name   string    `json:"name"`
	Basis  string    `json:"basis"`
	Values []float64 `json:"values"`
}

func (p *Problem) time(t calendar.Instant) time.Time { return t.Time(p.Zone) }
