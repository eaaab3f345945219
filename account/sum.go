// Package account adds up measures over windows, exactly: integers, piecewise
// linear in time, without a ticking clock.
//
// Units: devices × ms, W × ms (mJ), GFLOP, millionths of a currency × ms / h.
// Sums are 128-bit, since energy and FLOP of a large fleet overflow 63 bits
// within a year.
package account

import (
	"math"
	"math/big"
	"math/bits"
)

// Sum is a signed 128-bit integer in two's complement. The zero value is 0.
type Sum struct {
	Hi int64
	Lo uint64
}

// Of gives n as a Sum.
func Of(n int64) Sum { return Sum{n >> 63, uint64(n)} }

// Product gives a × b, exactly.
func Product(a, b int64) Sum {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	h := int64(hi)
	if a < 0 {
		h -= b
	}
	if b < 0 {
		h -= a
	}
	return Sum{h, lo}
}

// Add gives s + o.
func (s Sum) Add(o Sum) Sum {
	lo, c := bits.Add64(s.Lo, o.Lo, 0)
	return Sum{s.Hi + o.Hi + int64(c), lo}
}

// Sub gives s − o.
func (s Sum) Sub(o Sum) Sum {
	lo, b := bits.Sub64(s.Lo, o.Lo, 0)
	return Sum{s.Hi - o.Hi - int64(b), lo}
}

// Times gives s × n for n ≥ 0. The caller bounds s and n so that the product
// fits: |s| < 2⁹⁶ and n ≤ 2³¹ always do.
func (s Sum) Times(n int64) Sum {
	hi, lo := bits.Mul64(s.Lo, uint64(n))
	return Sum{s.Hi*n + int64(hi), lo}
}

// Cmp compares s with o: −1, 0 or 1.
func (s Sum) Cmp(o Sum) int {
	switch {
	case s.Hi < o.Hi || s.Hi == o.Hi && s.Lo < o.Lo:
		return -1
	case s == o:
		return 0
	}
	return 1
}

// Less reports s < o.
func (s Sum) Less(o Sum) bool { return s.Hi < o.Hi || s.Hi == o.Hi && s.Lo < o.Lo }

// Sign gives −1, 0 or 1.
func (s Sum) Sign() int {
	switch {
	case s.Hi < 0:
		return -1
	case s.Hi == 0 && s.Lo == 0:
		return 0
	}
	return 1
}

// Min gives the smaller of s and o.
func (s Sum) Min(o Sum) Sum {
	if o.Less(s) {
		return o
	}
	return s
}

// Max gives the larger of s and o.
func (s Sum) Max(o Sum) Sum {
	if s.Less(o) {
		return o
	}
	return s
}

// Quo gives ⌊s ÷ n⌋ for s ≥ 0 and n > 0, or the largest int64 where the
// quotient does not fit. A negative s gives 0: there is no room.
func (s Sum) Quo(n int64) int64 {
	if s.Hi == 0 {
		if q := s.Lo / uint64(n); q <= math.MaxInt64 {
			return int64(q)
		}
		return math.MaxInt64
	}
	if s.Hi < 0 {
		return 0
	}
	if uint64(s.Hi) >= uint64(n) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(uint64(s.Hi), s.Lo, uint64(n))
	if q > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(q)
}

// Over gives ⌊s ÷ n⌋ as a Sum, for s ≥ 0 and n > 0.
func (s Sum) Over(n int64) Sum {
	hi, rest := uint64(s.Hi)/uint64(n), uint64(s.Hi)%uint64(n)
	lo, _ := bits.Div64(rest, s.Lo, uint64(n))
	return Sum{int64(hi), lo}
}

// QuoUp is Quo rounded up.
func (s Sum) QuoUp(n int64) int64 {
	if s.Sign() <= 0 {
		return 0
	}
	q := s.Quo(n)
	if q < math.MaxInt64 && Product(q, n).Less(s) {
		q++
	}
	return q
}

// Div gives s ÷ o for s ≥ 0 and o > 0, rounded down, or the largest int64
// where the quotient does not fit.
func (s Sum) Div(o Sum) int64 {
	if s.Sign() <= 0 || o.Sign() <= 0 {
		return 0
	}
	if o.Hi == 0 && o.Lo <= math.MaxInt64 {
		return s.Quo(int64(o.Lo))
	}
	q := new(big.Int).Quo(s.Big(), o.Big())
	if !q.IsInt64() {
		return math.MaxInt64
	}
	return q.Int64()
}

// Int64 gives s, held at the ends of int64.
func (s Sum) Int64() int64 {
	switch {
	case s.Hi == int64(s.Lo)>>63:
		return int64(s.Lo)
	case s.Hi < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// Big gives s as a big integer.
func (s Sum) Big() *big.Int {
	b := new(big.Int).Lsh(big.NewInt(s.Hi), 64)
	return b.Add(b, new(big.Int).SetUint64(s.Lo))
}

// FromBig gives b as a Sum, and whether it fits.
func FromBig(b *big.Int) (Sum, bool) {
	if b.BitLen() > 126 {
		return Sum{}, false
	}
	lo := new(big.Int).And(b, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	hi := new(big.Int).Rsh(b, 64).Int64()
	return Sum{hi, lo}, true
}

// Float gives s as a float, for display alone.
func (s Sum) Float() float64 { return float64(s.Hi)*0x1p64 + float64(s.Lo) }

// String gives s in decimal.
func (s Sum) String() string { return s.Big().String() }
