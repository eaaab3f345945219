package quantity

import (
	"errors"
	"math/big"
	"strings"
)

// decimal is mant × 10^exp, exact. Documents carry decimals as people write
// them (1e26, 0.3, 5_000); floats would lose digits.
type decimal struct {
	neg  bool
	mant *big.Int
	exp  int
}

var errNotDecimal = errors.New("not a decimal number")

// maxDigits bounds what a document may make us multiply.
const maxDigits = 64

// separators may stand between digits for legibility.
var separators = strings.NewReplacer("_", "", ",", "")

func parseDecimal(s string) (decimal, error) {
	d := decimal{mant: new(big.Int)}
	if strings.HasPrefix(s, "-") {
		d.neg, s = true, s[1:]
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	mantissa, exponent, hasExp := strings.Cut(strings.ToLower(s), "e")
	if hasExp {
		neg := strings.HasPrefix(exponent, "-")
		exponent = strings.TrimLeft(exponent, "+-")
		if exponent == "" || len(exponent) > 3 {
			return d, errNotDecimal
		}
		for _, c := range exponent {
			if c < '0' || c > '9' {
				return d, errNotDecimal
			}
			d.exp = d.exp*10 + int(c-'0')
		}
		if d.exp > 99 {
			return d, errNotDecimal
		}
		if neg {
			d.exp = -d.exp
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := separators.Replace(whole) + fraction
	if digits == "" || len(digits) > maxDigits || strings.HasPrefix(whole, "_") || strings.HasPrefix(whole, ",") {
		return d, errNotDecimal
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return d, errNotDecimal
		}
	}
	d.mant.SetString(digits, 10)
	d.exp -= len(fraction)
	return d, nil
}

// normalise drops trailing zeros of the mantissa.
func (d *decimal) normalise() {
	ten, r := big.NewInt(10), new(big.Int)
	if d.mant.Sign() == 0 {
		d.exp = 0
		return
	}
	for {
		q, m := new(big.Int).QuoRem(d.mant, ten, r)
		if m.Sign() != 0 {
			return
		}
		d.mant, d.exp = q, d.exp+1
	}
}

// int gives d × 10^shift, and whether that is a whole number.
func (d decimal) int(shift int) (*big.Int, bool) {
	e := d.exp + shift
	v := new(big.Int).Set(d.mant)
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil)
	exact := true
	if e >= 0 {
		v.Mul(v, p)
	} else {
		var m big.Int
		v.QuoRem(v, p, &m)
		exact = m.Sign() == 0
	}
	if d.neg {
		v.Neg(v)
	}
	return v, exact
}

func (d decimal) String() string {
	s := d.mant.String()
	switch {
	case d.exp > 0:
		s += strings.Repeat("0", d.exp)
	case d.exp < 0:
		n := -d.exp
		if len(s) <= n {
			s = strings.Repeat("0", n-len(s)+1) + s
		}
		s = s[:len(s)-n] + "." + s[len(s)-n:]
	}
	if d.neg {
		s = "-" + s
	}
	return s
}
