package usage

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/proviso-dev/proviso/report"
)

// mostRows bounds the starts and the undisclosed end users that the page shows;
// the JSON and the CSV hold all.
const mostRows = 200

// WriteHTML writes the report as one self-contained page.
func (v *View) WriteHTML(w io.Writer) error {
	hash, err := v.SHA256()
	if err != nil {
		return err
	}
	p := report.Page{
		Title: fmt.Sprintf("Who used what under %s, and were its conditions kept?", v.Permit.Name),
		Lead:  fmt.Sprintf("Use from %s to %s, added up from the ledger. Every figure names the entries that it is added up from.", date(v.Window.From), date(v.Window.Until)),
		Facts: []report.Fact{
			{Name: "Permit", Value: fmt.Sprintf("%s, version %s: %s", v.Permit.Name, v.Permit.Version, v.Permit.State)},
			{Name: "Holder", Value: v.Permit.Holder},
			{Name: "Window", Value: fmt.Sprintf("%s (%s)", v.Window.Name, v.Permit.Zone)},
			{Name: "Measured up to", Value: date(v.Window.Measured)},
			{Name: "Ledger", Value: fmt.Sprintf("%s, first %s entries", v.Ledger.Log, number(v.Ledger.Size))},
		},
		Answer:   append(v.answer(), v.Notes...),
		Sections: append([]report.Section{v.pageUse()}, v.pageSplits()...),
		Terms:    terms(),
		Footer:   "SHA-256 of this report as canonical JSON: " + hash,
	}
	p.Sections = append(p.Sections, v.pageConditions()...)
	p.Sections = append(p.Sections, v.pageDevices(), v.pageWork())
	return p.Write(w)
}

func numbers(first string, titles ...string) []report.Column {
	out := []report.Column{{Title: first}}
	for _, t := range titles {
		out = append(out, report.Column{Title: t, Number: true})
	}
	return out
}

func cells(texts ...string) []report.Cell {
	out := make([]report.Cell, len(texts))
	for i, t := range texts {
		out[i] = report.Cell{Text: t}
	}
	return out
}

// pageUse is the total, and what the devices were used for over time.
func (v *View) pageUse() report.Section {
	s := report.Section{ID: "use", Title: "How much was used?"}
	t := report.Table{Columns: append(numbers("", "Device-hours", "kWh", "Jobs"), report.Column{Title: "Entries"})}
	t.Rows = append(t.Rows, cells("All use", Hours(v.Total.DeviceMS), KWh(v.Total.EnergyMJ), number(v.Total.Jobs), cmp.Or(v.Total.Entries.Brief(), "-")))
	t.Note = "Energy is the catalogue's power of each device with the site's overhead, over the time that it was held; it is not metered."
	s.Tables = []report.Table{t}
	if f := v.days(); f != nil {
		s.Figures = []report.Figure{*f}
	}
	return s
}

// mostLayers is how many purposes the chart tells apart; the rest is one layer.
const mostLayers = 6

// days is the mean number of devices in use on each day, by purpose. The figures
// are for drawing alone.
func (v *View) days() *report.Area {
	if len(v.Work) == 0 {
		return nil
	}
	a := &report.Area{ID: "days", Title: "Devices in use by purpose", Description: "Mean of each day, of the devices under the permit.", Unit: "devices"}
	last := v.Window.Measured
	for t := v.Window.From; t.Before(last); t = t.AddDate(0, 0, 1) {
		a.Times = append(a.Times, t)
	}
	a.Times = append(a.Times, last)
	if len(a.Times) < 3 {
		return nil
	}
	layers := map[string][]float64{}
	for _, w := range v.Work {
		for _, p := range w.Parts {
			if layers[w.Purpose] == nil {
				layers[w.Purpose] = make([]float64, len(a.Times))
			}
			for i := range a.Times[:len(a.Times)-1] {
				from, until := a.Times[i], a.Times[i+1]
				if until.After(w.From) && w.Until.After(from) {
					layers[w.Purpose][i] += float64(p.Devices) * float64(min(w.Until.UnixMilli(), until.UnixMilli())-max(w.From.UnixMilli(), from.UnixMilli())) / float64(until.Sub(from).Milliseconds())
				}
			}
		}
	}
	var names []string
	for _, s := range v.By {
		if s.By != "purpose" {
			continue
		}
		rows := slices.Clone(s.Rows)
		slices.SortStableFunc(rows, func(a, b SplitRow) int { return b.DeviceMS.Cmp(a.DeviceMS.Sum) })
		for _, r := range rows {
			names = append(names, r.Key)
		}
	}
	for i, n := range names {
		values := layers[n]
		values[len(values)-1] = values[len(values)-2]
		if i >= mostLayers-1 && len(names) > mostLayers {
			if i == mostLayers-1 {
				a.Layers = append(a.Layers, report.Series{Name: "other purposes", Values: values})
				continue
			}
			for k, x := range values {
				a.Layers[mostLayers-1].Values[k] += x
			}
			continue
		}
		a.Layers = append(a.Layers, report.Series{Name: cmp.Or(n, "(not stated)"), Values: values})
	}
	return a
}

func (v *View) pageSplits() []report.Section {
	s := report.Section{ID: "who", Title: "Who used it, for what, and where?"}
	for i := range v.By {
		x := &v.By[i]
		t := report.Table{Caption: "By " + x.title(), Columns: append(numbers(x.title(), "Device-hours", "kWh", "Jobs"), report.Column{Title: "Entries"})}
		for k := range x.Rows {
			r := &x.Rows[k]
			if k == mostRows {
				t.Note = fmt.Sprintf("%d more rows are in the JSON and the CSV.", len(x.Rows)-mostRows)
				break
			}
			detail := ""
			switch {
			case r.Sealed != "":
				detail = "a commitment; the name is not disclosed"
			case r.Declared:
				detail = "named in the permit, " + cmp.Or(r.Country, "no country")
			}
			row := cells(r.keyOf(), Hours(r.DeviceMS), KWh(r.EnergyMJ), number(r.Jobs), r.Entries.Brief())
			row[0].Detail = detail
			t.Rows = append(t.Rows, row)
		}
		if len(x.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	if len(s.Tables) == 0 {
		return nil
	}
	return []report.Section{s}
}

// pageConditions is a table of all conditions, then one section for each that
// measures or owes something.
func (v *View) pageConditions() []report.Section {
	if len(v.Conditions) == 0 && len(v.Refusals) == 0 {
		return nil
	}
	all := report.Table{Columns: []report.Column{{Title: "Condition"}, {Title: "Form"}, {Title: "Kept"}, {Title: "Breaches", Number: true}, {Title: "Refused", Number: true}}}
	detail := report.Section{ID: "detail", Title: "What does each condition rest on?"}
	refused := func(counts []Count) (n Number) {
		for _, c := range counts {
			n += c.Times
		}
		return n
	}
	for i := range v.Conditions {
		c := &v.Conditions[i]
		row := cells(c.Name, c.Form, string(c.Kept), number(Number(len(c.Breaches))), number(refused(c.Refusals)))
		row[0].Detail = c.Says
		all.Rows = append(all.Rows, row)
		lines := c.lines()[1:]
		if len(lines) == 0 {
			continue
		}
		t := report.Table{Caption: c.Name + ", " + c.Form + ": " + string(c.Kept), Columns: []report.Column{{Title: "About"}, {Title: "Value"}, {Title: "Bound"}, {Title: "Room"}, {Title: "Kept"}, {Title: "Entries"}}}
		for _, l := range lines {
			for k := 3; k < 7; k++ {
				l[k] = cmp.Or(l[k], "-")
			}
			t.Rows = append(t.Rows, cells(l[2:]...))
		}
		detail.Tables = append(detail.Tables, t)
	}
	if len(v.Refusals) > 0 {
		row := cells("the permit itself", "gate or grant", "-", "-", number(refused(v.Refusals)))
		row[0].Detail = "It was not in effect, or more devices came than it grants."
		all.Rows = append(all.Rows, row)
		t := report.Table{Caption: "The permit itself", Columns: []report.Column{{Title: "Refused"}, {Title: "Entries"}}}
		for i := range v.Refusals {
			t.Rows = append(t.Rows, cells(v.Refusals[i].says(), v.Refusals[i].Entries.Brief()))
		}
		detail.Tables = append(detail.Tables, t)
	}
	out := []report.Section{{ID: "conditions", Title: "Were the conditions kept?", Tables: []report.Table{all}}}
	if len(detail.Tables) > 0 {
		out = append(out, detail)
	}
	return out
}

func (v *View) pageDevices() report.Section {
	t := report.Table{Columns: append(numbers("Accelerator", "Granted", "Delivered in the window", "Held", "Device-hours in service", "Used"), report.Column{Title: "Entries"})}
	for _, d := range v.Devices {
		t.Rows = append(t.Rows, cells(d.Accelerator, number(d.Granted), number(d.Delivered), number(d.Held), Hours(d.InServiceMS), Hours(d.UsedMS), cmp.Or(d.Entries.Brief(), "-")))
	}
	s := report.Section{ID: "devices", Title: "Which devices are under the permit?", Tables: []report.Table{t}}
	if len(v.Permit.Changes) > 0 {
		c := report.Table{Caption: "What became of the permit", Columns: []report.Column{{Title: "What"}, {Title: "When"}, {Title: "Entry", Number: true}}}
		for _, x := range v.Permit.Changes {
			c.Rows = append(c.Rows, cells(x.What, date(x.At), number(x.Entry)))
		}
		s.Tables = append(s.Tables, c)
	}
	return s
}

func (v *View) pageWork() report.Section {
	s := report.Section{ID: "work", Title: "Which jobs ran?"}
	if len(v.Work) == 0 {
		s.Text = []string{"None."}
		return s
	}
	t := report.Table{Columns: []report.Column{{Title: "Job"}, {Title: "End user"}, {Title: "Purpose"}, {Title: "From"}, {Title: "Until"}, {Title: "Devices"}, {Title: "Device-hours", Number: true}, {Title: "Entries"}}}
	for i := range v.Work {
		if i == mostRows {
			t.Note = fmt.Sprintf("%d more starts are in the JSON and the CSV.", len(v.Work)-mostRows)
			break
		}
		w := &v.Work[i]
		until := w.Until.Format("2006-01-02 15:04")
		if w.Runs {
			until = "runs on"
		}
		devices := ""
		for k, p := range w.Parts {
			if k > 0 {
				devices += ", "
			}
			devices += fmt.Sprintf("%d %s at %s", p.Devices, p.Accelerator, p.Site)
		}
		user := (&SplitRow{Key: w.EndUser, Sealed: w.Sealed}).keyOf()
		row := cells(w.Job, user, cmp.Or(w.Purpose, "(not stated)"), w.From.Format("2006-01-02 15:04"), until, devices, Hours(w.DeviceMS), w.Entries.Brief())
		if w.Declared != "" {
			row[1].Detail = "declared by " + w.Declared
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []report.Table{t}
	return s
}

// terms explains the words of the page.
func terms() []report.Term {
	return []report.Term{
		{Name: "device-hours", Meaning: "One device held for an hour is one device-hour, whether it computes or waits. Figures are added up in whole milliseconds; hours are rounded down here, and the JSON holds the exact sums."},
		{Name: "entry", Meaning: "A numbered line of the ledger, counted from 0. What started and ended a job, and who declared its end user and purpose, stands in the entries named; whoever has them can add the figure up again."},
		{Name: "undisclosed", Meaning: "The ledger holds a commitment to the end user's name: a code that nobody can read without a secret kept beside the ledger. Without that secret the use still counts, under the code."},
		{Name: "kept", Meaning: "Yes or no where the condition's own window is over; “so far” where it is not; “undetermined” where it depends on what is undisclosed; “not judged” where an amendment cut the window short."},
		{Name: "room", Meaning: "What is left between the value and the bound at the end of what is measured; below zero if the bound was passed. Of a share the bound is what the whole allows or demands of the part."},
		{Name: "breach", Meaning: "An instant at which the control plane found the condition broken and recorded it."},
		{Name: "refused", Meaning: "A verdict that names the condition: a submission, a delivery, or a job that waited and was denied. One submission can be refused by several conditions."},
	}
}
