package permittest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// expect compares what is so after a step with what is expected, and notes all
// differences.
func (r *running) expect(x *catalog.Expectation, path string, index int) {
	path += ".expect"
	last := &r.e.last
	if (x.Verdict != "" || x.Devices != nil || len(x.Because) > 0 || !x.Again.Zero()) && !last.known {
		r.fail(path, "nothing was submitted or delivered")
		return
	}
	differ := func(what string, got, want any) {
		place := r.t.Document.Errorf(path, "")
		r.failures = append(r.failures, fmt.Sprintf("%s:%d: %s, after %s: got %v, want %v", place.File, place.Line, what, r.e.w.Now().Stamp(r.zone), got, want))
	}
	if x.Verdict != "" && last.outcome.String() != string(x.Verdict) {
		got := last.outcome.String()
		if len(last.because) > 0 {
			got += " because of " + strings.Join(last.because, ", ")
		}
		differ("verdict", got, x.Verdict)
	}
	if x.Devices != nil {
		if n, err := x.Devices.Int64(quantity.Count); err != nil {
			r.fail(path+".devices", "%s", err)
		} else if n != last.devices {
			differ("devices", last.devices, n)
		}
	}
	if len(x.Because) > 0 && !same(last.because, x.Because) {
		differ("reasons", strings.Join(last.because, ", "), strings.Join(x.Because, ", "))
	}
	if !x.Again.Zero() && !r.when(last.again, x.Again) {
		differ("look again", last.again.Stamp(r.zone), x.Again)
	}
	r.expectJobs(x, path, differ)
	for i := range x.Accounts {
		r.expectAccount(&x.Accounts[i], fmt.Sprintf("%s.accounts[%d]", path, i), differ)
	}
	for i, b := range x.Breaches {
		r.expectBreach(r.e, b, fmt.Sprintf("%s.breaches[%d]", path, i), "breach of ", differ)
	}
	if len(x.Forecast) > 0 {
		// The same steps again in a second world, which then goes on alone.
		ahead := &running{t: r.t, n: r.n, c: r.c}
		steps := index + 1
		if strings.HasPrefix(path, "spec.given") {
			steps = 0
		}
		r.errs = append(r.errs, ahead.do(steps, true)...)
		ahead.e.to(r.until)
		for i, b := range x.Forecast {
			r.expectBreach(ahead.e, b, fmt.Sprintf("%s.forecast[%d]", path, i), "forecast of ", differ)
		}
	}
}

func (r *running) expectJobs(x *catalog.Expectation, path string, differ func(string, any, any)) {
	var wanted []string
	for name := range x.Jobs {
		wanted = append(wanted, name)
	}
	slices.Sort(wanted)
next:
	for _, name := range wanted {
		for i := len(r.e.jobs) - 1; i >= 0; i-- {
			if j := &r.e.jobs[i]; j.entry.Name == name {
				if j.state != x.Jobs[name] {
					differ("job "+name, j.state, x.Jobs[name])
				}
				continue next
			}
		}
		r.fail(path+".jobs."+name, "there is no job %q", name)
	}
}

// same reports whether the reasons are those expected, each by CLAUSE or by
// PERMIT/CLAUSE.
func same(got, want []string) bool {
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, func(g string) bool { return g == w || strings.HasSuffix(g, "/"+w) })
		if i < 0 {
			return false
		}
		// The same clause of several permits is one reason without a permit's name.
		left = slices.DeleteFunc(left, func(g string) bool { return g == w || !strings.Contains(w, "/") && strings.HasSuffix(g, "/"+w) })
	}
	return len(left) == 0
}

// when reports whether an instant is the expected one: on the day of a date.
func (r *running) when(got calendar.Instant, want calendar.Moment) bool {
	if got == calendar.Never {
		return false
	}
	if len(want.String()) == len("2026-01-01") {
		return got.Date(r.zone) == want.String()
	}
	return got == want.In(r.zone)
}

func (r *running) expectAccount(x *catalog.ExpectedAccount, path string, differ func(string, any, any)) {
	i := r.clause(path+".of", x.Of)
	if i < 0 {
		return
	}
	c := &r.e.rules.Clauses[i]
	if c.Space < 0 {
		r.fail(path+".of", "the condition %q adds nothing up", x.Of)
		return
	}
	id := int32(-1)
	var keys []string
	r.e.w.Keys(c.Space, func(key string, k int32) {
		keys = append(keys, key)
		if key == x.Key {
			id = k
		}
	})
	if id < 0 && x.Key != "" && len(keys) > 0 {
		r.fail(path+".key", "there is no account of %q: there are %s", x.Key, strings.Join(keys, ", "))
		return
	}
	used, whole, bound := account.Sum{}, account.Sum{}, c.Bound
	if id >= 0 {
		part := r.sum(c, id)
		used, whole = part, part
		if c.Form == world.Share {
			other := r.sum(c, id+1)
			whole = part.Add(other)
			if c.Ceiling {
				used = other
			}
		} else {
			a := r.e.w.Touch(id)
			bound = r.e.w.Bound(c, a, a.Window())
		}
	}
	for _, y := range []struct {
		what string
		got  account.Sum
		want *quantity.Amount
	}{{"used", used, x.Used}, {"whole", whole, x.Whole}, {"bound", bound, x.Bound}} {
		if y.want == nil {
			continue
		}
		v, err := y.want.In(c.Unit)
		if err != nil {
			r.fail(path+"."+y.what, "%s", err)
			continue
		}
		if want, ok := account.FromBig(v); !ok || want.Cmp(y.got) != 0 {
			differ(y.what+" of "+x.Of, show(y.got, c.Unit), y.want)
		}
	}
}

// sum is what an account holds now.
func (r *running) sum(c *world.Clause, id int32) account.Sum {
	a := r.e.w.Touch(id)
	if c.Measure.Instant() {
		return account.Of(a.Rate())
	}
	return a.Counts(r.e.w.Now())
}

// show writes a sum in the unit that documents use.
func show(s account.Sum, u quantity.Unit) string {
	per, name := int64(1), ""
	switch u {
	case quantity.DeviceMilli:
		per, name = int64(quantity.Hour), "h"
	case quantity.Watt:
		per, name = 1, "W"
	case quantity.MilliJoule:
		per, name = 3_600_000_000, "kWh"
	case quantity.GigaFLOP:
		name = "GFLOP"
	}
	return fmt.Sprintf("%d%s", s.Quo(per), name)
}

func (r *running) expectBreach(e *engine, x catalog.ExpectedBreach, path, what string, differ func(string, any, any)) {
	i := r.clause(path+".of", x.Of)
	if i < 0 {
		return
	}
	at := calendar.Never
	first := &e.rules.Clauses[i]
	for k := range e.rules.Clauses { // a band is two clauses of one name
		if c := &e.rules.Clauses[k]; c.Permit == first.Permit && c.Name == first.Name {
			at = min(at, e.w.Clause(int32(k)).Breach)
		}
	}
	switch {
	case x.On.Zero() && at != calendar.Never:
		differ(what+x.Of, at.Stamp(r.zone), "never")
	case !x.On.Zero() && !r.when(at, x.On):
		differ(what+x.Of, at.Stamp(r.zone), x.On)
	}
}
