// Package explanation puts a decision's reasons into words: which permit and
// condition, what was measured against which bound, when that changes, and the
// smallest change that would admit the request.
package explanation

import (
	"fmt"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// Reason is one condition as it was judged, in words.
type Reason struct {
	Permit    string `json:"permit"`
	Condition string `json:"condition"`
	Form      string `json:"form"`
	Basis     string `json:"basis,omitempty"`
	Outcome   string `json:"outcome"`
	Measured  string `json:"measured,omitempty"`
	Bound     string `json:"bound,omitempty"`
	Room      string `json:"roomLeft,omitempty"`
	Asks      string `json:"asks,omitempty"`
	// First is when it would hold if nothing else came.
	First *time.Time `json:"first,omitempty"`
	// Largest is the largest size that it admits now; nil where sizes do not matter.
	Largest *int64 `json:"largest,omitempty"`
	// Change is the smallest change that would admit the request.
	Change string `json:"smallestChange,omitempty"`
}

// Of puts one reason of a verdict on a request into words. The world must be
// as it was when the request was judged; times are given in the zone.
func Of(w *world.World, q *decision.Request, x *decision.Reason, zone *time.Location) Reason {
	e := explainer{w, zone}
	out := Reason{Form: x.Form.String(), Outcome: x.Outcome.String()}
	out.Permit, out.Condition = Names(w.Rules, x.Clause, x.Form)
	refused := x.Outcome != decision.Admit
	if x.Clause < 0 {
		if refused {
			out.Change = e.gateChange(-1 - x.Clause)
		}
	} else {
		c := &w.Rules.Clauses[x.Clause]
		out.Basis = w.Rules.Groups[c.Group].Basis
		if x.Account >= 0 {
			out.Measured, out.Bound, out.Room, out.Asks = Show(x.Value, c.Unit), Show(x.Bound, c.Unit), Show(x.Room(), c.Unit), Show(x.Ask, c.Unit)
		}
		if refused {
			out.Change = e.change(q, c, x)
		}
	}
	if refused && x.First < calendar.Never {
		t := x.First.Time(zone)
		out.First = &t
	}
	if x.Largest < decision.Any {
		n := x.Largest
		out.Largest = &n
	}
	return out
}

// Names gives the permit and the condition of a reason: a clause, or what a
// permit demands by itself.
func Names(r *world.Rules, clause int32, form world.Form) (name, condition string) {
	if clause >= 0 {
		c := &r.Clauses[clause]
		return r.Permits[c.Permit].Name, c.Name
	}
	if form == world.Grant {
		return r.Permits[-1-clause].Name, "quantity granted"
	}
	return r.Permits[-1-clause].Name, "in effect"
}

type explainer struct {
	w    *world.World
	zone *time.Location
}

// gateChange says what a permit that is not in effect waits for.
func (e explainer) gateChange(p int32) string {
	s := e.w.Permit(p)
	if s.Ended <= e.w.Now() {
		return "the permit is " + s.Why.String() + ": another permit over these devices"
	}
	var missing []string
	for k, t := range s.Endorsed {
		if t > e.w.Now() {
			missing = append(missing, e.w.Rules.Authorities[e.w.Rules.Permits[p].Required[k]])
		}
	}
	if len(missing) == 0 {
		return "the permit's first day"
	}
	return "an endorsement by " + strings.Join(missing, " and ")
}

// change is the smallest change of the request, or of the world, that would
// admit it under one clause.
func (e explainer) change(q *decision.Request, c *world.Clause, x *decision.Reason) string {
	switch c.Form {
	case world.Require:
		return "the work or the place must satisfy: " + c.Text
	case world.Approval:
		var by []string
		for _, a := range c.By {
			by = append(by, e.w.Rules.Authorities[a])
		}
		return fmt.Sprintf("an approval by %d of %s", c.Quorum, strings.Join(by, ", "))
	case world.Duty:
		return "filing what is overdue"
	case world.Evidence:
		return "fresh evidence of " + e.w.Rules.EvidenceKinds[c.Kind]
	}
	if x.Largest > 0 && x.Largest < q.Devices() {
		return fmt.Sprintf("at most %d devices instead of %d", x.Largest, q.Devices())
	}
	if x.First < calendar.Never && x.First > e.w.Now() {
		return "starting on " + x.First.Date(e.zone)
	}
	if x.Room().Sign() > 0 && x.Ask.Sign() > 0 && c.Form == world.Limit && !c.Measure.Instant() && c.Measure != permit.Jobs {
		return "a limit of " + quantity.Duration(x.Room().Div(account.Of(max(1, x.Ask.Quo(int64(max(1, q.Limit))))))).String()
	}
	return "a bound higher by " + Show(x.Ask.Sub(x.Room()), c.Unit)
}

const (
	msPerHour = 3_600_000.0
	mJPerMWh  = 3.6e12
)

// Show writes an exact sum in the unit that people read, rounded for display.
func Show(s account.Sum, u quantity.Unit) string {
	f := s.Float()
	switch u {
	case quantity.DeviceMilli:
		return fmt.Sprintf("%.1f device-hours", f/msPerHour)
	case quantity.Watt:
		return fmt.Sprintf("%.3f MW", f/1e6)
	case quantity.MilliJoule:
		return fmt.Sprintf("%.3f MWh", f/mJPerMWh)
	case quantity.GigaFLOP:
		return fmt.Sprintf("%.4g FLOP", f*1e9)
	case quantity.MicroPrice:
		return fmt.Sprintf("%.2f", f/3.6e12)
	}
	return s.String()
}
