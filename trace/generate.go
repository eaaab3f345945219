package trace

import (
	"fmt"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// GenerateSpec says what trace to make. The zero value of an optional field
// stands for its default.
type GenerateSpec struct {
	// Jobs is how many jobs to make, at most 9,999,999.
	Jobs int
	// From and Until bound the submissions.
	From, Until calendar.Instant
	// Location is where it is day and night; UTC by default.
	Location *time.Location
	// Devices is the capacity that Load counts on.
	Devices int64
	// Load is the devices' share that the jobs would use, had each started when
	// it was submitted; 90% by default, and more than 100% means a queue.
	Load quantity.Ratio
	// MostDevices is the largest job, at most 1024: by default the largest
	// power of two that is at most half of Devices.
	MostDevices int64
	// MostRuns is the longest duration; 14d by default.
	MostRuns quantity.Duration
	// MostLimit is the longest limit that anyone may ask for, as a partition
	// sets it: 30d by default, and never less than MostRuns.
	MostLimit quantity.Duration
	// Teams share the jobs. By default there are three equal ones.
	Teams []Team
}

// Team is a submitter of generated jobs.
type Team struct {
	Account
	// Weight is the team's share of the jobs, in proportion to the others'.
	Weight int64
}

// MoreTeams gives n teams of falling weight, for large generated traces.
func MoreTeams(n int) []Team {
	purposes := []string{"research", "production", "evaluation"}
	teams := make([]Team, n)
	for i := range teams {
		name := fmt.Sprintf("team-%03d", i+1)
		teams[i] = Team{Account{EndUser: name, Purpose: purposes[i%len(purposes)], Tenant: name}, int64(1000 / (i + 1))}
		teams[i].Weight = max(teams[i].Weight, 1)
	}
	return teams
}

// shortest is the shortest job; a day is what jobs run on average when their
// sizes alone can make up the load.
const (
	shortest = quantity.Minute
	typical  = quantity.Day
)

// Generate makes a trace from a seed: sizes in powers of two, log-normal
// durations, submissions by day and night, limits in round numbers. The same
// seed and spec give the same trace on every machine. It panics if the spec
// has no jobs, no devices, no time or a team without weight: those are
// mistakes of the caller.
func Generate(seed uint64, spec GenerateSpec) *Trace {
	spec = spec.complete()
	t := &Trace{Jobs: make([]Job, spec.Jobs), Notes: Notes{Rows: int64(spec.Jobs), Jobs: int64(spec.Jobs)}}
	weights := make([]int64, len(spec.Teams))
	for i, team := range spec.Teams {
		t.Accounts, weights[i] = append(t.Accounts, team.Account), team.Weight
	}
	want := spec.Load.Of(spec.Devices * int64(spec.Until-spec.From))
	gangs := gangWeights(spec.MostDevices, want/int64(spec.Jobs)/int64(typical))

	submit := arrivals(newStream(seed, "arrivals"), spec.Jobs, spec.From, spec.Until, spec.Location)
	teams, sizes, runs := newStream(seed, "teams"), newStream(seed, "sizes"), newStream(seed, "durations")
	for i := range t.Jobs {
		t.Jobs[i] = Job{Submit: submit[i], Runs: quantity.Duration(runs.duration()), Devices: 1 << sizes.pick(gangs),
			Account: int32(teams.pick(weights)), Line: int32(i + 1), id: int32(i * idWidth)}
	}
	scale(t, want, spec.MostRuns)
	limits := newStream(seed, "limits")
	for i := range t.Jobs {
		t.Jobs[i].Limit = min(requested(&limits, t.Jobs[i].Runs), spec.MostLimit)
	}
	t.ids = names(spec.Jobs)
	return t
}

func (s GenerateSpec) complete() GenerateSpec {
	if s.Location == nil {
		s.Location = time.UTC
	}
	if s.Load.Zero() {
		s.Load = quantity.Ratio{Num: 90, Den: 100}
	}
	if s.MostDevices == 0 {
		s.MostDevices = max(s.Devices/2, 1)
	}
	s.MostDevices = min(s.MostDevices, 1024)
	if s.MostRuns == 0 {
		s.MostRuns = 14 * quantity.Day
	}
	if s.MostLimit == 0 {
		s.MostLimit = rounds[len(rounds)-1]
	}
	s.MostLimit = max(s.MostLimit, s.MostRuns)
	if len(s.Teams) == 0 {
		s.Teams = MoreTeams(3)
		for i := range s.Teams {
			s.Teams[i].Weight = 1
		}
	}
	if s.Jobs <= 0 || s.Jobs > 9_999_999 || s.Devices <= 0 || s.Until <= s.From || s.MostDevices < 1 || s.MostRuns < shortest {
		panic(fmt.Sprintf("trace: nothing to generate from %+v", s))
	}
	for _, t := range s.Teams {
		if t.Weight <= 0 {
			panic("trace: team " + t.Tenant + " has no weight")
		}
	}
	return s
}

// idWidth is the length of a generated name with its end: "job-0000001\n".
const idWidth = 12

func names(n int) string {
	b := make([]byte, 0, n*idWidth)
	for i := range n {
		b = fmt.Appendf(b, "job-%07d\n", i+1)
	}
	return string(b)
}

// scale turns relative durations into whole seconds whose sum of device-time
// is what was asked for. Durations that the bounds cut are made up for by the
// others, in a few rounds; what then remains is small.
func scale(t *Trace, want int64, most quantity.Duration) {
	relative := make([]int64, len(t.Jobs))
	for i, j := range t.Jobs {
		relative[i] = int64(j.Runs)
	}
	sum := int64(0)
	for i, j := range t.Jobs {
		sum += relative[i] * int64(j.Devices)
	}
	target := want
	for range 12 {
		var have int64
		for i := range t.Jobs {
			j := &t.Jobs[i]
			j.Runs = min(max(quantity.Duration(proportion(relative[i], target, sum)), shortest), most) / quantity.Second * quantity.Second
			have += int64(j.Devices) * int64(j.Runs)
		}
		if off := have - want; off > -want/500 && off < want/500 {
			return
		}
		// A load beyond what the bounds allow must not grow without end.
		target = min(proportion(target, want, max(have, 1)), 1<<60)
	}
}

// rounds are the limits that people ask for.
var rounds = []quantity.Duration{10 * quantity.Minute, 30 * quantity.Minute, quantity.Hour, 2 * quantity.Hour, 4 * quantity.Hour, 8 * quantity.Hour,
	12 * quantity.Hour, quantity.Day, 2 * quantity.Day, 3 * quantity.Day, 5 * quantity.Day, 7 * quantity.Day, 10 * quantity.Day, 14 * quantity.Day, 30 * quantity.Day}

// requested draws the limit for a job: a round number above one to three times
// what it will run, since nobody knows that when asking.
func requested(s *stream, runs quantity.Duration) quantity.Duration {
	asked := runs + quantity.Duration(s.below(2*int64(runs)+1))
	for _, r := range rounds {
		if asked <= r {
			return r
		}
	}
	return max(runs, rounds[len(rounds)-1])
}
