package queue

import (
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// releases knows when running work gives devices back, by stock.
type releases struct {
	stocks []stockReleases
	merge  []cursor // used again
}

// stockReleases holds a stock's releases in order of time, in chunks with their
// sums: one comes or goes within its chunk, and the instant at which n devices
// are free is found over the sums first.
type stockReleases struct {
	chunks [][]release
	ends   []calendar.Instant // of each chunk: its last release
	sums   []int64            // of each chunk: its devices
	spare  [][]release        // chunks to be used again
}

// chunk is the most releases of one chunk: large enough that there are few
// sums, small enough that one is moved at little cost.
const chunk = 128

type release struct {
	at  calendar.Instant
	n   int64
	job world.JobID
}

func (r *releases) init(w *world.World) { r.stocks = make([]stockReleases, len(w.Rules.Stocks)) }

func (r *releases) reset() {
	for i := range r.stocks {
		s := &r.stocks[i]
		s.spare = append(s.spare, s.chunks...)
		s.chunks, s.ends, s.sums = s.chunks[:0], s.ends[:0], s.sums[:0]
	}
}

func (r *releases) add(w *world.World, job world.JobID) {
	j := w.Job(job)
	r.stocks[j.First.Stock].add(release{j.End, j.First.Devices, job})
	for _, p := range j.More {
		r.stocks[p.Stock].add(release{j.End, p.Devices, job})
	}
}

func (r *releases) remove(w *world.World, job world.JobID) {
	j := w.Job(job)
	r.stocks[j.First.Stock].remove(j.End, job)
	for _, p := range j.More {
		r.stocks[p.Stock].remove(j.End, job)
	}
}

// chunkOf is the first chunk that does not end before t; the number of chunks
// if there is none.
func (s *stockReleases) chunkOf(t calendar.Instant) int {
	lo, hi := 0, len(s.ends)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); s.ends[mid] < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// within is the place of the first release of a chunk at t or later.
func within(here []release, t calendar.Instant) int {
	lo, hi := 0, len(here)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); here[mid].at < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (s *stockReleases) add(x release) {
	c := s.chunkOf(x.at)
	if c == len(s.chunks) {
		if c == 0 {
			s.insert(0, nil)
		} else {
			c--
		}
	}
	if len(s.chunks[c]) == chunk {
		here := s.chunks[c]
		s.insert(c+1, here[chunk/2:])
		s.chunks[c] = here[:chunk/2]
		s.sums[c] -= s.sums[c+1]
		s.ends[c] = here[chunk/2-1].at
		if s.ends[c] < x.at {
			c++
		}
	}
	here := s.chunks[c]
	s.chunks[c] = slices.Insert(here, within(here, x.at), x)
	s.sums[c] += x.n
	s.ends[c] = max(s.ends[c], x.at)
}

// insert makes a chunk of some releases.
func (s *stockReleases) insert(c int, of []release) {
	var here []release
	if n := len(s.spare); n > 0 {
		here, s.spare = s.spare[n-1][:0], s.spare[:n-1]
	} else {
		here = make([]release, 0, chunk)
	}
	here = append(here, of...)
	sum, end := int64(0), calendar.Instant(0)
	for _, x := range of {
		sum += x.n
		end = x.at
	}
	s.chunks, s.sums, s.ends = slices.Insert(s.chunks, c, here), slices.Insert(s.sums, c, sum), slices.Insert(s.ends, c, end)
}

func (s *stockReleases) remove(end calendar.Instant, job world.JobID) {
	for c := s.chunkOf(end); c < len(s.chunks); c++ {
		here := s.chunks[c]
		for i := within(here, end); i < len(here) && here[i].at == end; i++ {
			if here[i].job != job {
				continue
			}
			s.sums[c] -= here[i].n
			here = slices.Delete(here, i, i+1)
			s.chunks[c] = here
			if len(here) > 0 {
				s.ends[c] = here[len(here)-1].at
				return
			}
			s.spare = append(s.spare, here)
			s.chunks, s.sums, s.ends = slices.Delete(s.chunks, c, c+1), slices.Delete(s.sums, c, c+1), slices.Delete(s.ends, c, c+1)
			return
		}
		if s.ends[c] > end {
			return
		}
	}
}

// until is the number of devices that come back up to t.
func (s *stockReleases) until(t calendar.Instant) int64 {
	n, c := int64(0), s.chunkOf(t)
	for _, sum := range s.sums[:c] {
		n += sum
	}
	for ; c < len(s.chunks); c++ {
		for _, x := range s.chunks[c] {
			if x.at > t {
				return n
			}
			n += x.n
		}
	}
	return n
}

// at is the number of devices of the stocks that are free at t, if running work
// goes to its ends.
func (r *releases) at(w *world.World, stocks []int32, t calendar.Instant) int64 {
	free := int64(0)
	for _, s := range stocks {
		st := w.Stock(s)
		free += st.Capacity - st.Used + r.stocks[s].until(t)
	}
	return free
}

// cursor is how far the releases of one stock have been gone through.
type cursor struct {
	of       *stockReleases
	chunk, i int
}

func (c *cursor) done() bool { return c.chunk == len(c.of.chunks) }

// first is the first instant at which n devices of the stocks are free, if
// running work goes to its ends; Never if they are too few.
func (r *releases) first(w *world.World, stocks []int32, n int64) calendar.Instant {
	need := n
	for _, s := range stocks {
		st := w.Stock(s)
		need -= st.Capacity - st.Used
	}
	if need <= 0 {
		return w.Now()
	}
	all := r.merge[:0]
	for _, s := range stocks {
		if x := &r.stocks[s]; len(x.chunks) > 0 {
			all = append(all, cursor{of: x})
		}
	}
	r.merge = all
	// Whole chunks first, in order of their ends. As long as they and what the
	// other stocks have begun on are too few, the instant lies behind them.
	begun := int64(0)
	for i := range all {
		begun += all[i].of.sums[0]
	}
	for begun < need {
		c := earliest(all, func(c *cursor) calendar.Instant { return c.of.ends[c.chunk] })
		if c == nil {
			return calendar.Never
		}
		need -= c.of.sums[c.chunk]
		begun -= c.of.sums[c.chunk]
		if c.chunk++; !c.done() {
			begun += c.of.sums[c.chunk]
		}
	}
	for {
		c := earliest(all, func(c *cursor) calendar.Instant { return c.of.chunks[c.chunk][c.i].at })
		if c == nil {
			return calendar.Never
		}
		x := &c.of.chunks[c.chunk][c.i]
		if need -= x.n; need <= 0 {
			return max(x.at, w.Now())
		}
		if c.i++; c.i == len(c.of.chunks[c.chunk]) {
			c.chunk, c.i = c.chunk+1, 0
		}
	}
}

// earliest is the cursor that is to move next, nil if all are done.
func earliest(all []cursor, at func(*cursor) calendar.Instant) *cursor {
	if len(all) == 1 {
		if all[0].done() {
			return nil
		}
		return &all[0]
	}
	var first *cursor
	for i := range all {
		if c := &all[i]; !c.done() && (first == nil || at(c) < at(first)) {
			first = c
		}
	}
	return first
}
