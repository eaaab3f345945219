package usage_test

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/usage"
)

const hour = 3_600_000

// row finds a part of a split.
func row(t testing.TB, v *usage.View, by, key string) usage.SplitRow {
	t.Helper()
	for _, s := range v.By {
		for _, r := range s.Rows {
			if s.By == by && r.Key == key {
				return r
			}
		}
	}
	return usage.SplitRow{}
}

func condition(t testing.TB, v *usage.View, name string) *usage.Condition {
	t.Helper()
	for i := range v.Conditions {
		if v.Conditions[i].Name == name {
			return &v.Conditions[i]
		}
	}
	t.Fatalf("there is no condition %s", name)
	return nil
}

func has(v *usage.View, note string) bool {
	return slices.ContainsFunc(v.Notes, func(n string) bool { return strings.Contains(n, note) })
}

// fresh is the small fleet with its charter endorsed, before anything runs.
func fresh(t testing.TB, changes ...string) *book {
	b := newBook(t, "2026-01-05T00:00:00+01:00", strings.NewReplacer(append(changes, "atLeast: 10%", "atLeast: 0%")...).Replace(documents))
	b.act(signature.Endorse, "charter", "board", "")
	return b
}

// TestAcrossTheEdge: of a job over a window's edge each window has its part, and
// the two add up. The clocks change within the second one.
func TestAcrossTheEdge(t *testing.T) {
	b := fresh(t)
	b.until("2026-03-28T12:00:00+01:00")
	b.submit(work{purpose: "research", tenant: "alpha", devices: 10, limit: 100 * time.Hour})
	b.until("2026-04-05T00:00:00+02:00")
	march, april, whole := b.report("charter", "2026-03"), b.report("charter", "2026-04"), b.report("charter", "2026H1")
	// From noon on 28 March to the end of the month: 84 hours less one.
	if got := march.Total.DeviceMS.Int64(); got != 10*83*hour {
		t.Errorf("March: %d ms", got)
	}
	if got := april.Total.DeviceMS.Int64(); got != 10*17*hour {
		t.Errorf("April: %d ms", got)
	}
	if whole.Total.DeviceMS.Int64() != 1000*hour || whole.Total.Jobs != 1 || march.Total.Jobs != 1 || april.Total.Jobs != 1 {
		t.Errorf("together: %+v", whole.Total)
	}
	if !has(march, "1 job runs on past the window's end") || has(whole, "runs on") {
		t.Errorf("notes: %q, %q", march.Notes, whole.Notes)
	}
	// 700 W with an overhead of a quarter.
	if got := whole.Total.EnergyMJ.Int64(); got != 1000*hour*875 {
		t.Errorf("energy: %d mJ", got)
	}
}

// TestStillRunning: what runs now counts up to now, and that is said.
func TestStillRunning(t *testing.T) {
	b := fresh(t)
	b.submit(work{purpose: "research", tenant: "alpha", devices: 10, limit: 100 * time.Hour})
	b.until("2026-01-05T05:00:00+01:00")
	v := b.report("charter", "2026-01")
	if v.Total.DeviceMS.Int64() != 50*hour || v.Window.Over || !v.Work[0].Runs {
		t.Errorf("after five hours: %+v, over %t", v.Total, v.Window.Over)
	}
	if !has(v, "The window is not over: figures count up to 2026-01-05 05:00 +01:00") || !has(v, "1 job runs still") {
		t.Errorf("notes: %q", v.Notes)
	}
	if k := condition(t, v, "year").Kept; k != usage.SoFar {
		t.Errorf("the year's limit is kept: %s", k)
	}
	// Without a later instant the last entry's counts.
	w, _ := usage.ParseWindow("2026-01")
	if v, err := usage.Report(b.all(), usage.Query{Permit: "charter", Window: w}); err != nil || v.Total.DeviceMS.Sign() != 0 || v.Total.Jobs != 1 {
		t.Errorf("up to the last entry: %+v, %v", v, err)
	}
}

// TestTwoPermits: use of devices under two permits counts in full under each.
func TestTwoPermits(t *testing.T) {
	b := fresh(t)
	b.tell(&control.Receive{Lot: "second", Devices: "32"}, nil)
	b.submit(work{purpose: "research", tenant: "alpha", devices: 8, limit: 10 * time.Hour, sites: []string{"hall-a"}})
	b.submit(work{purpose: "research", tenant: "alpha", devices: 4, limit: 10 * time.Hour, sites: []string{"hall-b"}})
	b.until("2026-02-01T00:00:00+01:00")
	charter, lease := b.report("charter", "2026-01"), b.report("lease", "2026-01")
	if charter.Total.DeviceMS.Int64() != 120*hour || lease.Total.DeviceMS.Int64() != 40*hour || lease.Total.Jobs != 1 {
		t.Errorf("charter %+v, lease %+v", charter.Total, lease.Total)
	}
	if lease.Devices[0].Held != 32 || charter.Devices[0].Held != 64 {
		t.Errorf("devices: charter %+v, lease %+v", charter.Devices, lease.Devices)
	}
}

// TestPartsAtTwoSites: each site has its part, the job counts once in all. The
// core places jobs at one site; a ledger may say otherwise.
func TestPartsAtTwoSites(t *testing.T) {
	b := fresh(t)
	b.tell(&control.Receive{Lot: "second", Devices: "32"}, nil)
	at := len(b.records)
	b.submit(work{purpose: "research", tenant: "alpha", devices: 10, limit: 10 * time.Hour, sites: []string{"hall-a"}})
	e, err := ledger.Decode(b.records[at].Data)
	if err != nil {
		t.Fatal(err)
	}
	one := `{"accelerator":"chip","devices":"10","lot":"first","site":"hall-a"}`
	two := `{"accelerator":"chip","devices":"7","lot":"first","site":"hall-a"},{"accelerator":"chip","devices":"3","lot":"second","site":"hall-b"}`
	e.Body = []byte(strings.Replace(string(e.Body), one, two, 1))
	if b.records[at].Data, err = ledger.Encode(e); err != nil || !strings.Contains(string(e.Body), "hall-b") {
		t.Fatal(err)
	}
	b.until("2026-01-10T00:00:00+01:00")
	v, lease := b.report("charter", "2026-01"), b.report("lease", "2026-01")
	if a, c := row(t, v, "site", "hall-a"), row(t, v, "site", "hall-b"); a.DeviceMS.Int64() != 70*hour || c.DeviceMS.Int64() != 30*hour || a.Jobs != 1 || c.Jobs != 1 {
		t.Errorf("hall-a %+v, hall-b %+v", a, c)
	}
	if v.Total.DeviceMS.Int64() != 100*hour || v.Total.Jobs != 1 || lease.Total.DeviceMS.Int64() != 30*hour {
		t.Errorf("charter %+v, lease %+v", v.Total, lease.Total)
	}
	// The hour of one device in the hall with an overhead is dearer.
	if got, want := v.Total.EnergyMJ.Int64(), int64(70*hour*875+30*hour*700); got != want {
		t.Errorf("energy: %d, want %d", got, want)
	}
}

// TestUndisclosed: without its disclosure an end user is a commitment, counted
// apart, and what depends on it is undetermined.
func TestUndisclosed(t *testing.T) {
	b := fresh(t, "atMost: 3000h", "atMost: 100h")
	first := len(b.records)
	b.submit(work{user: "team-a", purpose: "research", tenant: "alpha", devices: 8, limit: 10 * time.Hour})
	second := len(b.records)
	b.submit(work{user: "team-b", purpose: "research", tenant: "alpha", devices: 8, limit: 10 * time.Hour})
	b.until("2026-02-02T00:00:00+01:00")
	open := b.report("charter", "2026-01")
	if c := condition(t, open, "team-a-hours"); c.Kept != usage.Yes || c.Measures[0].Value.Int64() != 80*hour || c.Measures[0].Sealed != nil {
		t.Errorf("disclosed: %+v", c)
	}
	b.seal(second)
	half := b.report("charter", "2026-01")
	c := condition(t, half, "team-a-hours")
	if c.Kept != usage.Undetermined || c.Measures[0].Value.Int64() != 80*hour || c.Measures[0].Sealed.Int64() != 80*hour {
		t.Errorf("one of two disclosed, 80 h of 100 h and perhaps 80 h more: %+v", c)
	}
	b.seal(first)
	none := b.report("charter", "2026-01")
	if k := condition(t, none, "team-a-hours").Kept; k != usage.Undetermined {
		t.Errorf("nothing disclosed: %s", k)
	}
	// Conditions that read no end user are as they were.
	if a, z := condition(t, open, "year").Measures[0], condition(t, none, "year").Measures[0]; a.Value != z.Value || z.Sealed != nil {
		t.Errorf("the year's limit: %+v, undisclosed %+v", a, z)
	}
	if none.Total.DeviceMS != open.Total.DeviceMS || len(none.By[0].Rows) != 2 || none.By[0].Rows[0].Sealed == "" || none.By[0].Rows[0].Key != "" {
		t.Errorf("by end user: %+v", none.By[0])
	}
	if text, err := none.Canonical(); err != nil || strings.Contains(string(text), "team-b\"") {
		t.Errorf("a name that was not disclosed: %s %v", text, err)
	}
	if !has(none, "The end users of 2 jobs, which used 160.000 device-hours, are not disclosed") {
		t.Errorf("notes: %q", none.Notes)
	}
	// A disclosure that is not what was committed to is an error.
	b.records[first].Disclosure = fmt.Appendf(nil, `{"endUser":{"salt":%q,"text":"team-b"}}`, hex.EncodeToString(make([]byte, ledger.SaltSize)))
	w, _ := usage.ParseWindow("2026-01")
	if _, err := usage.Report(b.all(), usage.Query{Permit: "charter", Window: w}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("entry %d: the disclosure of endUser is not what was committed to", first)) {
		t.Errorf("a wrong disclosure: %v", err)
	}
}

// TestAmended: a changed bound counts for the whole window, a changed selector
// cuts it, and both are said.
func TestAmended(t *testing.T) {
	b := fresh(t)
	b.submit(work{user: "team-b", purpose: "research", tenant: "alpha", devices: 10, limit: 300 * time.Hour})
	b.until("2026-01-10T00:00:00+01:00")
	b.amend(documents, "charter", "charter, version: 1", "charter, version: 2", "atMost: 20000h", "atMost: 1000h", `endUser.name == "team-a", atMost`, `endUser.name == "team-b", atMost`, "  - name: large\n    approval: {when: job.maxDevices > 40, by: [board]}\n", "")
	b.until("2026-01-12T00:00:00+01:00")
	v := b.report("charter", "2026-01")
	if v.Permit.Version != "2" || !has(v, "version 2 takes effect on 2026-01-10") {
		t.Errorf("version %s, notes %q", v.Permit.Version, v.Notes)
	}
	year := condition(t, v, "year")
	if m := year.Measures; len(m) != 1 || m[0].Bound.Int64() != 1000*hour || m[0].Value.Int64() != 1680*hour || m[0].Kept != usage.No {
		t.Errorf("the year, under its new bound: %+v", m)
	}
	hours := condition(t, v, "team-a-hours").Measures
	if len(hours) != 2 || hours[0].Value.Sign() != 0 || !hours[0].Until.Equal(hours[1].From) || hours[1].Value.Int64() != 480*hour {
		t.Errorf("the month, cut where its selector changed: %+v", hours)
	}
	if c := condition(t, v, "large"); c.Until.Format("2006-01-02") != "2026-01-10" {
		t.Errorf("the condition that was dropped: %+v", c)
	}
}

// TestHash: a report that is read again has the hash that it was written with, and
// one from fewer entries another.
func TestHash(t *testing.T) {
	b := small(t)
	one := b.report("charter", "2026-01")
	early := (&book{t: t, records: b.records[:27], now: b.now}).report("charter", "2026-01")
	if a, _ := one.SHA256(); early.Total.DeviceMS != one.Total.DeviceMS {
		t.Error("what comes after the window changes its figures")
	} else if c, _ := early.SHA256(); a == c {
		t.Error("the hash does not tell how much of the ledger was read")
	}
	text, err := one.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	hash, _ := one.SHA256()
	again, err := usage.ReadJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if h, _ := again.SHA256(); h != hash {
		t.Errorf("read again it has the hash %s, before %s", h, hash)
	}
	if _, err := usage.ReadJSON([]byte(strings.Replace(string(text), `"over":true`, `"over":true,"more":"x"`, 1))); err == nil {
		t.Error("a member that nobody knows is read")
	}
}

// TestRecount adds the total up again from the entries that it cites alone, hour
// by hour, without the package's own arithmetic.
func TestRecount(t *testing.T) {
	b := small(t)
	v := b.report("charter", "2026Q1")
	type span struct{ from, to, devices int64 }
	spans := map[string]*span{}
	for _, r := range v.Total.Entries {
		for i := r.First; i <= r.Last; i++ {
			e, err := ledger.Decode(b.records[i].Data)
			if err != nil {
				t.Fatal(err)
			}
			f, err := control.Parse(e.Kind, e.Body)
			if err != nil {
				t.Fatal(err)
			}
			if x, ok := f.(*control.End); ok {
				spans[x.Job].to = e.At
			}
			for _, x := range control.OutcomeOf(f).Effects {
				switch x.Do {
				case control.Starts:
					n := new(big.Int)
					n.SetString(x.Parts[0].Devices, 10)
					spans[x.Job] = &span{e.At, 1 << 62, n.Int64()}
				case control.Stops:
					spans[x.Job].to = e.At
				}
			}
		}
	}
	sum := int64(0)
	from, until := v.Window.From.UnixMilli(), v.Window.Until.UnixMilli()
	for s := from; s < until; s += 1000 * 100 {
		for _, x := range spans {
			if x.from <= s && s < x.to {
				sum += x.devices * 1000 * 100
			}
		}
	}
	if len(spans) != 5 || sum != v.Total.DeviceMS.Int64() {
		t.Errorf("%d jobs with %d ms, the report has %s", len(spans), sum, v.Total.DeviceMS)
	}
}

// TestWindows: what is a window, and what is not.
func TestWindows(t *testing.T) {
	for _, bad := range []string{"", "2026Q0", "2026Q5", "2026H3", "2026-13", "2026-00", "26Q1", "2026Q", "1960", "2026-01-01", "2026-01-01/x", "Q1"} {
		if _, err := usage.ParseWindow(bad); err == nil {
			t.Errorf("%q is a window", bad)
		}
	}
	b := small(t)
	for name, want := range map[string][2]string{
		"2026": {"2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"}, "2026H1": {"2026-01-01T00:00:00+01:00", "2026-07-01T00:00:00+02:00"},
		"2026Q2": {"2026-04-01T00:00:00+02:00", "2026-07-01T00:00:00+02:00"}, "2026-03": {"2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"},
		"2026-02-10/2026-03-01T12:00:00Z": {"2026-02-10T00:00:00+01:00", "2026-03-01T13:00:00+01:00"},
	} {
		v := b.report("charter", name)
		if got := [2]string{v.Window.From.Format(time.RFC3339), v.Window.Until.Format(time.RFC3339)}; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	w, _ := usage.ParseWindow("2026-03-01/2026-02-10")
	if _, err := usage.Report(b.all(), usage.Query{Permit: "charter", Window: w}); err == nil {
		t.Error("a window that ends before it begins")
	}
}
