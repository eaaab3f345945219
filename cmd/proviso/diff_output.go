package main

import (
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/proviso-dev/proviso/amendment"
	"github.com/proviso-dev/proviso/plan"
	"github.com/proviso-dev/proviso/report"
)

// effects lists what differs between two plans: milestones, deliveries, room.
func effects(a, b *plan.Result) (out []effect) {
	for i := range b.Milestones {
		if i >= len(a.Milestones) {
			break
		}
		x, y := a.Milestones[i].Conditional, b.Milestones[i].Conditional
		if x.Middle.Equal(y.Middle) && x.Beyond == y.Beyond {
			continue
		}
		out = append(out, effect{
			What: b.Milestones[i].Programme + "/" + b.Milestones[i].Name, Delta: report.Days(y.Middle.UnixMilli() - x.Middle.UnixMilli()),
			From: middleDate(x), To: middleDate(y),
		})
	}
	for _, q := range b.Permits {
		i := slices.IndexFunc(a.Permits, func(p plan.PermitResult) bool { return p.Permit == q.Permit })
		if i < 0 {
			continue
		}
		for _, y := range q.Products {
			k := slices.IndexFunc(a.Permits[i].Products, func(x plan.ProductResult) bool { return x.Product == y.Product })
			if k < 0 {
				continue
			}
			x := a.Permits[i].Products[k]
			if n := y.Delivered[1] - x.Delivered[1]; n != 0 {
				out = append(out, effect{What: q.Permit + ", " + y.Product + " delivered", Delta: fmt.Sprintf("%+d", n), From: fmt.Sprint(x.Delivered[1]), To: fmt.Sprint(y.Delivered[1])})
			}
		}
	}
	for _, y := range b.Rooms {
		i := slices.IndexFunc(a.Rooms, func(x plan.Room) bool { return x.Clause == y.Clause })
		if i < 0 {
			continue
		}
		if x, y := a.Rooms[i].Least[1], y.Least[1]; math.Abs(x-y) >= 0.005 {
			out = append(out, effect{What: "room left under " + a.Rooms[i].Clause, Delta: fmt.Sprintf("%+.0f %%", 100*(y-x)), From: fmt.Sprintf("%.0f %%", 100*x), To: fmt.Sprintf("%.0f %%", 100*y)})
		}
	}
	return out
}

func middleDate(d plan.Dates) string {
	s := d.Middle.Format(time.DateOnly)
	if d.Beyond[1] {
		return "> " + s
	}
	return s
}

func (e effect) String() string {
	return fmt.Sprintf("%s %s (%s → %s)", e.What, e.Delta, e.From, e.To)
}

func writeDiff(w io.Writer, d *difference, output string) error {
	switch output {
	case "table":
		return diffTable(w, d)
	case "json":
		return writeJSON(w, d)
	case "github":
		diffGitHub(w, d)
		return nil
	}
	return fmt.Errorf("unknown output %q: write table, json or github", output)
}

func diffTable(w io.Writer, d *difference) error {
	last := ""
	for i := range d.Changes {
		c := &d.Changes[i]
		if c.Permit != last {
			fmt.Fprintf(w, "Permit %s\n", c.Permit)
			last = c.Permit
		}
		fmt.Fprintf(w, "  %s %s\n", c.Kind, c.Name())
		if c.Before != "" {
			paragraph(w, "    - ", c.Before)
		}
		if c.After != "" {
			paragraph(w, "    + ", c.After)
		}
		for _, e := range c.Effects {
			fmt.Fprintf(w, "    by itself: %s\n", e)
		}
		switch {
		case c.Unplanned != "":
			fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(c.Unplanned, "\n", "\n    "))
		case d.Planned && len(c.Effects) == 0 && d.Skipped == "":
			fmt.Fprintln(w, "    by itself: the plan is the same")
		}
	}
	if d.Planned {
		fmt.Fprintln(w, "All changes together")
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, e := range d.Together {
			fmt.Fprintf(tw, "  %s\t%s\t%s → %s\n", e.What, e.Delta, e.From, e.To)
		}
		if err := tw.Flush(); err != nil {
			return err
		}
		if len(d.Together) == 0 {
			fmt.Fprintln(w, "  the plan is the same")
		}
	}
	if d.Skipped != "" {
		fmt.Fprintln(w, d.Skipped)
	}
	fmt.Fprintf(w, "Diff: %s.\n", d.summary())
	return nil
}

// summary counts the changes.
func (d *difference) summary() string {
	n := map[amendment.Kind]int{}
	for i := range d.Changes {
		n[d.Changes[i].Kind]++
	}
	return fmt.Sprintf("%d changed, %d added, %d removed", n[amendment.Changed], n[amendment.Added], n[amendment.Removed])
}

func diffGitHub(w io.Writer, d *difference) {
	fmt.Fprintf(w, "### Permits: %s\n", d.summary())
	if d.Planned {
		fmt.Fprintln(w, "\n| all changes together | change | from | to |\n|---|---|---|---|")
		for _, e := range d.Together {
			fmt.Fprintf(w, "| %s | **%s** | %s | %s |\n", cell(e.What), e.Delta, e.From, e.To)
		}
		if len(d.Together) == 0 {
			fmt.Fprintln(w, "| the plan is the same | | | |")
		}
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		fmt.Fprintf(w, "\n<details><summary><code>%s</code>: %s <code>%s</code>", c.Permit, c.Kind, c.Name())
		for _, e := range c.Effects {
			fmt.Fprintf(w, "<br>%s", html.EscapeString(e.String()))
		}
		if c.Unplanned != "" {
			fmt.Fprintf(w, "<br>%s", html.EscapeString(strings.ReplaceAll(c.Unplanned, "\n", " ")))
		}
		fmt.Fprint(w, "</summary>\n\n```diff\n")
		for _, x := range [][2]string{{"- ", c.Before}, {"+ ", c.After}} {
			if x[1] != "" {
				fmt.Fprintln(w, x[0]+strings.ReplaceAll(strings.ReplaceAll(x[1], "```", "'''"), "\n", "\n"+x[0]))
			}
		}
		fmt.Fprint(w, "```\n\n</details>\n")
	}
	if d.Skipped != "" {
		fmt.Fprintf(w, "\n%s\n", d.Skipped)
	}
}

// cell guards what Markdown reads as a table's border.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
