package daystep

import (
	"cmp"
	"fmt"
	"slices"
)

// clause is a condition of a permit, with what it came to so far.
type clause struct {
	permit                  *permitDoc
	name, group, form       string
	spec                    any // of the form
	action                  string
	measure, over, per      string
	base, fact, assurance   string
	where, outOf            expr
	readsWork               bool      // its predicate reads a job or an end user
	pool                    []*clause // those that share its sums, itself among them
	bound, allowance, least int       // least is minBase
	rolling                 int       // days
	num, den                int       // of a share, as a floor on the side that helps
	ceiling, always         bool
	dues                    []due
	windows                 map[windowKey][2]int

	listings string // for which sides are kept
	sides    []side

	missed    bool // a duty that is overdue
	broken    bool // a share whose last window was broken
	exempt    bool // a lapse that an authority has lifted
	breach    float64
	forfeited map[string]forfeit        // of a limit, by key
	series    map[int]int               // the fact, by day
	answers   map[string]map[string]int // of an approval: the day by subject and authority
}

type forfeit struct{ amount, window int }

func (c *clause) full() string { return c.permit.name + "/" + c.name }

func (w *world) clause(p *permitDoc, x any) {
	c := &clause{
		permit: p, name: text(x, "name"), group: cmp.Or(text(x, "group"), text(x, "name")), breach: never,
		forfeited: map[string]forfeit{}, answers: map[string]map[string]int{}, windows: map[windowKey][2]int{},
	}
	for _, form := range []string{"require", "limit", "share", "lapse", "duty", "evidence", "approval"} {
		if v := at(x, form); v != nil {
			c.form, c.spec = form, v
		}
	}
	predicate := text(c.spec, "where")
	switch c.form {
	case "duty":
		c.action = cmp.Or(text(c.spec, "onMiss"), "notify")
	case "evidence":
		c.action = cmp.Or(text(c.spec, "onMiss"), "hold")
	case "require":
		predicate = text(x, "require")
		c.action = cmp.Or(text(x, "onReach"), "notify")
	default:
		c.action = cmp.Or(text(x, "onReach"), "notify")
	}
	if c.form == "approval" {
		predicate = text(c.spec, "when")
	}
	c.where, c.outOf, c.readsWork = parse(predicate), parse(text(c.spec, "outOf")), readsWork.MatchString(predicate)
	if c.form == "limit" || c.form == "share" {
		c.sums(w)
	}
	c.pool = []*clause{c}
	if !w.o.Muted[c.group] { // a muted clause is as if it were not written
		w.clauses = append(w.clauses, c)
	}
}

// sums reads what limits and shares have in common.
func (c *clause) sums(w *world) {
	c.measure, c.over, c.per, c.fact = text(c.spec, "measure"), text(c.spec, "over"), text(c.spec, "per"), text(c.spec, "base", "fact")
	if c.base = text(c.spec, "base"); c.fact != "" {
		c.base = "fact"
	}
	c.allowance, c.least = measured(c.measure, cmp.Or(text(c.spec, "allowance"), "0")), measured(c.measure, cmp.Or(text(c.spec, "minBase"), "0"))
	c.always = text(c.spec, "judged") == "always"
	if c.over != "" && c.over[0] >= '0' && c.over[0] <= '9' {
		c.rolling = w.steps(c.spec, "over")
	}
	if c.form == "limit" {
		c.assurance, c.bound = cmp.Or(text(c.spec, "assurance"), "certain"), measured(c.measure, text(c.spec, "atMost"))
		return
	}
	c.assurance = cmp.Or(text(c.spec, "assurance"), "booked")
	switch least, most := at(c.spec, "atLeast"), at(c.spec, "atMost"); {
	case least != nil && most != nil:
		panic(fmt.Errorf("the stepper knows no band: %s", c.name))
	case most != nil: // a ceiling of s on the part is a floor of 1 − s on the rest
		num, den := ratio(c.spec, "atMost")
		c.num, c.den, c.ceiling = den-num, den, true
	default:
		c.num, c.den = ratio(c.spec, "atLeast")
	}
}

// pools joins clauses that name the same pool.
func (w *world) pools() {
	for _, c := range w.clauses {
		pool := text(c.spec, "pool")
		if pool == "" || c.form != "limit" && c.form != "share" {
			continue
		}
		c.pool = nil
		for _, d := range w.clauses {
			if text(d.spec, "pool") == pool && d.measure == c.measure && d.over == c.over {
				c.pool = append(c.pool, d)
			}
		}
	}
}

// side is where work stands towards one clause: in the part, in the whole but
// outside the part, or neutral. A delivery has no job. It depends on the
// documents and on who is listed alone, so it is kept until that changes.
func (w *world) side(c *clause, j *job, s *stock) (inside, outside bool) {
	if c.listings != w.listings || c.sides == nil {
		c.listings, c.sides = w.listings, make([]side, len(w.stocks)*(len(w.kinds)+1))
	}
	k := s.number
	if j != nil {
		k += len(w.stocks) * j.kind
	}
	if c.sides[k] == unknown {
		n := w.names(j, s, c.permit)
		c.sides[k] = neutral
		if c.where(n) == true {
			c.sides[k] = part
		} else if c.outOf(n) == true {
			c.sides[k] = rest
		}
	}
	return c.sides[k] == part, c.sides[k] == rest
}

// side is where work stands towards a clause.
type side uint8

const (
	unknown side = iota
	part
	rest
	neutral
)

// bears gives the side of work in a clause's sums, those of its pool included,
// and the key that it counts under.
func (w *world) bears(c *clause, j *job, s *stock) (inside, outside bool, key string) {
	for _, m := range c.pool {
		if !s.under(m.permit) {
			continue
		}
		if inside, outside = w.side(m, j, s); inside || outside {
			break
		}
	}
	return inside, outside, keyOf(c.per, j, s)
}

func keyOf(per string, j *job, s *stock) string {
	switch per {
	case "":
		return ""
	case "site":
		return s.site
	case "accelerator":
		return s.product.name
	case "holder":
		return s.holder
	case "supplier":
		return s.supplier
	}
	if j == nil {
		return ""
	}
	v, _ := j.names["job."+per].(string)
	return v
}

// chosen selects work.
type chosen func(*job, *stock) bool

func (w *world) inside(c *clause, key string) chosen {
	return func(j *job, s *stock) bool { in, _, k := w.bears(c, j, s); return in && k == key }
}

func (w *world) outside(c *clause, key string) chosen {
	return func(j *job, s *stock) bool { _, out, k := w.bears(c, j, s); return out && k == key }
}

// helpsAndHarms gives the sides of a share: a floor is helped by its part; a
// ceiling is harmed by it.
func (w *world) helpsAndHarms(c *clause, key string) (helps, harms chosen) {
	if c.ceiling {
		return w.outside(c, key), w.inside(c, key)
	}
	return w.inside(c, key), w.outside(c, key)
}

// keys are all that work has counted under so far.
func (w *world) keys(c *clause) []string {
	if c.per == "" {
		return []string{""}
	}
	var out []string
	w.each(func(u use) {
		if in, o, k := w.bears(c, u.job, u.stock); (in || o) && !slices.Contains(out, k) {
			out = append(out, k)
		}
	})
	return out
}

func (c *clause) atDelivery() bool {
	return c.measure == "deliveredDevices" || c.measure == "deliveredTPP" || c.measure == "heldTPP" || c.form == "evidence" && text(c.spec, "at") == "delivery"
}
