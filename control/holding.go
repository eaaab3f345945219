package control

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// holding is where devices of a lot stand.
type holding struct{ lot, site string }

// Move says that devices of a lot are to go to another site. They go if every
// permit over them lets them, and if they are free.
type Move struct {
	base
	Devices string `json:"devices"`
	// From is the site where they stand; the lot's own when left out.
	From string `json:"from,omitempty"`
	// Idempotency is the SHA-256 of the key that it came with.
	Idempotency string `json:"idempotency,omitempty"`
	Lot         string `json:"lot"`
	// To is the site where they go.
	To string `json:"to"`

	leaving leaving
	next    *edition // with the place that they go to, where it is new
}

// Dispose says that devices of a lot are to leave the fleet for good. They go if
// every permit over them lets them, and if they are free; what was delivered
// stays delivered.
type Dispose struct {
	base
	Devices string `json:"devices"`
	// From is the site where they stand; the lot's own when left out.
	From string `json:"from,omitempty"`
	// Idempotency is the SHA-256 of the key that it came with.
	Idempotency string `json:"idempotency,omitempty"`
	Lot         string `json:"lot"`

	leaving leaving
}

// Notice says that the notice was given which a duty asks for before devices of
// a lot go to a site, or leave the fleet. The first one counts.
type Notice struct {
	base
	Condition string `json:"condition"`
	Lot       string `json:"lot"`
	Permit    string `json:"permit"`
	// Site is where the devices will go; out of the fleet when left out.
	Site string `json:"site,omitempty"`

	clause, lot, site int32
}

// Kind is the entry's kind.
func (*Move) Kind() string { return "move" }

// Kind is the entry's kind.
func (*Dispose) Kind() string { return "dispose" }

// Kind is the entry's kind.
func (*Notice) Kind() string { return "notice" }

// leaving is devices that are to leave a site.
type leaving struct {
	n    int64
	site string
}

// check reads how many devices of a lot leave where.
func (l *leaving) check(s *State, devices, lot, from string) (err error) {
	if s.world == nil {
		return errNotOpen
	}
	i, err := s.lot(lot)
	if err != nil {
		return err
	}
	if l.n, err = strconv.ParseInt(devices, 10, 64); err != nil || l.n < 1 || l.n > mostDevices {
		return fmt.Errorf("devices is %q, must be a whole number from 1 to %d", devices, mostDevices)
	}
	if l.site = from; from == "" {
		l.site = s.rules.Sites[s.rules.Stocks[s.rules.Lots[i].Stock].Site].Name
	} else if _, err := s.site(from); err != nil {
		return err
	}
	if there := s.holdings[holding{lot, l.site}]; there < l.n {
		return fmt.Errorf("lot %s has %d devices at %s, not %d", lot, there, l.site, l.n)
	}
	return nil
}

func (s *State) site(name string) (int32, error) {
	var all []string
	for i := range s.rules.Sites {
		if s.rules.Sites[i].Name == name {
			return int32(i), nil
		}
		all = append(all, s.rules.Sites[i].Name)
	}
	return 0, &UnknownError{What: "site", Name: name, Hint: spelling.Hint(name, all)}
}

// stockAt gives the stock that devices of a lot are in at a site, or −1.
func (s *State) stockAt(lot int32, site string) int32 {
	i, err := s.site(site)
	home := s.rules.Lots[lot].Stock
	switch {
	case err != nil:
		return -1
	case s.rules.Stocks[home].Site == i:
		return home
	}
	return s.rules.Destination(lot, i)
}

func (f *Move) check(s *State) error {
	f.next = nil
	if err := checkKey(f.Idempotency); err != nil {
		return err
	}
	if err := f.leaving.check(s, f.Devices, f.Lot, f.From); err != nil {
		return err
	}
	if _, err := s.site(f.To); err != nil {
		return err
	}
	if f.To == f.leaving.site {
		return fmt.Errorf("the devices of lot %s are at %s already", f.Lot, f.To)
	}
	lot, _ := s.lot(f.Lot)
	if s.stockAt(lot, f.To) >= 0 {
		return nil
	}
	var err error
	f.next, err = s.edit(s.docs, append(slices.Clone(s.moves), catalog.Move{Lot: f.Lot, To: f.To}))
	return err
}

func (f *Move) apply(s *State) {
	if f.next != nil {
		s.goOn(f.next)
	}
	lot, _ := s.lot(f.Lot)
	from, to := s.stockAt(lot, f.leaving.site), s.stockAt(lot, f.To)
	decision.Move(s.world, lot, from, to, f.leaving.n, &s.verdict)
	if !s.mayLeave(from, f.leaving.n) {
		return
	}
	s.world.Move(from, to, f.leaving.n)
	s.holdings[holding{f.Lot, f.leaving.site}] -= f.leaving.n
	s.holdings[holding{f.Lot, f.To}] += f.leaving.n
	s.effect(Effect{Do: Moves, Lot: f.Lot, Devices: f.Devices})
}

func (f *Dispose) check(s *State) error {
	if err := checkKey(f.Idempotency); err != nil {
		return err
	}
	return f.leaving.check(s, f.Devices, f.Lot, f.From)
}

func (f *Dispose) apply(s *State) {
	lot, _ := s.lot(f.Lot)
	from := s.stockAt(lot, f.leaving.site)
	decision.Dispose(s.world, lot, from, f.leaving.n, &s.verdict)
	if !s.mayLeave(from, f.leaving.n) {
		return
	}
	s.world.Dispose(from, f.leaving.n)
	s.holdings[holding{f.Lot, f.leaving.site}] -= f.leaving.n
	s.effect(Effect{Do: Disposes, Lot: f.Lot, Devices: f.Devices})
}

// mayLeave takes down the verdict on devices that are to leave a stock, and
// reports whether they do: all of them or none.
func (s *State) mayLeave(from int32, n int64) bool {
	v := &s.verdict
	s.judged.job, s.judged.all = -1, s.judged.all[:0]
	s.judged.note(-1, &decision.Request{First: world.Part{Stock: from, Devices: n}}, v)
	out := &Verdict{Outcome: v.Outcome.String(), Because: s.because(v), Hash: s.hash(s.judged.all)}
	if v.Outcome != decision.Admit && v.Again > s.at && v.Again < calendar.Never {
		out.Again = decimal(v.Again)
	}
	if x := s.world.Stock(from); x.Capacity-x.Used < n {
		out.Missing = "devices"
		out.Outcome = max(v.Outcome, decision.Hold).String()
	}
	s.out.Verdict = out
	return out.Outcome == decision.Admit.String()
}

func (f *Notice) check(s *State) (err error) {
	if s.world == nil {
		return errNotOpen
	}
	if f.clause, err = s.Clause(f.Permit, f.Condition); err != nil {
		return err
	}
	c := &s.rules.Clauses[f.clause]
	if c.Form != world.Duty || c.Before == "" {
		return fmt.Errorf("%s/%s asks for no notice", f.Permit, f.Condition)
	}
	switch leaves := c.Before == permit.Disposing; {
	case leaves && f.Site != "":
		return fmt.Errorf("%s/%s asks for a notice before devices leave the fleet: name no site", f.Permit, f.Condition)
	case !leaves && f.Site == "":
		return fmt.Errorf("%s/%s asks for a notice before devices go to another site: name the site", f.Permit, f.Condition)
	}
	if f.lot, err = s.lot(f.Lot); err != nil {
		return err
	}
	if !slices.Contains(s.rules.Stocks[s.rules.Lots[f.lot].Stock].Permits, c.Permit) {
		return fmt.Errorf("lot %s is not under permit %s", f.Lot, f.Permit)
	}
	f.site = world.Nowhere
	if f.Site != "" {
		f.site, err = s.site(f.Site)
	}
	return err
}

func (f *Notice) apply(s *State) { s.world.Notify(f.clause, f.lot, f.site) }
