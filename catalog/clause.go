package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// clauses compiles the conditions of one permit.
func (k *compiler) clauses(p int32, s *permit.Permit, loc *time.Location) error {
	if len(s.Purposes) > 0 {
		c := permit.Condition{Name: "purposes", Basis: s.Basis, Source: s.Source, Require: permit.Expression("job.purpose in [" + quoted(s.Purposes) + "]")}
		if err := k.clause(p, s, &c, loc); err != nil {
			return err
		}
	}
	for i := range s.Conditions {
		if err := k.clause(p, s, &s.Conditions[i], loc); err != nil {
			return fmt.Errorf("spec.conditions.%s: %w", s.Conditions[i].Name, err)
		}
	}
	// A lapse names a limit of the same permit, wherever it stands.
	first := k.r.Permits[p].First
	for i := range s.Conditions {
		if l := s.Conditions[i].Lapse; l != nil {
			k.lapse(p, first, s.Conditions[i].Name, l, loc)
		}
	}
	return nil
}

func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strconv.Quote(w)
	}
	return strings.Join(out, ", ")
}

func (k *compiler) clause(p int32, s *permit.Permit, d *permit.Condition, loc *time.Location) error {
	c := world.Clause{
		Permit: p, Name: d.Name, Space: -1, Limit: -1, At: permit.Use,
		Group:  k.group(cmp.Or(d.Group, d.Name), d.Basis, d.Source, false),
		Action: cmp.Or(d.OnReach, permit.Notify),
	}
	var err error
	switch {
	case d.Require != "":
		c.Form = world.Require
		if c.Predicate, err = k.predicate(d.Require); err != nil {
			return err
		}
		c.Text = string(d.Require)
		if !readsWork(c.Predicate) {
			c.Both = true
		}
	case d.Limit != nil:
		err = k.limit(&c, s, d.Limit, loc)
	case d.Share != nil && d.Share.Each != "":
		return k.shareOfEach(&c, s, d.Share, loc)
	case d.Share != nil:
		return k.share(&c, s, d.Share, "", loc)
	case d.Lapse != nil:
		c.Form = world.Lapse
	case d.Duty != nil:
		c.Form = world.Duty
		if d.Duty.Before != "" {
			c.Before, c.Notice, c.Action, c.At = d.Duty.Before, calendar.Instant(d.Duty.Notice), permit.Hold, permit.Delivery
			break
		}
		c.Action = cmp.Or(d.Duty.OnMiss, permit.Notify)
		err = k.duty(&c, p, d.Duty, loc)
	case d.Evidence != nil:
		c.Form = world.Evidence
		c.Action = cmp.Or(d.Evidence.OnMiss, permit.Hold)
		c.At = cmp.Or(d.Evidence.At, permit.Use)
		c.Kind, c.MaxAge = k.kind(d.Evidence.Kind), calendar.Instant(d.Evidence.MaxAge)
	case d.Approval != nil:
		c.Form = world.Approval
		if c.Predicate, err = k.predicate(d.Approval.When); err != nil {
			return err
		}
		c.Text = string(d.Approval.When)
		for _, a := range d.Approval.By {
			c.By = append(c.By, k.auth[a])
		}
		c.Quorum = int32(cmp.Or(d.Approval.Quorum, len(c.By)))
	default:
		return fmt.Errorf("the condition has none of the seven forms")
	}
	if err != nil {
		return err
	}
	k.r.Clauses = append(k.r.Clauses, c)
	return nil
}

// readsWork reports whether a predicate reads the job or the end user, so that
// it can be judged at use alone.
func readsWork(p *permit.Predicate) bool {
	return slices.ContainsFunc(p.Reads(), func(f string) bool {
		return strings.HasPrefix(f, "job.") || strings.HasPrefix(f, "endUser.")
	})
}

func (k *compiler) predicate(e permit.Expression) (*permit.Predicate, error) {
	if e == "" {
		return nil, nil
	}
	p, err := permit.CompileExpression(e)
	if err != nil {
		return nil, err
	}
	for _, f := range p.Reads() {
		k.reads[f] = true
	}
	return p, nil
}

func (k *compiler) limit(c *world.Clause, s *permit.Permit, l *permit.Limit, loc *time.Location) (err error) {
	c.Form, c.Measure, c.Per, c.Assure = world.Limit, l.Measure, l.Per, cmp.Or(l.Assurance, permit.Certain)
	if c.Predicate, err = k.predicate(l.Where); err != nil {
		return err
	}
	c.Text, c.Unit = string(l.Where), l.Measure.Unit()
	if c.Bound, err = sum(l.AtMost, c.Unit); err != nil {
		return err
	}
	if l.Follows != "" {
		if err := k.steps(c, l, loc); err != nil {
			return err
		}
	}
	return k.space(c, s, l.Over, l.Pool, "", loc)
}

// share compiles the floor and the ceiling of a share. Place is that of a share
// of each place.
func (k *compiler) share(c *world.Clause, s *permit.Permit, l *permit.Share, place string, loc *time.Location) (err error) {
	c.Form, c.Measure, c.Per, c.Assure = world.Share, l.Measure, l.Per, cmp.Or(l.Assurance, permit.Booked)
	if c.Predicate, err = k.predicate(l.Where); err != nil {
		return err
	}
	if c.Whole, err = k.predicate(l.OutOf); err != nil {
		return err
	}
	c.Text, c.Unit = string(l.Where), l.Measure.Unit()
	if c.Allowance, err = sum(l.Allowance, c.Unit); err != nil {
		return err
	}
	if c.MinBase, err = sum(l.MinBase, c.Unit); err != nil {
		return err
	}
	c.Always = l.Judged == "always"
	switch {
	case l.Base.Fact != "":
		c.Base, c.Fact = world.OfFact, k.facts[l.Base.Fact]
	case l.Base.Text == "available":
		c.Base = world.Available
	}
	// The sides of a floor and of a ceiling are opposite, so each has its own
	// accounts; in a pool they are those of the other floors, or ceilings.
	if l.AtLeast != nil {
		d := *c
		if err := k.space(&d, s, l.Over, l.Pool, " as floors "+place, loc); err != nil {
			return err
		}
		d.Floor = world.Fraction{Num: l.AtLeast.Num, Den: l.AtLeast.Den}
		d.Cut = cuts(&d)
		k.r.Clauses = append(k.r.Clauses, d)
	}
	if l.AtMost != nil {
		d := *c
		r := l.AtMost.Complement()
		if err := k.space(&d, s, l.Over, l.Pool, " as ceilings "+place, loc); err != nil {
			return err
		}
		d.Floor, d.Ceiling = world.Fraction{Num: r.Num, Den: r.Den}, true
		d.Cut = cuts(&d)
		k.r.Clauses = append(k.r.Clauses, d)
	}
	return nil
}

// shareOfEach compiles a share of each place into one clause for each place
// that there is: the part stands there, the whole is the same.
func (k *compiler) shareOfEach(c *world.Clause, s *permit.Permit, l *permit.Share, loc *time.Location) error {
	var places []string
	for _, t := range k.r.Sites {
		place := t.Country
		if l.Each == "site" {
			place = t.Name
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	field := map[permit.Per]string{"country": "site.country", "site": "site.name"}[l.Each]
	for _, place := range places {
		d, one := *c, *l
		one.Where = permit.Expression(fmt.Sprintf("(%s) && %s == %q", l.Where, field, place))
		if err := k.share(&d, s, &one, place, loc); err != nil {
			return err
		}
	}
	return nil
}

// cuts reports whether a share may cut reservations at window ends.
func cuts(c *world.Clause) bool {
	return c.Assure == permit.Certain && !c.Always && c.Base == world.Used && !c.Measure.AtDelivery() && c.Measure != permit.Jobs
}

func sum(a quantity.Amount, u quantity.Unit) (account.Sum, error) {
	b, err := a.In(u)
	if err != nil {
		return account.Sum{}, err
	}
	v, ok := account.FromBig(b)
	if !ok || v.Hi > 1<<28 {
		return account.Sum{}, fmt.Errorf("%s is too large to be added up exactly", a)
	}
	return v, nil
}

// space gives the clause its accounts: its own, or those of its pool for what it
// counts as.
func (k *compiler) space(c *world.Clause, s *permit.Permit, over calendar.Window, pool, as string, loc *time.Location) error {
	if c.Measure.AtDelivery() {
		c.At = permit.Delivery
	}
	switch c.Per {
	case "endUser", "model", "tenant", "purpose":
		k.reads["job."+string(c.Per)] = true
	}
	name := fmt.Sprintf("%s/%s", k.r.Permits[c.Permit].Name, c.Name)
	from, until := s.Valid.From.In(loc), s.Valid.Until.In(loc)
	if pool != "" {
		name = strings.TrimSpace(fmt.Sprintf("pool %s of %s over %s%s", pool, c.Measure, cmp.Or(over.String(), "life"), as))
		if id, ok := k.spaces[name]; ok {
			c.Space = id
			return nil
		}
		from, until = k.span(pool)
	}
	if over.String() == "" {
		over = calendar.Window{Text: string(calendar.Life)}
	}
	kind, length, err := over.Kind()
	if err != nil {
		return err
	}
	sp := world.Space{Name: name, Instant: c.Measure.Instant(), Pooled: pool != ""}
	switch {
	case sp.Instant:
		sp.Cuts = []calendar.Instant{from, until}
	case kind == calendar.Rolling:
		sp.Length, sp.Cuts = calendar.Instant(length), []calendar.Instant{from, until}
	default:
		if sp.Cuts, err = over.Cuts(from, until, loc); err != nil {
			return err
		}
	}
	c.Space = k.newSpace(sp)
	if pool != "" {
		k.spaces[name] = c.Space
	}
	return nil
}

func (k *compiler) newSpace(s world.Space) int32 {
	k.r.Spaces = append(k.r.Spaces, s)
	return int32(len(k.r.Spaces) - 1)
}

// span is the time that the permits of a pool are valid, all together.
func (k *compiler) span(pool string) (from, until calendar.Instant) {
	from = calendar.Never
	for _, e := range k.c.Permits {
		for _, d := range e.Spec.Conditions {
			if d.Limit != nil && d.Limit.Pool == pool || d.Share != nil && d.Share.Pool == pool {
				loc, err := k.c.zone(e.Spec.Valid.TimeZone)
				if err != nil {
					continue
				}
				from, until = min(from, e.Spec.Valid.From.In(loc)), max(until, e.Spec.Valid.Until.In(loc))
			}
		}
	}
	return from, until
}

// duty lists when the duty is due.
func (k *compiler) duty(c *world.Clause, p int32, d *permit.Duty, loc *time.Location) error {
	cuts, err := d.Every.Cuts(k.r.Permits[p].From, k.r.Permits[p].Until, loc)
	if err != nil {
		return err
	}
	for _, end := range cuts[1:] {
		y, m, day := end.Time(loc).Date()
		c.Due = append(c.Due, world.DueOn{Window: end, At: calendar.DayStart(y, m, day+d.DueWithin.Days(), loc)})
	}
	return nil
}

// lapse gives the limit that a lapse names its dates.
func (k *compiler) lapse(p, first int32, name string, l *permit.Lapse, loc *time.Location) {
	lapse, limit := int32(-1), int32(-1)
	for i := first; int(i) < len(k.r.Clauses); i++ {
		switch k.r.Clauses[i].Name {
		case name:
			lapse = i
		case l.Limit:
			limit = i
		}
	}
	if lapse < 0 || limit < 0 {
		return
	}
	k.r.Clauses[lapse].Limit = limit
	pm := &k.r.Permits[p]
	byDate := map[calendar.Instant]*world.LapseOn{}
	for _, on := range l.On {
		t, err := time.Parse("01-02", on.Date)
		if err != nil {
			continue // refused at load
		}
		for y := pm.From.Time(loc).Year(); y <= pm.Until.Time(loc).Year(); y++ {
			at := calendar.DayStart(y, t.Month(), t.Day(), loc)
			if at < pm.From || at >= pm.Until {
				continue
			}
			if byDate[at] == nil {
				byDate[at] = &world.LapseOn{At: at, Clause: lapse}
			}
			byDate[at].Lines = append(byDate[at].Lines, world.LapseLine{UsedBelow: on.UsedBelow, Lose: on.Lose})
		}
	}
	for _, on := range byDate {
		slices.SortFunc(on.Lines, func(a, b world.LapseLine) int {
			return account.Product(a.UsedBelow.Num, b.UsedBelow.Den).Cmp(account.Product(b.UsedBelow.Num, a.UsedBelow.Den))
		})
		k.r.Clauses[limit].Lapses = append(k.r.Clauses[limit].Lapses, *on)
	}
	slices.SortFunc(k.r.Clauses[limit].Lapses, func(a, b world.LapseOn) int { return cmp.Compare(a.At, b.At) })
}
