package decision_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

const hour = calendar.Instant(3_600_000)

// fleet is a world of one lot that is there, under permits written in YAML.
func fleet(b *testing.B, devices int64, permits string, names ...string) *world.World {
	b.Helper()
	docs := fmt.Sprintf(`
apiVersion: proviso.dev/v1alpha1
kind: Site
metadata: {name: beijing-1}
spec: {country: CN, timeZone: Asia/Shanghai, power: 900MW, pue: 1.2}
---
apiVersion: proviso.dev/v1alpha1
kind: Fact
metadata: {name: listed}
spec: {list: [{name: listed-1}, {name: listed-2}], source: invented}
---
apiVersion: proviso.dev/v1alpha1
kind: Lot
metadata: {name: lot}
spec: {accelerator: h100-sxm, site: beijing-1, quantity: %d, permits: [%s]}
%s`, devices, strings.Join(names, ", "), permits)
	file := filepath.Join(b.TempDir(), "bench.yaml")
	if err := os.WriteFile(file, []byte(docs), 0o600); err != nil {
		b.Fatal(err)
	}
	c, errs := catalog.Load(file)
	if len(errs) > 0 {
		b.Fatal(errs)
	}
	from := calendar.Of(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC))
	r, err := c.Rules(from, from+365*24*hour)
	if err != nil {
		b.Fatal(err)
	}
	w := world.New(r)
	w.Deliver(0, devices)
	for k := range r.EvidenceKinds {
		w.See(0, int32(k), true)
	}
	return w
}

// permitWith is a permit with conditions, each a line.
func permitWith(name, zone string, conditions ...string) string {
	return fmt.Sprintf(`---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: %s, version: 1}
spec:
  holder: example-labs
  scope: [use]
  grants: [{accelerator: h100-sxm, quantity: 400000}]
  valid: {from: 2026-02-10, until: 2028-02-09, timeZone: %s}
  lists: [listed]
  conditions:
  - %s
`, name, zone, strings.Join(conditions, "\n  - "))
}

// Six conditions: three predicates, a month's limit, evidence and the permit's
// own time, which every permit has.
var six = []string{
	`{name: site, require: 'site.country == "CN"'}`,
	`{name: purpose, require: 'job.purpose != "military"'}`,
	`{name: listed, require: '!endUser.listed'}`,
	`{name: month, limit: {measure: deviceHours, atMost: 5000kh, over: month}}`,
	`{name: location, evidence: {kind: location, maxAge: 24h, onMiss: hold}}`,
}

func labs(w *world.World, user, purpose string) world.ClassID {
	return w.Class(world.Attributes{Name: "j", Holder: "example-labs", Tenant: user, EndUser: user, Purpose: purpose, Kind: "other", MinDevices: 512, MaxDevices: 512})
}

func request(c world.ClassID, devices int64, limit calendar.Instant) decision.Request {
	return decision.Request{Class: c, First: world.Part{Devices: devices}, Limit: limit, Expected: limit, Own: -1}
}

func judge(b *testing.B, w *world.World, q decision.Request, want decision.Outcome, reasons int) {
	b.Helper()
	b.ReportAllocs()
	var v decision.Verdict
	decision.Judge(w, &q, &v)
	if v.Outcome != want || len(v.Reasons) != reasons {
		b.Fatalf("%v with %d reasons, want %v with %d", v.Outcome, len(v.Reasons), want, reasons)
	}
	for b.Loop() {
		decision.Judge(w, &q, &v)
	}
}

func BenchmarkSixConditions(b *testing.B) {
	w := fleet(b, 80_000, permitWith("import", "Asia/Shanghai", six...), "import")
	good := labs(w, "example-labs", "research")
	b.Run("admit", func(b *testing.B) { judge(b, w, request(good, 512, 24*hour), decision.Admit, 6) })
	b.Run("hold", func(b *testing.B) { judge(b, w, request(good, 70_000, 96*hour), decision.Hold, 6) })
	b.Run("deny", func(b *testing.B) {
		judge(b, w, request(labs(w, "example-labs", "military"), 512, 24*hour), decision.Deny, 6)
	})
	share := `{name: share, share: {measure: deviceHours, where: 'job.purpose == "national"', atLeast: 30%, over: quarter, assurance: certain, allowance: 100kh}}`
	conditions := append(append([]string{}, six[:4]...), share)
	w = fleet(b, 80_000, permitWith("import", "Asia/Shanghai", conditions...), "import")
	w.Start(world.Start{Class: labs(w, "example-labs", "national"), First: world.Part{Devices: 20_000}, End: w.Now() + 48*hour, Expected: w.Now() + 48*hour})
	w.Advance(w.Now() + 24*hour)
	good = labs(w, "example-labs", "research")
	b.Run("share/admit", func(b *testing.B) { judge(b, w, request(good, 512, 24*hour), decision.Admit, 6) })
	b.Run("share/hold", func(b *testing.B) { judge(b, w, request(good, 50_000, 48*hour), decision.Hold, 6) })
}

// BenchmarkTwentyPermits is a job under 20 permits of six conditions, five of
// them cumulative, among 100,000 running jobs of 2,000 end users.
func BenchmarkTwentyPermits(b *testing.B) {
	var docs strings.Builder
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("p%02d", i))
		docs.WriteString(permitWith(names[i], []string{"Asia/Shanghai", "America/New_York"}[i%2],
			`{name: month, limit: {measure: deviceHours, per: endUser, atMost: 900kh, over: month}}`,
			`{name: quarter, limit: {measure: energy, per: endUser, atMost: 90GWh, over: quarter}}`,
			`{name: year, limit: {measure: flop, per: endUser, atMost: 1e30, over: year}}`,
			`{name: fleet, limit: {measure: deviceHours, atMost: 900Mh, over: month}}`,
			`{name: jobs, limit: {measure: jobs, per: endUser, atMost: 9000, over: month}}`,
			`{name: purpose, require: 'job.purpose != "military"'}`))
	}
	w := fleet(b, 400_000, docs.String(), names...)
	for i := range 100_000 {
		w.Start(world.Start{Class: labs(w, fmt.Sprintf("team-%04d", i%2000), "research"), First: world.Part{Devices: 3}, End: w.Now() + hour*calendar.Instant(24+i%72), Expected: w.Now() + 24*hour})
	}
	w.Advance(w.Now() + hour)
	c := labs(w, "team-0007", "research")
	b.Run("admit", func(b *testing.B) { judge(b, w, request(c, 512, 24*hour), decision.Admit, 140) })
	b.Run("hold", func(b *testing.B) { judge(b, w, request(c, 50_000, 24*hour), decision.Hold, 140) })
	q := request(c, 8, 24*hour)
	b.Run("start-and-end", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.End(w.Start(world.Start{Class: q.Class, First: q.First, End: w.Now() + q.Limit, Expected: w.Now() + q.Limit}))
			w.Wakes().Clear()
		}
	})
}

// BenchmarkBooked is a booked share with 10,000 bookings: judged while nothing
// has changed since they were placed; of a job that they must make way for; and
// with every placement found again, as after an early end.
func BenchmarkBooked(b *testing.B) {
	share := `{name: share, share: {measure: deviceHours, where: 'job.purpose == "national"', atLeast: 30%, over: quarter, assurance: booked, allowance: 9Mh}}`
	w := fleet(b, 80_000, permitWith("import", "Asia/Shanghai", share), "import")
	in, out := labs(w, "example-labs", "national"), labs(w, "example-labs", "research")
	for i := range 10_000 {
		w.Book(world.Booking{Class: in, Stocks: []int32{0}, Devices: int64(8 + i%1000), Arrives: w.Now() + hour*calendar.Instant(i%2000), Lasts: hour * calendar.Instant(4+i%20)})
	}
	b.Run("fits", func(b *testing.B) { judge(b, w, request(out, 512, 24*hour), decision.Admit, 2) })
	b.Run("conflicts", func(b *testing.B) {
		b.ReportAllocs()
		q := request(out, 79_900, 48*hour)
		var v decision.Verdict
		for i := int64(0); b.Loop(); i++ {
			q.First.Devices = 79_900 - i%64 // what was found for one size is of no use to the next
			decision.Judge(w, &q, &v)
			if v.Outcome != decision.Admit {
				b.Fatal(v)
			}
		}
	})
	b.Run("changed", func(b *testing.B) {
		b.ReportAllocs()
		q := request(out, 512, 24*hour)
		var v decision.Verdict
		for b.Loop() {
			w.Unbook(0)
			w.Rebook(0)
			decision.Judge(w, &q, &v)
		}
	})
}

// BenchmarkAccount is a start and an end in one account, near and far from a
// window's end.
func BenchmarkAccount(b *testing.B) {
	cuts := make([]calendar.Instant, 25)
	for i := range cuts {
		cuts[i] = calendar.Instant(i) * 720 * hour
	}
	a := account.New(cuts, make([]account.Sum, 24), nil)
	t := calendar.Instant(0)
	b.ReportAllocs()
	for b.Loop() {
		a.Reserve(512, t, t+24*hour, t+24*hour)
		a.Release(512, t, t+24*hour, t+24*hour)
	}
}
