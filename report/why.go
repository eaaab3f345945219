package report

import (
	"fmt"
	"io"

	"github.com/proviso-dev/proviso/plan"
)

// Why writes the causal chain of a job: every look at it that differs from the
// one before at the same place, or all of them.
func Why(w io.Writer, e *plan.Explanation, all bool) {
	fmt.Fprintf(w, "%s in sample %d\n", e.Job, e.Sample)
	if len(e.Looks) == 0 {
		fmt.Fprintf(w, "It was never looked at: it was not submitted in the period, or no devices were free.\n")
		return
	}
	before := map[string]string{}
	skipped := 0
	for _, l := range e.Looks {
		place := l.Product + " at " + l.Site
		key := l.Outcome
		for _, r := range l.Reasons {
			if r.Outcome != "admit" {
				key += "|" + r.Permit + "/" + r.Condition
			}
		}
		if !all && before[place] == key && l.Outcome != "admit" {
			skipped++
			continue
		}
		before[place] = key
		if skipped > 0 {
			fmt.Fprintf(w, "  (%d looks with the same answer)\n", skipped)
			skipped = 0
		}
		fmt.Fprintf(w, "\n%s  %d × %s: %s\n", l.At.Format("2006-01-02 15:04 -07:00"), l.Devices, place, l.Outcome)
		for _, r := range l.Reasons {
			if r.Outcome == "admit" && !all {
				continue
			}
			basis := ""
			if r.Basis != "" {
				basis = " (" + r.Basis + ")"
			}
			fmt.Fprintf(w, "  %s/%s%s: %s\n", r.Permit, r.Condition, basis, r.Outcome)
			if r.Measured != "" {
				fmt.Fprintf(w, "    taken %s of %s, room left %s; this asks for %s\n", r.Measured, r.Bound, r.Room, r.Asks)
			}
			if r.First != nil {
				fmt.Fprintf(w, "    would hold from %s on\n", r.First.Format("2006-01-02 15:04 -07:00"))
			}
			if r.Change != "" {
				fmt.Fprintf(w, "    smallest change: %s\n", r.Change)
			}
		}
		if l.Again != nil {
			fmt.Fprintf(w, "  looked at again on %s\n", l.Again.Format("2006-01-02 15:04 -07:00"))
		}
	}
	if skipped > 0 {
		fmt.Fprintf(w, "  (%d looks with the same answer)\n", skipped)
	}
}
