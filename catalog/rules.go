package catalog

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// EndOfPermits is the cost group of what the end of permits does: expiry,
// revocation and suspension.
const EndOfPermits = "end of permits"

// compiler turns documents into rules.
type compiler struct {
	c       *Catalog
	r       *world.Rules
	groups  map[string]int32
	spaces  map[string]int32
	sites   map[string]int32
	product map[string]int32
	permits map[string]int32
	facts   map[string]int32
	auth    map[string]int32
	kinds   map[string]int32
	reads   map[string]bool
}

// Move names devices of a lot that may go to another site.
type Move struct{ Lot, To string }

// Rules compiles the catalog for the core, for a plan between two instants.
// Where devices may move, there is a stock for them too, empty at first.
func (c *Catalog) Rules(from, until calendar.Instant, moves ...Move) (*world.Rules, error) {
	k := &compiler{
		c: c, r: &world.Rules{From: from, Until: until, EndUsers: map[string]permit.EndUser{}},
		groups: map[string]int32{}, spaces: map[string]int32{}, sites: map[string]int32{}, product: map[string]int32{},
		permits: map[string]int32{}, facts: map[string]int32{}, auth: map[string]int32{}, kinds: map[string]int32{}, reads: map[string]bool{},
	}
	for _, f := range []func() error{k.places, k.parties, k.allPermits, k.stocks} {
		if err := f(); err != nil {
			return nil, err
		}
	}
	for _, m := range moves {
		k.destination(m)
	}
	for f := range k.reads {
		k.r.Reads = append(k.r.Reads, f)
	}
	slices.Sort(k.r.Reads)
	return k.r, nil
}

func (k *compiler) places() error {
	for i, a := range k.c.Accelerators {
		p := world.Product{Name: a.Name, Vendor: a.Spec.Vendor, Country: a.Spec.Country}
		perf, err := a.Spec.Performance()
		if err != nil {
			return fmt.Errorf("accelerator %s: %w", a.Name, err)
		}
		p.TPP = floor(perf.TPP)
		p.GFLOP = a.Spec.PeakTera("bf16", "fp16")
		p.Watts = figure(a.Spec.Power)
		p.MemoryGB = figure(a.Spec.Memory)
		p.Bandwidth = figure(a.Spec.Bandwidth)
		k.r.Products = append(k.r.Products, p)
		k.product[a.Name] = int32(i)
	}
	for i, s := range k.c.Sites {
		pue := s.Spec.PUE
		if pue.Den == 0 {
			pue = quantity.Ratio{Num: 1, Den: 1}
		}
		k.r.Sites = append(k.r.Sites, world.Site{Name: s.Name, Country: s.Spec.Country, Labels: s.Spec.Labels, PUE: pue})
		k.sites[s.Name] = int32(i)
	}
	return nil
}

// floor rounds a figure down: rates and sums are whole numbers.
func floor(r *big.Rat) int64 {
	if r == nil {
		return 0
	}
	return new(big.Int).Quo(r.Num(), r.Denom()).Int64()
}

func figure(f *fleet.Figure) int64 {
	if f == nil {
		return 0
	}
	v, err := f.Value.Int64(quantity.Count)
	if err != nil {
		return 0
	}
	return v
}

func (k *compiler) parties() error {
	for i, a := range k.c.Authorities {
		k.r.Authorities = append(k.r.Authorities, a.Name)
		k.auth[a.Name] = int32(i)
	}
	for i, f := range k.c.Facts {
		k.r.Facts = append(k.r.Facts, f.Name)
		k.facts[f.Name] = int32(i)
		for _, l := range f.Spec.List {
			from, until := calendar.Instant(0), calendar.Never
			if !l.From.Zero() {
				from = l.From.In(time.UTC)
			}
			if !l.Until.Zero() {
				until = l.Until.In(time.UTC)
			}
			k.r.Listings = append(k.r.Listings, world.Listing{Fact: int32(i), Name: l.Name, From: from, Until: until})
		}
	}
	return nil
}

func (k *compiler) group(name string, basis fleet.Basis, source string, gate bool) int32 {
	id, ok := k.groups[name]
	if !ok {
		id = int32(len(k.r.Groups))
		k.groups[name] = id
		k.r.Groups = append(k.r.Groups, world.Group{Name: name, Basis: string(basis), Source: source, Gate: gate})
	}
	return id
}

func (k *compiler) allPermits() error {
	for i, e := range k.c.Permits {
		s := &e.Spec
		loc, err := k.c.zone(s.Valid.TimeZone)
		if err != nil {
			return err
		}
		p := world.Permit{
			Name: e.Name, Version: e.Version, Holder: s.Holder, First: int32(len(k.r.Clauses)),
			From: s.Valid.From.In(loc), Until: s.Valid.Until.In(loc), OnEnd: cmp.Or(s.OnEnd, permit.Hold),
			Delivery: len(s.Scope) == 0 || slices.Contains(s.Scope, permit.Delivery),
			Use:      len(s.Scope) == 0 || slices.Contains(s.Scope, permit.Use),
			Purposes: s.Purposes, Declared: map[string]bool{}, Zone: loc.String(),
			EndGroup: k.group(EndOfPermits, "", "", false),
		}
		k.permits[e.Name] = int32(i)
		for _, a := range s.Endorsements.Required {
			basis, source := endorsementBasis(s, a)
			p.Required = append(p.Required, k.auth[a])
			p.GateGroups = append(p.GateGroups, k.group("endorsement by "+a, basis, source, true))
		}
		for _, g := range s.Grants {
			n, err := g.Quantity.Int64(quantity.Count)
			if err != nil {
				return fmt.Errorf("permit %s: %w", e.Name, err)
			}
			p.Grants = append(p.Grants, world.GrantOf{Product: k.product[g.Accelerator], Quantity: n})
		}
		for _, u := range s.EndUsers {
			p.Declared[u.Name] = true
			k.r.EndUsers[u.Name] = u
		}
		for _, l := range s.Lists {
			p.Lists = append(p.Lists, k.facts[l])
		}
		k.r.Permits = append(k.r.Permits, p)
		if err := k.clauses(int32(i), s, loc); err != nil {
			return fmt.Errorf("permit %s: %w", e.Name, err)
		}
		k.r.Permits[i].Last = int32(len(k.r.Clauses))
	}
	return nil
}

func endorsementBasis(s *permit.Permit, authority string) (fleet.Basis, string) {
	for _, a := range s.Endorsements.Asserted {
		if a.By == authority {
			return a.Basis, a.Source
		}
	}
	for _, e := range s.Endorsements.Expected {
		if e.By == authority {
			return e.Basis, e.Source
		}
	}
	return fleet.Assumed, ""
}

// zone gives a time zone, from those that the documents came with or from the
// time zone database.
func (c *Catalog) zone(name string) (*time.Location, error) {
	switch {
	case name == "":
		return time.UTC, nil
	case c.zones != nil:
		return c.zones(name)
	}
	return time.LoadLocation(name)
}

// stocks gathers lots that decisions cannot tell apart, in document order.
func (k *compiler) stocks() error {
	byKey := map[string]int32{}
	for i, e := range k.c.Lots {
		l := &e.Spec
		st := world.Stock{Product: k.product[l.Accelerator], Site: k.sites[l.Site], Holder: l.Holder, Supplier: l.Supplier, LotName: e.Name}
		for _, p := range l.Permits {
			st.Permits = append(st.Permits, k.permits[p])
			if st.Holder == "" {
				st.Holder = k.r.Permits[k.permits[p]].Holder
			}
		}
		slices.Sort(st.Permits)
		price, err := l.PricePerHour.Int64(quantity.PricePerHr)
		if err != nil {
			return fmt.Errorf("lot %s: spec.pricePerHour: %w", e.Name, err)
		}
		st.Price = price
		pue := k.r.Sites[st.Site].PUE
		st.Watts = account.Product(k.r.Products[st.Product].Watts, pue.Num).QuoUp(pue.Den)
		key := fmt.Sprint(st.Product, st.Site, st.Permits, st.Holder, st.Supplier, st.Price, l.Evidence)
		id, ok := byKey[key]
		if !ok {
			id = int32(len(k.r.Stocks))
			byKey[key] = id
			k.r.Stocks = append(k.r.Stocks, st)
		}
		k.r.Stocks[id].Lots = append(k.r.Stocks[id].Lots, int32(i))
		k.r.Lots = append(k.r.Lots, world.Lot{Name: e.Name, Stock: id})
		for _, ev := range l.Evidence {
			k.kind(ev.Kind)
		}
	}
	return nil
}

// destination makes the stock that devices of a lot are in at another site.
func (k *compiler) destination(m Move) {
	i := slices.IndexFunc(k.r.Lots, func(l world.Lot) bool { return l.Name == m.Lot })
	site, ok := k.sites[m.To]
	if i < 0 || !ok || k.r.Destination(int32(i), site) >= 0 {
		return // the names are checked where they stand
	}
	st := k.r.Stocks[k.r.Lots[i].Stock]
	st.Site, st.Lots = site, nil
	st.Watts = account.Product(k.r.Products[st.Product].Watts, k.r.Sites[site].PUE.Num).QuoUp(k.r.Sites[site].PUE.Den)
	k.r.Stocks = append(k.r.Stocks, st)
}

func (k *compiler) kind(name string) int32 {
	id, ok := k.kinds[name]
	if !ok {
		id = int32(len(k.r.EvidenceKinds))
		k.kinds[name] = id
		k.r.EvidenceKinds = append(k.r.EvidenceKinds, name)
	}
	return id
}
