package control

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// Lot is a lot as it stands.
type Lot struct {
	// Site is where its devices come.
	Name, Accelerator, Site, Holder, Supplier string
	Permits                                   []string
	// Quantity is how many its document says that there are or come: the middle,
	// where that is uncertain; 0 where it does not say.
	Quantity int64
	// Delivered is all that ever went into service, Waiting what has come and
	// has no room, Disposed what has left the fleet.
	Delivered, Waiting, Disposed int64
	// At is where those in the fleet stand, in document order of the sites.
	At []Standing
}

// Standing is devices of a lot at a site.
type Standing struct {
	Site    string
	Devices int64
}

// Lots gives all lots, in document order.
func (s *State) Lots() []Lot {
	if s.world == nil {
		return nil
	}
	out := make([]Lot, len(s.rules.Lots))
	for i := range out {
		out[i] = s.lotView(int32(i))
	}
	return out
}

// LookupLot gives a lot by its name.
func (s *State) LookupLot(name string) (*Lot, error) {
	if s.world == nil {
		return nil, errNotOpen
	}
	i, err := s.lot(name)
	if err != nil {
		return nil, err
	}
	l := s.lotView(i)
	return &l, nil
}

func (s *State) lotView(i int32) Lot {
	l := &s.rules.Lots[i]
	st := &s.rules.Stocks[l.Stock]
	out := Lot{
		Name: l.Name, Accelerator: s.rules.Products[st.Product].Name, Site: s.rules.Sites[st.Site].Name, Holder: st.Holder,
		Supplier: s.catalog.Lots[i].Spec.Supplier, Delivered: s.world.Lot(i).Delivered, Waiting: s.rest[i],
	}
	if n, ok := middle(s.catalog.Lots[i].Spec.Quantity, quantity.Count); ok {
		out.Quantity = n.Int64()
	}
	for _, p := range st.Permits {
		out.Permits = append(out.Permits, s.rules.Permits[p].Name)
	}
	out.Disposed = out.Delivered
	for k := range s.rules.Sites {
		if n := s.holdings[holding{l.Name, s.rules.Sites[k].Name}]; n > 0 {
			out.At = append(out.At, Standing{s.rules.Sites[k].Name, n})
			out.Disposed -= n
		}
	}
	return out
}

// Given is a notice that was given before devices leave a site.
type Given struct {
	Permit, Condition, Lot string
	// Site is where they will go; out of the fleet when empty.
	Site string
	// At is when it was given first, Leave the first instant at which it lets
	// them go.
	At, Leave calendar.Instant
}

// Notices gives the notices that were given under a permit, in order of time.
func (s *State) Notices(permit string) ([]Given, error) {
	i, err := s.Permit(permit)
	if err != nil {
		return nil, err
	}
	var out []Given
	s.world.EachNotice(func(clause, lot, site int32, at calendar.Instant) {
		c := &s.rules.Clauses[clause]
		if c.Permit != i {
			return
		}
		g := Given{Permit: permit, Condition: c.Name, Lot: s.rules.Lots[lot].Name, At: at, Leave: at + c.Notice}
		if site != world.Nowhere {
			g.Site = s.rules.Sites[site].Name
		}
		out = append(out, g)
	})
	slices.SortFunc(out, func(a, b Given) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Condition, b.Condition), cmp.Compare(a.Lot, b.Lot), cmp.Compare(a.Site, b.Site))
	})
	return out, nil
}
