package plan

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/internal/daystep"
)

// TestDayByDay holds plans against a simulator that steps from day to day and
// shares nothing with the engine: for each example, and for each change of it,
// both must find the same dates, costs, refusals, starts, deliveries, breaches,
// device-hours and closing words, and the change must move something.
func TestDayByDay(t *testing.T) {
	for _, e := range dayExamples(t, "testdata/daystep/*.changes.yaml") {
		t.Run(e.Example, func(t *testing.T) {
			fresh := func(t *testing.T) []daystep.Document {
				file, _, _ := strings.Cut(e.Example, ",")
				docs := documents(t, "testdata/daystep/base.yaml", filepath.Join("testdata/daystep", file+".yaml"))
				change(t, docs, e.Setup)
				return docs
			}
			base := agree(t, fresh(t), dayOptions{hours: e.Hours})
			for _, m := range e.Mutations {
				t.Run(m.Name, func(t *testing.T) {
					docs := fresh(t)
					change(t, docs, m.Set)
					moves(t, base, agree(t, docs, dayOptions{hours: e.Hours}))
				})
			}
		})
	}
}

// agree requires engine and day stepper to tell the same, and gives it.
func agree(t *testing.T, docs []daystep.Document, o dayOptions) told {
	t.Helper()
	got := byEngine(t, docs, o.unpriced)
	for _, d := range differences(got, byDays(docs, o)) {
		t.Errorf("engine and day stepper differ in the %s", d)
	}
	return got
}

// moves requires a change to move something, and the closing words wherever a
// date of the plan moves.
func moves(t *testing.T, base, got told) {
	t.Helper()
	moved := differences(base, got)
	if len(moved) == 0 {
		t.Error("it moves nothing")
	}
	if testing.Verbose() {
		t.Log("moves the ", strings.Join(moved, "; the "))
	}
	if said, now := base[words]["answer"], got[words]["answer"]; said != "" && now != "" && said == now && !maps.Equal(base[dates], got[dates]) {
		t.Errorf("dates move, the closing words stay: %q", said)
	}
}

// TestDifferences: the comparison sees a difference in every part.
func TestDifferences(t *testing.T) {
	for part := range newTold() {
		a, b := newTold(), newTold()
		b[part]["x"] = "1"
		if d := differences(a, b); len(d) != 1 || !slices.ContainsFunc(d, func(s string) bool { return strings.HasPrefix(s, part) }) {
			t.Errorf("%s: %q", part, d)
		}
	}
}
