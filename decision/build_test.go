package decision_test

import (
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// ms is an instant, or a length of time.
type ms = calendar.Instant

// condition is a clause with the accounts that it needs.
type condition struct {
	world.Clause
	cuts   []ms
	length ms // of a rolling window
}

var compiled = map[string]*permit.Predicate{}

// predicate compiles an expression, once.
func predicate(text string) *permit.Predicate {
	if text == "" {
		return nil
	}
	p, ok := compiled[text]
	if !ok {
		var err error
		if p, err = permit.CompileExpression(permit.Expression(text)); err != nil {
			panic(err)
		}
		compiled[text] = p
	}
	return p
}

// The sides of work towards a share.
const (
	inside  = "in"
	outside = "out"
	neutral = "neutral"
)

// limit is at most bound device-ms in each window.
func limit(bound int64, cuts ...ms) condition {
	return condition{cuts: cuts, Clause: world.Clause{
		Form: world.Limit, Measure: permit.DeviceHours, Assure: permit.Certain, Action: permit.Notify, Bound: account.Of(bound),
	}}
}

// rolling is at most bound device-ms in the last length.
func rolling(bound int64, length ms) condition {
	c := limit(bound)
	c.length = length
	return c
}

// atLeast is a share of at least num ÷ den of what is inside.
func atLeast(num, den int64, assure permit.Assurance, cuts ...ms) condition {
	return condition{cuts: cuts, Clause: world.Clause{
		Form: world.Share, Measure: permit.DeviceHours, Assure: assure, Action: permit.Notify,
		Predicate: predicate(`job.purpose == "in"`), Whole: predicate(`job.purpose != "neutral"`),
		Floor: world.Fraction{Num: num, Den: den}, Cut: assure == permit.Certain,
	}}
}

// atMost is a share of at most num ÷ den of what is outside.
func atMost(num, den int64, assure permit.Assurance, cuts ...ms) condition {
	c := atLeast(den-num, den, assure, cuts...)
	c.Predicate, c.Ceiling = predicate(`job.purpose == "out"`), true
	return c
}

// of gives the share parts of its own: what it selects, and out of what.
func (c condition) of(part, whole string) condition {
	c.Predicate, c.Whole = predicate(part), predicate(whole)
	return c
}

func (c condition) allow(a int64) condition {
	c.Allowance = account.Of(a)
	return c
}

func (c condition) always(minBase int64) condition {
	c.Always, c.MinBase, c.Cut = true, account.Of(minBase), false
	return c
}

func (c condition) available() condition {
	c.Base, c.Cut = world.Available, false
	return c
}

func (c condition) assured(a permit.Assurance) condition {
	c.Assure = a
	return c
}

func (c condition) onReach(a permit.Action) condition {
	c.Action = a
	return c
}

func (c condition) per(key permit.Per) condition {
	c.Per = key
	return c
}

// where restricts a limit to the work that an expression selects.
func (c condition) where(text string) condition {
	c.Predicate = predicate(text)
	return c
}

func (c condition) measure(m permit.Measure) condition {
	c.Measure = m
	if m.AtDelivery() {
		c.At, c.Cut = permit.Delivery, false
	}
	return c
}

// rulesOf compiles conditions by hand: one product at one site under one
// permit, from 0 to until.
func rulesOf(until ms, conditions ...condition) *world.Rules {
	r := &world.Rules{
		Products: []world.Product{{Name: "p", TPP: 3, GFLOP: 2, Watts: 5}},
		Sites:    []world.Site{{Name: "s", Country: "CN"}},
		Stocks:   []world.Stock{{Permits: []int32{0}, Lots: []int32{0}, LotName: "l", Watts: 5, Price: 7}},
		Lots:     []world.Lot{{Name: "l"}},
		Groups:   []world.Group{{Name: "end"}},
		Reads:    []string{"endUser.name", "job.kind", "job.purpose"},
		EndUsers: map[string]permit.EndUser{},
		Until:    until,
	}
	r.Permits = []world.Permit{{
		Name: "permit", Until: until, Delivery: true, Use: true, OnEnd: permit.Hold,
		Grants: []world.GrantOf{{Quantity: 1000}}, Last: int32(len(conditions)),
	}}
	for i, c := range conditions {
		k := c.Clause
		k.Group, k.Limit, k.Space = int32(i+1), c.Limit, -1
		if k.At == "" {
			k.At = permit.Use
		}
		if k.Form == world.Limit || k.Form == world.Share {
			k.Space = int32(len(r.Spaces))
			cuts := c.cuts
			if len(cuts) == 0 {
				cuts = []ms{0, until}
			}
			r.Spaces = append(r.Spaces, world.Space{Cuts: cuts, Length: c.length, Instant: k.Measure.Instant()})
		}
		r.Clauses = append(r.Clauses, k)
		r.Groups = append(r.Groups, world.Group{Name: "g"})
	}
	return r
}

// worldOf puts devices into service at 0.
func worldOf(devices int64, r *world.Rules) *world.World {
	w := world.New(r)
	w.Deliver(0, devices)
	return w
}

// task is a job as the tests write it down.
type task struct {
	side, user string
	devices    int64
	limit      ms
	expected   ms // the limit when 0
	checkpoint ms
	own        world.BookingID // 1 + its booking
}

func (k task) class(w *world.World) world.ClassID {
	return w.Class(world.Attributes{Purpose: k.side, EndUser: k.user})
}

// ask judges a task and gives a verdict of its own.
func ask(w *world.World, k task) *decision.Verdict {
	if k.expected == 0 {
		k.expected = k.limit
	}
	var v decision.Verdict
	decision.Judge(w, &decision.Request{
		Class: k.class(w), First: world.Part{Devices: k.devices}, Limit: k.limit, Expected: k.expected,
		Checkpoint: k.checkpoint, Own: k.own - 1,
	}, &v)
	return &v
}

// start starts a task as a verdict said.
func start(w *world.World, k task, v *decision.Verdict) world.JobID {
	if k.expected == 0 {
		k.expected = k.limit
	}
	if k.own > 0 {
		w.Unbook(k.own - 1)
	}
	id := w.Start(world.Start{
		Class: k.class(w), First: world.Part{Devices: k.devices}, End: v.End,
		Expected: min(w.Now()+k.expected, v.End), Checkpoint: k.checkpoint,
	})
	w.Begin(id)
	return id
}

// run judges and starts a task that must be admitted.
func run(t *testing.T, w *world.World, k task) world.JobID {
	t.Helper()
	v := ask(w, k)
	if v.Outcome != decision.Admit {
		t.Fatalf("at %d %+v: %s, want admit", w.Now(), k, v.Outcome)
	}
	return start(w, k, v)
}

// refuse judges a task that must not be admitted, and gives the reason of a
// clause.
func refuse(t *testing.T, w *world.World, k task, clause int32) *decision.Reason {
	t.Helper()
	v := ask(w, k)
	r := reason(v, clause)
	if v.Outcome == decision.Admit || r == nil || r.Outcome == decision.Admit {
		t.Fatalf("at %d %+v: %s, want a refusal by clause %d", w.Now(), k, v.Outcome, clause)
	}
	return r
}

// reason finds what a verdict says of a clause.
func reason(v *decision.Verdict, clause int32) *decision.Reason {
	for i := range v.Reasons {
		if v.Reasons[i].Clause == clause {
			return &v.Reasons[i]
		}
	}
	return nil
}

// to moves a world on, firing what is due at every instant on the way. Jobs end
// at their reservations' ends.
func to(w *world.World, t ms) (actions []world.Action) {
	for w.Now() < t {
		w.Advance(w.Now() + 1)
		actions = append(actions, w.Fire()...)
		var over []world.JobID
		w.Each(func(id world.JobID, j *world.Running) {
			if j.End <= w.Now() {
				over = append(over, id)
			}
		})
		for _, id := range over {
			w.End(id)
		}
	}
	return actions
}
