package decision_test

import (
	"testing"

	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
	"pgregory.net/rapid"
)

// TestAgainIsNeverLate holds a request that limits and a certain share refuse
// and looks at every millisecond when it is let through if nothing else comes:
// no earlier than its verdict said that it is to be judged again. Looks from one
// verdict to the next come there, a few to each window at most.
func TestAgainIsNeverLate(t *testing.T) {
	cut, followed := 0, 0
	check(t, func(t *rapid.T) {
		const horizon = 40
		var conditions []condition
		rolls := false
		for range rapid.IntRange(1, 2).Draw(t, "limits") {
			c := limit(rapid.Int64Range(3, 40).Draw(t, "bound"), drawCuts(t, horizon)...)
			if rapid.Bool().Draw(t, "selects") {
				c = c.where(`job.purpose == "out"`)
			}
			if rapid.IntRange(0, 3).Draw(t, "rolls") == 0 {
				rolls = true
				c = rolling(rapid.Int64Range(3, 40).Draw(t, "bound"), ms(rapid.IntRange(2, 8).Draw(t, "length")))
			}
			conditions = append(conditions, c)
		}
		for range rapid.IntRange(1, 2).Draw(t, "shares") {
			conditions = append(conditions, atLeast(rapid.Int64Range(1, 3).Draw(t, "share"), 4, permit.Certain, drawCuts(t, horizon)...).allow(rapid.Int64Range(0, 8).Draw(t, "allowance")))
		}
		if rapid.IntRange(0, 4).Draw(t, "evidence") == 0 {
			conditions = append(conditions, condition{Clause: world.Clause{Form: world.Evidence, Action: permit.Hold}})
		}
		r := rulesOf(horizon, conditions...)
		r.EvidenceKinds = []string{"location"}
		w := worldOf(20, r)
		for range rapid.IntRange(0, 5).Draw(t, "jobs") {
			to(w, w.Now()+ms(rapid.IntRange(0, 4).Draw(t, "pause")))
			k := drawTask(t, 4)
			if v := ask(w, k); v.Outcome == decision.Admit {
				start(w, k, v)
			}
		}
		k := drawTask(t, 6)
		v := ask(w, k)
		if v.Outcome != decision.Hold {
			return
		}
		from, again, looks := w.Now(), v.Again, 1
		if v.Again <= from {
			t.Fatalf("at %d it is to be judged again at %d", from, v.Again)
		}
		for w.Now() < horizon-1 {
			to(w, w.Now()+1)
			next := ask(w, k)
			if next.Outcome == decision.Admit {
				if w.Now() < again {
					t.Fatalf("%+v, held at %d, is let through at %d, and was to be judged again at %d\n%+v", k, from, w.Now(), again, v)
				}
				followed++
				if next.Cut {
					cut++
				}
				break
			}
			if w.Now() >= again {
				again, looks, v = next.Again, looks+1, next
			}
		}
		windows := 1
		for _, c := range conditions {
			for _, at := range c.cuts {
				if at > from && at <= w.Now() {
					windows++
				}
			}
		}
		if !rolls && looks > 2*windows {
			t.Fatalf("%+v, held at %d, is judged %d times up to %d, in %d windows", k, from, looks, w.Now(), windows)
		}
	})
	if cut < 10 || followed < 80 {
		t.Errorf("%d requests were let through, %d of them cut: too few to say anything", followed, cut)
	}
}
