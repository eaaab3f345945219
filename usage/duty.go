package usage

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// duties lists the reports that were due within the window or are about one that
// ended in it.
func (h *history) duties(x *piece, p *period) []Duty {
	var out []Duty
	fulfilled := 0 // windows, as the core counts them
	for i := range h.ed.rules.Clauses {
		if c := &h.ed.rules.Clauses[i]; c.Permit == h.ed.permit && c.Name == x.clause.Name {
			fulfilled = h.ed.world.Clause(int32(i)).Filed
		}
	}
	for k, due := range x.clause.Due {
		about := due.Window > p.from && due.Window <= p.until
		if !about && !(due.At >= p.from && due.At < p.until) || due.Window > p.measured || due.At < h.editions[0].from {
			continue
		}
		d := Duty{Window: p.time(due.Window), Due: p.time(due.At), State: "due"}
		f := slices.IndexFunc(h.filings, func(f filing) bool { return f.condition == x.clause.Name && f.window == due.Window })
		switch {
		case f >= 0:
			d.State = "filed"
			if h.filings[f].at >= due.At {
				d.State = "late"
			}
			entry := Number(h.filings[f].entry)
			d.Filed, d.Entry, d.SHA256 = p.time(h.filings[f].at), &entry, h.filings[f].sha256
		case fulfilled > k:
			d.State = "not owed"
		case due.At <= h.now:
			d.State = "overdue"
		}
		out = append(out, d)
	}
	return out
}

// evidence says what was shown last of the devices under the permit, as far as
// the window goes: of each kind of devices at use, of each lot before delivery.
func (h *history) evidence(x *piece, p *period) []Evidence {
	c, ed := x.clause, x.ed
	kind := ed.rules.EvidenceKinds[c.Kind]
	var out []Evidence
	seen := map[string]bool{}
	for _, d := range h.deliveries {
		in := ed.stockAt(d.lot, d.site)
		if in < 0 {
			continue // its documents came later
		}
		stock := &ed.rules.Stocks[in]
		about := d.lot
		if c.At != permit.Delivery {
			if about = stock.LotName; ed.stock(about) != in {
				about += " at " + d.site // they moved there
			}
		}
		if d.at > p.measured || d.at >= p.until || d.until <= p.from || seen[about] || !slices.Contains(stock.Permits, ed.permit) {
			continue
		}
		seen[about] = true
		e := Evidence{Kind: kind, About: about, State: "never shown", Used: h.ran(stock.LotName, d.site, p)}
		for _, s := range h.sightings {
			of := ed.sees(&s) == in && !s.certificate
			if c.At == permit.Delivery {
				of = s.lot == d.lot && s.certificate
			}
			if !of || s.kind != kind || s.at > p.measured || s.at >= p.until {
				continue
			}
			entry := Number(s.entry)
			e = Evidence{Kind: kind, About: about, State: "fresh", Used: e.Used, Shown: p.time(s.at), Entry: &entry, SHA256: s.sha256}
			switch until := s.at + c.MaxAge; {
			case s.always:
				e.State = "renewed by the demonstration"
			case c.At != permit.Delivery && c.MaxAge > 0:
				e.Until = p.time(until)
				if min(p.measured, p.until-1) > until {
					e.State = "stale"
				}
			}
			if s.always {
				break
			}
		}
		out = append(out, e)
	}
	return out
}

// sees gives the stock that evidence is about, or -1.
func (e *edition) sees(s *sighting) int32 {
	if s.site == "" {
		return e.stock(s.lot)
	}
	return e.stockAt(s.lot, s.site)
}

// ran reports whether a stock's devices were in use within the window.
func (h *history) ran(stock, site string, p *period) bool {
	for _, r := range h.runs {
		if _, _, in := r.clip(p); in && slices.ContainsFunc(r.parts, func(x part) bool { return x.lot == stock && x.site == site }) {
			return true
		}
	}
	return false
}

// clip cuts a run to what is measured of a window.
func (r *run) clip(p *period) (from, until calendar.Instant, in bool) {
	from, until = max(r.from, p.from), min(r.to, p.until, p.measured)
	starts := r.from >= p.from && r.from < p.until && r.from <= p.measured
	return from, max(from, until), starts || until > from
}
