package trace

import "math/bits"

// stream is a sequence of random numbers: SplitMix64, whose eight lines say
// the same on every machine and in every version of Go, which the methods of
// math/rand/v2 do not promise.
type stream uint64

// newStream derives an independent sequence for a purpose, so that a further
// draw for one purpose changes no other.
func newStream(seed uint64, purpose string) stream {
	s := stream(seed)
	for _, c := range []byte(purpose) {
		s = stream(s.next() ^ uint64(c))
	}
	return s
}

func (s *stream) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number in [0, n); its bias is less than n/2⁶⁴.
func (s *stream) below(n int64) int64 {
	hi, _ := bits.Mul64(s.next(), uint64(n))
	return int64(hi)
}

// pick gives an index with a chance in proportion to its weight.
func (s *stream) pick(weights []int64) int {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	at := s.below(sum)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}
