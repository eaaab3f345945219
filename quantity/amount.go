// Package quantity holds exact amounts with units, as people write them in
// documents: 30%, 120MW, 5000h, 1e26, 30d. Nothing here is a float.
package quantity

import (
	"fmt"
	"math/big"
	"sort"
	"strings"

	"github.com/proviso-dev/proviso/internal/spelling"
)

func bigInt(n int64) *big.Int { return big.NewInt(n) }

// Amount is an exact decimal number with an optional unit. What it measures is
// known only where it is used, so the conversion to integers comes there: In.
type Amount struct {
	number decimal
	unit   string
	text   string
}

// Unit is what an amount is converted to.
type Unit string

// The base units that accounts count in.
const (
	Count       Unit = "count"        // devices, jobs, performance points
	DeviceMilli Unit = "device-ms"    // one device for a millisecond
	Watt        Unit = "W"            // power
	MilliJoule  Unit = "mJ"           // energy: one watt for a millisecond
	GigaFLOP    Unit = "GFLOP"        // 10⁹ floating point operations
	MicroPrice  Unit = "µ¤·ms/h"      // a millionth of the currency per hour, for a millisecond
	Tokens      Unit = "tokens"       // tokens of text
	PricePerHr  Unit = "µ¤/device-hr" // price of one device for an hour, in millionths
)

// scale[u][suffix] is the factor from the written unit to the base unit, as a
// mantissa and a power of ten.
var scale = map[Unit]map[string]struct{ mant, exp int64 }{
	Count:       {"": {1, 0}, "k": {1, 3}, "K": {1, 3}, "M": {1, 6}},
	DeviceMilli: {"h": {36, 5}, "kh": {36, 8}, "Mh": {36, 11}, "d": {864, 5}, "m": {6, 4}, "s": {1, 3}},
	Watt:        {"W": {1, 0}, "kW": {1, 3}, "MW": {1, 6}, "GW": {1, 9}},
	MilliJoule:  {"J": {1, 3}, "Wh": {36, 5}, "kWh": {36, 8}, "MWh": {36, 11}, "GWh": {36, 14}, "TWh": {36, 17}},
	GigaFLOP:    {"": {1, -9}, "FLOP": {1, -9}, "GFLOP": {1, 0}, "TFLOP": {1, 3}, "PFLOP": {1, 6}, "EFLOP": {1, 9}},
	MicroPrice:  {"": {36, 11}, "USD": {36, 11}, "EUR": {36, 11}, "CNY": {36, 11}},
	Tokens:      {"": {1, 0}, "k": {1, 3}, "K": {1, 3}, "M": {1, 6}, "B": {1, 9}, "T": {1, 12}},
	PricePerHr:  {"": {1, 6}, "USD": {1, 6}, "EUR": {1, 6}, "CNY": {1, 6}},
}

// ParseAmount reads a decimal number and an optional unit behind it.
func ParseAmount(s string) (Amount, error) {
	t := strings.TrimSpace(s)
	i := len(t)
	for i > 0 && (t[i-1] < '0' || t[i-1] > '9') && t[i-1] != '.' {
		i--
	}
	d, err := parseDecimal(t[:i])
	if err != nil {
		return Amount{}, fmt.Errorf("%q is not an amount: write a number and a unit, such as 5000h, 120MW or 1e26", s)
	}
	if d.neg {
		return Amount{}, fmt.Errorf("%q is negative: an amount is zero or more", s)
	}
	unit := strings.TrimSpace(t[i:])
	known := unit == ""
	for _, m := range scale {
		if _, ok := m[unit]; ok {
			known = true
		}
	}
	if !known {
		return Amount{}, &UnitError{s, unit}
	}
	return Amount{number: d, unit: unit, text: t}, nil
}

// UnitError says that an amount's unit is not known.
type UnitError struct{ Text, Unit string }

// Error names the unit, with what was probably meant.
func (e *UnitError) Error() string {
	return fmt.Sprintf("%q has the unknown unit %q (%s)", e.Text, e.Unit, e.Hint())
}

// Hint gives the nearest unit, or all that there are.
func (e *UnitError) Hint() string {
	// Of units that are equally near, the one that plans mostly use.
	usual := append([]string{"MW", "MWh", "h"}, Units()...)
	if h := spelling.Hint(e.Unit, usual); h != "" {
		return h
	}
	return "known are " + strings.Join(Units(), ", ")
}

// Units lists every unit that an amount may be written in, in order.
func Units() []string {
	seen := map[string]bool{}
	var all []string
	for _, m := range scale {
		for u := range m {
			if u != "" && !seen[u] {
				seen[u], all = true, append(all, u)
			}
		}
	}
	sort.Strings(all)
	return all
}

// UnmarshalText reads an amount as ParseAmount does.
func (a *Amount) UnmarshalText(b []byte) (err error) {
	*a, err = ParseAmount(string(b))
	return err
}

// MarshalText writes the amount as it was written.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.text), nil }

// String gives the amount as it was written.
func (a Amount) String() string { return a.text }

// Zero reports whether the amount is zero or unset.
func (a Amount) Zero() bool { return a.number.mant == nil || a.number.mant.Sign() == 0 }

// In converts the amount to a whole number of base units, rounded down.
// It is an error if the written unit does not measure that.
func (a Amount) In(u Unit) (*big.Int, error) {
	if a.number.mant == nil {
		return new(big.Int), nil
	}
	f, ok := scale[u][a.unit]
	if !ok {
		var want []string
		for s := range scale[u] {
			if s == "" {
				s = "no unit"
			}
			want = append(want, s)
		}
		sort.Strings(want)
		return nil, fmt.Errorf("%q does not measure this: write it in %s", a.text, strings.Join(want, ", "))
	}
	d := decimal{mant: new(big.Int).Mul(a.number.mant, bigInt(f.mant)), exp: a.number.exp}
	v, _ := d.int(int(f.exp))
	return v, nil
}

// Int64 is In for amounts that fit 63 bits.
func (a Amount) Int64(u Unit) (int64, error) {
	v, err := a.In(u)
	if err != nil {
		return 0, err
	}
	if !v.IsInt64() {
		return 0, fmt.Errorf("%q is too large", a.text)
	}
	return v.Int64(), nil
}
