package report

import (
	"fmt"
	"io"

	"github.com/proviso-dev/proviso/plan"
)

// Why writes the causal chain of a job: every look at it that differs from the
// one before at the same place, or all of them; then what came of the devices
// that it might have had.
func Why(w io.Writer, e *plan.Explanation, all bool) {
	fmt.Fprintf(w, "%s in sample %d\n", e.Job, e.Sample)
	if len(e.Looks) == 0 {
		fmt.Fprintf(w, "It was never looked at: it was not submitted in the period, or no devices were free.\n")
	}
	before := map[string]string{}
	var same []plan.Look
	for _, l := range e.Looks {
		key := fmt.Sprintf("%d %s", l.Devices, l.Outcome)
		for _, r := range l.Reasons {
			if r.Outcome != "admit" {
				key += "|" + r.Permit + "/" + r.Condition
			}
		}
		if !all && before[place(&l)] == key {
			same = append(same, l)
			continue
		}
		before[place(&l)] = key
		whySame(w, same)
		same = same[:0]
		whyLook(w, &l, all)
	}
	whySame(w, same)
	whyArrivals(w, e.Arrivals)
}

func place(l *plan.Look) string { return l.Product + " at " + l.Site }

const whyTime = "2006-01-02 15:04 -07:00"

// whySame tells of looks with an answer that was told.
func whySame(w io.Writer, same []plan.Look) {
	switch n := len(same); n {
	case 0:
	case 1:
		fmt.Fprintf(w, "  (the same answer on %s)\n", same[0].At.Format(whyTime))
	default:
		fmt.Fprintf(w, "  (%d looks with the same answer, the last on %s)\n", n, same[n-1].At.Format(whyTime))
	}
}

func whyLook(w io.Writer, l *plan.Look, all bool) {
	fmt.Fprintf(w, "\n%s  %d × %s: %s\n", l.At.Format(whyTime), l.Devices, place(l), l.Outcome)
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
			fmt.Fprintf(w, "    would hold from %s on\n", r.First.Format(whyTime))
		}
		if r.Change != "" {
			fmt.Fprintf(w, "    smallest change: %s\n", r.Change)
		}
	}
	if l.Again != nil {
		fmt.Fprintf(w, "  looked at again on %s\n", l.Again.Format(whyTime))
	}
}

// whyArrivals tells what came of the devices that were not there from the
// start: a job that never ran on them was not refused there, it had none.
func whyArrivals(w io.Writer, all []plan.Arrival) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nDevices that it may use and that were still to come\n")
	rows := [][]string{{"lot", "accelerator", "site", ">delivered", ">of", "first on", "held at the period's end by"}}
	for _, a := range all {
		first := "-"
		if a.First != nil {
			first = a.First.Format(whyTime)
		}
		rows = append(rows, []string{a.Lot, a.Product, a.Site, thousands(a.Delivered), thousands(a.Quantity), first, orDash(a.HeldBy)})
	}
	printTable(w, "  ", rows)
}
