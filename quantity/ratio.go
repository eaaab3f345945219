package quantity

import (
	"fmt"
	"math/big"
	"strings"
)

// Ratio is an exact fraction with a decimal denominator: 30% is 30/100.
// Num is zero or positive; Den is a power of ten of at most 10⁹, so that a
// product with a 128-bit sum cannot overflow it unseen.
type Ratio struct{ Num, Den int64 }

// MaxDen bounds the denominator of a Ratio: nine decimal digits.
const MaxDen = 1_000_000_000

// ParseRatio reads "30%", "0.3", "12.5 %", or a share of a share, "20% × 50%".
func ParseRatio(s string) (Ratio, error) {
	parts := strings.Split(s, "×")
	r, err := parseRatio(parts[0])
	for _, part := range parts[1:] {
		of, more := parseRatio(part)
		if err == nil {
			err = more
		}
		if err == nil {
			r, err = r.times(of)
		}
	}
	if err != nil && len(parts) > 1 {
		return Ratio{}, fmt.Errorf("%q is not a product of ratios: %w", s, err)
	}
	return r, err
}

// times gives the share r of the share q; it is an error if that has more
// digits than a ratio keeps.
func (r Ratio) times(q Ratio) (Ratio, error) {
	num := new(big.Int).Mul(big.NewInt(r.Num), big.NewInt(q.Num))
	den := new(big.Int).Mul(big.NewInt(r.Den), big.NewInt(q.Den))
	ten, rest := big.NewInt(10), new(big.Int)
	for den.Cmp(ten) >= 0 {
		part, left := new(big.Int).QuoRem(num, ten, rest)
		if left.Sign() != 0 {
			break
		}
		num, den = part, den.Quo(den, ten)
		rest = new(big.Int)
	}
	if !num.IsInt64() || den.Cmp(big.NewInt(MaxDen)) > 0 || num.Int64() > 1_000_000*MaxDen {
		return Ratio{}, fmt.Errorf("it has more digits than a ratio keeps (nine decimals)")
	}
	return Ratio{num.Int64(), den.Int64()}, nil
}

func parseRatio(s string) (Ratio, error) {
	t := strings.TrimSpace(s)
	percent := strings.HasSuffix(t, "%")
	t = strings.TrimSpace(strings.TrimSuffix(t, "%"))
	d, err := parseDecimal(t)
	if err != nil {
		return Ratio{}, fmt.Errorf("%q is not a ratio: write 30%% or 0.3", s)
	}
	if percent {
		d.exp -= 2
	}
	if d.neg {
		return Ratio{}, fmt.Errorf("%q is negative: a ratio is zero or more", s)
	}
	d.normalise()
	for d.exp > 0 {
		d.mant.Mul(d.mant, big.NewInt(10))
		d.exp--
	}
	if d.exp < -9 || !d.mant.IsInt64() || d.mant.Int64() > 1_000_000*MaxDen {
		return Ratio{}, fmt.Errorf("%q has more digits than a ratio keeps (nine decimals)", s)
	}
	den := int64(1)
	for range -d.exp {
		den *= 10
	}
	return Ratio{d.mant.Int64(), den}, nil
}

// UnmarshalText reads a ratio as ParseRatio does.
func (r *Ratio) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRatio(string(b))
	return err
}

// MarshalText writes the ratio as a percentage.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String gives the ratio as a percentage without trailing zeros: "12.5%".
func (r Ratio) String() string {
	if r.Den == 0 {
		return "0%"
	}
	d := decimal{mant: big.NewInt(r.Num), exp: 2}
	for den := r.Den; den > 1; den /= 10 {
		d.exp--
	}
	d.normalise()
	return d.String() + "%"
}

// Zero reports whether the ratio is nothing or unset.
func (r Ratio) Zero() bool { return r.Num == 0 }

// Of gives the part of n, rounded down.
func (r Ratio) Of(n int64) int64 {
	if r.Den == 0 {
		return 0
	}
	p := new(big.Int).Mul(big.NewInt(n), big.NewInt(r.Num))
	return p.Quo(p, big.NewInt(r.Den)).Int64()
}

// Complement gives 1 − r, for a ratio of at most 1.
func (r Ratio) Complement() Ratio {
	if r.Den == 0 {
		return Ratio{1, 1}
	}
	return Ratio{r.Den - r.Num, r.Den}
}
