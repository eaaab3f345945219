// Package trace reads recorded jobs, so that a plan can replay them under
// permits that did not exist when they ran: Slurm's sacct, the public traces
// of Philly and openb, and a CSV format of its own. What a record lacks (limits,
// purposes, capacity) is stated in a mapping beside it, and everything that was
// skipped, rounded or assumed is counted in Notes. Generate makes traces from a seed.
package trace

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// Job is one recorded job. It is 40 bytes: a year of a large fleet is half a
// million of them, and every sample of a plan walks through all.
type Job struct {
	// Submit is when it was submitted.
	Submit calendar.Instant
	// Runs is how long it ran: more than zero.
	Runs quantity.Duration
	// Limit is the longest that it was allowed to run: never less than Runs.
	Limit quantity.Duration
	// Devices is how many devices it held, all together: more than zero.
	Devices int32
	// Account is its index in Trace.Accounts.
	Account int32
	// Line is its line in the file, counted from 1; for a generated job its
	// number. It tells jobs apart and breaks ties of Submit.
	Line int32
	// id is where its name starts in Trace.ids; -1 without a name.
	id int32
}

// Account says for whom jobs ran, what for and who submitted them, in the
// terms that permits use.
type Account struct {
	EndUser, Purpose, Tenant string
}

// Trace is a set of recorded jobs in the order of their submission, equal ones
// in the order of the file.
type Trace struct {
	Jobs     []Job
	Accounts []Account
	// Notes says what was skipped, rounded and assumed while reading.
	Notes Notes

	ids string // the names of the jobs, each ended by \n
}

// AccountOf gives the account of a job of this trace.
func (t *Trace) AccountOf(j Job) Account { return t.Accounts[j.Account] }

// ID gives the job's name in the record, or its line where the record names
// no jobs: "line-17".
func (t *Trace) ID(j Job) string {
	if j.id < 0 {
		return "line-" + strconv.Itoa(int(j.Line))
	}
	name, _, _ := strings.Cut(t.ids[j.id:], "\n")
	return name
}

// Span gives the first submission and the last end, had every job started when
// it was submitted. Both are zero for a trace without jobs.
func (t *Trace) Span() (first, last calendar.Instant) {
	if len(t.Jobs) == 0 {
		return 0, 0
	}
	first = t.Jobs[0].Submit
	for _, j := range t.Jobs {
		last = max(last, j.Submit+calendar.Instant(j.Runs))
	}
	return first, last
}

// DeviceTime gives the sum of devices × runs, in device-milliseconds. Reading
// refuses a trace whose sum overflows.
func (t *Trace) DeviceTime() int64 {
	var sum int64
	for _, j := range t.Jobs {
		sum += int64(j.Devices) * int64(j.Runs)
	}
	return sum
}

// Peak gives the most devices held at one instant, had every job started when
// it was submitted: the capacity on which nobody would have waited. A mapping
// may assume it where the record does not state the capacity.
func (t *Trace) Peak() (devices int64, at calendar.Instant) {
	ends := make([]int32, len(t.Jobs))
	for i := range ends {
		ends[i] = int32(i)
	}
	end := func(i int32) calendar.Instant { return t.Jobs[i].Submit + calendar.Instant(t.Jobs[i].Runs) }
	slices.SortFunc(ends, func(a, b int32) int { return cmp.Compare(end(a), end(b)) })
	var held int64
	next := 0
	for _, j := range t.Jobs {
		// Times are half-open: who ends now has left when the next one comes.
		for end(ends[next]) <= j.Submit {
			held -= int64(t.Jobs[ends[next]].Devices)
			next++
		}
		if held += int64(j.Devices); held > devices {
			devices, at = held, j.Submit
		}
	}
	return devices, at
}

// order sorts the jobs by submission, then by line. Records are seldom in
// order: sacct sorts by job number, Philly's not at all.
func (t *Trace) order() {
	slices.SortFunc(t.Jobs, func(a, b Job) int {
		if a.Submit != b.Submit {
			return cmp.Compare(a.Submit, b.Submit)
		}
		return cmp.Compare(a.Line, b.Line)
	})
}

// checkSum refuses a trace whose device-milliseconds overflow, limits included.
func (t *Trace) checkSum() error {
	var sum uint64
	for _, j := range t.Jobs {
		hi, lo := bits.Mul64(uint64(j.Devices), uint64(j.Limit))
		var carry uint64
		if sum, carry = bits.Add64(sum, lo, 0); hi != 0 || carry != 0 || sum > 1<<62 {
			return fmt.Errorf("the trace holds more device-hours than an account can count (%d)", int64(1)<<62/int64(quantity.Hour))
		}
	}
	return nil
}
