package usage_test

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/usage"
)

// many adds conditions of every kind that adds up to the small fleet's charter,
// none of which refuses anything for long.
var many = strings.Replace(documents, "  - name: usage-report\n", `  - name: energy
    limit: {measure: energy, atMost: 9000MWh, over: quarter}
  - name: watts
    limit: {measure: power, atMost: 90kW}
  - name: starts
    limit: {measure: jobs, atMost: 100000, over: month, per: tenant}
  - name: users
    limit: {measure: deviceHours, atMost: 9000h, over: month, per: endUser}
  - name: places
    limit: {measure: deviceHours, where: job.tenant != "gamma", atMost: 90000h, per: site, assurance: observed}
  - name: held
    limit: {measure: deliveredDevices, atMost: 64, over: year, pool: all-devices}
  - name: mix
    share: {measure: deviceHours, where: job.purpose == "teaching", outOf: job.tenant != "beta", atLeast: 1%, atMost: 99%, over: month, assurance: observed}
  - name: kept
    limit: {measure: heldTPP, atMost: 900000000, per: site, pool: all-tpp}
  - name: both
    limit: {measure: deviceHours, where: job.purpose == "teaching", atMost: 800000h, over: month, pool: shared}
  - name: busy
    share: {measure: deviceHours, where: job.tenant == "alpha", base: available, atMost: 90%, over: month, per: site, assurance: observed}
  - name: usage-report
`, 1)

// pooled adds to the lease a condition that shares its sums with one of the
// charter's.
var pooled = strings.Replace(many, "  valid: {from: 2026-01-01, until: 2027-01-01}\n", `  valid: {from: 2026-01-01, until: 2027-01-01}
  conditions:
  - name: both
    limit: {measure: deviceHours, where: job.tenant == "alpha", atMost: 800000h, over: month, pool: shared}
  - name: held
    limit: {measure: deliveredDevices, atMost: 64, over: year, pool: all-devices}
  - name: kept
    limit: {measure: heldTPP, atMost: 900000000, per: site, pool: all-tpp}
`, 1) + `---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall-c}
spec: {country: FR, pue: 1.5}
`

// TestAccounts compares the figures of conditions with the core's own accounts
// at random instants of random lives, with amendments, and with devices that move
// and leave.
func TestAccounts(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomLife(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func randomLife(t *testing.T, r *rand.Rand) {
	text := strings.Replace(pooled, "teaching-share\n    share: {measure: deviceHours, where: job.purpose == \"teaching\", atLeast: 10%", "teaching-share\n    share: {measure: deviceHours, where: job.purpose == \"teaching\", atLeast: 0.01%", 1)
	// Early, and so much that what runs then holds more than is left.
	text = strings.Replace(text, "{date: 03-01, usedBelow: 50%, lose: 40%}", "{date: 01-25, usedBelow: 50%, lose: 99%}, {date: 02-10, usedBelow: 90%, lose: 40%}", 1)
	b := newBook(t, "2026-01-05T00:00:00+01:00", text)
	b.act(signature.Endorse, "charter", "board", "")
	b.tell(&control.Receive{Lot: "second", Devices: "20"}, nil)
	b.submit(work{user: "team-b", purpose: "teaching", tenant: "alpha", devices: 2, limit: 100 * time.Hour})
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	version, year, moved := 1, 20000, false
	compared, left := 0, 0
	for range 65 {
		b.now += calendar.Instant(r.Int64N(int64(3 * 24 * time.Hour / time.Millisecond)))
		to := b.now
		for b.state.Next() <= to {
			b.now = b.state.Next()
			b.record(new(control.Tick), nil)
		}
		b.now = to
		switch r.IntN(10) {
		case 0:
			if version < 5 {
				version++
				year += 3000 - r.IntN(4000)
				moved = moved || r.IntN(2) == 0
				changes := []string{"charter, version: 1", fmt.Sprintf("charter, version: %d", version), "atMost: 20000h", fmt.Sprintf("atMost: %dh", year)}
				if moved {
					changes = append(changes, `job.tenant != "gamma"`, `job.tenant != "beta"`, "where: job.purpose == \"teaching\", atMost: 800000h", "where: job.purpose == \"research\", atMost: 800000h", "atMost: 4000h, over: 14d", "atMost: 5000h, over: 10d", "9000h, over: month, per: endUser", "9000h, over: quarter, per: endUser")
				}
				b.amend(text, "charter", changes...)
			}
		case 1:
			if n := b.state.Jobs(); n > 0 {
				j, err := b.state.Lookup(fmt.Sprint(1 + r.IntN(n)))
				if err == nil && j.State == control.Running {
					b.end(j.Number)
				}
			}
		case 2:
			b.tell(&control.Receive{Lot: "second", Devices: "2"}, nil)
		case 3, 4:
			lots := b.state.Lots()
			l := &lots[r.IntN(2)]
			if len(l.At) == 0 {
				break
			}
			at := l.At[r.IntN(len(l.At))]
			n, to := fmt.Sprint(1+r.Int64N(at.Devices)), pick("hall-a", "hall-b", "hall-c")
			var f control.Fact = &control.Move{Lot: l.Name, From: at.Site, To: to, Devices: n}
			if to == at.Site {
				f = &control.Dispose{Lot: l.Name, From: at.Site, Devices: fmt.Sprint(1 + r.Int64N(min(3, at.Devices)))}
			}
			if b.tell(f, nil).Verdict.Outcome == "admit" {
				left++
			}
		case 5:
			lots := b.state.Lots()
			if l := &lots[r.IntN(2)]; len(l.At) > 0 {
				b.tell(&control.Evidence{Lot: l.Name, Evidence: "location", Site: l.At[r.IntN(len(l.At))].Site, SHA256: strings.Repeat(pick("a", "b"), 64)}, nil)
			}
		default:
			b.submit(work{
				user: pick("team-a", "team-b", "team-c", ""), purpose: pick("research", "teaching"), tenant: pick("alpha", "beta", "gamma"),
				devices: 1 + r.IntN(12), limit: time.Duration(1+r.IntN(200)) * time.Hour, sites: [][]string{nil, {"hall-b"}, nil}[r.IntN(3)],
			})
		}
		if r.IntN(2) == 0 {
			compared += b.compare("charter") + b.compare("lease")
		}
	}
	for _, window := range []string{"2026-01", "2026-02", "2026Q1", "2026-03", "2026-01-20/2026-01-21", "2026", "2026-02-10T03:00:00Z/2026-02-26"} {
		b.forgets("charter", window)
		b.forgets("lease", window)
	}
	t.Logf("%d entries, %d jobs, version %d, %d moves and disposals, %d sums compared, %d of them lapsed", len(b.records), b.state.Jobs(), version, left, compared, b.lapsed)
	if compared < 300 || b.lapsed == 0 || left == 0 {
		t.Errorf("only %d sums were compared, %d of them lapsed, and %d moves and disposals happened", compared, b.lapsed, left)
	}
}

// forgets holds a report that lets go of whatever cannot bear on its window
// against one that keeps everything.
func (b *book) forgets(permit, window string) {
	b.t.Helper()
	w, err := usage.ParseWindow(window)
	if err != nil {
		b.t.Fatal(err)
	}
	var texts [2]bytes.Buffer
	for i, report := range []func(iter.Seq2[ledger.Record, error], usage.Query) (*usage.View, error){usage.ReportKeeping, usage.ReportForgetting} {
		v, err := report(b.all(), usage.Query{Permit: permit, Window: w, At: b.now})
		if err != nil {
			b.t.Fatalf("%s in %s: %v", permit, window, err)
		}
		for _, o := range []usage.Output{usage.JSONOutput, usage.TableOutput} {
			if err := v.Write(&texts[i], o); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(texts[0].String(), texts[1].String()); diff != "" {
		b.t.Errorf("%s in %s, what keeps everything and what does not:\n%s", permit, window, diff)
	}
}

// compare holds a report up to now against the core's accounts, and gives how
// many sums there were.
func (b *book) compare(permit string) int {
	b.t.Helper()
	at := b.now.Time(time.UTC).Format(time.RFC3339Nano)
	v := b.report(permit, at+"/"+(b.now+1).Time(time.UTC).Format(time.RFC3339Nano))
	type place struct{ condition, key, part string }
	core := map[place]control.Account{}
	for _, a := range b.state.Accounts(b.now) {
		if a.Permit != permit {
			continue
		}
		p := place{a.Condition, a.Key, a.Side}
		if _, twice := core[p]; twice {
			p.part += " of the second side of a band"
		}
		core[p] = a
	}
	n := 0
	for i := range v.Conditions {
		c := &v.Conditions[i]
		seen := map[string]bool{}
		for _, m := range c.Measures {
			band := ""
			if seen[m.Key] {
				band = " of the second side of a band"
			}
			seen[m.Key] = true
			if c.Form == "limit" {
				a, ok := core[place{c.Name, m.Key, ""}]
				if !ok && m.Value.Sign() == 0 {
					continue
				}
				if m.Value.Sum != a.Used {
					b.t.Fatalf("entry %d, %s %q: %s, the core has %s", len(b.records), c.Name, m.Key, m.Value, a.Used)
				}
				if m.Bound.Sum != *a.Bound {
					b.t.Fatalf("entry %d, %s %q: bound %s, the core has %s", len(b.records), c.Name, m.Key, m.Bound, a.Bound)
				}
				if m.Lapsed != nil && m.Lapsed.Sign() > 0 {
					b.lapsed++
				}
				n++
				continue
			}
			helpful, harmful := core[place{c.Name, m.Key, "helpful" + band}], core[place{c.Name, m.Key, "harmful" + band}]
			part := helpful.Used
			if !m.AtLeast {
				part = harmful.Used
			}
			if m.Value.Sum != part {
				b.t.Fatalf("entry %d, %s %q: %s of %s, the core has %s helpful and %s harmful", len(b.records), c.Name, m.Key, m.Value, m.Whole, helpful.Used, harmful.Used)
			}
			if c.Name != "busy" && m.Whole.Sum != helpful.Used.Add(harmful.Used) {
				b.t.Fatalf("entry %d, %s %q: whole %s, the core has %s helpful and %s harmful", len(b.records), c.Name, m.Key, m.Whole, helpful.Used, harmful.Used)
			}
			n++
		}
	}
	return n
}
