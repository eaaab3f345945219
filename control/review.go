package control

import (
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/queue"
)

// review judges waiting work anew after something was taken away: a permit ended
// or was suspended, a bound lapsed, a list or a document changed. The queue
// tries what has devices; this also finds what would be denied if it had any,
// and what waits now for nothing that has a date. It reports whether any job
// left, and whether the entry had room for all.
func (s *State) review() (left, whole bool) {
	passed := map[queue.GroupID]bool{}
	for ; int(s.reviewed) < len(s.jobs); s.reviewed++ {
		j := s.jobs[s.reviewed]
		if j.state != Held && j.state != Awaits {
			continue
		}
		if dated := j.verdict != nil && j.verdict.Again != ""; passed[j.group] && !dated {
			continue // nobody in the group is denied, and it had no date before
		}
		if s.full() {
			return left, false
		}
		v := s.nearest(j)
		switch {
		case v.Outcome == decision.Deny:
			s.leave(s.reviewed)
			s.deny(s.reviewed, v)
			left = true
		case s.dateless(j, v):
			j.verdict = s.refusal(v)
			s.effect(Effect{Do: Holds, Job: decimal(s.reviewed + 1), By: j.verdict.binding(), Hash: j.verdict.Hash})
		}
		passed[j.group] = v.Outcome != decision.Deny
	}
	s.reviewing = false
	return left, true
}

// dateless reports whether a job that was to be judged again at an instant now
// waits for something without one.
func (s *State) dateless(j *job, v *decision.Verdict) bool {
	return j.verdict != nil && j.verdict.Again != "" && v.Outcome != decision.Admit && s.again(v) == ""
}

// leave takes a waiting job out.
func (s *State) leave(ref int32) {
	j := s.jobs[ref]
	s.queue.Remove(j.group, ref)
	s.unclaim(ref, false)
	j.state, j.ended = Denied, s.world.Now()
}

// deny records that a waiting job is denied for good.
func (s *State) deny(ref int32, v *decision.Verdict) {
	j := s.jobs[ref]
	j.verdict = s.refusal(v)
	s.effect(Effect{Do: Denies, Job: decimal(ref + 1), By: j.verdict.binding(), Hash: j.verdict.Hash})
}

// binding is the condition that a verdict names first, or nothing.
func (v *Verdict) binding() string {
	if len(v.Because) == 0 {
		return ""
	}
	return v.Because[0].Clause
}
