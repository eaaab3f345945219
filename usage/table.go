package usage

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteTable writes the report for a terminal.
func (v *View) WriteTable(w io.Writer) error {
	hash, err := v.SHA256()
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Use of permit %s, version %s, by %s: %s\n", v.Permit.Name, v.Permit.Version, v.Permit.Holder, v.Permit.State)
	fmt.Fprintf(&b, "%s: %s to %s (%s), measured up to %s\n", v.Window.Name, date(v.Window.From), date(v.Window.Until), v.Permit.Zone, date(v.Window.Measured))
	fmt.Fprintf(&b, "From %s entries of the log %s\n", number(v.Ledger.Size), v.Ledger.Log)
	for _, n := range v.Notes {
		fmt.Fprintf(&b, "Note: %s\n", n)
	}
	table := func(title string, rows [][]string) {
		fmt.Fprintf(&b, "\n%s\n", title)
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, r := range rows {
			fmt.Fprintf(t, "  %s\n", strings.Join(r, "\t"))
		}
		_ = t.Flush() // into memory
	}
	use := [][]string{{"by", "", "device-hours", "kWh", "jobs", "entries"}, {"all", "", Hours(v.Total.DeviceMS), KWh(v.Total.EnergyMJ), number(v.Total.Jobs), v.Total.Entries.Brief()}}
	for _, s := range v.By {
		for i := range s.Rows {
			r := &s.Rows[i]
			use = append(use, []string{s.title(), r.keyOf(), Hours(r.DeviceMS), KWh(r.EnergyMJ), number(r.Jobs), r.Entries.Brief()})
		}
	}
	table("Use", use)
	devices := [][]string{{"accelerator", "granted", "delivered in the window", "held", "device-hours in service", "used", "entries"}}
	for _, d := range v.Devices {
		devices = append(devices, []string{d.Accelerator, number(d.Granted), number(d.Delivered), number(d.Held), Hours(d.InServiceMS), Hours(d.UsedMS), cmp.Or(d.Entries.Brief(), "-")})
	}
	table("Devices", devices)
	conditions := [][]string{{"condition", "form", "window or about", "value", "bound", "room", "kept", "entries"}}
	for i := range v.Conditions {
		conditions = append(conditions, v.Conditions[i].lines()...)
	}
	table("Conditions", conditions)
	fmt.Fprintf(&b, "\n%s\nSHA-256 of this report: %s\n", strings.Join(v.answer(), "\n"), hash)
	_, err = io.WriteString(w, b.String())
	return err
}

// lines are a condition's rows in a table: the first names it and sums it up.
func (c *Condition) lines() [][]string {
	out := [][]string{{c.Name, c.Form, "", "", "", "", string(c.Kept), ""}}
	for i := range c.Measures {
		m := &c.Measures[i]
		about := date(m.From) + " to " + date(m.Until)
		if m.Key != "" {
			about = m.Key + ", " + about
		}
		value := amount(m.Value, m.Unit)
		if m.Whole != nil {
			value += " of " + amount(*m.Whole, m.Unit)
		}
		if m.Sealed != nil {
			value += " (and up to " + amount(*m.Sealed, m.Unit) + " undisclosed)"
		}
		out = append(out, []string{"", "", about, value, m.boundText(), amount(m.Room, m.Unit), string(m.Kept), cmp.Or(m.Entries.Brief(), "-")})
	}
	line := func(about, value, entries string) {
		out = append(out, []string{"", "", about, value, "", "", "", entries})
	}
	for _, d := range c.Duties {
		line("up to "+date(d.Window)+", due "+date(d.Due), d.State, cmp.Or(entry(d.Entry), "-"))
	}
	for _, e := range c.Evidence {
		line(e.About, e.says(), cmp.Or(entry(e.Entry), "-"))
	}
	for _, a := range c.Approvals {
		line(date(a.At), "job "+a.Job+" by "+a.By, fmt.Sprint(int64(a.Entry)))
	}
	for _, n := range c.Notices {
		line(date(n.At), n.says(), fmt.Sprint(int64(n.Entry)))
	}
	for _, l := range c.Lapses {
		line(date(l.At), amount(l.Lost, l.Unit)+" of "+l.Limit+" lost", "-")
	}
	for _, b := range c.Breaches {
		line(date(b.At), "breach", fmt.Sprint(int64(b.Entry)))
	}
	for _, r := range c.Refusals {
		line("refused", r.says(), r.Entries.Brief())
	}
	return out
}

func (m *Measure) boundText() string {
	if m.AtLeast {
		return "at least " + amount(m.Bound, m.Unit)
	}
	return "at most " + amount(m.Bound, m.Unit)
}

func (e *Evidence) says() string {
	switch {
	case e.Shown.IsZero():
		return e.State
	case e.Until.IsZero():
		return e.State + ", shown " + date(e.Shown)
	}
	return e.State + ", shown " + date(e.Shown) + ", good until " + date(e.Until)
}

// says is such as notice: lot first to annex, from 2026-03-01 on.
func (n *Notice) says() string {
	where := "leaves the fleet"
	if n.Site != "" {
		where = "to " + n.Site
	}
	return "notice: lot " + n.Lot + " " + where + ", from " + date(n.Leave) + " on"
}

// says is such as 3 submissions: hold.
func (c *Count) says() string {
	what := map[string][2]string{"submit": {"submission", "submissions"}, "receive": {"delivery", "deliveries"}, "move": {"move", "moves"}, "dispose": {"disposal", "disposals"}, "job": {"waiting job", "waiting jobs"}}[c.Of]
	return count(int(c.Times), what[0], what[1]) + ": " + c.Outcome
}
