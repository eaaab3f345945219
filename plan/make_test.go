package plan

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/catalog"
)

// example loads an example for a short plan.
func example(t testing.TB, name string, samples int) *Problem {
	t.Helper()
	c, errs := catalog.Load("../examples/" + name)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for i := range c.Scenarios {
		s := &c.Scenarios[i].Spec
		if c.Scenarios[i].Name != "base" {
			continue
		}
		loc, err := time.LoadLocation(s.Period.TimeZone)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewProblem(c, Options{From: s.Period.From.In(loc), Until: s.Period.Until.In(loc), Zone: loc, Samples: samples, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Fatal("no scenario base")
	return nil
}

func made(t testing.TB, p *Problem) *Result {
	t.Helper()
	r, err := Make(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWorkers: the same seed gives the same bytes on any number of workers.
func TestWorkers(t *testing.T) {
	for _, name := range []string{"h200", "eurohpc", "team-budgets"} {
		one := example(t, name, 6)
		one.Workers = 1
		want := asJSON(t, made(t, one))
		for _, n := range []int{2, 5} {
			p := example(t, name, 6)
			p.Workers = n
			if got := asJSON(t, made(t, p)); got != want {
				t.Errorf("%s: %d workers give another result than one", name, n)
			}
		}
	}
}

// TestSharedRunsEqualSeparateOnes: sharing runs between combinations is an
// optimisation; the reference runs each by itself.
func TestSharedRunsEqualSeparateOnes(t *testing.T) {
	for _, name := range []string{"h200", "eurohpc", "team-budgets"} {
		p := example(t, name, 2)
		shared := &maker{p: p, all: make([]sampled, p.Samples)}
		q := example(t, name, 2)
		q.Separate = true
		separate := &maker{p: q, all: make([]sampled, q.Samples)}
		for _, m := range []*maker{shared, separate} {
			if err := m.worlds(context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := m.combinations(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if len(shared.active) != len(separate.active) {
			t.Fatalf("%s: %d groups are priced with sharing, %d without", name, len(shared.active), len(separate.active))
		}
		compared := 0
		for n := range shared.all {
			for mask := range shared.all[n].values {
				a, b := shared.all[n].values[mask], separate.all[n].values[mask]
				if asJSON(t, a.milestones) != asJSON(t, b.milestones) || a.used != b.used || a.energy != b.energy {
					t.Fatalf("%s, sample %d, combination %b: %+v shared, %+v by itself", name, n, mask, a, b)
				}
				compared++
			}
		}
		if compared == 0 {
			t.Fatalf("%s: nothing was compared", name)
		}
		if len(shared.active) > 2 && shared.all[0].runs >= separate.all[0].runs {
			t.Errorf("%s: sharing saved nothing: %d runs of %d", name, shared.all[0].runs, separate.all[0].runs)
		}
	}
}

// TestCostsAddUp: the fair shares add up to the delay that is shown.
func TestCostsAddUp(t *testing.T) {
	for _, name := range []string{"h200", "eurohpc", "team-budgets"} {
		r := made(t, example(t, name, 8))
		for i, m := range r.Milestones {
			sum := 0.0
			for _, c := range r.Costs {
				sum += c.Delay[i].Value
			}
			if d := sum - float64(m.Delay)/msPerDay; d > 1e-6 || d < -1e-6 {
				t.Errorf("%s, %s: the costs add up to %.3f d, the delay is %.3f d", name, m.Name, sum, float64(m.Delay)/msPerDay)
			}
		}
	}
}

// TestFairSharesOfKnownGames holds the formula against games whose values are
// known: two gates in a row (the later one counts), a glove game, an additive one.
func TestFairSharesOfKnownGames(t *testing.T) {
	for _, g := range []struct {
		name  string
		k     int
		worth func(int) int64
		want  []string
	}{
		{"additive", 3, func(s int) int64 { return int64(s&1)*6 + int64(s>>1&1)*10 + int64(s>>2&1)*14 }, []string{"6/1", "10/1", "14/1"}},
		{"the later of two gates", 2, func(s int) int64 { return max(int64(s&1)*10, int64(s>>1&1)*30) }, []string{"5/1", "25/1"}},
		{"one left glove, two right ones", 3, func(s int) int64 { return min(int64(s&1), int64(s>>1&1)+int64(s>>2&1)) * 6 }, []string{"4/1", "1/1", "1/1"}},
	} {
		worth := make([]int64, 1<<g.k)
		for s := range worth {
			worth[s] = g.worth(s)
		}
		for i, v := range fair(worth, g.k) {
			if v.String() != g.want[i] {
				t.Errorf("%s: player %d gets %s, want %s", g.name, i, v, g.want[i])
			}
		}
	}
}

func TestCancelledPlanEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Make(ctx, example(t, "eurohpc", 4)); err != context.Canceled {
		t.Fatalf("got %v, want %v", err, context.Canceled)
	}
}
