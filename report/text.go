package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/proviso-dev/proviso/plan"
)

// printTable writes rows in columns; the first row is the header. Columns whose
// header starts with > are aligned to the right.
func printTable(w io.Writer, indent string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	right := make([]bool, len(rows[0]))
	for i, h := range rows[0] {
		right[i] = strings.HasPrefix(h, ">")
		rows[0][i] = strings.TrimPrefix(h, ">")
	}
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		b.WriteString(indent)
		for i, c := range r {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if right[i] {
				b.WriteString(pad + c)
			} else {
				b.WriteString(c + pad)
			}
			if i < len(r)-1 {
				b.WriteString("  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

func caseDate(t time.Time, beyond bool) string {
	if beyond {
		return "> " + t.Format("2006-01-02")
	}
	return t.Format("2006-01-02")
}

func caseDates(d plan.Dates) []string {
	return []string{caseDate(d.Early, d.Beyond[0]), caseDate(d.Middle, d.Beyond[1]), caseDate(d.Late, d.Beyond[2])}
}

const dayMs = 24 * 3600 * 1000

// Days gives a length in days with its sign: "+33 d".
func Days(ms int64) string { return fmt.Sprintf("%+.0f d", roundHalf(float64(ms)/dayMs)) }

func roundHalf(f float64) float64 {
	if r := math.Round(f); r != 0 {
		return r
	}
	return 0 // never −0
}

// thousands writes a count with thin groups of three.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	out := strings.Join(append([]string{s}, parts...), ",")
	if neg {
		return "-" + out
	}
	return out
}

// Text writes a plan for a terminal.
func Text(w io.Writer, r *plan.Result, wide bool) {
	fmt.Fprintf(w, "Plan %s: %s to %s (%s), %d samples, seed %d\n", r.Scenario, r.From.Format("2006-01-02"), r.Until.Format("2006-01-02"), r.Zone, r.Samples, r.Seed)
	if r.Supposes != "" {
		fmt.Fprintf(w, "%s\n", r.Supposes)
	}
	textMilestones(w, r)
	textCosts(w, r, wide)
	textYield(w, r)
	textPermits(w, r)
	textTrace(w, r)
	if len(r.Refused) > 0 {
		fmt.Fprintf(w, "\nRefused for good (middle number over the samples)\n")
		rows := [][]string{{"job", "by", ">jobs"}}
		for _, x := range r.Refused {
			rows = append(rows, []string{x.Job, x.Clause, fmt.Sprint(x.Count)})
		}
		printTable(w, "  ", rows)
	}
	fmt.Fprintln(w)
	for _, a := range r.Answer {
		fmt.Fprintln(w, wrap(a, 100))
	}
	fmt.Fprintf(w, "\n%s\n", r.Summary)
}

func textMilestones(w io.Writer, r *plan.Result) {
	if len(r.Milestones) == 0 {
		return
	}
	fmt.Fprintf(w, "\nMilestones (early, middle, late: one, five and nine of ten samples are there by then)\n")
	rows := [][]string{{"milestone", "world", "early", "middle", "late", ">delay", ">gain left"}}
	for _, m := range r.Milestones {
		name := m.Programme + "/" + m.Name
		if r.NewDevices {
			rows = append(rows, append(append([]string{name, "without new devices"}, caseDates(m.Without)...), "", ""))
			name = ""
		}
		rows = append(rows, append(append([]string{name, "on no conditions"}, caseDates(m.None)...), "", ""))
		left := "-"
		if r.NewDevices && m.Gain > 0 {
			left = fmt.Sprintf("%.0f %%", 100*float64(m.Left)/float64(m.Gain))
		}
		rows = append(rows, append(append([]string{"", "on their conditions"}, caseDates(m.Conditional)...), Days(m.Delay), left))
	}
	printTable(w, "  ", rows)
	fmt.Fprintf(w, "  > marks a case past the period's end; it counts as its end.\n")
}

// daysOf rounds days to tenths, and −0 to 0.
func figure(f plan.Figure, digits int) string {
	v := f.Value
	p := math.Pow(10, float64(digits))
	v = math.Round(v*p) / p
	if v == 0 {
		v = 0
	}
	return fmt.Sprintf("%.*f ± %.*f", digits, v, digits, f.Error)
}

func textCosts(w io.Writer, r *plan.Result, wide bool) {
	if r.NoCosts {
		return
	}
	if len(r.Costs) == 0 {
		fmt.Fprintf(w, "\nNo condition binds.\n")
		return
	}
	fmt.Fprintf(w, "\nCost of conditions (fair shares of the delay of each middle date, in days; ± one standard error)\n")
	head := []string{"condition", "basis"}
	for _, m := range r.Milestones {
		head = append(head, ">"+m.Name)
	}
	head = append(head, ">device-hours", ">MWh")
	if r.Trace != nil {
		head = append(head, ">mean wait, h")
	}
	if wide {
		head = append(head, "source")
	}
	rows := [][]string{head}
	for _, c := range r.Costs {
		row := []string{c.Group, orDash(c.Basis)}
		for _, d := range c.Delay {
			row = append(row, figure(d, 1))
		}
		row = append(row, thousands(int64(math.Round(c.DeviceHour.Value))), thousands(int64(math.Round(c.MWh.Value))))
		if r.Trace != nil {
			row = append(row, waitOf(c))
		}
		if wide {
			row = append(row, c.Source)
		}
		rows = append(rows, row)
	}
	sum := []string{"together", ""}
	for _, m := range r.Milestones {
		sum = append(sum, fmt.Sprintf("%.1f        ", float64(m.Delay)/dayMs))
	}
	var hours, mwh float64
	for _, c := range r.Costs {
		hours, mwh = hours+c.DeviceHour.Value, mwh+c.MWh.Value
	}
	sum = append(sum, thousands(int64(math.Round(hours))), thousands(int64(math.Round(mwh))))
	if r.Trace != nil {
		wait := 0.0
		for _, c := range r.Costs {
			if c.Wait != nil {
				wait += c.Wait.Value
			}
		}
		sum = append(sum, fmt.Sprintf("%.1f        ", roundTenth(wait)))
	}
	if wide {
		sum = append(sum, "")
	}
	rows = append(rows, sum)
	printTable(w, "  ", rows)
	if r.Sampled {
		fmt.Fprintf(w, "  Estimated from drawn orders: too many conditions bind for every combination.\n")
	} else {
		fmt.Fprintf(w, "  From all %s combinations of %d conditions that bind, in %s runs of about %d events.\n", thousands(int64(r.Combinations)), len(r.Costs), thousands(int64(r.Runs)), r.Events)
	}
}

func waitOf(c plan.Cost) string {
	if c.Wait == nil {
		return "-"
	}
	return figure(*c.Wait, 1)
}

func roundTenth(f float64) float64 {
	if r := math.Round(f*10) / 10; r != 0 {
		return r
	}
	return 0 // never −0
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func textTrace(w io.Writer, r *plan.Result) {
	if r.Trace == nil {
		return
	}
	fmt.Fprintf(w, "\nRecorded load: %s jobs\n", thousands(int64(r.Trace.Jobs)))
	for _, n := range r.Trace.Notes {
		fmt.Fprintf(w, "  %s\n", n)
	}
	rows := [][]string{{"end user", ">jobs", ">started", ">refused", ">waiting", ">mean wait", ">device-hours", "on no conditions: started, mean wait"}}
	for _, a := range r.Trace.Accounts {
		rows = append(rows, []string{a.EndUser, thousands(int64(a.Jobs)), thousands(int64(a.Full.Started)), thousands(int64(a.Full.Refused)), thousands(int64(a.Full.Waiting)),
			fmt.Sprintf("%.1f h", a.Full.MeanWait), thousands(int64(a.Full.DeviceHrs)), fmt.Sprintf("%s, %.1f h", thousands(int64(a.None.Started)), a.None.MeanWait)})
	}
	printTable(w, "  ", rows)
}

// wrap breaks a sentence into lines of at most n letters.
func wrap(s string, n int) string {
	var b strings.Builder
	line := 0
	for i, word := range strings.Fields(s) {
		l := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case line+1+l > n:
			b.WriteByte('\n')
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += l
	}
	return b.String()
}
