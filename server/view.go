package server

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/explanation"
	"github.com/proviso-dev/proviso/quantity"
)

func timeOf(t calendar.Instant) time.Time { return t.Time(time.UTC) }

// maybe is a time, or nil for never.
func maybe(t calendar.Instant) *time.Time {
	if t >= calendar.Never {
		return nil
	}
	out := timeOf(t)
	return &out
}

// stamp reads an instant of an entry.
func stamp(text string) *time.Time {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	return maybe(calendar.Instant(ms))
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// length writes a duration of an entry as people write it.
func length(text string) string {
	if text == "" {
		return ""
	}
	return quantity.Duration(number(text)).String()
}

func jobView(j *control.Job, demo bool) api.Job {
	f := j.Fact
	out := api.Job{
		Number: j.Number, State: string(j.State), DeclaredBy: f.By, Submitted: timeOf(j.Submitted),
		Began: maybe(j.Began), Until: maybe(j.Until), Ended: maybe(j.Ended), Placement: partsView(j.Parts), Verdict: verdictView(j.Verdict), Demo: demo,
	}
	out.Submission = submissionView(j.Name, j.EndUser, f)
	return out
}

// submissionView is what was submitted, or announced.
func submissionView(name, endUser string, f *control.Submit) api.Submission {
	out := api.Submission{
		Name: name, EndUser: endUser, Purpose: f.Purpose, Holder: f.Holder, Tenant: f.Tenant, Model: f.Model, Kind: f.JobKind,
		Accelerators: f.Accelerators, Sites: f.Sites, For: length(f.Limit), Expected: length(f.Expected), Checkpoint: length(f.Checkpoint),
		Priority: int(number(f.Priority)), Booking: f.Booking,
	}
	if f.Min == f.Max {
		out.Devices = number(f.Min)
	} else {
		out.MinDevices, out.MaxDevices = number(f.Min), number(f.Max)
	}
	return out
}

func partsView(parts []control.Part) []api.Part {
	out := make([]api.Part, len(parts))
	for i, p := range parts {
		out[i] = api.Part{Accelerator: p.Accelerator, Site: p.Site, Lot: p.Lot, Devices: number(p.Devices)}
	}
	return out
}

func verdictView(v *control.Verdict) *api.Verdict {
	if v == nil {
		return nil
	}
	out := &api.Verdict{Outcome: v.Outcome, Again: stamp(v.Again), Missing: v.Missing, Cut: v.Cut, Hash: v.Hash}
	for _, b := range v.Because {
		if !slices.Contains(out.Because, b.Clause) {
			out.Because = append(out.Because, b.Clause)
		}
	}
	return out
}

func effectsView(effects []control.Effect) []api.Effect {
	out := make([]api.Effect, len(effects))
	for i, e := range effects {
		out[i] = api.Effect{
			At: stamp(e.At), Do: string(e.Do), Job: e.Job, Permit: e.Permit, Version: e.Version, Lot: e.Lot, Devices: number(e.Devices), By: e.By, Until: stamp(e.End),
		}
		for _, p := range e.Parts {
			out[i].Devices += number(p.Devices)
		}
	}
	return out
}

func recordedView(d *Done) *api.Recorded {
	out := &api.Recorded{Entry: d.Index, At: timeOf(d.At), Verdict: verdictView(d.Outcome.Verdict), Effects: effectsView(d.Outcome.Effects)}
	if v := d.Outcome.Verdict; v != nil && v.Devices != "" {
		n := number(v.Devices)
		out.Devices = &n
	}
	return out
}

func permitView(p *control.Permit, whole, demo bool) api.Permit {
	out := api.Permit{
		Name: p.Name, Version: p.Version, Holder: p.Holder, State: p.State, From: timeOf(p.From), Until: timeOf(p.Until), TimeZone: p.Zone,
		Required: p.Required, Missing: p.Missing, Spec: p.Spec, LastAct: p.LastAct, Acts: p.Acts, Demo: demo,
	}
	for by := range p.Endorsed {
		out.Endorsed = append(out.Endorsed, by)
	}
	slices.Sort(out.Endorsed)
	if !whole {
		return out
	}
	for _, g := range p.Grants {
		out.Grants = append(out.Grants, api.Grant{Accelerator: g.Accelerator, Granted: g.Granted, Delivered: g.Delivered, InService: g.In, InUse: g.Used})
	}
	for _, c := range p.Conditions {
		out.Conditions = append(out.Conditions, api.Condition{
			Name: c.Name, Form: c.Form, Basis: c.Basis, Source: c.Source, Holding: c.Holding, Overdue: c.Missed,
			Breach: maybe(c.Breach), Broken: c.Broken, Judged: c.Judged,
		})
	}
	return out
}

func lotView(l *control.Lot) api.Lot {
	var at []api.Standing
	for _, x := range l.At {
		at = append(at, api.Standing(x))
	}
	return api.Lot{
		Name: l.Name, Accelerator: l.Accelerator, Site: l.Site, Holder: l.Holder, Supplier: l.Supplier, Permits: l.Permits,
		Quantity: l.Quantity, Delivered: l.Delivered, Waiting: l.Waiting, Disposed: l.Disposed, At: at,
	}
}

func givenView(g *control.Given) api.Given {
	return api.Given{Notice: api.Notice{Condition: g.Condition, Lot: g.Lot, Site: g.Site}, At: timeOf(g.At), Leave: timeOf(g.Leave)}
}

func lookView(l *control.Look) api.Look {
	return api.Look{
		Accelerator: l.Accelerator, Site: l.Site, Devices: l.Devices, Free: l.Free, Outcome: l.Outcome, Again: maybe(l.Again), Reasons: l.Reasons,
	}
}

func accountView(a *control.Account) api.Account {
	out := api.Account{
		Permit: a.Permit, Condition: a.Condition, Form: a.Form, Measure: string(a.Measure), Key: a.Key, Side: a.Side,
		Used: explanation.Show(a.Used, a.Unit), UsedExact: a.Used.String(), Unit: string(a.Unit),
	}
	if a.From < a.Until {
		out.From, out.Until = maybe(a.From), maybe(a.Until)
	}
	if a.Bound != nil {
		out.Bound, out.BoundExact = explanation.Show(*a.Bound, a.Unit), a.Bound.String()
		out.Room = explanation.Show(a.Bound.Sub(a.Used).Max(account.Sum{}), a.Unit)
	}
	return out
}

// forecasts are what will happen to conditions if nothing changes.
func forecasts(s *control.State, now calendar.Instant) []api.Forecast {
	var out []api.Forecast
	for _, a := range s.Accounts(now) {
		if a.Reached == calendar.Never || a.Bound == nil {
			continue
		}
		of := ""
		if a.Key != "" {
			of = " of " + a.Key
		}
		out = append(out, api.Forecast{
			At: timeOf(a.Reached), What: "reached", Permit: a.Permit, Condition: a.Condition, Key: a.Key,
			Says: "at this rate the " + string(a.Measure) + of + " pass " + explanation.Show(*a.Bound, a.Unit) + " on " + a.Reached.Date(time.UTC),
		})
	}
	for _, p := range s.Permits() {
		if p.Until > now && p.Until < calendar.Never {
			out = append(out, api.Forecast{At: timeOf(p.Until), What: "expires", Permit: p.Name, Says: "the permit expires on " + p.Until.Date(time.UTC)})
		}
		for _, c := range p.Conditions {
			if c.Missed {
				out = append(out, api.Forecast{At: timeOf(now), What: "overdue", Permit: p.Name, Condition: c.Name, Says: "it is overdue"})
			}
		}
	}
	for _, d := range s.Duties(now) {
		out = append(out, api.Forecast{At: timeOf(d.At), What: "due", Permit: d.Permit, Condition: d.Condition, Says: "it is due on " + d.At.Date(time.UTC)})
	}
	slices.SortStableFunc(out, func(a, b api.Forecast) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Permit, b.Permit), cmp.Compare(a.Condition, b.Condition))
	})
	return out
}
