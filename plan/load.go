package plan

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/trace"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/world"
)

// load is what the jobs of one kind have in common.
type load struct {
	name       string
	attributes world.Attributes
	options    []queue.Option
	priority   int
	domain     int32
	min, max   int64
}

// series is a job document: a series of equal jobs.
type series struct {
	load
	entry      *work.Job
	stocks     []int32 // of all options
	starts     []calendar.Instant
	limit      calendar.Instant
	expected   calendar.Instant
	checkpoint calendar.Instant
}

// phase is a phase of a programme.
type phase struct {
	load
	programme  int32
	entry      *work.Phase
	after      []int32
	limit      calendar.Instant
	checkpoint calendar.Instant
	drag       int64
	scale      *big.Rat // from the drawn amount to the units of option speeds
	serve      bool
	until      calendar.Instant
	unit       quantity.Unit
	predicted  []predicted // by product, for a phase that counts tokens
}

// speedUnit is the speed of the product that a demand, or an amount of work in
// device-hours, is counted on. Work too large to be counted in it takes a
// coarser one.
const speedUnit = 10_000

// unlimited is the largest size of a phase that names none.
const unlimited = 1 << 40

// defaultLimit and defaultCheckpoint are those of a phase that names none.
const (
	defaultLimit      = 7 * quantity.Day
	defaultCheckpoint = quantity.Hour
)

// options lists where something may run: for each product and site, in
// document order, the stocks that the holder may use.
func (p *Problem) options(holder string, products, sites []string, speed func(product int32) int64) []queue.Option {
	type place struct{ product, site int32 }
	var order []place
	byPlace := map[place][]int32{}
	for s := range p.Rules.Stocks {
		st := &p.Rules.Stocks[s]
		if holder != "" && st.Holder != holder {
			continue
		}
		if len(products) > 0 && !slices.Contains(products, p.Rules.Products[st.Product].Name) {
			continue
		}
		if len(sites) > 0 && !slices.Contains(sites, p.Rules.Sites[st.Site].Name) {
			continue
		}
		if speed != nil && speed(st.Product) <= 0 {
			continue
		}
		k := place{st.Product, st.Site}
		if byPlace[k] == nil {
			order = append(order, k)
		}
		byPlace[k] = append(byPlace[k], int32(s))
	}
	// The products come in the order in which they were asked for.
	if len(products) > 0 {
		slices.SortStableFunc(order, func(a, b place) int {
			return cmp.Compare(slices.Index(products, p.Rules.Products[a.product].Name), slices.Index(products, p.Rules.Products[b.product].Name))
		})
	}
	var out []queue.Option
	for _, k := range order {
		o := queue.Option{Stocks: byPlace[k]}
		if speed != nil {
			o.Speed = speed(k.product)
		}
		out = append(out, o)
	}
	return out
}

func hoursUp(d calendar.Instant) int64 {
	h := calendar.Instant(quantity.Hour)
	return int64((d + h - 1) / h)
}

func (p *Problem) job(e *catalog.Entry[work.Job]) error {
	j := &e.Spec
	s := series{entry: j, limit: instant(j.Limit), expected: instant(cmp.Or(j.Expected, j.Limit)), checkpoint: instant(j.Checkpoint)}
	s.name, s.priority, s.domain = e.Name, j.Priority, p.domain(j.Holder)
	s.min, s.max = j.Devices.Range()
	s.options = p.options(j.Holder, j.Accelerators, j.Sites, nil)
	s.attributes = world.Attributes{
		Name: e.Name, Holder: j.Holder, Tenant: j.Tenant, EndUser: j.EndUser, Purpose: j.Purpose, Model: j.Model, Kind: string(j.Kind),
		MinDevices: s.min, MaxDevices: s.max, LimitHours: hoursUp(s.limit),
	}
	for _, o := range s.options {
		s.stocks = append(s.stocks, o.Stocks...)
	}
	until := p.Until
	if !j.Until.Zero() {
		until = min(until, j.Until.In(p.Zone))
	}
	first := j.Submit.In(p.Zone)
	for t := first; t < until; t += instant(j.Every) {
		if t >= p.From {
			s.starts = append(s.starts, t)
		}
		if j.Every <= 0 {
			break
		}
		if len(s.starts) > maxSeries {
			return fmt.Errorf("job %s: more than %d jobs in the period; submit them less often", e.Name, maxSeries)
		}
	}
	p.series = append(p.series, s)
	return nil
}

// maxSeries bounds the jobs of one series.
const maxSeries = 1_000_000

func (p *Problem) programme(e *catalog.Entry[work.Programme]) error {
	g := &e.Spec
	id := int32(len(p.programmes))
	pr := programme{name: e.Name, entry: g}
	for _, f := range g.Filings {
		if c := p.clauseOf(f.Permit, f.Duty); c >= 0 {
			pr.filings = append(pr.filings, filing{c, f})
		}
	}
	p.programmes = append(p.programmes, pr)
	base := int32(len(p.phases))
	index := map[string]int32{}
	for i := range g.Phases {
		index[g.Phases[i].Name] = base + int32(i)
	}
	for i := range g.Phases {
		f := &g.Phases[i]
		ph := phase{programme: id, entry: f, limit: instant(cmp.Or(f.Limit, defaultLimit)), checkpoint: instant(cmp.Or(f.Checkpoint, defaultCheckpoint)), until: p.Until}
		ph.name, ph.priority, ph.domain = e.Name+"/"+f.Name, cmp.Or(f.Priority, g.Priority), p.domain(g.Holder)
		ph.min, ph.max = f.Devices.Range()
		if f.Devices == (work.Size{}) {
			ph.min, ph.max = 1, unlimited
		}
		for _, a := range f.After {
			ph.after = append(ph.after, index[a])
		}
		ph.attributes = world.Attributes{
			Name: f.Name, Holder: g.Holder, Tenant: g.Tenant, EndUser: cmp.Or(f.EndUser, g.EndUser), Purpose: cmp.Or(f.Purpose, g.Purpose),
			Model: f.Model, Kind: string(f.Kind), MinDevices: ph.min, MaxDevices: ph.max, LimitHours: hoursUp(ph.limit),
		}
		if f.Failures != nil {
			ph.drag = dragOf(f.Failures, ph.checkpoint)
		}
		speed, err := p.speeds(&ph, f)
		if err != nil {
			return fmt.Errorf("programme %s, phase %s: %w", e.Name, f.Name, err)
		}
		ph.options = p.options(g.Holder, f.Accelerators, f.Sites, speed)
		p.phases = append(p.phases, ph)
	}
	for _, m := range g.Milestones {
		ms := milestone{Programme: e.Name, Name: m.Name, Planned: calendar.Never}
		if !m.Planned.Zero() {
			ms.Planned = m.Planned.In(p.Zone)
		}
		for _, a := range m.After {
			ms.after = append(ms.after, index[a])
		}
		p.milestones = append(p.milestones, ms)
	}
	return nil
}

// dragOf is what one device's failures add to a phase's length, in parts of
// 10¹²: a failure costs half the time between two checkpoints and the restart.
func dragOf(f *work.Failures, checkpoint calendar.Instant) int64 {
	const year = int64(365 * quantity.Day)
	cost := int64(checkpoint)/2 + int64(f.Restart)
	v := new(big.Int).Mul(big.NewInt(f.PerDeviceYear.Num), big.NewInt(cost))
	v.Mul(v, big.NewInt(1_000_000_000_000))
	v.Quo(v, new(big.Int).Mul(big.NewInt(max(1, f.PerDeviceYear.Den)), big.NewInt(year)))
	return v.Int64()
}

// speeds gives the speed of one device by product, and sets how the phase's
// drawn amount of work is turned into the same units.
func (p *Problem) speeds(ph *phase, f *work.Phase) (func(int32) int64, error) {
	ratio := func(on string, speed map[string]quantity.Ratio, unit int64) func(int32) int64 {
		return func(product int32) int64 {
			name := p.Rules.Products[product].Name
			if r, ok := speed[name]; ok {
				return r.Of(unit)
			}
			if name == on {
				return unit
			}
			return 0
		}
	}
	if f.Serve != nil {
		ph.serve = true
		if !f.Serve.Until.Zero() {
			ph.until = f.Serve.Until.In(p.Zone)
		}
	}
	switch {
	case f.Serve != nil && f.Serve.Requests != nil, f.Work != nil && f.Work.Tokens.Set():
		if err := p.predict(ph, f, ph.attributes.Holder); err != nil {
			return nil, err
		}
		return ph.predictedSpeed, nil
	case f.Serve != nil:
		return ratio(f.Serve.On, f.Serve.Speed, speedUnit), nil
	case f.Work == nil:
		return nil, fmt.Errorf("it has neither work nor a demand to serve")
	case f.Work.DeviceHours.Set():
		ph.unit = quantity.DeviceMilli
		most, err := largest(f.Work.DeviceHours, ph.unit)
		if err != nil {
			return nil, err
		}
		unit := int64(speedUnit)
		for unit > 10 && most > maxWork/unit {
			unit /= 10
		}
		if most > maxWork/unit {
			return nil, fmt.Errorf("its work is larger than can be counted (%d device-hours)", maxWork/unit/int64(quantity.Hour))
		}
		ph.scale = big.NewRat(unit, 1)
		return ratio(f.Work.On, f.Work.Speed, unit), nil
	}
	ph.unit = quantity.GigaFLOP
	most, err := largest(f.Work.FLOP, quantity.GigaFLOP)
	if err != nil {
		return nil, err
	}
	// Speeds count GFLOP/ms × 10^k with the largest k at which the work fits.
	scale := int64(1)
	for scale < 1_000_000 && most < maxWork/(scale*10) {
		scale *= 10
	}
	if most > maxWork/scale {
		return nil, fmt.Errorf("its work is larger than can be counted (%d GFLOP)", maxWork)
	}
	ph.scale = big.NewRat(scale, 1)
	return func(product int32) int64 {
		pr := &p.Rules.Products[product]
		r, ok := f.Work.MFU[pr.Name]
		if !ok {
			return 0
		}
		peak := pr.GFLOP
		if f.Work.Precision != "" {
			peak = p.Catalog.Accelerators[product].Spec.PeakTera(f.Work.Precision)
		}
		return r.Of(peak * scale)
	}, nil
}

// maxWork bounds the work of a phase in its own units, so that a sum with the
// work of a millisecond cannot overflow.
const maxWork = int64(4e18)

func largest(d quantity.Distribution[quantity.Amount], u quantity.Unit) (int64, error) {
	most := int64(0)
	for _, a := range []*quantity.Amount{d.Value, d.P50, d.P90} {
		if a == nil {
			continue
		}
		v, err := a.Int64(u)
		if err != nil {
			return 0, err
		}
		// The late tail goes on beyond the late case by at most as much again.
		most = max(most, 2*v)
	}
	return most, nil
}

// amountIn turns a written amount into whole units; documents were checked at
// load, so an amount that does not fit is the zero amount here.
func amountIn(u quantity.Unit) func(quantity.Amount) int64 {
	return func(a quantity.Amount) int64 {
		v, err := a.Int64(u)
		if err != nil {
			return 0
		}
		return v
	}
}

// traced groups the jobs of a trace by account and size.
func (p *Problem) traced(t *trace.Trace) {
	type key struct{ account, devices int32 }
	ids := map[key]int32{}
	options := p.options(p.TraceHolder, nil, nil, nil)
	p.loadOf = make([]int32, len(t.Jobs))
	for i := range t.Jobs {
		j := &t.Jobs[i]
		k := key{j.Account, j.Devices}
		id, ok := ids[k]
		if !ok {
			a := &t.Accounts[j.Account]
			id = int32(len(p.loads))
			ids[k] = id
			l := load{name: a.Tenant, options: options, min: int64(j.Devices), max: int64(j.Devices)}
			l.attributes = world.Attributes{Name: "trace", Holder: p.TraceHolder, Tenant: a.Tenant, EndUser: a.EndUser, Purpose: a.Purpose, Kind: "other", MinDevices: l.min, MaxDevices: l.max}
			p.loads = append(p.loads, l)
		}
		p.loadOf[i] = id
	}
}
