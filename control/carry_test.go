package control_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
)

// story tells what followed from the facts of a ledger, up to the first waiting
// job that is denied for good: that is found when it is looked at, and documents
// have all that waits looked at. It ends, and lets is set, where a document lets
// something start.
func story(t *rapid.T, f *fleet) (all []string, lets bool) {
	for _, e := range f.entries {
		var body struct{ Outcome control.Outcome }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			t.Fatal(err)
		}
		for _, x := range body.Outcome.Effects {
			at := fmt.Sprint(e.At)
			if x.At != "" {
				at, x.At = x.At, ""
			}
			if x.Do == control.Denies {
				return all, false
			}
			if x.Do == control.Starts && e.Kind == "document" {
				return all, true
			}
			if x.Do == control.Holds {
				continue // found when it is looked at, too
			}
			text, _ := json.Marshal(x)
			all = append(all, at+" "+string(text))
		}
		if v := body.Outcome.Verdict; v != nil {
			text, _ := json.Marshal(v)
			all = append(all, fmt.Sprint(e.At, " ", string(text)))
		}
	}
	return all, false
}

// TestDocumentsThatChangeNothing gives the facts of a random fleet to another
// one, to which documents come in between that bear on nothing: each time the
// world is carried and the queue made anew, and whatever follows is the same.
//
// One thing may differ, and seldom does: work that the head of the queue holds
// back is looked at when the head's plan changes, not whenever time alone would
// let it pass, and a document has it looked at. The comparison ends there.
func TestDocumentsThatChangeNothing(t *testing.T) {
	compared, fleets, earlier := 0, 0, 0
	defer func() {
		if t.Log(compared, fleets, earlier); compared < 200 && !t.Failed() {
			t.Errorf("only %d effects and verdicts were compared", compared)
		}
		if earlier > 1+fleets/100 {
			t.Errorf("in %d of %d fleets a document let something start", earlier, fleets)
		}
	}()
	rapid.Check(t, func(rt *rapid.T) {
		x, version := drawTerms(rt), 1
		text := x.text(1)
		f := newFleet(property{t, rt}, "2026-01-10T00:00:00Z", false, text)
		begun := len(f.entries)
		for range rapid.IntRange(5, 40).Draw(rt, "facts") {
			f.happen(rt, &x, &version)
			f.pass(time.Duration(rapid.IntRange(0, 100).Draw(rt, "pause")) * time.Hour)
		}
		g := newFleet(property{t, rt}, "2026-01-10T00:00:00Z", false, text)
		to := func(at calendar.Instant) {
			for g.s.Next() <= at {
				g.now = max(g.now, g.s.Next())
				if err := g.record(new(control.Tick), nil); err != nil {
					rt.Fatal(err)
				}
			}
			g.now = at
		}
		for i, e := range f.entries[begun:] {
			fact, err := control.Parse(e.Kind, e.Body)
			if err != nil {
				rt.Fatal(err)
			}
			if _, tick := fact.(*control.Tick); tick {
				continue
			}
			to(calendar.Instant(e.At))
			if rapid.IntRange(0, 2).Draw(rt, "document") == 0 {
				if err := g.put(part(t, more, "Site", fmt.Sprint("annex-", i), "annex", fmt.Sprint("annex-", i))); err != nil {
					rt.Fatal(err)
				}
			}
			if err := g.record(fact, f.opened[begun+i]); errors.Is(err, control.ErrOver) {
				break // the job was denied
			} else if err != nil {
				rt.Fatalf("%s, taken before, is refused: %v", e.Kind, err)
			}
		}
		a, _ := story(rt, f)
		b, lets := story(rt, g)
		compared += min(len(a), len(b))
		if fleets++; lets {
			earlier++
		}
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] && strings.Contains(b[i], `"do":"start"`) {
				earlier++
				break
			}
			if a[i] != b[i] {
				rt.Fatalf("the stories differ from here:\n%s\nand with documents that change nothing:\n%s", strings.Join(a[min(i, len(a)):min(i+3, len(a))], "\n"), strings.Join(b[min(i, len(b)):min(i+3, len(b))], "\n"))
			}
		}
		g.replay()
	})
}
