package quantity

import "math/big"

// Exact converts the amount to base units without rounding, for quotients and
// comparisons in which rounding down would change the answer. It is an error
// if the written unit does not measure that.
func (a Amount) Exact(u Unit) (*big.Rat, error) {
	if a.number.mant == nil {
		return new(big.Rat), nil
	}
	// In checks the unit and gives the message about it.
	if _, err := a.In(u); err != nil {
		return nil, err
	}
	f := scale[u][a.unit]
	v := new(big.Rat).SetInt(new(big.Int).Mul(a.number.mant, bigInt(f.mant)))
	exp := int64(a.number.exp) + f.exp
	power := new(big.Rat).SetInt(new(big.Int).Exp(bigInt(10), bigInt(max(exp, -exp)), nil))
	if exp < 0 {
		return v.Quo(v, power), nil
	}
	return v.Mul(v, power), nil
}
