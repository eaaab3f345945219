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
}

const buckets = 4096

type stockReleases struct {
	tree []int64 // Fenwick tree of devices, by bucket
	ends [buckets][]release
}

type release struct {
	at  calendar.Instant
	n   int64
	job world.JobID
}

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
			s.tree = make([]int64, buckets+1)
		}
		b := r.bucket(end)
		s.ends[b] = append(s.ends[b], release{end, p.Devices, job})
		s.count(b, p.Devices)
	})
}

func (r *releases) remove(w *world.World, job world.JobID) {
	r.each(w, job, func(p world.Part, end calendar.Instant) {
		s := &r.stocks[p.Stock]
		b := r.bucket(end)
		i := slices.IndexFunc(s.ends[b], func(x release) bool { return x.job == job })
		if i < 0 {
			return
		}
		last := len(s.ends[b]) - 1
		s.ends[b][i] = s.ends[b][last]
		s.ends[b] = s.ends[b][:last]
		s.count(b, -p.Devices)
	})
}

func (s *stockReleases) count(b int, n int64) {
	for b++; b <= buckets; b += b & -b {
		s.tree[b] += n
	}
}

// first is the first instant at which n devices of the stocks are free, if
// running work goes to its ends; Never if they are too few.
func (r *releases) first(w *world.World, stocks []int32, n int64) calendar.Instant {
	free := int64(0)
	for _, s := range stocks {
		st := w.Stock(s)
		free += st.Capacity - st.Used
	}
	if free >= n {
		return w.Now()
	}
	need := n - free
	// Walk all trees down together: the largest prefix whose sum is below need.
	pos := 0
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
		if sum < need {
			need -= sum
			pos = next
		}
	}
	if pos >= buckets {
		return calendar.Never
	}
	var here []release
	for _, s := range stocks {
		if r.stocks[s].tree != nil {
			here = append(here, r.stocks[s].ends[pos]...)
		}
	}
	slices.SortFunc(here, func(a, b release) int { return cmp.Compare(a.at, b.at) })
	for _, x := range here {
		if need -= x.n; need <= 0 {
			return max(x.at, w.Now())
		}
	}
	return calendar.Never
}
