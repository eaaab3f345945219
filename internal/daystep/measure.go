package daystep

import (
	"fmt"
	"math/big"
	"regexp"
)

// written is an amount: a number and a unit.
var written = regexp.MustCompile(`^([0-9.]+(?:[eE][+]?[0-9]+)?) ?([A-Za-z]*)$`)

// units gives, for each measure, what its written units are worth in the unit
// that the stepper counts in: hours, Wh, W, GFLOP, millionths of the currency,
// and pieces.
var units = map[string]map[string]*big.Rat{
	"deviceHours": {"h": big.NewRat(1, 1), "kh": big.NewRat(1000, 1), "Mh": big.NewRat(1e6, 1), "d": big.NewRat(24, 1)},
	"energy":      {"Wh": big.NewRat(1, 1), "kWh": big.NewRat(1000, 1), "MWh": big.NewRat(1e6, 1)},
	"power":       {"W": big.NewRat(1, 1), "kW": big.NewRat(1000, 1), "MW": big.NewRat(1e6, 1)},
	"flop":        {"": big.NewRat(1, 1e9), "FLOP": big.NewRat(1, 1e9), "TFLOP": big.NewRat(1000, 1), "EFLOP": big.NewRat(1e9, 1)},
	"cost":        {"": big.NewRat(1e6, 1), "USD": big.NewRat(1e6, 1), "EUR": big.NewRat(1e6, 1), "CNY": big.NewRat(1e6, 1)},
}

var pieces = map[string]*big.Rat{"": big.NewRat(1, 1), "k": big.NewRat(1000, 1), "M": big.NewRat(1e6, 1)}

// measured reads an amount of a measure; it must be whole.
func measured(measure, s string) int {
	if s == "0" {
		return 0
	}
	u, ok := units[measure]
	if !ok {
		u = pieces
	}
	m := written.FindStringSubmatch(s)
	if m == nil || u[m[2]] == nil {
		panic(fmt.Errorf("the stepper cannot read %q as %s", s, measure))
	}
	r, _ := new(big.Rat).SetString(m[1])
	if r.Mul(r, u[m[2]]); !r.IsInt() || !r.Num().IsInt64() {
		panic(fmt.Errorf("%q is not whole", s))
	}
	return int(r.Num().Int64())
}

// rate is what one device adds to a measure in an hour, or at once to one that
// counts what is there.
func rate(measure string, s *stock) int {
	switch measure {
	case "energy", "power":
		return s.watts
	case "flop":
		return s.product.gflops * 3_600_000
	case "cost":
		return s.price
	case "deliveredTPP", "heldTPP":
		return s.product.tpp
	}
	return 1
}

// sums is what was used in a window before today, and what running work still
// takes there: to its limits, and as expected.
type sums struct{ used, taken, expected int }

// sum adds up what is chosen for the days of a window.
func (w *world) sum(c *clause, open, shut int, in chosen) (s sums) {
	if c.measure == "jobs" { // a job counts on the day on which it starts
		w.each(func(u use) {
			if u.from >= open && u.from < shut && in(u.job, u.stock) {
				s.used++
			}
		})
		return s
	}
	w.each(func(u use) {
		if d := overlap(u.from, u.to, open, shut); d > 0 && in(u.job, u.stock) {
			s.used += w.hours * u.devices * d * rate(c.measure, u.stock)
		}
	})
	for _, r := range w.running {
		if in(r, r.stock) {
			a := w.hours * r.devices * rate(c.measure, r.stock)
			s.taken += a * overlap(w.day, r.end, open, shut)
			s.expected += a * overlap(w.day, min(r.end, r.began+r.expectedLength()), open, shut)
		}
	}
	return s
}

// drawn is the rate of running work that is chosen, in what a device adds.
func (w *world) drawn(c *clause, in chosen) (sum int) {
	for _, r := range w.running {
		if in(r, r.stock) {
			sum += r.devices * rate(c.measure, r.stock)
		}
	}
	return sum
}

// capacity is what the devices in service could take in a window: those of the
// days gone by, and those to come if nothing changes. A key that is one of the
// devices (their site, product, holder, supplier) has a capacity of its own.
func (w *world) capacity(c *clause, key string, open, shut int) int {
	open, shut = max(open, c.permit.from), min(shut, c.permit.until)
	total := 0
	for _, x := range w.changes {
		if !x.stock.under(c.permit) || ofDevices[c.per] && keyOf(c.per, nil, x.stock) != key {
			continue
		}
		total += w.hours * x.n * rate(c.measure, x.stock) * overlap(x.day, never, open, shut)
	}
	return total
}

var ofDevices = map[string]bool{"site": true, "accelerator": true, "holder": true, "supplier": true}
