package plan

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// result puts the plan together.
func (m *maker) result() (*Result, error) {
	p := m.p
	r := &Result{
		Format: Format, From: p.time(p.From), Until: p.time(p.Until), Zone: p.Zone.String(),
		NewDevices: p.newDevices(), Samples: p.Samples, Seed: p.Seed, Runs: int(m.runs.Load()), Sampled: m.orders > 0,
	}
	slices.Sort(m.events)
	if len(m.events) > 0 {
		r.Events = m.events[(len(m.events)-1)/2]
	}
	r.Combinations = 1 << min(len(m.active), 30)
	for i := range p.milestones {
		r.Milestones = append(r.Milestones, m.milestone(i))
	}
	if r.NoCosts = p.NoCosts; !p.NoCosts {
		r.Costs = m.costs()
	}
	m.permits(r)
	for i := range p.phases {
		for k := range p.phases[i].predicted {
			r.Yield = append(r.Yield, p.phases[i].predicted[k].row)
		}
	}
	m.refused(r)
	r.Rooms = m.roomOf()
	if p.Trace != nil {
		m.trace(r)
	}
	for _, x := range r.Milestones {
		r.Late = r.Late || x.Conditional.Beyond[1]
	}
	m.words(r)
	if err := m.series(r); err != nil {
		return nil, err
	}
	return r, nil
}

func (m *maker) dates(read func(*sampled) (int64, bool)) Dates {
	v := make([]int64, len(m.all))
	missed := 0
	for n := range m.all {
		t, miss := read(&m.all[n])
		v[n] = t
		if miss {
			missed++
		}
	}
	slices.Sort(v)
	var d Dates
	for i, percent := range []int{10, 50, 90} {
		t := rank(v, percent)
		*[]*time.Time{&d.Early, &d.Middle, &d.Late}[i] = m.p.time(calendar.Instant(t))
		d.Beyond[i] = t >= int64(m.p.Until)
	}
	d.Missed = missed
	return d
}

func (m *maker) milestone(i int) MilestoneResult {
	ms := &m.p.milestones[i]
	x := MilestoneResult{Programme: ms.Programme, Name: ms.Name}
	if ms.Planned < calendar.Never {
		t := m.p.time(ms.Planned)
		x.Planned = &t
	}
	of := func(k *kept) (int64, bool) { return k.milestones[i], k.missed[i] }
	x.Without = m.dates(func(s *sampled) (int64, bool) { return of(&s.without) })
	x.None = m.dates(func(s *sampled) (int64, bool) { return of(&s.none) })
	x.Conditional = m.dates(func(s *sampled) (int64, bool) { return of(&s.full) })
	x.Delay = x.Conditional.Middle.UnixMilli() - x.None.Middle.UnixMilli()
	x.Gain = x.Without.Middle.UnixMilli() - x.None.Middle.UnixMilli()
	x.Left = x.Without.Middle.UnixMilli() - x.Conditional.Middle.UnixMilli()
	return x
}

func (m *maker) permits(r *Result) {
	p := m.p
	for i := range p.Rules.Permits {
		pm := &p.Rules.Permits[i]
		x := PermitResult{Permit: pm.Name, Holder: pm.Holder, Had: []string{}, Missing: []string{}}
		for k, a := range pm.Required {
			name := p.Rules.Authorities[a]
			had := slices.ContainsFunc(p.Catalog.Permits[i].Spec.Endorsements.Asserted, func(s permit.Assertion) bool {
				return s.By == name && s.On.In(p.Zone) <= p.From
			})
			_ = k
			if had {
				x.Had = append(x.Had, name)
			} else {
				x.Missing = append(x.Missing, name)
			}
		}
		x.Effective = m.dates(func(s *sampled) (int64, bool) {
			t := s.state.effective[i]
			return int64(min(t, p.Until)), t >= p.Until
		})
		for k, g := range pm.Grants {
			x.Products = append(x.Products, m.product(i, k, g))
		}
		use := make([]int64, len(m.all))
		for n := range m.all {
			use[n] = m.all[n].state.inUse[i]
		}
		slices.Sort(use)
		x.InUse = middle(use)
		m.breach(r, &x, pm)
		r.Permits = append(r.Permits, x)
	}
}

func (m *maker) product(i, k int, g world.GrantOf) ProductResult {
	p := m.p
	y := ProductResult{Product: p.Rules.Products[g.Product].Name, Granted: g.Quantity, May: g.Quantity}
	y.May, y.By = p.mayArrive(int32(i), g)
	v := make([]int64, len(m.all))
	held := map[string]int{}
	for n := range m.all {
		v[n] = m.all[n].state.delivered[i][k]
		if v[n] < y.Granted {
			for _, h := range m.all[n].state.held[i] {
				held[h]++
			}
		}
	}
	slices.Sort(v)
	y.Delivered = [3]int64{rank(v, 10), rank(v, 50), rank(v, 90)}
	for h, n := range held {
		y.Held = append(y.Held, HeldBy{h, n})
	}
	slices.SortFunc(y.Held, func(a, b HeldBy) int {
		return cmp.Or(-cmp.Compare(a.Samples, b.Samples), cmp.Compare(a.Clause, b.Clause))
	})
	return y
}

// mayArrive is the most of a grant that may arrive under the limits on
// deliveries of all permits over the same devices, and the clause that says so.
func (p *Problem) mayArrive(i int32, g world.GrantOf) (int64, string) {
	may, by := g.Quantity, ""
	for s := range p.Rules.Stocks {
		st := &p.Rules.Stocks[s]
		if st.Product != g.Product || !slices.Contains(st.Permits, i) {
			continue
		}
		w := world.New(p.Rules)
		for _, t := range w.DeliveryTerms(int32(s)) {
			c := &p.Rules.Clauses[t.Clause]
			if c.Form != world.Limit || c.Measure != permit.DeliveredDevices || p.Rules.Spaces[c.Space].Pooled {
				continue
			}
			if n := c.Bound.Int64(); n < may {
				may, by = n, p.reasonName(t.Clause, c.Form)
			}
		}
		break
	}
	return may, by
}

func (m *maker) breach(r *Result, x *PermitResult, pm *world.Permit) {
	for c := pm.First; c < pm.Last; c++ {
		at, n := calendar.Never, 0
		for s := range m.all {
			if t := m.all[s].state.breach[c]; t < calendar.Never {
				at = min(at, t)
				n++
			}
		}
		if n == 0 {
			continue
		}
		t := m.p.time(at)
		if x.Breach == nil || t.Before(x.Breach.At) {
			x.Breach = &BreachResult{m.p.Rules.Clauses[c].Name, t, n}
		}
		r.Breach = r.Breach || 2*n >= len(m.all)
	}
}

func (m *maker) refused(r *Result) {
	all := map[refusedKey][]int64{}
	for n := range m.all {
		for k, v := range m.all[n].state.refused {
			all[k] = append(all[k], int64(v))
		}
	}
	for k, v := range all {
		for len(v) < len(m.all) {
			v = append(v, 0)
		}
		slices.Sort(v)
		if n := rank(v, 50); n > 0 || len(m.all) == 1 {
			r.Refused = append(r.Refused, RefusedJobs{k.job, m.p.reasonName(k.clause, world.Gate), int(n)})
		}
	}
	slices.SortFunc(r.Refused, func(a, b RefusedJobs) int { return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Clause, b.Clause)) })
}

func (m *maker) trace(r *Result) {
	p := m.p
	t := &TraceResult{Jobs: len(p.Trace.Jobs)}
	for _, n := range p.Trace.Notes.Remarks {
		t.Notes = append(t.Notes, n.Text)
	}
	index := map[string]int{}
	for i := range p.loads {
		u := p.loads[i].attributes.EndUser
		k, ok := index[u]
		if !ok {
			k = len(t.Accounts)
			index[u] = k
			t.Accounts = append(t.Accounts, AccountWaits{EndUser: u})
		}
		a, s := &t.Accounts[k], &m.all[0].state
		add := func(w *TraceWaits, o *traceOutcome, left map[int32]int) {
			if o.ByLoad != nil {
				l := &o.ByLoad[i]
				w.MeanWait += float64(l.Wait) / msPerHour
				w.Started += l.Started
				w.Refused += l.Refused
				w.DeviceHrs += float64(l.Devices) / msPerHour
			}
			w.Waiting += left[int32(i)]
		}
		add(&a.None, &s.none, s.noneLeft)
		add(&a.Full, &s.trace, s.left)
	}
	for i := range t.Accounts {
		a := &t.Accounts[i]
		a.Jobs = a.Full.Started + a.Full.Refused + a.Full.Waiting
		for _, w := range []*TraceWaits{&a.None, &a.Full} {
			if w.Started > 0 {
				w.MeanWait /= float64(w.Started)
			}
		}
	}
	slices.SortFunc(t.Accounts, func(a, b AccountWaits) int { return cmp.Compare(a.EndUser, b.EndUser) })
	r.Trace = t
}

// newDevices reports whether any lot is still to come.
func (p *Problem) newDevices() bool {
	return slices.ContainsFunc(p.lots, func(l lot) bool { return !l.present })
}

// days is a length in whole days, rounded to the nearest.
func days(ms int64) int64 { return int64(math.Round(float64(ms) / msPerDay)) }

func percent(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return int64(math.Round(100 * float64(part) / float64(whole)))
}

func date(t time.Time) string { return t.Format("2006-01-02") }
