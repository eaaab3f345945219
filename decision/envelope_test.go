package decision_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// steps compiles a limit on devices that follows a row of steps, one an hour.
func steps(t *rapid.T, dir string, values []int, assurance string) *world.Rules {
	var series strings.Builder
	for i, v := range values {
		fmt.Fprintf(&series, "  - {at: \"2026-01-01T%02d:00:00Z\", value: %d}\n", i, v)
	}
	text := `apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: s}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: l}
spec: {accelerator: h100-sxm, site: s, quantity: 100, permits: [p]}
---
apiVersion: proviso.dev/v1alpha1
kind: Fact
metadata: {name: f}
spec:
  series:
` + series.String() + `---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: p}
spec:
  holder: h
  grants: [{accelerator: h100-sxm, quantity: 100}]
  valid: {from: 2026-01-01, until: 2026-01-03}
  onEnd: continue
  conditions:
  - {name: envelope, limit: {measure: devices, follows: f, assurance: ` + assurance + `}}
`
	name := filepath.Join(dir, "p.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(name)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	v := c.Permits[0].Spec.Valid
	r, err := c.Rules(v.From.In(time.UTC), v.Until.In(time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Under certain no step of an envelope is passed by what was admitted, and what
// is refused passes one by itself or with what runs; so far only passes some.
func TestEnvelopeIsKept(t *testing.T) {
	dir := t.TempDir()
	broken := map[string]int{}
	for _, assurance := range []string{"certain", "observed"} {
		rapid.Check(t, func(t *rapid.T) {
			values := rapid.SliceOfN(rapid.IntRange(0, 20), 24, 24).Draw(t, "steps")
			w := world.New(steps(t, dir, values, assurance))
			w.Deliver(0, 100)
			const minute = calendar.Instant(60_000)
			from := w.Rules.From
			load := make([]int64, 24*60) // devices by minute, if jobs run to their limits
			class := w.Class(world.Attributes{})
			running := map[world.JobID]calendar.Instant{}
			at := 0
			for range rapid.IntRange(1, 60).Draw(t, "jobs") {
				at += rapid.IntRange(0, 40).Draw(t, "pause")
				n, limit := rapid.Int64Range(1, 12).Draw(t, "devices"), rapid.IntRange(1, 300).Draw(t, "minutes")
				if at+limit >= len(load) {
					break
				}
				now := from + calendar.Instant(at)*minute
				for {
					next := w.NextTimer()
					for _, end := range running {
						next = min(next, end)
					}
					if next > now {
						break
					}
					w.Advance(next)
					w.Fire()
					for id, end := range running {
						if end <= next {
							w.End(id)
							delete(running, id)
						}
					}
				}
				w.Advance(now)
				var v decision.Verdict
				decision.Judge(w, &decision.Request{Class: class, First: world.Part{Stock: 0, Devices: n}, Limit: calendar.Instant(limit) * minute, Expected: calendar.Instant(limit) * minute, Own: -1}, &v)
				fits := true
				for m := at; m < at+limit; m++ {
					fits = fits && load[at]+n <= int64(values[m/60])
				}
				if assurance == "certain" && fits != (v.Outcome == decision.Admit) {
					t.Fatalf("%d devices for %d minutes at minute %d beside %d: %s, and they fit: %v (%v)", n, limit, at, load[at], v.Outcome, fits, values)
				}
				if v.Outcome != decision.Admit {
					continue
				}
				id := w.Start(world.Start{Class: class, First: world.Part{Stock: 0, Devices: n}, End: v.End, Expected: v.End})
				w.Begin(id)
				running[id] = v.End
				for m := at; m < at+limit; m++ {
					load[m] += n
				}
			}
			for m, v := range load {
				if v > int64(values[m/60]) {
					broken[assurance]++
					if assurance == "certain" {
						t.Fatalf("%d devices in minute %d, where %d are allowed", v, m, values[m/60])
					}
				}
			}
		})
	}
	if broken["observed"] == 0 {
		t.Error("so far only broke nothing: the histories try too little")
	}
}
