// Package plan simulates what a fleet under conditional permits delivers by
// when, over the same world, decision and queue that enforce, and prices each
// condition by what the plan gains without it.
package plan

import (
	"fmt"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/trace"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/world"
)

// Options say over what time and how a plan is made.
type Options struct {
	From, Until calendar.Instant
	Zone        *time.Location
	Samples     int
	Seed        uint64
	// Workers is how many samples run at once; the result does not depend on it.
	Workers int
	// Trace is recorded load; Beside says that the documents' own runs too.
	Trace  *trace.Trace
	Beside bool
	// TraceHolder is whose devices the recorded jobs may use; any when empty.
	TraceHolder string
	// Events of a scenario.
	Events []catalog.Event
	// NoCosts leaves out the cost of conditions: three runs for each sample
	// instead of one for each combination.
	NoCosts bool
	// Rooms asks for the least room left under each clause: one more run for
	// each sample.
	Rooms bool
	// Separate runs every combination of conditions by itself, instead of
	// sharing the runs that cannot differ: the reference that sharing is
	// tested against.
	Separate bool
	// Progress, if set, is told of finished runs.
	Progress func(done, all int)
}

// Problem is a plan's input, compiled: what does not change from sample to
// sample.
type Problem struct {
	Options
	Catalog *catalog.Catalog
	Rules   *world.Rules

	lots       []lot
	phases     []phase
	programmes []programme
	series     []series
	milestones []milestone
	loads      []load // of the trace, by account and devices
	loadOf     []int32
	factUnit   []quantity.Unit
	holders    map[string]int32
	fresh      []freshness // evidence that is never stale but in gaps
	// allCount: no lot is still to come, so that device-hours of all count.
	allCount bool
}

// lot is a lot as the simulation needs it.
type lot struct {
	name    string
	entry   *fleet.Lot
	stock   int32
	present bool // in service from the start
}

// milestone is a milestone of a programme.
type milestone struct {
	Programme, Name string
	Planned         calendar.Instant // Never if none
	after           []int32          // phases
}

// programme is one programme's index range of phases.
type programme struct {
	name    string
	entry   *work.Programme
	filings []filing
}

type filing struct {
	clause int32
	entry  work.Filing
}

// NewProblem compiles a catalog for a plan.
func NewProblem(c *catalog.Catalog, o Options) (*Problem, error) {
	if o.From >= o.Until {
		return nil, fmt.Errorf("the plan's period is empty: it starts on %s and ends on %s", o.From.Date(o.Zone), o.Until.Date(o.Zone))
	}
	r, err := c.Rules(o.From, o.Until)
	if err != nil {
		return nil, err
	}
	p := &Problem{Options: o, Catalog: c, Rules: r, holders: map[string]int32{"": 0}}
	for i := range c.Lots {
		e := &c.Lots[i]
		p.lots = append(p.lots, lot{e.Name, &e.Spec, r.Lots[i].Stock, !e.Spec.Arrives.Set()})
	}
	p.allCount = !p.newDevices()
	p.evidence()
	p.factUnit = make([]quantity.Unit, len(c.Facts))
	for i := range p.factUnit {
		p.factUnit[i] = quantity.Count
	}
	for i := range r.Clauses {
		if cl := &r.Clauses[i]; cl.Base == world.OfFact {
			p.factUnit[cl.Fact] = cl.Unit
		}
	}
	if o.Trace == nil || o.Beside {
		for i := range c.Programmes {
			if err := p.programme(&c.Programmes[i]); err != nil {
				return nil, err
			}
		}
		for i := range c.Jobs {
			if err := p.job(&c.Jobs[i]); err != nil {
				return nil, err
			}
		}
	}
	if o.Trace != nil {
		if p.traced(o.Trace); len(p.loads) > 0 && len(p.loads[0].options) == 0 {
			return nil, fmt.Errorf("the trace has no devices to run on: its mapping names the holder %q, and no lot is theirs", o.TraceHolder)
		}
	}
	return p, nil
}

// domain gives the queue of a holder.
func (p *Problem) domain(holder string) int32 {
	id, ok := p.holders[holder]
	if !ok {
		id = int32(len(p.holders))
		p.holders[holder] = id
	}
	return id
}

// day gives a moment in the plan's zone.
func (p *Problem) day(m calendar.Moment) int64 { return int64(m.In(p.Zone)) }

// clauseOf finds a clause of a permit by name; −1 if there is none.
func (p *Problem) clauseOf(permit, name string) int32 {
	for i := range p.Rules.Clauses {
		c := &p.Rules.Clauses[i]
		if c.Name == name && p.Rules.Permits[c.Permit].Name == permit {
			return int32(i)
		}
	}
	return -1
}

func milliseconds(d quantity.Duration) int64       { return int64(d) }
func instant(d quantity.Duration) calendar.Instant { return calendar.Instant(d) }
