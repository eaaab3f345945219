package trace

import (
	"math/bits"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// lognormal holds the quantiles k/64 of a log-normal distribution with median
// 1000 and σ = 1.6, its ends those of 1/256 and 255/256. Recorded durations of
// training jobs spread about so (Philly: median 19 min, ninth decile 3 h, 99 %
// below 3 d). A table, since exp need not round alike on two architectures.
var lognormal = [65]int64{
	14, 32, 51, 68, 86, 103, 121, 140, 159, 178, 199, 220, 242,
	265, 289, 314, 340, 367, 396, 426, 457, 491, 525, 562, 601, 641,
	684, 730, 777, 828, 882, 939, 1000, 1065, 1134, 1207, 1286, 1371, 1462,
	1559, 1665, 1779, 1903, 2038, 2186, 2348, 2526, 2723, 2942, 3187, 3463, 3777,
	4135, 4549, 5033, 5607, 6300, 7155, 8238, 9665, 11642, 14607, 19695, 31381, 70535,
}

// duration draws a relative duration between two knots of the table.
func (s *stream) duration() int64 {
	r := s.next()
	k, rest := r>>58, int64(r>>26&(1<<32-1))
	lo, hi := lognormal[k], lognormal[k+1]
	return lo + int64(uint64(hi-lo)*uint64(rest)>>32)
}

// busy weighs the hours of a local day by how much is submitted in them, and
// weekend says by how much less on Saturdays and Sundays, in hundredths.
var busy = [24]int64{30, 24, 20, 18, 16, 18, 24, 40, 70, 95, 105, 105, 90, 95, 110, 110, 105, 95, 80, 65, 58, 52, 45, 36}

const weekend = 45

// arrivals draws n instants in [from, until), in order. Instants drawn
// independently with a density are a Poisson process of that density, given
// their number.
func arrivals(s stream, n int, from, until calendar.Instant, loc *time.Location) []calendar.Instant {
	const hour = calendar.Instant(quantity.Hour)
	starts := []calendar.Instant{}
	sums := []int64{0}
	for t := from; t < until; t += hour {
		local := t.Time(loc)
		w := busy[local.Hour()] * 100
		if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
			w = w * weekend / 100
		}
		starts, sums = append(starts, t), append(sums, sums[len(sums)-1]+w)
	}
	all := make([]calendar.Instant, n)
	for i := range all {
		at := s.below(sums[len(sums)-1])
		k, found := slices.BinarySearch(sums, at)
		if !found {
			k--
		}
		all[i] = starts[k] + calendar.Instant(s.below(int64(min(hour, until-starts[k]))))/1000*1000
	}
	slices.Sort(all)
	return all
}

// gangWeights weighs the sizes 1, 2, 4 … up to most devices so that their mean
// is at least mean, as near as the tilt allows. Eight, a server, counts double.
func gangWeights(most int64, mean int64) []int64 {
	var weights []int64
	for tilt := int64(1); tilt <= 40; tilt++ {
		weights = weights[:0]
		var sum, devices int64
		w := int64(1) << 30
		for size := int64(1); size <= most; size *= 2 {
			v := max(w, 1)
			if size == 8 {
				v *= 2
			}
			weights, sum, devices = append(weights, v), sum+v, devices+v*size
			w = w * tilt / 16
		}
		if devices >= mean*sum {
			break
		}
	}
	return weights
}

// proportion gives a × b / c without overflow in between, for a result that
// fits; c > 0.
func proportion(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(q, 1<<63-1))
}
