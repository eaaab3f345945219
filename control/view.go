package control

import (
	"github.com/proviso-dev/proviso/calendar"
)

// Job is a job as it stands, for whoever reads.
type Job struct {
	Number      string
	State       JobState
	Fact        *Submit
	EndUser     string
	Name        string
	Submitted   calendar.Instant
	Began       calendar.Instant // Never before it starts
	Ended       calendar.Instant // Never before it ends
	Until       calendar.Instant // the end of its reservation; Never before it starts
	Devices     int64
	Parts       []Part
	Verdict     *Verdict
	Cut         string
	Declared    string // who declared the end user and the purpose
	Idempotency string
}

// Lookup gives a job by its number.
func (s *State) Lookup(number string) (*Job, error) {
	ref, err := s.Job(number)
	if err != nil {
		return nil, err
	}
	return s.view(ref), nil
}

func (s *State) view(ref int32) *Job {
	j := &s.jobs[ref]
	out := &Job{
		Number: decimal(ref + 1), State: j.state, Fact: j.fact, EndUser: j.fact.plain.endUser, Name: j.fact.plain.name,
		Submitted: j.submitted, Began: calendar.Never, Ended: calendar.Never, Until: calendar.Never,
		Devices: j.devices, Parts: j.parts, Verdict: j.verdict, Cut: j.cut, Declared: j.fact.By, Idempotency: j.fact.Idempotency,
	}
	if j.starts > 0 {
		out.Began, out.Until = j.began, j.until
	}
	if j.ended > 0 {
		out.Ended = j.ended
	}
	return out
}

// Jobs is the number of jobs that were submitted.
func (s *State) Jobs() int { return len(s.jobs) }

// EachJob calls f with each job from number first on, until f returns false.
func (s *State) EachJob(first int, f func(*Job) bool) {
	for i := max(0, first-1); i < len(s.jobs); i++ {
		if !f(s.view(int32(i))) {
			return
		}
	}
}
