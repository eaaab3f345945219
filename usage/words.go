package usage

import (
	"fmt"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/quantity"
)

// amount gives a figure of a condition for the eye: device-hours, kWh, or a
// number with the unit that it is counted in.
func amount(s Sum, unit string) string {
	switch quantity.Unit(unit) {
	case quantity.DeviceMilli:
		return Hours(s) + " h"
	case quantity.MilliJoule:
		return KWh(s) + " kWh"
	case quantity.MicroPrice:
		return decimals(s.Sum, 3_600_000*1_000_000, 2)
	case quantity.Count:
		return whole(s)
	}
	return whole(s) + " " + unit
}

// whole groups the digits of a number.
func whole(s Sum) string { text := decimals(s.Sum, 1, 0); return strings.TrimSuffix(text, ".") }

func number(n Number) string { return whole(sumOf(int64(n))) }

// date gives a day, or an instant that is not a day's start with its minute.
func date(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case t.Hour() == 0 && t.Minute() == 0:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04 -07:00")
}

// keyOf names a row of a split.
func (r *SplitRow) keyOf() string {
	switch {
	case r.Sealed != "":
		return "undisclosed " + r.Sealed[:min(12, len(r.Sealed))] + "…"
	case r.Key == "":
		return "(not stated)"
	}
	return r.Key
}

// title names what a split is by.
func (s *Split) title() string {
	if s.By == "endUser" {
		return "end user"
	}
	return s.By
}

// answer says the whole in a few sentences.
func (v *View) answer() []string {
	var use string
	if len(v.Work) == 0 {
		use = fmt.Sprintf("Nothing ran under %s %s.", v.Permit.Name, v.when())
	} else {
		use = fmt.Sprintf("Under %s, %s took %s device-hours and %s kWh %s.", v.Permit.Name, count(int(v.Total.Jobs), "job", "jobs"), Hours(v.Total.DeviceMS), KWh(v.Total.EnergyMJ), v.when())
	}
	by := map[Kept][]string{}
	for _, c := range v.Conditions {
		by[c.Kept] = append(by[c.Kept], c.Name)
	}
	var kept []string
	for _, k := range []struct {
		kept Kept
		says string
	}{{No, "not kept"}, {Undetermined, "undetermined, since they rest on what is not disclosed"}, {NotJudged, "not judged, since an amendment cut their window"}, {SoFar, "kept so far"}, {Yes, "kept"}} {
		if n := by[k.kept]; len(n) > 0 {
			kept = append(kept, k.says+": "+strings.Join(n, ", "))
		}
	}
	if len(kept) == 0 {
		return []string{use, "The permit has no conditions."}
	}
	text := strings.Join(kept, "; ") + "."
	return []string{use, "Of its conditions, " + text}
}

func (v *View) when() string {
	if v.Window.Over {
		return fmt.Sprintf("in %s", v.Window.Name)
	}
	return fmt.Sprintf("in %s up to %s", v.Window.Name, date(v.Window.Measured))
}
