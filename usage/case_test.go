package usage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// the documents of a small fleet: two halls, a permit for both and one more for
// the second.
const documents = `
apiVersion: proviso.dev/v1alpha1
kind: Authority
metadata: {name: board}
spec: {}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall-a}
spec: {country: DE, pue: 1.25}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall-b}
spec: {country: DE}
---
apiVersion: proviso.dev/v1alpha1
kind: Accelerator
metadata: {name: chip}
spec:
  vendor: example
  peak: [{precision: bf16, tera: 1000, source: example}]
  memory: {value: 80, source: example}
  power: {value: 700, source: example}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: charter, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 64}]
  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: Europe/Berlin}
  purposes: [research, teaching]
  endUsers: [{name: team-a, country: DE}, {name: team-b, country: FR}]
  endorsements: {required: [board]}
  conditions:
  - name: team-a-hours
    limit: {measure: deviceHours, where: endUser.name == "team-a", atMost: 3000h, over: month}
  - name: year
    limit: {measure: deviceHours, atMost: 20000h, over: year}
  - name: unused
    lapse: {limit: year, on: [{date: 03-01, usedBelow: 50%, lose: 40%}]}
  - name: at-once
    limit: {measure: devices, atMost: 48}
  - name: fortnight
    limit: {measure: deviceHours, atMost: 4000h, over: 14d}
  - name: teaching-share
    share: {measure: deviceHours, where: job.purpose == "teaching", atLeast: 10%, over: quarter, assurance: observed}
  - name: usage-report
    duty: {report: usage, every: month, dueWithin: 10d}
  - name: location
    evidence: {kind: location, maxAge: 30d, onMiss: notify}
  - name: large
    approval: {when: job.maxDevices > 40, by: [board]}
---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: lease, version: 1}
spec:
  holder: lab
  grants: [{accelerator: chip, quantity: 32}]
  valid: {from: 2026-01-01, until: 2027-01-01}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: first}
spec: {accelerator: chip, site: hall-a, quantity: 32, permits: [charter]}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: second}
spec: {accelerator: chip, site: hall-b, quantity: 32, permits: [charter, lease], arrives: 2026-02-01}
`

// small is a ledger with the life of that fleet in a quarter and a bit more.
func small(t testing.TB) *book {
	b := newBook(t, "2026-01-05T00:00:00+01:00", documents)
	b.submit(work{user: "team-a", purpose: "research", tenant: "alpha", devices: 8, limit: time.Hour}) // held: not endorsed
	b.act(signature.Endorse, "charter", "board", "")
	b.tell(&control.Evidence{Lot: "first", Evidence: "location", SHA256: strings.Repeat("ab", 32)}, nil)
	b.until("2026-01-06T00:00:00+01:00")
	b.submit(work{user: "team-a", purpose: "research", tenant: "alpha", devices: 16, limit: 100 * time.Hour})
	b.submit(work{user: "team-b", purpose: "military", tenant: "beta", devices: 1, limit: time.Hour}) // denied
	b.until("2026-01-20T00:00:00+01:00")
	b.submit(work{user: "team-b", purpose: "teaching", tenant: "beta", devices: 8, limit: 48 * time.Hour})
	b.until("2026-01-21T12:00:00+01:00")
	b.end("4")
	b.until("2026-02-05T00:00:00+01:00")
	b.tell(&control.File{Permit: "charter", Condition: "usage-report", SHA256: strings.Repeat("cd", 32)}, nil)
	b.tell(&control.Receive{Lot: "second", Devices: "40"}, nil)
	b.until("2026-02-20T00:00:00+01:00")
	b.submit(work{purpose: "research", tenant: "alpha", devices: 24, limit: 36 * time.Hour, sites: []string{"hall-b"}}) // under both permits
	b.until("2026-03-20T00:00:00+01:00")
	b.submit(work{user: "team-c", purpose: "research", tenant: "gamma", devices: 4, limit: 20 * 24 * time.Hour}) // over the quarter's end
	b.until("2026-04-15T00:00:00+02:00")
	return b
}
