package account_test

import (
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"pgregory.net/rapid"
)

// work is a job as the model of these tests sees it.
type work struct {
	rate                int64
	from, end, expected calendar.Instant
	ended               bool
	stopped             calendar.Instant
}

// amount is counted at once.
type amount struct {
	n  int64
	at calendar.Instant
}

// taken adds up, millisecond by millisecond, what the jobs take within
// [from, to), each up to the end that last gives.
func taken(jobs []work, once []amount, from, to calendar.Instant, last func(*work) calendar.Instant) account.Sum {
	n := int64(0)
	for i := range jobs {
		for ms := max(from, jobs[i].from); ms < min(to, last(&jobs[i])); ms++ {
			n += jobs[i].rate
		}
	}
	for _, a := range once {
		if from <= a.at && a.at < to {
			n += a.n
		}
	}
	return account.Of(n)
}

func reserved(j *work) calendar.Instant {
	if j.ended {
		return j.stopped
	}
	return j.end
}

func expected(j *work) calendar.Instant {
	if j.ended {
		return j.stopped
	}
	return min(j.end, j.expected)
}

// drawCuts draws the boundaries of one to five windows.
func drawCuts(t *rapid.T) []calendar.Instant {
	cuts := []calendar.Instant{calendar.Instant(rapid.IntRange(0, 4).Draw(t, "from"))}
	for range rapid.IntRange(1, 5).Draw(t, "windows") {
		cuts = append(cuts, cuts[len(cuts)-1]+calendar.Instant(rapid.IntRange(1, 8).Draw(t, "window")))
	}
	return cuts
}

// TestAccountAgainstAClock runs an account beside a model that counts every
// millisecond. Instants lie before the first window and after the last too.
func TestAccountAgainstAClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cuts := drawCuts(t)
		n := len(cuts) - 1
		a := account.New(cuts, make([]account.Sum, n), make([]account.Sum, n))
		var jobs []work
		var once []amount
		now := calendar.Instant(0)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			next := now + calendar.Instant(rapid.IntRange(0, 4).Draw(t, "pause"))
			// Work ends at its reservation or is extended there: it never runs on
			// unseen.
			for {
				first := -1
				for i := range jobs {
					if j := &jobs[i]; !j.ended && j.end <= next && (first < 0 || j.end < jobs[first].end) {
						first = i
					}
				}
				if first < 0 {
					break
				}
				j := &jobs[first]
				if to := j.end + calendar.Instant(rapid.IntRange(1, 9).Draw(t, "longer")); rapid.IntRange(0, 3).Draw(t, "overrun") == 0 {
					a.Advance(j.end)
					a.Extend(j.rate, j.end, to)
					j.expected, j.end = min(j.expected, j.end), to
					continue
				}
				a.Release(j.rate, j.end, j.end, j.expected)
				j.ended, j.stopped = true, j.end
			}
			now = next
			switch rapid.IntRange(0, 4).Draw(t, "do") {
			case 0, 1:
				j := work{rate: rapid.Int64Range(1, 4).Draw(t, "rate"), from: now}
				j.end = now + calendar.Instant(rapid.IntRange(1, 15).Draw(t, "limit"))
				j.expected = now + calendar.Instant(rapid.IntRange(0, 18).Draw(t, "expected"))
				a.Reserve(j.rate, now, j.end, j.expected)
				jobs = append(jobs, j)
			case 2:
				if i := rapid.IntRange(0, 9).Draw(t, "which"); i < len(jobs) && !jobs[i].ended {
					a.Release(jobs[i].rate, now, jobs[i].end, jobs[i].expected)
					jobs[i].ended, jobs[i].stopped = true, now
				}
			case 3:
				if x := rapid.Int64Range(1, 5).Draw(t, "amount"); now >= cuts[0] && now < cuts[n] {
					a.Add(account.Of(x), now)
					once = append(once, amount{x, now})
				}
			case 4:
				a.Advance(now)
			}
			a.Advance(now)
			w := a.Window()
			if now >= cuts[0] && now < cuts[n] && (now < cuts[w] || now >= cuts[w+1]) {
				t.Fatalf("at %d the window is [%d,%d)", now, cuts[w], cuts[w+1])
			}
			want := taken(jobs, nil, cuts[w], min(now, cuts[n]), func(j *work) calendar.Instant {
				if j.ended {
					return j.stopped
				}
				return now
			})
			for _, x := range once {
				if x.at >= cuts[w] {
					want = want.Add(account.Of(x.n))
				}
			}
			if got := a.Used(now); now > cuts[0] && got != want {
				t.Fatalf("used at %d: got %s, want %s", now, got, want)
			}
			for v := w; v < n; v++ {
				if got, want := a.Committed[v], taken(jobs, once, cuts[v], cuts[v+1], reserved); got != want {
					t.Fatalf("committed in [%d,%d) at %d: got %s, want %s", cuts[v], cuts[v+1], now, got, want)
				}
				if got, want := a.Expected[v], taken(jobs, once, cuts[v], cuts[v+1], expected); got != want {
					t.Fatalf("expected in [%d,%d) at %d: got %s, want %s", cuts[v], cuts[v+1], now, got, want)
				}
				lo := calendar.Instant(rapid.IntRange(0, 20).Draw(t, "lo"))
				hi := lo + calendar.Instant(rapid.IntRange(0, 20).Draw(t, "hi"))
				ms := int64(0)
				for x := lo; x < hi; x++ {
					if cuts[v] <= x && x < cuts[v+1] {
						ms++
					}
				}
				if got := a.Overlap(v, lo, hi); got != ms {
					t.Fatalf("overlap of [%d,%d) with [%d,%d): got %d, want %d", lo, hi, cuts[v], cuts[v+1], got, ms)
				}
			}
			if now < cuts[0] || now >= cuts[n] {
				continue
			}
			// The bound is reached under the present load: nothing ends, nothing starts.
			bound := account.Of(rapid.Int64Range(0, 40).Draw(t, "bound"))
			reach, sum := calendar.Never, a.Used(now)
			for at := now; at <= cuts[w+1]; at++ {
				if bound.Less(sum) {
					reach = at
					break
				}
				sum = sum.Add(account.Of(a.Rate()))
			}
			if got := a.Reach(bound, now); got != reach {
				t.Fatalf("bound %s from %s at rate %d at %d in [%d,%d): reached at %d, want %d", bound, a.Used(now), a.Rate(), now, cuts[w], cuts[w+1], got, reach)
			}
		}
	})
}

// usedBetween adds up what jobs use behind one instant and up to another.
func usedBetween(jobs []work, once []amount, from, to calendar.Instant) account.Sum {
	sum := taken(jobs, nil, from, to, reserved)
	for _, a := range once {
		if from < a.at && a.at <= to {
			sum = sum.Add(account.Of(a.n))
		}
	}
	return sum
}

// TestRollingAgainstAClock does the same for the last Length up to now.
func TestRollingAgainstAClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := calendar.Instant(rapid.IntRange(1, 8).Draw(t, "length"))
		r := account.Rolling{Length: length}
		var jobs []work
		var once []amount
		now := calendar.Instant(0)
		used := func(at calendar.Instant) account.Sum { return usedBetween(jobs, once, at-length, at) }
		// Of each reservation at most its rest and at most rate × Length is added.
		room := func(at calendar.Instant) account.Sum {
			sum := used(at)
			for i := range jobs {
				if j := &jobs[i]; reserved(j) > at {
					sum = sum.Add(account.Product(j.rate, int64(min(reserved(j)-at, length))))
				}
			}
			return sum
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now += calendar.Instant(rapid.IntRange(0, 4).Draw(t, "pause"))
			for i := range jobs {
				if j := &jobs[i]; !j.ended && j.end <= now {
					r.Release(j.rate, j.from, j.end, j.end)
					j.ended, j.stopped = true, j.end
				}
			}
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0, 1:
				j := work{rate: rapid.Int64Range(1, 4).Draw(t, "rate"), from: now, end: now + calendar.Instant(rapid.IntRange(1, 15).Draw(t, "limit"))}
				r.Reserve(j.rate, now, j.end)
				jobs = append(jobs, j)
			case 2:
				if i := rapid.IntRange(0, 6).Draw(t, "which"); i < len(jobs) && !jobs[i].ended {
					r.Release(jobs[i].rate, jobs[i].from, jobs[i].end, now)
					jobs[i].ended, jobs[i].stopped = true, now
				}
			case 3:
				x := rapid.Int64Range(1, 5).Draw(t, "amount")
				r.Add(account.Of(x), now)
				once = append(once, amount{x, now})
			}
			for at := now; at < now+25; at++ {
				if got, want := r.Used(at), used(at); got != want {
					t.Fatalf("used at %d, seen from %d: got %s, want %s", at, now, got, want)
				}
				if got, want := r.Taken(at), room(at); got != want {
					t.Fatalf("taken at %d, seen from %d: got %s, want %s", at, now, got, want)
				}
			}
			term, bound := account.Of(rapid.Int64Range(0, 20).Draw(t, "term")), account.Of(rapid.Int64Range(0, 40).Draw(t, "bound"))
			for counts, sum := range map[bool]func(calendar.Instant) account.Sum{true: room, false: used} {
				want := calendar.Never
				for at := now; at < now+60; at++ {
					if !bound.Less(sum(at).Add(term)) {
						want = at
						break
					}
				}
				if got := r.First(now, term, bound, counts); got != want {
					t.Fatalf("first for %s under %s at %d, reservations count %v: got %d, want %d", term, bound, now, counts, got, want)
				}
			}
			first := func(to calendar.Instant, holds func(calendar.Instant) bool) calendar.Instant {
				for at := now; at < to; at++ {
					if holds(at) {
						return at
					}
				}
				return calendar.Never
			}
			if got, want := r.Reach(bound, now), first(now+60, func(at calendar.Instant) bool { return bound.Less(used(at)) }); got != want {
				t.Fatalf("%s is passed from %d on: got %d, want %d", bound, now, got, want)
			}
			end, rate := now+calendar.Instant(rapid.IntRange(-1, 30).Draw(t, "end")), rapid.Int64Range(1, 4).Draw(t, "rate before")
			if got, want := r.FirstBefore(now, end, rate, bound), first(end, func(at calendar.Instant) bool {
				return !bound.Less(room(at).Add(account.Product(rate, int64(min(end-at, length)))))
			}); got != want {
				t.Fatalf("first at rate %d up to %d under %s from %d on: got %d, want %d", rate, end, bound, now, got, want)
			}
			if got, want := account.When(now, []*account.Rolling{&r}, func(at calendar.Instant) bool { return !bound.Less(r.Used(at)) }), first(now+60, func(at calendar.Instant) bool { return !bound.Less(used(at)) }); got != want {
				t.Fatalf("when no more than %s is used from %d on: got %d, want %d", bound, now, got, want)
			}
			shorter := r.Copy(calendar.Instant(rapid.IntRange(1, int(length)).Draw(t, "another length")))
			for at := now; at < now+25; at++ {
				if got, want := shorter.Used(at), usedBetween(jobs, once, at-shorter.Length, at); got != want {
					t.Fatalf("used in the last %d before %d: got %s, want %s", shorter.Length, at, got, want)
				}
			}
			// Whatever the jobs do up to their ends, the last Length never holds
			// more than what was taken.
			for at := now; at < now+30; at++ {
				if room(now).Less(used(at)) {
					t.Fatalf("the last %d before %d hold %s, more than the %s that were taken at %d", length, at, used(at), room(now), now)
				}
			}
		}
	})
}
