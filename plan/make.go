package plan

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// kept is what is kept of a run for the result.
type kept struct {
	milestones []int64 // instants, the period's end where not reached
	missed     []bool
	used       int64       // device-ms of programmes on new devices
	energy     account.Sum // mJ of programmes up to their milestones
	wait       int64       // ms that recorded jobs wait, those that still do up to the period's end
}

func (p *Problem) keep(o *outcome) kept {
	k := kept{used: o.Used, wait: o.Trace.Wait + o.Trace.Open, milestones: make([]int64, len(o.Milestones)), missed: make([]bool, len(o.Milestones))}
	for i, t := range o.Milestones {
		k.milestones[i], k.missed[i] = int64(min(t, p.Until)), t >= p.Until
	}
	if n := len(o.Energy); n > 0 {
		k.energy = o.Energy[n-1]
	}
	return k
}

// sampled holds one sample's runs.
type sampled struct {
	without, none kept
	full          kept
	rests         outcome // of the full run: what acted and what it rests on
	state         fullState
	// values are the combinations of the active groups, by mask.
	values []kept
	runs   int
	fresh  []bool // groups that acted though they are not among the active ones
}

// Make makes a plan. It gives the same result for the same problem, however
// many workers run. Cancelling ctx ends it early with ctx's error.
func Make(ctx context.Context, p *Problem) (*Result, error) {
	m := &maker{p: p, all: make([]sampled, p.Samples)}
	if err := m.worlds(ctx); err != nil {
		return nil, err
	}
	if !p.NoCosts {
		if err := m.combinations(ctx); err != nil {
			return nil, err
		}
	}
	if p.Rooms {
		if err := m.rooms(ctx); err != nil {
			return nil, err
		}
	}
	return m.result()
}

type maker struct {
	p      *Problem
	all    []sampled
	active []int32 // groups that are priced by simulation
	events []int
	done   atomic.Int64
	runs   atomic.Int64
	drawn  []*sample
	orders int                  // drawn orders, when there are too many groups for all combinations
	least  []map[string]float64 // the least room by sample and clause, if asked for
}

func (m *maker) workers() int {
	if m.p.Workers > 0 {
		return min(m.p.Workers, max(1, m.p.Samples))
	}
	return min(runtime.GOMAXPROCS(0), max(1, m.p.Samples))
}

// each calls f for every sample, on several workers, each with a simulator of
// its own.
func (m *maker) each(ctx context.Context, f func(*run, int)) error {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range m.workers() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := newRun(m.p)
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= m.p.Samples {
					return
				}
				f(r, n)
				if m.p.Progress != nil {
					m.p.Progress(int(m.done.Add(1)), m.passes()*m.p.Samples)
				}
			}
		}()
	}
	wg.Wait()
	return ctx.Err()
}

// passes is how many times each sample is gone through.
func (m *maker) passes() int {
	n := 1
	if !m.p.NoCosts {
		n++
	}
	if m.p.Rooms {
		n++
	}
	return n
}

// worlds makes the three runs of every sample: without the new devices, with
// them on no conditions, on their conditions. Where no devices are to come the
// first is the last.
func (m *maker) worlds(ctx context.Context) error {
	p := m.p
	m.drawn = make([]*sample, p.Samples)
	m.events = make([]int, p.Samples)
	everything := make([]bool, len(p.Rules.Groups))
	for i := range everything {
		everything[i] = true
	}
	err := m.each(ctx, func(r *run, n int) {
		s := p.draw(n)
		m.drawn[n] = s
		a := &m.all[n]
		fresh := p.newDevices()
		if fresh {
			a.without = p.keep(r.do(s, nil, true))
			m.runs.Add(1)
		}
		a.none = p.keep(r.do(s, everything, false))
		a.state.none = r.result.Trace
		a.state.noneLeft = r.leftovers()
		o := r.do(s, nil, false)
		a.full = p.keep(o)
		if !fresh {
			a.without = a.full // no lot is missing without those that are to come
		}
		a.rests = outcome{Acted: slices.Clone(o.Acted), Needed: slices.Clone(o.Needed)}
		a.state.read(r)
		m.events[n] = o.Events
		m.runs.Add(2)
	})
	if err != nil {
		return err
	}
	for g := range p.Rules.Groups {
		for n := range m.all {
			if m.all[n].rests.Acted[g] {
				m.active = append(m.active, int32(g))
				break
			}
		}
	}
	return nil
}

// muted gives the flags of all groups but those that a mask of the active ones
// keeps and those that are not active.
func (m *maker) muted(mask uint32, flags []bool) []bool {
	clear(flags)
	for i, g := range m.active {
		flags[g] = mask&(1<<i) == 0
	}
	return flags
}

// combinations runs every combination of the active groups, for every sample.
// A group that acts in a smaller combination though it never did in the full
// one joins the active groups, and all is run anew.
func (m *maker) combinations(ctx context.Context) error {
	for {
		if len(m.active) > maxExact {
			return m.drawnOrders(ctx)
		}
		err := m.each(ctx, m.combine)
		if err != nil {
			return err
		}
		added := false
		for g := range m.p.Rules.Groups {
			for n := range m.all {
				if m.all[n].fresh[g] {
					m.active = append(m.active, int32(g))
					added = true
					break
				}
			}
		}
		if !added {
			return nil
		}
		slices.Sort(m.active)
	}
}

// maxExact is how many groups are priced by every combination.
const maxExact = 11

// combine runs the combinations of one sample. Runs are shared: one run under S
// stands for every R with B ⊆ R ⊆ S, where B are the groups that the run rests
// on. By induction over the events: up to any instant both runs have gone the
// same way; a group outside B moved nothing and acted on nothing, and wherever
// it refused, a refusal by one in B led to the same: the same size, the same
// instant to look again, the same account to wait for, the same instant of a
// head. So without it the next event is the same.
func (m *maker) combine(r *run, n int) {
	a := &m.all[n]
	size := uint32(1) << len(m.active)
	a.values = make([]kept, size)
	a.fresh = make([]bool, len(m.p.Rules.Groups))
	known := make([]bool, size)
	flags := make([]bool, len(m.p.Rules.Groups))
	for s := int64(size) - 1; s >= 0; s-- {
		mask := uint32(s)
		if known[mask] {
			continue
		}
		o, k := &a.rests, a.full // with all active groups it is the full run
		if mask != size-1 || m.p.Separate {
			o = r.do(m.drawn[n], m.muted(mask, flags), false)
			k = m.p.keep(o)
			a.runs++
		}
		bound := m.bound(o, mask, a.fresh)
		if m.p.Separate {
			bound = mask
		}
		// Every R between B and S has the same run.
		for free := mask &^ bound; ; free = (free - 1) & (mask &^ bound) {
			if sub := bound | free; !known[sub] {
				known[sub], a.values[sub] = true, k
			}
			if free == 0 {
				break
			}
		}
	}
	m.runs.Add(int64(a.runs))
}

// bound gives the mask of the active groups that the run rests on, and marks
// those that had an effect without being active.
func (m *maker) bound(o *outcome, mask uint32, fresh []bool) uint32 {
	b := uint32(0)
	for g, acted := range o.Acted {
		switch i := slices.Index(m.active, int32(g)); {
		case i < 0:
			fresh[g] = fresh[g] || acted
		case o.Needed[g]:
			b |= 1 << i
		}
	}
	return b & mask
}

// fullState is what the result says of a run on all conditions beside its
// milestones.
type fullState struct {
	effective []calendar.Instant
	delivered [][]int64 // by permit and grant
	held      [][]string
	inUse     []int64
	breach    []calendar.Instant // by clause
	trace     traceOutcome
	left      map[int32]int // recorded jobs that still wait, by load
	none      traceOutcome
	noneLeft  map[int32]int
	refused   map[refusedKey]int
}

type refusedKey struct {
	job    string
	clause int32
}

func (f *fullState) read(r *run) {
	rules := r.p.Rules
	f.trace, f.left = r.result.Trace, r.leftovers()
	f.refused = map[refusedKey]int{}
	for k, n := range r.refused {
		f.refused[k] = n
	}
	f.effective = make([]calendar.Instant, len(rules.Permits))
	f.inUse = make([]int64, len(rules.Permits))
	f.delivered = make([][]int64, len(rules.Permits))
	f.held = make([][]string, len(rules.Permits))
	for i := range rules.Permits {
		f.effective[i] = r.effective(int32(i))
		f.delivered[i] = slices.Clone(r.w.Permit(int32(i)).Delivered)
	}
	for i := range r.lots {
		l := &r.lots[i]
		if l.rest == 0 || r.p.lots[i].present {
			continue
		}
		st := &rules.Stocks[r.p.lots[i].stock]
		name := r.heldBy(i)
		for _, p := range st.Permits {
			if !slices.Contains(f.held[p], name) {
				f.held[p] = append(f.held[p], name)
			}
		}
	}
	r.w.Each(func(_ world.JobID, j *world.Running) {
		for i := range rules.Permits {
			n := int64(0)
			add := func(p world.Part) {
				if slices.Contains(rules.Stocks[p.Stock].Permits, int32(i)) {
					n += p.Devices
				}
			}
			add(j.First)
			for _, p := range j.More {
				add(p)
			}
			f.inUse[i] += n
		}
	})
	for i := range rules.Clauses {
		f.breach = append(f.breach, r.w.Clause(int32(i)).Breach)
	}
}

// heldBy names what holds a lot back of which not all has come.
func (r *run) heldBy(lot int) string {
	l := &r.lots[lot]
	if l.ready && l.blocked != noClause {
		return r.p.reasonName(l.blocked, l.form)
	}
	if by := r.closedGate(r.p.Rules.Stocks[r.p.lots[lot].stock].Permits); by != "" {
		return by
	}
	return "not due in the period"
}

// closedGate names the endorsement that a lot still waits for at the end.
func (r *run) closedGate(permits []int32) string {
	for _, p := range permits {
		for k, t := range r.sample.endorsed[p] {
			if t >= r.p.Until {
				return r.p.Rules.Groups[r.p.Rules.Permits[p].GateGroups[k]].Name
			}
		}
	}
	return ""
}

// reasonName names what refused: PERMIT/CLAUSE, or what a permit demands.
func (p *Problem) reasonName(clause int32, form world.Form) string {
	if clause < 0 {
		pm := &p.Rules.Permits[-1-clause]
		if form == world.Grant {
			return pm.Name + ": quantity granted"
		}
		return pm.Name + ": in effect"
	}
	c := &p.Rules.Clauses[clause]
	return p.Rules.Permits[c.Permit].Name + "/" + c.Name
}
