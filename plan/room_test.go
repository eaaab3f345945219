package plan

import (
	"testing"
	"time"
)

// The least room is that of the tightest month, and the same on any number of
// workers; up to minBase a share that is judged always asks for nothing.
func TestRooms(t *testing.T) {
	docs := machineRoom(8, "charter") + `---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter}
spec:
  holder: institute
  scope: [use]
  grants: [{accelerator: h100-sxm, quantity: 8}]
  valid: {from: 2026-01-01, until: 2027-01-01}
  conditions:
  - {name: budget, limit: {measure: deviceHours, where: job.endUser == "vision", atMost: 400h, over: month}}
  - {name: mostly-others, share: {measure: deviceHours, where: job.endUser == "vision", atMost: 20%, judged: always, minBase: 1000h, assurance: certain, over: life}}
---
apiVersion: proviso.dev/v1alpha1
kind: Job
metadata: {name: short}
spec: {devices: 4, limit: 10h, submit: 2026-02-03, endUser: vision}
---
apiVersion: proviso.dev/v1alpha1
kind: Job
metadata: {name: long}
spec: {devices: 4, limit: 25h, submit: 2026-03-03, endUser: vision}
`
	p := problemOf(t, docs, Options{From: on(t, "2026-01-01"), Until: on(t, "2026-05-01"), Zone: time.UTC, Samples: 3, Seed: 1, NoCosts: true, Rooms: true, Workers: 1})
	r := made(t, p)
	want := map[string]float64{
		"charter/budget":        0.75, // 100 h of 400 in March
		"charter/mostly-others": 0.30, // 140 h of the 200 that may stand alone
	}
	for _, x := range r.Rooms {
		if x.Least != [3]float64{want[x.Clause], want[x.Clause], want[x.Clause]} {
			t.Errorf("%s: %v, want %v", x.Clause, x.Least, want[x.Clause])
		}
		delete(want, x.Clause)
	}
	if len(want) > 0 {
		t.Errorf("no room under %v", want)
	}
	p.Workers = 3
	if again := made(t, p); asJSON(t, again.Rooms) != asJSON(t, r.Rooms) {
		t.Errorf("other rooms on three workers")
	}
}
