package control

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// Job is a job as it stands, for whoever reads.
type Job struct {
	Number    string
	State     JobState
	Fact      *Submit
	EndUser   string
	Name      string
	Submitted calendar.Instant
	Began     calendar.Instant // Never before it starts
	Ended     calendar.Instant // Never before it ends
	Until     calendar.Instant // the end of its reservation; Never before it starts
	Devices   int64            // that it runs on
	Parts     []Part
	Verdict   *Verdict
	Cut       string
}

// Lookup gives a job by its number.
func (s *State) Lookup(number string) (*Job, error) {
	ref, err := s.Job(number)
	if err != nil {
		return nil, err
	}
	return s.view(ref), nil
}

func (s *State) view(ref int32) *Job {
	j := s.jobs[ref]
	out := &Job{
		Number: decimal(ref + 1), State: j.state, Fact: j.fact, EndUser: j.fact.plain.endUser, Name: j.fact.plain.name,
		Submitted: j.submitted, Began: calendar.Never, Ended: calendar.Never, Until: calendar.Never,
		Devices: j.devices, Parts: j.parts, Verdict: j.verdict, Cut: j.cut,
	}
	if j.starts > 0 {
		out.Began, out.Until = j.began, j.until
	}
	if j.ended > 0 {
		out.Ended = j.ended
	}
	return out
}

// Jobs is the number of jobs that were submitted.
func (s *State) Jobs() int { return len(s.jobs) }

// EachJob calls f with each job from number first on, until f returns false.
func (s *State) EachJob(first int, f func(*Job) bool) {
	for i := max(0, first-1); i < len(s.jobs); i++ {
		if !f(s.view(int32(i))) {
			return
		}
	}
}

// Waiting is the number of jobs that wait, and Active that of those that run.
func (s *State) Waiting() int {
	if s.queue == nil {
		return 0
	}
	return s.queue.Waiting()
}

// Active is the number of jobs that run.
func (s *State) Active() int {
	if s.world == nil {
		return 0
	}
	return s.world.Running()
}

// Permit is a permit as it stands.
type Permit struct {
	Name, Holder, Zone string
	Version            int
	Spec               string // the hash of its text
	State              string
	From, Until        calendar.Instant
	Required           []string
	Endorsed           map[string]int64
	Missing            []string
	LastAct            string // the hash of the last act, or empty
	Acts               int
	Grants             []Granted
	Conditions         []Condition
	Suppliers          []string // who deliver under it
	Approvers          []string // who approve jobs under it
}

// Granted is a quantity of a product that a permit grants.
type Granted struct {
	Accelerator                  string
	Granted, Delivered, In, Used int64
}

// Condition is a clause as it stands.
type Condition struct {
	Name, Form, Basis, Source string
	Holding, Missed           bool
	Breach                    calendar.Instant // the first, or Never
	Broken, Judged            int
}

// Permits gives all permits, in document order.
func (s *State) Permits() []Permit {
	if s.world == nil {
		return nil
	}
	out := make([]Permit, len(s.rules.Permits))
	for i := range out {
		out[i] = s.permitView(int32(i))
	}
	return out
}

// LookupPermit gives a permit by its name.
func (s *State) LookupPermit(name string) (*Permit, error) {
	i, err := s.Permit(name)
	if err != nil {
		return nil, err
	}
	p := s.permitView(i)
	return &p, nil
}

func (s *State) permitView(i int32) Permit {
	r, acts := &s.rules.Permits[i], s.permits[s.rules.Permits[i].Name]
	version, spec := acts.chain.Version()
	p := Permit{
		Name: r.Name, Holder: r.Holder, Zone: r.Zone, Version: version, Spec: spec, From: r.From, Until: r.Until,
		Required: acts.chain.Required(), Endorsed: acts.chain.Endorsed(), Missing: acts.chain.Missing(),
		LastAct: acts.chain.Last(), Acts: len(acts.acts),
	}
	if st, err := s.NewStatus(r.Name, s.at); err == nil {
		p.State = st.State
	}
	state := s.world.Permit(i)
	for k, g := range r.Grants {
		x := Granted{Accelerator: s.rules.Products[g.Product].Name, Granted: g.Quantity, Delivered: state.Delivered[k]}
		for st := range s.rules.Stocks {
			stock := &s.rules.Stocks[st]
			if !slices.Contains(stock.Permits, i) {
				continue
			}
			if stock.Supplier != "" && !slices.Contains(p.Suppliers, stock.Supplier) {
				p.Suppliers = append(p.Suppliers, stock.Supplier)
			}
			if stock.Product == g.Product {
				n := s.world.Stock(int32(st))
				x.In += n.Capacity
				x.Used += n.Used
			}
		}
		p.Grants = append(p.Grants, x)
	}
	for c := r.First; c < r.Last; c++ {
		k, st := &s.rules.Clauses[c], s.world.Clause(c)
		g := &s.rules.Groups[k.Group]
		for _, a := range k.By {
			if name := s.rules.Authorities[a]; !slices.Contains(p.Approvers, name) {
				p.Approvers = append(p.Approvers, name)
			}
		}
		p.Conditions = append(p.Conditions, Condition{
			Name: k.Name, Form: k.Form.String(), Basis: g.Basis, Source: g.Source,
			Holding: st.Holding, Missed: st.Missed, Breach: st.Breach, Broken: st.Broken, Judged: st.Judged,
		})
	}
	return p
}

// Account is one sum of a condition, as of an instant.
type Account struct {
	Permit, Condition, Form string
	Measure                 permit.Measure
	Unit                    quantity.Unit
	Key                     string // the end user, site, … that it is kept for
	Side                    string // of a share: helpful or harmful
	From, Until             calendar.Instant
	Used                    account.Sum
	// Rate is what running work adds in a millisecond; of an instant measure
	// what it takes.
	Rate  int64
	Bound *account.Sum // of a limit
	// Reached is when the bound would be passed at this rate, or Never.
	Reached calendar.Instant
}

// Accounts gives all sums of the conditions as of an instant at or after the
// last fact's, before the next one that is due.
func (s *State) Accounts(at calendar.Instant) []Account {
	if s.world == nil {
		return nil
	}
	var out []Account
	for i := range s.rules.Clauses {
		c := &s.rules.Clauses[i]
		if c.Space < 0 || c.Form != world.Limit && c.Form != world.Share {
			continue
		}
		s.world.Keys(c.Space, func(key string, id int32) {
			sides := []string{""}
			if c.Form == world.Share {
				sides = []string{"helpful", "harmful"}
			}
			for k, side := range sides {
				a := s.world.Account(id + int32(k))
				x := Account{
					Permit: s.rules.Permits[c.Permit].Name, Condition: c.Name, Form: c.Form.String(), Measure: c.Measure, Unit: c.Unit,
					Key: key, Side: side, Rate: a.Rate(), Reached: calendar.Never,
				}
				switch {
				case c.Measure.Instant():
					x.Used, x.From, x.Until = account.Of(a.Rate()), at, at
				case a.Roll != nil:
					x.Used, x.From, x.Until = a.Roll.Used(at), at-a.Roll.Length, at
				default:
					x.Used, x.From, x.Until = a.Used(at), a.Cuts[a.Window()], a.End(a.Window())
				}
				if c.Form == world.Limit {
					b := c.Lowest(at, at)
					if !c.Measure.Instant() {
						b = s.world.Bound(c, a, a.Window())
						if a.Roll != nil {
							x.Reached = a.Roll.Reach(b, at)
						} else {
							x.Reached = a.Reach(b, at)
						}
					}
					x.Bound = &b
				}
				out = append(out, x)
			}
		})
	}
	return out
}

// Due is a duty that is to be fulfilled.
type Due struct {
	Permit, Condition string
	At                calendar.Instant
}

// Duties gives, of each duty, the next report that is due and not filed.
func (s *State) Duties(now calendar.Instant) []Due {
	if s.world == nil {
		return nil
	}
	var out []Due
	for i := range s.rules.Clauses {
		c := &s.rules.Clauses[i]
		if c.Form != world.Duty {
			continue
		}
		filed := s.world.Clause(int32(i)).Filed
		for k, d := range c.Due {
			if k >= filed && d.At > now {
				out = append(out, Due{Permit: s.rules.Permits[c.Permit].Name, Condition: c.Name, At: d.At})
				break
			}
		}
	}
	return out
}
