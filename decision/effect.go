package decision

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// A run rests on less than all refusals. Where several conditions refuse at
// once, one of them is enough for the outcome; without the others the run goes
// the same way. What is recorded with Need is sufficient: a run with any of the
// other groups muted is the same run. Where one of several is enough, one that
// the run rests on already is taken, so that few are recorded.

// Need records that the run rests on a refusal.
func Need(w *world.World, r *Reason) {
	if g, ok := groupOf(w, r); ok {
		w.Need(g)
	}
}

// groupOf is the group whose condition refused: a clause's; of an endorsement
// that is missing, or of the end of a permit. What was granted belongs to none.
func groupOf(w *world.World, r *Reason) (int32, bool) {
	if r.Clause >= 0 {
		return w.Rules.Clauses[r.Clause].Group, true
	}
	if r.Form != world.Gate {
		return 0, false
	}
	p := -1 - r.Clause
	s, rules := w.Permit(p), &w.Rules.Permits[p]
	ended := s.Ended <= w.Now() && rules.OnEnd != permit.Continue && !w.Muted(rules.EndGroup)
	if s.Effective <= w.Now() || ended || r.Outcome == Deny {
		return rules.EndGroup, true
	}
	missing, found := int32(0), false
	for k, at := range s.Endorsed {
		// Each that is missing alone makes the date unknown.
		if at == calendar.Never && (!found || w.Needed(rules.GateGroups[k]) && !w.Needed(missing)) {
			missing, found = rules.GateGroups[k], true
		}
	}
	return missing, found
}

// rests reports whether recording a reason records nothing new.
func rests(w *world.World, r *Reason) bool {
	g, ok := groupOf(w, r)
	return !ok || w.Needed(g)
}

// Binding is the index of the reason that a refused request waits for, of those
// that refuse the one that holds last: until it lets go the others do not
// matter, and a look then shows what is next. It is −1 if none refuses.
func (v *Verdict) Binding(w *world.World) int {
	best := -1
	for i := range v.Reasons {
		r := &v.Reasons[i]
		if r.Outcome == Admit {
			continue
		}
		if best < 0 || r.First > v.Reasons[best].First || r.First == v.Reasons[best].First && !rests(w, &v.Reasons[best]) && rests(w, r) {
			best = i
		}
	}
	return best
}

// Deciding is the index of a reason that refuses and satisfies ok, one that the
// run rests on already if there is any; −1 if none does.
func (v *Verdict) Deciding(w *world.World, ok func(*Reason) bool) int {
	best := -1
	for i := range v.Reasons {
		r := &v.Reasons[i]
		if r.Outcome == Admit || !ok(r) {
			continue
		}
		if rests(w, r) {
			return i
		}
		if best < 0 {
			best = i
		}
	}
	return best
}
