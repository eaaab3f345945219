package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/plan"
)

// HTML writes a plan as one self-contained page; base is the plan that it is
// compared with, or nil.
func HTML(w io.Writer, r, base *plan.Result) error {
	p := Page{
		Title: "Will the devices turn into progress, or will the conditions eat it?",
		Lead:  r.Supposes,
		Facts: []Fact{
			{"Scenario", r.Scenario},
			{"Period", r.From.Format("2006-01-02") + " to " + r.Until.Format("2006-01-02") + " (" + r.Zone + ")"},
			{"Samples", fmt.Sprintf("%d, seed %d", r.Samples, r.Seed)},
			{"Runs", fmt.Sprintf("%s of about %d events", thousands(int64(r.Runs)), r.Events)},
		},
		Answer: r.Answer,
		Footer: r.Summary,
	}
	for _, s := range []*Section{pageMilestones(r), pageCosts(r), pageYield(r), pagePermits(r), pageUse(r), pageRoom(r), pageTrace(r), pageDifference(r, base)} {
		if s != nil {
			p.Sections = append(p.Sections, *s)
		}
	}
	return p.Write(w)
}

func pageMilestones(r *plan.Result) *Section {
	if len(r.Milestones) == 0 {
		return nil
	}
	s := &Section{ID: "milestones", Title: "When is each milestone reached?"}
	t := Table{Columns: []Column{{Title: "Milestone"}, {Title: "World"}, {Title: "Early"}, {Title: "Middle"}, {Title: "Late"}, {Title: "Delay", Number: true}, {Title: "Gain left", Number: true}},
		Note: "> marks a case past the period's end; it counts as its end."}
	f := Timeline{ID: "timeline", Title: "Milestones with their uncertainty", Description: "A bar from the early to the late case, with a mark at the middle one, in each world.", From: r.From, Until: r.Until}
	add := func(m *plan.MilestoneResult, world string, d plan.Dates, delay, left string) {
		x := caseDates(d)
		t.Rows = append(t.Rows, []Cell{{Text: m.Programme + "/" + m.Name}, {Text: world}, {Text: x[0]}, {Text: x[1]}, {Text: x[2]}, {Text: delay}, {Text: left}})
		row := TimelineRow{Group: m.Programme + "/" + m.Name, Label: world, Beyond: d.Beyond[2], Text: x[1]}
		for i, c := range []struct {
			to *time.Time
			at time.Time
		}{{&row.Early, d.Early}, {&row.Middle, d.Middle}, {&row.Late, d.Late}} {
			if !d.Beyond[i] {
				*c.to = c.at
			}
		}
		f.Rows = append(f.Rows, row)
	}
	for i := range r.Milestones {
		m := &r.Milestones[i]
		left := "-"
		if r.NewDevices {
			add(m, "without new devices", m.Without, "", "")
			if m.Gain > 0 {
				left = fmt.Sprintf("%.0f %%", 100*float64(m.Left)/float64(m.Gain))
			}
		}
		add(m, "on no conditions", m.None, "", "")
		add(m, "on their conditions", m.Conditional, Days(m.Delay), left)
	}
	s.Tables, s.Figures = []Table{t}, []Figure{f}
	return s
}

func pageCosts(r *plan.Result) *Section {
	if r.NoCosts {
		return nil
	}
	s := &Section{ID: "costs", Title: "What does each condition cost?"}
	if len(r.Costs) == 0 {
		s.Text = []string{"No condition binds."}
		return s
	}
	s.Text = []string{"The fair share of the delay (Shapley value): what a condition adds to the delay of the middle date, as the mean over all orders in which the conditions could come. The shares add up to the delay. A negative cost is a gain."}
	t := Table{Columns: []Column{{Title: "Condition"}, {Title: "Basis"}}}
	for _, m := range r.Milestones {
		t.Columns = append(t.Columns, Column{m.Name + ", days", true})
	}
	t.Columns = append(t.Columns, Column{"Device-hours", true}, Column{"MWh", true})
	if r.Trace != nil {
		t.Columns = append(t.Columns, Column{"Mean wait, hours", true})
	}
	for _, c := range r.Costs {
		row := []Cell{{Text: c.Group, Detail: c.Source}, {Text: orDash(c.Basis)}}
		for _, d := range c.Delay {
			row = append(row, Cell{Text: figure(d, 1)})
		}
		row = append(row, Cell{Text: thousands(int64(math.Round(c.DeviceHour.Value)))}, Cell{Text: thousands(int64(math.Round(c.MWh.Value)))})
		if r.Trace != nil {
			row = append(row, Cell{Text: waitOf(c)})
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []Table{t}
	for i, m := range r.Milestones {
		if m.Delay == 0 {
			continue
		}
		b := Bars{ID: fmt.Sprintf("cost-%d", i), Title: "Cost in days of " + m.Programme + "/" + m.Name, Description: "Fair shares of the delay, with one standard error.", Unit: "days"}
		for _, c := range r.Costs {
			d := c.Delay[i]
			b.Rows = append(b.Rows, Bar{Label: c.Group, Basis: c.Basis, Value: d.Value, Error: d.Error, Text: figure(d, 1)})
		}
		s.Figures = append(s.Figures, b)
	}
	return s
}

func pagePermits(r *plan.Result) *Section {
	s := &Section{ID: "permits", Title: "Where does each permit stand?"}
	t := Table{Columns: []Column{{Title: "Permit"}, {Title: "Endorsed"}, {Title: "Missing"}, {Title: "Product"}, {Title: "Granted", Number: true}, {Title: "May arrive", Number: true}, {Title: "Delivered (early, middle, late)", Number: true}, {Title: "In use", Number: true}, {Title: "Earliest breach"}}}
	for _, p := range r.Permits {
		breach := Cell{Text: "none"}
		if p.Breach != nil {
			breach = Cell{p.Breach.Clause + " on " + p.Breach.At.Format("2006-01-02"), fmt.Sprintf("%d of %d samples", p.Breach.Samples, r.Samples)}
		}
		for _, g := range p.Products {
			t.Rows = append(t.Rows, []Cell{{Text: p.Permit}, {Text: orDash(strings.Join(p.Had, " "))}, {Text: orDash(strings.Join(p.Missing, " "))}, {Text: g.Product}, {Text: thousands(g.Granted)},
				{Text: thousands(g.May), Detail: g.By}, {Text: fmt.Sprintf("%s / %s / %s", thousands(g.Delivered[0]), thousands(g.Delivered[1]), thousands(g.Delivered[2]))}, {Text: thousands(p.InUse)}, breach})
		}
	}
	s.Tables = []Table{t}
	if holders, all := heldBack(r); len(all) > 0 {
		t := Table{Caption: fmt.Sprintf("What holds back devices that did not arrive by the period's end, in so many of %d samples, by holder.", r.Samples), Columns: []Column{{Title: "Held by"}, {Title: "Product"}}}
		for _, h := range holders {
			t.Columns = append(t.Columns, Column{h, true})
		}
		for _, x := range all {
			row := []Cell{{Text: x.clause}, {Text: x.product}}
			for _, h := range holders {
				row = append(row, Cell{Text: samplesOf(x, h)})
			}
			t.Rows = append(t.Rows, row)
		}
		s.Tables = append(s.Tables, t)
	}
	return s
}

func floats(v []int64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// mostLayers is how many purposes a chart tells apart; the rest is one layer.
const mostLayers = 6

func pageUse(r *plan.Result) *Section {
	if r.Series == nil || len(r.Series.At) < 2 {
		return nil
	}
	x := r.Series
	const sample = "One sample: the one whose last milestone comes in the middle."
	section := &Section{ID: "in-use", Title: "What are the devices used for?"}
	if r.NewDevices {
		a := Area{ID: "use", Title: "New devices in use by purpose", Description: sample + " Against what was granted and what was delivered.", Unit: "devices", Times: x.At, Layers: layers(x.InUse, len(x.At))}
		a.Lines = []Series{{"granted", floats(x.Granted)}, {"delivered", floats(x.Delivered)}}
		section.Figures = append(section.Figures, a)
	}
	section.Figures = append(section.Figures, Area{
		ID: "all-use", Title: "All devices in use by purpose", Description: sample + " Against those in service, with those that were there from the start.", Unit: "devices", Times: x.At,
		Layers: layers(x.AllInUse, len(x.At)), Lines: []Series{{"in service", floats(x.InService)}},
	})
	return section
}

// layers makes a layer of each purpose, and one of those that are too many.
func layers(lines []plan.Line, points int) (out []Series) {
	for i, l := range lines {
		if i < mostLayers-1 || len(lines) <= mostLayers {
			out = append(out, Series{l.Name, floats(l.Values)})
			continue
		}
		if i == mostLayers-1 {
			out = append(out, Series{"other purposes", make([]float64, points)})
		}
		for k, v := range l.Values {
			out[mostLayers-1].Values[k] += float64(v)
		}
	}
	return out
}

func pageRoom(r *plan.Result) *Section {
	if r.Series == nil || len(r.Series.Room) == 0 {
		return nil
	}
	f := Lines{ID: "room", Title: "Room left under each condition", Description: "The same sample. 100 % is all of the bound, 0 % none.", From: r.From, Until: r.Until}
	for _, l := range r.Series.Room {
		p := Panel{Name: l.Name, Note: l.Basis}
		for i, v := range l.Values {
			if i < len(r.Series.At) {
				p.Points = append(p.Points, Point{r.Series.At[i], 100 * v})
			}
		}
		f.Panels = append(f.Panels, p)
	}
	return &Section{ID: "room-left", Title: "Is anything about to be in breach?", Figures: []Figure{f}}
}

func pageTrace(r *plan.Result) *Section {
	if r.Trace == nil {
		return nil
	}
	s := &Section{ID: "recorded", Title: "What would the conditions have done to the recorded jobs?", Text: r.Trace.Notes}
	t := Table{Columns: []Column{{Title: "End user"}, {"Jobs", true}, {"Started", true}, {"Refused", true}, {"Waiting", true}, {"Mean wait", true}, {"Device-hours", true}, {"Mean wait on no conditions", true}}}
	for _, a := range r.Trace.Accounts {
		t.Rows = append(t.Rows, []Cell{{Text: a.EndUser}, {Text: thousands(int64(a.Jobs))}, {Text: thousands(int64(a.Full.Started))}, {Text: thousands(int64(a.Full.Refused))}, {Text: thousands(int64(a.Full.Waiting))},
			{Text: fmt.Sprintf("%.1f h", a.Full.MeanWait)}, {Text: thousands(int64(a.Full.DeviceHrs))}, {Text: fmt.Sprintf("%.1f h", a.None.MeanWait)}})
	}
	s.Tables = []Table{t}
	return s
}

func pageDifference(r, base *plan.Result) *Section {
	if base == nil || (base.Trace == nil) != (r.Trace == nil) {
		return nil
	}
	t := Table{Caption: "What is not listed stays.", Columns: []Column{{Title: "What"}, {"Change", true}, {Title: "From"}, {Title: "To"}}}
	for _, row := range differences(base, r) {
		t.Rows = append(t.Rows, []Cell{{Text: row[0]}, {Text: row[1]}, {Text: row[2]}, {Text: row[3]}})
	}
	return &Section{ID: "difference", Title: "What does the scenario change against the base?", Tables: []Table{t}}
}
