package queue

import (
	"slices"
	"testing"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
	"pgregory.net/rapid"
)

// TestReleases compares what comes back when with a plain list: many releases
// on few stocks, with equal instants, so that chunks split, empty and overlap.
func TestReleases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(t, "stocks")
		w := world.New(&world.Rules{Until: 1 << 40, Stocks: make([]world.Stock, n)})
		var r releases
		r.init(w)
		plain := make([][]release, n)
		stocks := make([]int32, n)
		for i := range stocks {
			stocks[i] = int32(i)
		}
		job := world.JobID(0)
		look := func() {
			at := calendar.Instant(rapid.IntRange(0, 2100).Draw(t, "at"))
			want, all := int64(0), []release{}
			for s := range plain {
				for _, x := range plain[s] {
					all = append(all, x)
					if x.at <= at {
						want += x.n
					}
				}
			}
			if got := r.at(w, stocks, at); got != want {
				t.Fatalf("%d devices are back at %d, want %d", got, at, want)
			}
			slices.SortFunc(all, func(a, b release) int { return int(a.at - b.at) })
			need := rapid.Int64Range(1, int64(2*len(all)+2)).Draw(t, "need")
			first, left := calendar.Never, need
			for _, x := range all {
				if left -= x.n; left <= 0 {
					first = x.at
					break
				}
			}
			if got := r.first(w, stocks, need); got != first {
				t.Fatalf("%d devices are free from %d on, want %d", need, got, first)
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			s := rapid.IntRange(0, n-1).Draw(t, "stock")
			spread := rapid.SampledFrom([]int64{1, 40, 2000}).Draw(t, "spread")
			if rapid.Bool().Draw(t, "add") || len(plain[s]) == 0 {
				from := rapid.Int64Range(0, 100).Draw(t, "from")
				for i := range rapid.Int64Range(1, 700).Draw(t, "added") {
					job++
					x := release{calendar.Instant(from + i*i*7919%spread), 1 + i%3, job}
					plain[s] = append(plain[s], x)
					r.stocks[s].add(x)
				}
			} else {
				keep := rapid.IntRange(0, 3).Draw(t, "keep")
				plain[s] = slices.DeleteFunc(plain[s], func(x release) bool {
					gone := int(x.job)%4 >= keep
					if gone {
						r.stocks[s].remove(x.at, x.job)
					}
					return gone
				})
			}
			look()
		}
		r.reset()
		for s := range plain {
			plain[s] = nil
		}
		look()
	})
}
