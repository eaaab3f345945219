package usage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/world"
)

// view puts the report together.
func (h *history) view(w Window) (*View, error) {
	pm := &h.ed.rules.Permits[h.ed.permit]
	loc, err := h.zone(h.ed.catalog.Permits[h.ed.permit].Spec.Valid.TimeZone)
	if err != nil {
		return nil, err
	}
	spec, err := control.SpecHash(h.ed.catalog.Permits[h.ed.permit].Document)
	if err != nil {
		return nil, err
	}
	p := &period{loc: loc}
	if p.from, p.until, err = w.Span(loc); err != nil {
		return nil, err
	}
	if p.from > h.now {
		return nil, fmt.Errorf("report of permit %s: the window %s begins on %s, and the ledger tells of nothing after %s", h.permit, w, p.from.Stamp(loc), h.now.Stamp(loc))
	}
	p.measured = min(p.until, h.now)
	v := &View{
		Format: Format,
		Permit: Permit{
			Name: h.permit, Holder: pm.Holder, Version: fmt.Sprint(h.ed.catalog.Permits[h.ed.permit].Version), Spec: spec, State: h.stateOf(), Zone: loc.String(),
			From: p.time(pm.From), Until: p.time(pm.Until),
		},
		Window:  Period{Name: w.String(), From: p.time(p.from), Until: p.time(p.until), Measured: p.time(p.measured), Over: p.over()},
		Ledger:  Ledger{Log: h.log, Size: Number(h.size), At: p.time(h.now), Demo: h.demo},
		Devices: h.devices(p),
	}
	for _, c := range h.changes {
		if p.within(c.at) {
			v.Permit.Changes = append(v.Permit.Changes, Change{p.time(c.at), c.what, Number(c.entry)})
		}
	}
	h.totals(v, p)
	v.Conditions = h.conditions(p)
	v.Refusals = h.counts("", p)
	v.Notes = h.notes(v, p)
	return v, nil
}

// stateOf is the permit's state as the ledger tells it last.
func (h *history) stateOf() string {
	if s := h.ed.world.Permit(h.ed.permit); s.Why == world.Expired {
		return "expired"
	}
	return h.state
}

// tally adds up use under one key.
type tally struct {
	figure  Figure
	jobs    map[string]bool
	entries []int64
}

func (t *tally) add(r *run, x *part, from, until calendar.Instant) {
	ms, energy := x.used(from, until)
	t.figure.DeviceMS.Sum = t.figure.DeviceMS.Add(ms)
	t.figure.EnergyMJ.Sum = t.figure.EnergyMJ.Add(energy)
	if t.jobs == nil {
		t.jobs = map[string]bool{}
	}
	t.jobs[r.job.number] = true
	t.entries = append(t.entries, r.job.entry, r.start, r.end)
}

func (t *tally) done() Figure {
	t.figure.Jobs, t.figure.Entries = Number(len(t.jobs)), entriesOf(t.entries)
	return t.figure
}

// splitKey is what use is split by, and a row's key in it.
type splitKey struct{ by, key, sealed string }

// splits are what the total is split by.
var splits = []string{"endUser", "purpose", "tenant", "site", "accelerator"}

// totals adds up the work on the permit's devices.
func (h *history) totals(v *View, p *period) {
	var total tally
	rows := map[splitKey]*tally{}
	for _, r := range h.runs {
		from, until, in := r.clip(p)
		if !in {
			continue
		}
		a := &r.job.attributes
		w := Work{
			Job: r.job.number, From: p.time(from), Until: p.time(until), Runs: r.to > p.measured || r.to > p.until,
			EndUser: a.EndUser, Sealed: r.job.sealedUser, Purpose: a.Purpose, Tenant: a.Tenant, Declared: r.job.by,
		}
		for i := range r.parts {
			x := &r.parts[i]
			if !x.under {
				continue
			}
			ms, energy := x.used(from, until)
			w.DeviceMS.Sum, w.EnergyMJ.Sum = w.DeviceMS.Add(ms), w.EnergyMJ.Add(energy)
			w.Parts = append(w.Parts, Placed{x.accelerator, x.site, Number(x.devices)})
			total.add(r, x, from, until)
			for _, k := range []splitKey{
				{"endUser", a.EndUser, r.job.sealedUser}, {by: "purpose", key: a.Purpose}, {by: "tenant", key: a.Tenant}, {by: "site", key: x.site}, {by: "accelerator", key: x.accelerator},
			} {
				if rows[k] == nil {
					rows[k] = new(tally)
				}
				rows[k].add(r, x, from, until)
			}
		}
		w.Entries = entriesOf([]int64{r.job.entry, r.start, r.end})
		v.Work = append(v.Work, w)
	}
	v.Total = total.done()
	declared := h.ed.rules.Permits[h.ed.permit].Declared
	for _, by := range splits {
		s := Split{By: by, Rows: []SplitRow{}}
		for k, t := range rows {
			if k.by != by {
				continue
			}
			row := SplitRow{Key: k.key, Sealed: k.sealed, Figure: t.done()}
			if by == "endUser" && declared[k.key] {
				row.Declared, row.Country = true, h.ed.rules.EndUsers[k.key].Country
			}
			s.Rows = append(s.Rows, row)
		}
		slices.SortFunc(s.Rows, func(a, b SplitRow) int {
			return cmp.Or(cmp.Compare(a.Sealed, b.Sealed), cmp.Compare(a.Key, b.Key))
		})
		v.By = append(v.By, s)
	}
}

// devices counts those under the permit.
func (h *history) devices(p *period) []Devices {
	var out []Devices
	pm := &h.ed.rules.Permits[h.ed.permit]
	for _, g := range pm.Grants {
		d := Devices{Accelerator: h.ed.rules.Products[g.Product].Name, Granted: Number(g.Quantity)}
		var entries []int64
		for _, x := range h.deliveries {
			stock := &h.ed.rules.Stocks[h.ed.stockAt(x.lot, x.site)]
			if stock.Product != g.Product || !slices.Contains(stock.Permits, h.ed.permit) || x.at > p.measured || x.at >= p.until {
				continue
			}
			if x.until > min(p.measured, p.until-1) {
				d.Held += Number(x.n)
			} else {
				if x.until >= p.from {
					d.Disposed += Number(x.left)
				}
				entries = append(entries, x.went)
			}
			if x.at >= p.from && !x.again {
				d.Delivered += Number(x.n)
			}
			in := part{devices: x.n}
			ms, _ := in.used(max(x.at, p.from), min(x.until, p.measured))
			d.InServiceMS.Sum = d.InServiceMS.Add(ms)
			entries = append(entries, x.entry, x.came)
		}
		for _, r := range h.runs {
			from, until, in := r.clip(p)
			for i := range r.parts {
				if x := &r.parts[i]; in && x.under && x.accelerator == d.Accelerator {
					ms, _ := x.used(from, until)
					d.UsedMS.Sum = d.UsedMS.Add(ms)
				}
			}
		}
		d.Entries = entriesOf(entries)
		out = append(out, d)
	}
	return out
}

// notes says what a reader could miss.
func (h *history) notes(v *View, p *period) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !v.Window.Over {
		add("The window is not over: figures count up to %s, where the ledger ends.", p.measured.Stamp(p.loc))
	}
	if from := h.editions[0].from; from > p.from {
		add("The ledger begins on %s, after the window's beginning: it tells nothing of the time before.", from.Stamp(p.loc))
	}
	if gone := h.gone(p); gone > 0 {
		add("%s left the fleet within the window: what was delivered stays delivered.", count(int(gone), "device", "devices"))
	}
	if moved := h.moved(p); moved > 0 {
		add("%s came from another site within the window: use counts where they stood.", count(int(moved), "device", "devices"))
	}
	running := 0
	for _, w := range v.Work {
		if w.Runs {
			running++
		}
	}
	switch {
	case running > 0 && v.Window.Over:
		add("%s past the window's end: use after it is not counted here.", count(running, "job runs on", "jobs run on"))
	case running > 0:
		add("%s still: use from now on is not counted yet.", count(running, "job runs", "jobs run"))
	}
	sealed, open := Figure{}, 0
	for _, r := range v.By[0].Rows {
		if r.Sealed != "" {
			open++
			sealed.DeviceMS.Sum = sealed.DeviceMS.Add(r.DeviceMS.Sum)
			sealed.Jobs += r.Jobs
		}
	}
	if open > 0 {
		add("The end users of %s, which used %s device-hours, are not disclosed: each stands as its commitment, and conditions on end users are undetermined where they could count.", count(int(sealed.Jobs), "job", "jobs"), Hours(sealed.DeviceMS))
	}
	if len(v.Work) == 0 {
		add("Nothing ran on the permit's devices within the window.")
	}
	var versions []string
	for _, c := range v.Permit.Changes {
		if strings.HasPrefix(c.What, "version ") {
			versions = append(versions, c.What+" on "+c.At.Format("2006-01-02"))
		}
	}
	if len(versions) > 0 {
		add("The permit was amended within the window: %s. A changed bound counts for the whole of a condition's current window; a changed sum begins a new one.", strings.Join(versions, ", "))
	}
	if h.demo {
		add("The ledger is a demonstration: throwaway keys stand for the authorities.")
	}
	return out
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
