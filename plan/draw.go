package plan

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/quantity"
)

// dice draws by key: seed, sample, entity and purpose. Nothing depends on the
// order of draws, so that removing one entity changes no other, and samples
// can run in parallel.
type dice struct {
	seed   uint64
	sample int
}

// million is the resolution of probabilities and quantiles.
const million = 1_000_000

// roll gives a whole number in [0, 10⁶).
func (d dice) roll(entity, purpose string) int64 {
	// FNV-1a over the names, then the finalizer of SplitMix64 over all four.
	h := uint64(0xcbf29ce484222325)
	for _, s := range [2]string{entity, purpose} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 0x100000001b3
		}
		h = (h ^ 0xff) * 0x100000001b3
	}
	return int64(mix(h^mix(d.seed^mix(uint64(d.sample)))) % million)
}

func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// happens draws whether something of a probability comes.
func (d dice) happens(p quantity.Ratio, entity, purpose string) bool {
	if p.Den == 0 {
		return false
	}
	return account.Product(d.roll(entity, purpose), p.Den).Less(account.Product(million, p.Num))
}

// draw gives a value of a distribution, and whether it comes at all. Between
// the stated percentiles the quantiles lie on a straight line, which goes on
// below the early and above the late case. at turns a stated value into a
// whole number; values are rounded to whole numbers at once.
func draw[T any](d dice, x quantity.Distribution[T], entity, purpose string, at func(T) int64) (int64, bool) {
	if x.Value != nil {
		return at(*x.Value), true
	}
	if x.P50 == nil {
		return 0, false
	}
	if d.happens(x.Never, entity, purpose+"/never") {
		return 0, false
	}
	p50 := at(*x.P50)
	p10, p90 := p50, p50
	if x.P10 != nil {
		p10 = at(*x.P10)
	}
	if x.P90 != nil {
		p90 = at(*x.P90)
	}
	return quantile(p10, p50, p90, d.roll(entity, purpose)), true
}

func quantile(p10, p50, p90, u int64) int64 {
	const tenth, half, ninth = million / 10, million / 2, 9 * million / 10
	if u < half {
		return line(p10, p50, u-tenth, half-tenth)
	}
	return line(p50, p90, u-half, ninth-half)
}

// line is a + (b − a) × num ÷ den, rounded to the nearest.
func line(a, b, num, den int64) int64 {
	p := account.Product(b-a, num)
	if p.Sign() < 0 {
		neg := account.Sum{}.Sub(p).Add(account.Of(den / 2))
		return a - neg.Quo(den)
	}
	return a + p.Add(account.Of(den/2)).Quo(den)
}
