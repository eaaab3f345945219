package plan

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// freshness is a kind of evidence about a stock.
type freshness struct{ stock, kind int32 }

// evidence finds what is renewed often enough to be always fresh.
func (p *Problem) evidence() {
	p.renewed(func(f freshness, every calendar.Instant) {
		if p.alwaysFresh(f, every) {
			p.fresh = append(p.fresh, f)
		}
	})
}

// renewed calls f with each kind of evidence that is renewed, by stock, and how
// often.
func (p *Problem) renewed(f func(freshness, calendar.Instant)) {
	for s := range p.Rules.Stocks {
		for _, ev := range p.lots[p.Rules.Stocks[s].Lots[0]].entry.Evidence {
			if ev.Every > 0 {
				f(freshness{int32(s), p.kindOf(ev.Kind)}, instant(ev.Every))
			}
		}
	}
}

func (p *Problem) alwaysFresh(f freshness, every calendar.Instant) bool {
	for _, n := range p.Rules.Stocks[f.stock].Permits {
		pm := &p.Rules.Permits[n]
		for i := pm.First; i < pm.Last; i++ {
			c := &p.Rules.Clauses[i]
			if c.Form == world.Evidence && c.Kind == f.kind && c.MaxAge > 0 && c.MaxAge < every {
				return false
			}
		}
	}
	return true
}

// timeline lists in order what happens in a sample whatever the run does: the
// steps of facts, incidents, reports, evidence, the submissions of series. Runs
// go through it beside the heap of what they lead to themselves.
func (p *Problem) timeline(s *sample) []event {
	out := []event{}
	at := func(t calendar.Instant, k kind, id, more int32) {
		if t < p.Until {
			out = append(out, event{at: max(t, p.From), seq: uint32(len(out) + 1), kind: k, id: id, more: more})
		}
	}
	for i, f := range s.facts {
		at(f.at, factChanges, int32(i), 0)
	}
	p.renewed(func(f freshness, every calendar.Instant) {
		if p.alwaysFresh(f, every) {
			return
		}
		// What is renewed more seldom than a condition allows goes stale between.
		for t := p.From; t < p.Until; t += every {
			at(t, evidenceSeen, f.stock, f.kind)
		}
	})
	for _, g := range s.gaps {
		at(g.from, evidenceStops, g.stock, g.kind)
		at(g.until, evidenceComes, g.stock, g.kind)
	}
	for i, e := range s.events {
		at(e.at, incident, int32(i), 0)
	}
	for _, f := range s.filings {
		at(f.at, filed, f.clause, f.window)
	}
	id := int32(0)
	for i := range p.series {
		for _, t := range p.series[i].starts {
			at(t, submits, id, 0) // run.book numbers them the same way
			id++
		}
	}
	slices.SortFunc(out, func(a, b event) int {
		if a.before(&b) {
			return -1
		}
		return 1
	})
	return out
}
