package usage

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
)

// csvColumns are those of the one table that a report is as CSV. A row has what
// its section has; energy and use are exact, hours are for reading.
var csvColumns = []string{
	"section", "name", "key", "sealed", "from", "until", "what", "unit", "value", "whole", "bound", "room", "kept",
	"jobs", "devices", "device_ms", "device_hours", "energy_mj", "entries",
}

// WriteCSV writes the report as one table with a header, each figure in a row of
// its own. A text that a spreadsheet would take for a formula has an apostrophe
// before it.
func (v *View) WriteCSV(w io.Writer) error {
	c := &csvWriter{w: csv.NewWriter(w)}
	c.w.UseCRLF = true
	if err := c.w.Write(csvColumns); err != nil {
		return err
	}
	hash, err := v.SHA256()
	if err != nil {
		return err
	}
	about := func(name, value string) { c.row("report", map[string]string{"name": name, "value": text(value)}) }
	about("format", v.Format)
	about("sha256", hash)
	about("permit", v.Permit.Name)
	about("version", v.Permit.Version)
	about("holder", v.Permit.Holder)
	about("state", v.Permit.State)
	about("time zone", v.Permit.Zone)
	about("log", v.Ledger.Log)
	about("entries read", fmt.Sprint(v.Ledger.Size))
	c.row("window", map[string]string{"name": v.Window.Name, "from": stamp(v.Window.From), "until": stamp(v.Window.Until), "value": stamp(v.Window.Measured), "what": "measured up to"})
	for _, n := range v.Notes {
		c.row("note", map[string]string{"value": text(n)})
	}
	for _, x := range v.Permit.Changes {
		c.row("change", map[string]string{"name": text(x.What), "from": stamp(x.At), "entries": fmt.Sprint(x.Entry)})
	}
	c.row("total", figureCells(v.Total))
	for _, s := range v.By {
		for _, r := range s.Rows {
			m := figureCells(r.Figure)
			m["name"], m["key"], m["sealed"] = s.By, text(r.Key), r.Sealed
			c.row("by", m)
		}
	}
	for _, d := range v.Devices {
		for _, x := range []struct {
			what string
			n    Number
		}{{"granted", d.Granted}, {"delivered in the window", d.Delivered}, {"disposed of in the window", d.Disposed}, {"held", d.Held}} {
			c.row("devices", map[string]string{"name": x.what, "key": text(d.Accelerator), "devices": fmt.Sprint(x.n), "entries": d.Entries.String()})
		}
		c.row("devices", map[string]string{"name": "in service", "key": text(d.Accelerator), "device_ms": d.InServiceMS.String(), "device_hours": plainHours(d.InServiceMS), "entries": d.Entries.String()})
		c.row("devices", map[string]string{"name": "used", "key": text(d.Accelerator), "device_ms": d.UsedMS.String(), "device_hours": plainHours(d.UsedMS), "entries": v.Total.Entries.String()})
	}
	v.csvConditions(c)
	for _, r := range v.Refusals {
		c.row("refusal", map[string]string{"what": r.Of, "kept": r.Outcome, "value": fmt.Sprint(r.Times), "entries": r.Entries.String()})
	}
	for _, x := range v.Work {
		for _, p := range x.Parts {
			c.row("work", map[string]string{
				"name": x.Job, "key": text(x.EndUser), "sealed": x.Sealed, "from": stamp(x.From), "until": stamp(x.Until), "what": text(p.Accelerator + " at " + p.Site),
				"unit": text(x.Purpose), "value": text(x.Tenant), "devices": fmt.Sprint(p.Devices), "entries": x.Entries.String(),
			})
		}
	}
	c.w.Flush()
	return c.w.Error()
}

func (v *View) csvConditions(c *csvWriter) {
	for i := range v.Conditions {
		x := &v.Conditions[i]
		c.row("condition", map[string]string{"name": x.Name, "what": x.Form, "value": text(x.Says), "kept": string(x.Kept)})
		for _, m := range x.Measures {
			c.row("measure", map[string]string{
				"name": x.Name, "key": text(m.Key), "from": stamp(m.From), "until": stamp(m.Until), "what": m.What, "unit": m.Unit, "value": m.Value.String(),
				"whole": optional(m.Whole), "bound": bound(&m), "room": m.Room.String(), "sealed": optional(m.Sealed), "kept": string(m.Kept), "entries": m.Entries.String(),
			})
		}
		for _, d := range x.Duties {
			c.row("duty", map[string]string{"name": x.Name, "from": stamp(d.Window), "until": stamp(d.Due), "what": d.State, "value": d.SHA256, "entries": entry(d.Entry)})
		}
		for _, e := range x.Evidence {
			c.row("evidence", map[string]string{"name": x.Name, "key": text(e.About), "from": stamp(e.Shown), "until": stamp(e.Until), "what": e.State, "unit": text(e.Kind), "value": e.SHA256, "entries": entry(e.Entry)})
		}
		for _, a := range x.Approvals {
			c.row("approval", map[string]string{"name": x.Name, "key": a.Job, "from": stamp(a.At), "value": text(a.By), "entries": fmt.Sprint(a.Entry)})
		}
		for _, n := range x.Notices {
			c.row("notice", map[string]string{"name": x.Name, "key": text(n.Lot), "from": stamp(n.At), "until": stamp(n.Leave), "what": text(n.Site), "entries": fmt.Sprint(n.Entry)})
		}
		for _, l := range x.Lapses {
			c.row("lapse", map[string]string{"name": x.Name, "key": text(l.Key), "from": stamp(l.At), "what": l.Limit, "unit": l.Unit, "value": l.Lost.String()})
		}
		for _, b := range x.Breaches {
			c.row("breach", map[string]string{"name": x.Name, "from": stamp(b.At), "entries": fmt.Sprint(b.Entry)})
		}
		for _, r := range x.Refusals {
			c.row("refusal", map[string]string{"name": x.Name, "what": r.Of, "kept": r.Outcome, "value": fmt.Sprint(r.Times), "entries": r.Entries.String()})
		}
	}
}

type csvWriter struct{ w *csv.Writer }

// row writes a row; an error shows at the end, as encoding/csv has it.
func (c *csvWriter) row(section string, cells map[string]string) {
	cells["section"] = section
	out := make([]string, len(csvColumns))
	for i, name := range csvColumns {
		out[i] = cells[name]
	}
	_ = c.w.Write(out)
}

func figureCells(f Figure) map[string]string {
	return map[string]string{
		"jobs": fmt.Sprint(int64(f.Jobs)), "device_ms": f.DeviceMS.String(), "device_hours": plainHours(f.DeviceMS), "energy_mj": f.EnergyMJ.String(), "entries": f.Entries.String(),
	}
}

// text keeps spreadsheets from taking what somebody wrote for a formula.
func text(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func plainHours(s Sum) string { return strings.ReplaceAll(Hours(s), ",", "") }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func optional(s *Sum) string {
	if s == nil {
		return ""
	}
	return s.String()
}

func bound(m *Measure) string {
	if m.AtLeast {
		return ">=" + m.Bound.String()
	}
	return "<=" + m.Bound.String()
}

func entry(n *Number) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(int64(*n))
}
