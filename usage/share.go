package usage

import (
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// share fills in a share: its part, the whole and the bound that the whole gives
// the part. The core writes a ceiling on the part as a floor on the rest, so the
// part is then the harmful side.
func share(m *Measure, c *world.Clause, helpful, harmful, whole account.Sum) {
	m.Whole = &Sum{whole}
	floor, den := c.Floor.Num, c.Floor.Den
	switch {
	case c.Base == world.Used && c.Ceiling:
		counted := whole.Sub(c.Allowance).Max(account.Sum{})
		m.Value, m.Bound = Sum{harmful}, Sum{whole.Sub(up(counted, floor, den))}
	case c.Base == world.Used:
		counted := whole.Sub(c.Allowance).Max(account.Sum{})
		m.Value, m.Bound, m.AtLeast = Sum{helpful}, Sum{up(counted, floor, den)}, true
	case c.Ceiling:
		m.Value, m.Bound = Sum{harmful}, Sum{whole.Times(den - floor).Over(den).Add(c.Allowance)}
	default:
		m.Value, m.Bound, m.AtLeast = Sum{helpful}, Sum{up(whole, floor, den).Sub(c.Allowance).Max(account.Sum{})}, true
	}
	m.Room = Sum{m.Bound.Sub(m.Value.Sum)}
	if m.AtLeast {
		m.Room = Sum{m.Value.Sub(m.Bound.Sum)}
	}
}

// up is s × num ÷ den, rounded up.
func up(s account.Sum, num, den int64) account.Sum {
	return s.Times(num).Add(account.Of(den - 1)).Over(den)
}

// shareBroken judges a share by the core's own rule.
func shareBroken(c *world.Clause, helpful, harmful, whole account.Sum) bool {
	floor, den := c.Floor.Num, c.Floor.Den
	if c.Base == world.Used {
		total := helpful.Add(harmful)
		if c.Always && !c.MinBase.Less(total) {
			return false
		}
		return helpful.Times(den).Less(total.Sub(c.Allowance).Times(floor))
	}
	if c.Ceiling {
		return whole.Times(den - floor).Less(harmful.Sub(c.Allowance).Times(den))
	}
	return helpful.Add(c.Allowance).Times(den).Less(whole.Times(floor))
}

// fact is the value that a share compares with at an instant; it is uncertain
// where the documents say so, and counts at its middle.
func (e *edition) fact(c *world.Clause, at calendar.Instant) account.Sum {
	var v account.Sum
	for _, x := range e.catalog.Facts[c.Fact].Spec.Series {
		if x.At.In(time.UTC) > at || !x.Value.Set() {
			break
		}
		b, err := x.Value.Middle().In(c.Unit)
		if err != nil {
			continue
		}
		if s, ok := account.FromBig(b); ok {
			v = s
		}
	}
	return v
}
