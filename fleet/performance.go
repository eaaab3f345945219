package fleet

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/proviso-dev/proviso/quantity"
)

// Performance is what the US export rules compute from a data sheet: total
// processing performance (TPP) and performance density. Both are exact
// fractions. Source: 15 CFR Part 774 Supplement No. 1, ECCN 3A090, technical
// notes (88 FR 73458).
type Performance struct {
	// TPP in tera-operations per second × bits: 2 × MacTOPS × bit length,
	// where MacTOPS counts multiply-accumulate operations. A data sheet counts
	// each of them as two operations (one multiplication, one addition), so
	// 2 × MacTOPS is its TOP/s and TPP = TOP/s × bit length. Rates are dense;
	// the highest value over the number formats counts.
	TPP *big.Rat
	// AtLeast says that TPP is a lower bound: Gaps name a format whose rate is
	// in dispute, and the highest value may be there.
	AtLeast bool
	// The number format that gives TPP, its rate in TOP/s and its bit length.
	Precision Precision
	Tera      quantity.Amount
	Bits      int64
	// Density is TPP over the applicable die area, per mm²; nil when that area is not known.
	Density *big.Rat
	// The applicable die area in mm²; nil when it is not known.
	DieArea *big.Rat
}

// Bits is the bit length that multiplies a rate: the largest bit length of the
// inputs to the multiplication. tf32 counts as 32, the width in which it is
// stored: of the two readings (19 bits take part) the one that cannot
// understate TPP.
func (p Precision) Bits() (int64, error) {
	switch p {
	case "fp4":
		return 4, nil
	case "fp8", "int8":
		return 8, nil
	case "fp16", "bf16":
		return 16, nil
	case "tf32", "fp32":
		return 32, nil
	case "fp64":
		return 64, nil
	}
	return 0, fmt.Errorf("%q is not a number format: known are %s", string(p), strings.Join(p.Enum(), ", "))
}

// TPP is the total processing performance at this one rate: TOP/s × bit length.
func (p Peak) TPP() (*big.Rat, error) {
	bits, err := p.Precision.Bits()
	if err != nil {
		return nil, err
	}
	tera, err := p.Tera.Exact(quantity.Count)
	if err != nil {
		return nil, fmt.Errorf("peak rate at %s: %w", p.Precision, err)
	}
	return tera.Mul(tera, new(big.Rat).SetInt64(bits)), nil
}

// Performance computes TPP and performance density from the data sheet.
// Of formats with the same TPP the first one written is named.
func (a Accelerator) Performance() (Performance, error) {
	var best Performance
	for _, p := range a.Peak {
		tpp, err := p.TPP()
		if err != nil {
			return Performance{}, err
		}
		if best.TPP != nil && tpp.Cmp(best.TPP) <= 0 {
			continue
		}
		best.TPP, best.Precision, best.Tera = tpp, p.Precision, p.Tera
		best.Bits, _ = p.Precision.Bits()
	}
	if best.TPP == nil {
		return Performance{}, errors.New("no peak rate is given: TPP cannot be computed")
	}
	for _, g := range a.Gaps {
		best.AtLeast = best.AtLeast || strings.HasPrefix(g.Field, "peak.")
	}
	if a.DieArea == nil {
		return best, nil
	}
	area, err := a.DieArea.Value.Exact(quantity.Count)
	if err != nil {
		return Performance{}, fmt.Errorf("die area: %w", err)
	}
	if area.Sign() <= 0 {
		return Performance{}, errors.New("die area is zero: performance density cannot be computed")
	}
	best.DieArea, best.Density = area, new(big.Rat).Quo(best.TPP, area)
	return best, nil
}

// WholeTPP is TPP as a whole number for accounts that add it up, rounded up so
// that a cap on the sum is never overstepped by rounding. It is an error if it
// does not fit 63 bits.
func (p Performance) WholeTPP() (int64, error) {
	n := new(big.Int).Add(p.TPP.Num(), new(big.Int).Sub(p.TPP.Denom(), big.NewInt(1)))
	n.Quo(n, p.TPP.Denom())
	if !n.IsInt64() {
		return 0, fmt.Errorf("TPP %s is too large", p.TPP.FloatString(0))
	}
	return n.Int64(), nil
}
