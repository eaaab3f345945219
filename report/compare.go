package report

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/proviso-dev/proviso/plan"
)

// Difference writes what a scenario changes against the base, delta by delta.
func Difference(w io.Writer, base, r *plan.Result) {
	if (base.Trace == nil) != (r.Trace == nil) {
		fmt.Fprintf(w, "\nNot compared with base: one of the two plans recorded jobs, the other the documents' own.\n")
		return
	}
	rows := differences(base, r)
	if len(rows) == 0 {
		fmt.Fprintf(w, "\nNo difference to base in dates, deliveries and costs.\n")
		return
	}
	fmt.Fprintf(w, "\nDifference to base (what is not listed stays)\n")
	printTable(w, "  ", append([][]string{{"what", ">change", "from", "to"}}, rows...))
}

// differences lists what changes, not what stays: what, by how much, from, to.
func differences(base, r *plan.Result) [][]string {
	var rows [][]string
	for i := range r.Milestones {
		if i >= len(base.Milestones) {
			break
		}
		a, b := &base.Milestones[i], &r.Milestones[i]
		name := b.Programme + "/" + b.Name
		for _, x := range []struct {
			world string
			a, b  plan.Dates
		}{{"without new devices", a.Without, b.Without}, {"on no conditions", a.None, b.None}, {"on their conditions", a.Conditional, b.Conditional}} {
			if sameDay(x.a, x.b) {
				continue
			}
			rows = append(rows, []string{name + ", " + x.world, delta(x.a.Middle, x.b.Middle), caseDate(x.a.Middle, x.a.Beyond[1]), caseDate(x.b.Middle, x.b.Beyond[1])})
		}
	}
	for i := range r.Permits {
		if i >= len(base.Permits) {
			break
		}
		for k := range r.Permits[i].Products {
			if k >= len(base.Permits[i].Products) {
				break
			}
			a, b := base.Permits[i].Products[k], r.Permits[i].Products[k]
			if a.Delivered[1] != b.Delivered[1] {
				rows = append(rows, []string{r.Permits[i].Permit + ", " + b.Product + " delivered", signed(b.Delivered[1] - a.Delivered[1]), thousands(a.Delivered[1]), thousands(b.Delivered[1])})
			}
			if a.May != b.May {
				rows = append(rows, []string{r.Permits[i].Permit + ", " + b.Product + " may arrive", signed(b.May - a.May), thousands(a.May), thousands(b.May)})
			}
		}
	}
	costs := map[string]plan.Cost{}
	for _, c := range base.Costs {
		costs[c.Group] = c
	}
	seen := map[string]bool{}
	price := func(group string, a, b plan.Cost) {
		for k, m := range r.Milestones {
			var x, y float64
			if k < len(a.Delay) {
				x = a.Delay[k].Value
			}
			if k < len(b.Delay) {
				y = b.Delay[k].Value
			}
			if math.Abs(y-x) >= 0.05 {
				rows = append(rows, []string{"cost of " + group + " for " + m.Name, fmt.Sprintf("%+.1f d", y-x), fmt.Sprintf("%.1f d", x), fmt.Sprintf("%.1f d", y)})
			}
		}
	}
	for _, c := range r.Costs {
		seen[c.Group] = true
		price(c.Group, costs[c.Group], c)
	}
	for _, c := range base.Costs {
		if !seen[c.Group] {
			price(c.Group, c, plan.Cost{})
		}
	}
	return rows
}

// sameDay reports whether two middle dates read the same.
func sameDay(a, b plan.Dates) bool {
	return caseDate(a.Middle, a.Beyond[1]) == caseDate(b.Middle, b.Beyond[1])
}

// delta is the number of days between two dates as they are shown.
func delta(a, b time.Time) string {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return Days(day(b).Sub(day(a)).Milliseconds())
}

func signed(n int64) string {
	if n > 0 {
		return "+" + thousands(n)
	}
	return thousands(n)
}

// Variant is one plan of a table of variants, with the values that it was made
// with.
type Variant struct {
	Values []string     `json:"values"`
	Result *plan.Result `json:"result"`
}

// Variants writes how the varied fields move the milestones.
func Variants(w io.Writer, fields []string, all []Variant) {
	if len(all) == 0 {
		return
	}
	head := append([]string{}, fields...)
	for _, m := range all[0].Result.Milestones {
		head = append(head, m.Name+": early", "middle", "late", ">delay", ">gain left")
	}
	rows := [][]string{head}
	for _, v := range all {
		row := append([]string{}, v.Values...)
		for _, m := range v.Result.Milestones {
			row = append(row, caseDates(m.Conditional)...)
			left := "-"
			if m.Gain > 0 {
				left = fmt.Sprintf("%.0f %%", 100*float64(m.Left)/float64(m.Gain))
			}
			row = append(row, Days(m.Delay), left)
		}
		rows = append(rows, row)
	}
	printTable(w, "", rows)
	fmt.Fprintf(w, "\n%d plans of %d samples, seed %d.\n", len(all), all[0].Result.Samples, all[0].Result.Seed)
}
