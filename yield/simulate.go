package yield

import (
	"errors"
	"math"
	"slices"
)

// Request is one request of a trace: when it comes, in seconds from the start,
// and its tokens.
type Request struct {
	At            float64
	Input, Output int32
}

// Latencies are what the requests of a simulation met.
type Latencies struct {
	// TTFT and TPOT in seconds, sorted.
	TTFT, TPOT []float32
	// End is when the last request ended, in seconds.
	End float64
	// Refused is how many requests are too long for the memory of a copy.
	Refused int
}

// Percentile gives a quantile between 0 and 1 of sorted values.
func Percentile(sorted []float32, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return float64(sorted[max(0, min(i, len(sorted)-1))])
}

// copyState is one copy during a simulation. Sequences that decode together
// advance together, so that each ends after a known number of steps from its
// start: a heap by that number replaces a look at each sequence.
type copyState struct {
	now     float64
	steps   float64 // steps made so far
	context float64 // tokens of all running sequences' caches
	running []sequence
	waiting []int32
	head    int
}

// sequence is a running request: the step after which it ends, and when it
// began to decode.
type sequence struct {
	ends    float64
	began   float32
	tokens  float32 // of the cache at its end
	request int32
}

// Simulate serves requests with copies of an instance, each request on the
// next copy in turn, by events: arrivals, prompts that have been read, and
// ends. Between events a copy makes equal steps. Requests must be in order of
// arrival.
func (p *Predictor) Simulate(in *Instance, copies int, requests []Request) (Latencies, error) {
	var out Latencies
	if copies < 1 {
		return out, errors.New("a simulation needs at least one copy")
	}
	room := in.room() - in.weights()
	// Times are interpolated from tables: a step by sequences and context, a
	// prompt by its length.
	tables := p.tables(in)
	states := make([]copyState, copies)
	out.TTFT = make([]float32, 0, len(requests))
	out.TPOT = make([]float32, 0, len(requests))
	perToken := in.cachePerRequest(1<<14) / (1 << 14)
	most := room / perToken // tokens that the caches of a copy hold
	sim := simulation{p: p, t: &tables, most: most, requests: requests, out: &out}
	last := math.Inf(-1)
	for i := range requests {
		r := &requests[i]
		if r.At < last {
			return out, errors.New("requests are not in order of arrival")
		}
		last = r.At
		s := &states[i%copies]
		sim.advance(s, r.At)
		if float64(r.Input+r.Output) > most {
			out.Refused++
			continue
		}
		s.waiting = append(s.waiting, int32(i))
	}
	for i := range states {
		sim.advance(&states[i], math.Inf(1))
		out.End = max(out.End, states[i].now)
	}
	slices.Sort(out.TTFT)
	slices.Sort(out.TPOT)
	return out, nil
}

type simulation struct {
	p        *Predictor
	t        *serveTables
	most     float64
	requests []Request
	out      *Latencies
}

// advance runs a copy up to an instant, or until it has nothing to do.
func (m *simulation) advance(s *copyState, until float64) {
	for s.now < until {
		if m.admit(s) {
			continue
		}
		if len(s.running) == 0 {
			if math.IsInf(until, 1) {
				return
			}
			s.now = until
			return
		}
		n := float64(len(s.running))
		step := m.t.step(n, s.context/n)
		left := s.running[0].ends - s.steps
		// The steps up to the next end, or up to the instant.
		if s.now+left*step > until {
			whole := math.Ceil((until - s.now) / step)
			left = min(left, max(1, whole))
		}
		s.now += left * step
		s.steps += left
		s.context += left * n
		for len(s.running) > 0 && s.running[0].ends <= s.steps {
			m.end(s)
		}
	}
}

// admit reads the next waiting prompt if there is room for its whole length.
func (m *simulation) admit(s *copyState) bool {
	if s.head == len(s.waiting) {
		return false
	}
	id := s.waiting[s.head]
	r := &m.requests[id]
	if r.At > s.now {
		s.now = r.At // an idle copy waits for it
	}
	held := 0.0
	if len(s.running) > 0 {
		held = s.context
	}
	if held+float64(r.Input+r.Output) > m.most && len(s.running) > 0 {
		return false
	}
	if s.head++; s.head == len(s.waiting) {
		s.waiting, s.head = s.waiting[:0], 0
	}
	read := m.t.prefill(float64(r.Input))
	s.now += read
	m.out.TTFT = append(m.out.TTFT, float32(s.now-r.At+m.t.first))
	if r.Output <= 1 {
		return true
	}
	s.context += float64(r.Input)
	push(&s.running, sequence{ends: s.steps + float64(r.Output-1), began: float32(s.now), tokens: float32(r.Input + r.Output), request: id})
	return true
}

func (m *simulation) end(s *copyState) {
	q := pop(&s.running)
	r := &m.requests[q.request]
	s.context = max(0, s.context-float64(q.tokens)+1)
	m.out.TPOT = append(m.out.TPOT, float32((s.now-float64(q.began))/float64(r.Output-1)))
}

// push and pop keep the sequence that ends first in front.
func push(h *[]sequence, q sequence) {
	a := append(*h, q)
	i := len(a) - 1
	for i > 0 {
		up := (i - 1) / 2
		if a[up].ends <= a[i].ends {
			break
		}
		a[up], a[i] = a[i], a[up]
		i = up
	}
	*h = a
}

func pop(h *[]sequence) sequence {
	a := *h
	top := a[0]
	n := len(a) - 1
	a[0] = a[n]
	a = a[:n]
	for i := 0; ; {
		c := 2*i + 1
		if c >= n {
			break
		}
		if c+1 < n && a[c+1].ends < a[c].ends {
			c++
		}
		if a[i].ends <= a[c].ends {
			break
		}
		a[i], a[c] = a[c], a[i]
		i = c
	}
	*h = a
	return top
}
