package control_test

import (
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// TestFilingWindow: a report counts for the window that is owed next, and for
// none other.
func TestFilingWindow(t *testing.T) {
	text := strings.Replace(budget, "conditions:\n", `conditions:
  - name: use
    duty: {report: usage, every: quarter, dueWithin: 30d}
  - name: notice
    duty: {report: transfer, before: transfer, notice: 10d}
`, 1)
	f := newFleet(t, "2026-01-10T00:00:00Z", false, text)
	if err := f.act(signature.Endorse, "charter", "board", ""); err != nil {
		t.Fatal(err)
	}
	zone, err := f.s.ZoneOf("charter")
	if err != nil {
		t.Fatal(err)
	}
	day := func(text string) string {
		at, err := time.ParseInLocation("2006-01-02", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return dec(int(calendar.Of(at)))
	}
	file := func(from, until, want string) {
		t.Helper()
		_, err := f.try(&control.File{Permit: "charter", Condition: "use", SHA256: hash64, From: day(from), Until: day(until)}, nil)
		if got := ""; err != nil {
			if got = err.Error(); want == "" || !strings.Contains(got, want) {
				t.Errorf("%s to %s: %s, want …%s…", from, until, got, want)
			}
		} else if want != "" {
			t.Errorf("%s to %s was taken, want …%s…", from, until, want)
		}
	}
	file("2026-01-01", "2026-04-01", "is filed when that is over")
	f.pass(200 * 24 * time.Hour) // late July: the second quarter is over, and the first is missed
	file("2026-04-01", "2026-07-01", "comes after one that charter/use owes still: the next that it owes is 2026-01-01")
	file("2026-02-01", "2026-04-01", "is no window of charter/use")
	file("2026-03-01", "2026-04-02", "is no window of charter/use")
	file("2026-01-01", "2026-04-01", "")
	file("2026-01-01", "2026-04-01", "the report of 2026-01-01 00:00 +01:00 up to 2026-04-01 00:00 +02:00 is filed for charter/use already, or was not owed")
	file("2026-01-01", "2026-07-01", "is no window of charter/use")
	file("2026-04-01", "2026-07-01", "")
	file("2026-07-01", "2026-10-01", "is filed when that is over")
	for want, x := range map[string]*control.File{
		"asks for a notice":    {Permit: "charter", Condition: "notice", SHA256: hash64},
		"from is \"\"":         {Permit: "charter", Condition: "use", SHA256: hash64, Until: day("2026-10-01")},
		"until is \"07\"":      {Permit: "charter", Condition: "use", SHA256: hash64, From: "7", Until: "07"},
		"64 hexadecimal digit": {Permit: "charter", Condition: "use", SHA256: "?"},
	} {
		if _, err := f.try(x, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want …%s…", x, err, want)
		}
	}
	f.replay()
}
