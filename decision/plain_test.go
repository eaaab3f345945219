package decision_test

import (
	"reflect"
	"testing"

	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
	"pgregory.net/rapid"
)

// TestPlainlyIsAsInFull: a condition that is judged the plain way gives the
// same reason as when it is judged in full.
func TestPlainlyIsAsInFull(t *testing.T) {
	plain := map[world.Plain]int{}
	rapid.Check(t, func(t *rapid.T) {
		devices, horizon := rapid.Int64Range(1, 6).Draw(t, "C"), ms(rapid.IntRange(6, 30).Draw(t, "horizon"))
		var conditions []condition
		for range rapid.IntRange(1, 5).Draw(t, "conditions") {
			c := limit(rapid.Int64Range(1, 60).Draw(t, "bound"), drawCuts(t, horizon)...)
			switch rapid.IntRange(0, 6).Draw(t, "kind") {
			case 0:
				c = c.measure(permit.Jobs)
			case 1:
				c = c.measure(permit.Power)
			case 2:
				c = c.assured(permit.Observed).onReach(permit.Stop)
			case 3:
				c = c.onReach(permit.Drain)
			case 4:
				c = condition{Clause: world.Clause{Form: world.Require, Predicate: predicate(`job.purpose == "in"`)}}
			case 5:
				c = atLeast(1, 4, permit.Certain, drawCuts(t, horizon)...)
			}
			conditions = append(conditions, c)
		}
		x := newTrial(devices, horizon, conditions...)
		x.churn(t, devices, ms(rapid.IntRange(1, int(horizon)-1).Draw(t, "until")))
		for range 4 {
			k := drawTask(t, devices)
			quick := ask(x.w, k)
			terms := x.w.Terms(k.class(x.w), 0)
			kinds := make([]world.Plain, len(terms))
			for i := range terms {
				kinds[i], terms[i].Plain = terms[i].Plain, world.NotPlain
				plain[kinds[i]]++
			}
			if full := ask(x.w, k); !reflect.DeepEqual(quick, full) {
				t.Fatalf("at %d %+v\nplainly %+v\nin full %+v", x.w.Now(), k, quick, full)
			}
			for i := range terms {
				terms[i].Plain = kinds[i]
			}
		}
	})
	for _, p := range []world.Plain{world.Pass, world.PlainRate, world.PlainSum, world.PlainCount} {
		if plain[p] < 20 {
			t.Errorf("%d terms of kind %d were judged the plain way", plain[p], p)
		}
	}
}
