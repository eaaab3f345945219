package trace

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// shared finds a file of the public traces, which are too large or not free
// enough to ship. A test without them says so; what ships is tested always.
func shared(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("PROVISO_TRACES"), "../../shared/data/traces"} {
		if file := filepath.Join(dir, name); dir != "" {
			if _, err := os.Stat(file); err == nil {
				return file
			}
		}
	}
	t.Skipf("%s is not there: not tested on it (name its folder in PROVISO_TRACES)", name)
	return ""
}

// golden are figures that were computed from the files by other means.
func golden(t *testing.T, tr *Trace, want string) {
	t.Helper()
	peak, _ := tr.Peak()
	first, last := tr.Span()
	have := fmt.Sprintf("%d rows, %d jobs, %d accounts, %d device-hours, peak %d, %s to %s", tr.Notes.Rows, tr.Notes.Jobs, len(tr.Accounts),
		tr.DeviceTime()/3_600_000, peak, first.Time(utc).Format("2006-01-02 15:04:05"), last.Time(utc).Format("2006-01-02 15:04:05"))
	if have != want {
		t.Errorf("%s\nwant %s", have, want)
	}
}

func TestPhilly(t *testing.T) {
	file := shared(t, "philly-2017/philly.csv")
	tr, err := Read(file, anyone())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, tr, "82247 rows, 82247 jobs, 15 accounts, 978078 device-hours, peak 1243, 2017-09-04 10:30:41 to 2017-12-22 08:03:15")
}

func TestOpenb(t *testing.T) {
	file := shared(t, "openb-2023/openb_pod_list_default.csv")
	m := anyone()
	m.Start = moment(t, "2026-01-05")
	tr, err := Read(file, m)
	if err != nil {
		t.Fatal(err)
	}
	// Of 3,078 pods with part of a device 505 never started; of 897 that never
	// started 36 asked for no device and count there.
	equal(t, "remarks", remarks(tr.Notes), `
1,088 pods asked for no device: skipped
861 pods never started: skipped
2,573 pods asked for part of a device and count as one whole device each
limits: none recorded for 6,203 pods; 2 × the duration taken
times: counted from 2026-01-05 00:00 +00:00`)
	if len(tr.Jobs) != 6203 || tr.Notes.Skipped() != 1949 {
		t.Errorf("%d jobs, %d skipped", len(tr.Jobs), tr.Notes.Skipped())
	}
}

func BenchmarkReadPhilly(b *testing.B) {
	file := shared(b, "philly-2017/philly.csv")
	for _, zone := range []string{"UTC", "America/Los_Angeles"} {
		b.Run(zone, func(b *testing.B) {
			m := anyone()
			m.TimeZone = zone
			b.ReportAllocs()
			for b.Loop() {
				if tr, err := Read(file, m); err != nil || len(tr.Jobs) != 82247 {
					b.Fatal(err)
				}
			}
		})
	}
}
