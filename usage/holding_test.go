package usage_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/usage"
)

// TestMoved: devices count where they stand. What moved is delivered once, uses
// the power of the site that it stands at, is in service up to the instant at
// which it leaves the fleet, and needs evidence of its own where it went.
func TestMoved(t *testing.T) {
	b := fresh(t)
	b.tell(&control.Evidence{Lot: "first", Evidence: "location"}, nil)
	b.until("2026-01-10T00:00:00+01:00")
	if v := b.tell(&control.Move{Lot: "first", To: "hall-b", Devices: "12"}, nil).Verdict; v.Outcome != "admit" {
		t.Fatalf("the move: %+v", v)
	}
	move := len(b.records) - 1
	b.submit(work{purpose: "research", tenant: "alpha", devices: 10, limit: 10 * time.Hour, sites: []string{"hall-b"}})
	b.until("2026-01-11T00:00:00+01:00")
	b.submit(work{purpose: "research", tenant: "alpha", devices: 10, limit: 10 * time.Hour, sites: []string{"hall-a"}})
	if v := b.tell(&control.Move{Lot: "first", To: "hall-b", Devices: "15"}, nil).Verdict; v.Outcome != "hold" || v.Missing != "devices" {
		t.Fatalf("a move of devices in use: %+v", v)
	}
	b.until("2026-01-15T00:00:00+01:00")
	b.tell(&control.Dispose{Lot: "first", From: "hall-b", Devices: "5"}, nil)
	dispose := len(b.records) - 1
	b.until("2026-02-01T00:00:00+01:00")

	v := b.report("charter", "2026-01")
	d := v.Devices[0]
	// 32 from 5 January on, of which 5 left on the 15th.
	if want := int64(32*27-5*17) * 24 * hour; d.Delivered != 32 || d.Disposed != 5 || d.Held != 27 || d.InServiceMS.String() != ms(want) {
		t.Errorf("devices: %+v, want %d device-ms in service", d, want)
	}
	for _, e := range []int{move, dispose} {
		if !cites(d.Entries, int64(e)) {
			t.Errorf("the figures of devices cite %s, and not entry %d", d.Entries, e)
		}
	}
	for site, watts := range map[string]int64{"hall-a": 875, "hall-b": 700} {
		if r := row(t, v, "site", site); r.DeviceMS.String() != ms(100*hour) || r.EnergyMJ.String() != ms(100*hour*watts) {
			t.Errorf("at %s: %+v, want 100 device-hours at %d W", site, r, watts)
		}
	}
	states := map[string]string{}
	for _, e := range condition(t, v, "location").Evidence {
		states[e.About] = e.State
	}
	if states["first"] != "fresh" || states["first at hall-b"] != "never shown" || len(states) != 2 {
		t.Errorf("evidence: %v", states)
	}
	if !has(v, "5 devices left the fleet") || !has(v, "12 devices came from another site") {
		t.Errorf("notes: %q", v.Notes)
	}
	// A window before knows nothing of it, one behind has what is left.
	if d := b.report("charter", "2026-01-06/2026-01-09").Devices[0]; d.Held != 32 || d.Disposed != 0 {
		t.Errorf("before: %+v", d)
	}
	b.until("2026-03-01T00:00:00+01:00")
	if d := b.report("charter", "2026-02").Devices[0]; d.Held != 27 || d.Disposed != 0 || d.InServiceMS.String() != ms(27*28*24*hour) {
		t.Errorf("behind: %+v", d)
	}
}

// TestNotices: the report of a duty to give notice says which were given, of
// several about the same the first, and what was held for want of one.
func TestNotices(t *testing.T) {
	b := fresh(t, "  - name: usage-report\n", "  - name: away\n    duty: {report: move, before: move, notice: 10d}\n  - name: usage-report\n")
	b.tell(&control.Move{Lot: "first", To: "hall-b", Devices: "12"}, nil)
	given := len(b.records)
	b.tell(&control.Notice{Permit: "charter", Condition: "away", Lot: "first", Site: "hall-b"}, nil)
	b.until("2026-01-10T00:00:00+01:00")
	b.tell(&control.Notice{Permit: "charter", Condition: "away", Lot: "first", Site: "hall-b"}, nil)
	b.until("2026-01-15T00:00:00+01:00")
	b.tell(&control.Move{Lot: "first", To: "hall-b", Devices: "12"}, nil)
	b.until("2026-02-03T00:00:00+01:00")
	b.tell(&control.Notice{Permit: "charter", Condition: "away", Lot: "second", Site: "hall-a"}, nil)
	v := b.report("charter", "2026-01")
	c := condition(t, v, "away")
	if len(c.Notices) != 1 || c.Kept != usage.Yes || len(c.Refusals) != 1 || c.Refusals[0].Of != "move" || c.Refusals[0].Times != 1 {
		t.Fatalf("%+v", c)
	}
	if n := c.Notices[0]; n.Lot != "first" || n.Site != "hall-b" || int(n.Entry) != given || n.Leave.Format("2006-01-02 15:04") != "2026-01-15 00:00" {
		t.Errorf("%+v", n)
	}
	if c := condition(t, b.report("charter", "2026-02"), "away"); len(c.Notices) != 2 {
		t.Errorf("in February: %+v", c.Notices)
	}
	for _, o := range usage.Outputs() {
		var text strings.Builder
		if err := v.Write(&text, o); err != nil || !strings.Contains(text.String(), "hall-b") {
			t.Errorf("%s: %v: the notice is not in it", o, err)
		}
	}
}

// TestDocumentsTogether: documents that were recorded in one text count, in
// whatever order they stand in it.
func TestDocumentsTogether(t *testing.T) {
	b := fresh(t, "quantity: 32}]\n  valid: {from: 2026-01-01, until: 2027-01-01}\n", "quantity: 64}]\n  valid: {from: 2026-01-01, until: 2027-01-01}\n")
	docs, errs := document.Read("test.yaml", []byte(`
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: third}
spec: {accelerator: chip, site: hall-c, quantity: 16, permits: [lease], supplier: maker}
---
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: hall-c}
spec: {country: FR, pue: 2}
`))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	// A stop cut another text off: it is no part of this one.
	b.tell(&control.Document{Part: "1", Parts: "2", Text: "apiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: ha"}, nil)
	facts, err := b.state.Additions(b.now, docs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		b.tell(f, nil)
	}
	if n := len(facts); n != 1 {
		t.Errorf("two documents are %d facts", n)
	}
	b.tell(&control.Receive{Lot: "third", Devices: "16"}, nil)
	b.submit(work{purpose: "research", tenant: "alpha", devices: 10, limit: 10 * time.Hour, sites: []string{"hall-c"}})
	b.until("2026-02-01T00:00:00+01:00")
	if r := row(t, b.report("lease", "2026-01"), "site", "hall-c"); r.EnergyMJ.String() != ms(100*hour*1400) {
		t.Errorf("at hall-c: %+v", r)
	}
}

func ms(n int64) string { return strconv.FormatInt(n, 10) }

func cites(all usage.Entries, entry int64) bool {
	return slices.ContainsFunc(all, func(r usage.Range) bool { return r.First <= entry && entry <= r.Last })
}
