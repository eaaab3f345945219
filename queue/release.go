package queue

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// releases knows when running work gives devices back: for each stock, the
// reservation ends in buckets of time with a Fenwick tree over their sums, so
// that the instant at which n devices are free is found in O(log buckets).
type releases struct {
	from, width calendar.Instant
	stocks      []stockReleases
	here        []release // used again
}

const buckets = 4096

type stockReleases struct {
	tree []int64     // Fenwick tree of devices, by bucket
	ends [][]release // by bucket, in order of time
}

type release struct {
	at  calendar.Instant
	n   int64
	job world.JobID
}

func (x release) compare(t calendar.Instant) int { return cmp.Compare(x.at, t) }

func (r *releases) init(w *world.World) {
	r.from = w.Rules.From
	r.width = max(1, (w.Rules.Until-w.Rules.From)/(buckets-1))
	r.stocks = make([]stockReleases, len(w.Rules.Stocks))
}

func (r *releases) bucket(t calendar.Instant) int {
	return int(min(max(0, (t-r.from)/r.width), buckets-1))
}

func (r *releases) each(w *world.World, job world.JobID, f func(world.Part, calendar.Instant)) {
	j := w.Job(job)
	f(j.First, j.End)
	for _, p := range j.More {
		f(p, j.End)
	}
}

func (r *releases) add(w *world.World, job world.JobID) {
	r.each(w, job, func(p world.Part, end calendar.Instant) {
		s := &r.stocks[p.Stock]
		if s.tree == nil {
			s.tree, s.ends = make([]int64, buckets+1), make([][]release, buckets)
		}
		b := r.bucket(end)
		at, _ := slices.BinarySearchFunc(s.ends[b], end, release.compare)
		s.ends[b] = slices.Insert(s.ends[b], at, release{end, p.Devices, job})
		s.count(b, p.Devices)
	})
}

func (r *releases) remove(w *world.World, job world.JobID) {
	r.each(w, job, func(p world.Part, end calendar.Instant) {
		s := &r.stocks[p.Stock]
		b := r.bucket(end)
		here := s.ends[b]
		i, _ := slices.BinarySearchFunc(here, end, release.compare)
		for i < len(here) && here[i].job != job {
			i++
		}
		if i == len(here) {
			return
		}
		s.ends[b] = slices.Delete(here, i, i+1)
		s.count(b, -p.Devices)
	})
}

func (s *stockReleases) count(b int, n int64) {
	for b++; b <= buckets; b += b & -b {
		s.tree[b] += n
	}
}

// at is the number of devices of the stocks that are free at t, if running work
// goes to its ends.
func (r *releases) at(w *world.World, stocks []int32, t calendar.Instant) int64 {
	free, b := int64(0), r.bucket(t)
	for _, s := range stocks {
		st := w.Stock(s)
		free += st.Capacity - st.Used
		x := &r.stocks[s]
		if x.tree == nil {
			continue
		}
		for k := b; k > 0; k -= k & -k {
			free += x.tree[k]
		}
		for _, e := range x.ends[b] {
			if e.at > t {
				break
			}
			free += e.n
		}
	}
	return free
}

// first is the first instant at which n devices of the stocks are free, if
// running work goes to its ends; Never if they are too few. with is a job that
// does not run yet: it holds devices too, up to its end.
func (r *releases) first(w *world.World, stocks []int32, n int64, with world.Part, end calendar.Instant) calendar.Instant {
	free := int64(0)
	extra := release{at: end}
	for _, s := range stocks {
		st := w.Stock(s)
		free += st.Capacity - st.Used
		if s == with.Stock {
			extra.n = with.Devices
		}
	}
	free -= extra.n
	if free >= n {
		return w.Now()
	}
	need := n - free
	// Walk all trees down together: the largest prefix whose sum is below need.
	pos, held := 0, r.bucket(end)
	for step := buckets; step > 0; step /= 2 {
		next := pos + step
		if next > buckets {
			continue
		}
		sum := int64(0)
		for _, s := range stocks {
			if t := r.stocks[s].tree; t != nil {
				sum += t[next]
			}
		}
		if pos <= held && held < next {
			sum += extra.n
		}
		if sum < need {
			need -= sum
			pos = next
		}
	}
	if pos >= buckets {
		return calendar.Never
	}
	var here []release
	if len(stocks) == 1 && (extra.n == 0 || held != pos) {
		if r.stocks[stocks[0]].tree != nil {
			here = r.stocks[stocks[0]].ends[pos]
		}
	} else {
		here = r.here[:0]
		for _, s := range stocks {
			if r.stocks[s].tree != nil {
				here = append(here, r.stocks[s].ends[pos]...)
			}
		}
		if extra.n > 0 && held == pos {
			here = append(here, extra)
		}
		slices.SortFunc(here, func(a, b release) int { return cmp.Compare(a.at, b.at) })
		r.here = here
	}
	for _, x := range here {
		if need -= x.n; need <= 0 {
			return max(x.at, w.Now())
		}
	}
	return calendar.Never
}
