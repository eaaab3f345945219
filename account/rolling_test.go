package account_test

import (
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// fortnight fills a rolling account with jobs of an hour, a thousand at a time:
// as many as a busy cluster has in two weeks.
func fortnight(b testing.TB, jobs int) (*account.Rolling, calendar.Instant) {
	const hour = calendar.Instant(3_600_000)
	r := &account.Rolling{Length: 14 * 24 * hour}
	now := calendar.Instant(0)
	step := r.Length / calendar.Instant(jobs)
	type run struct{ from, end calendar.Instant }
	var running []run
	for i := range jobs {
		now = calendar.Instant(i) * step
		for len(running) > 0 && running[0].end <= now {
			r.Release(8, running[0].from, running[0].end, running[0].end)
			running = running[1:]
		}
		x := run{now, now + hour + calendar.Instant(i%997)}
		r.Reserve(8, x.from, x.end)
		running = append(running, x)
		for k := len(running) - 1; k > 0 && running[k].end < running[k-1].end; k-- {
			running[k], running[k-1] = running[k-1], running[k]
		}
	}
	return r, now
}

// BenchmarkRolling judges work under a limit over the last fortnight, in which
// 70,000 jobs ran: what is taken, and the first instant at which it would fit
// where it does not.
func BenchmarkRolling(b *testing.B) {
	r, now := fortnight(b, 70_000)
	b.Run("taken", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = r.Taken(now)
		}
	})
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		term, bound := account.Of(0), account.Product(r.Taken(now).Quo(10), 9)
		for b.Loop() {
			if r.First(now, term, bound, true) == calendar.Never {
				b.Fatal("it never fits")
			}
		}
	})
	b.Run("reach", func(b *testing.B) {
		b.ReportAllocs()
		bound := r.Used(now).Add(account.Of(1))
		for b.Loop() {
			_ = r.Reach(bound, now)
		}
	})
	b.Run("start-and-end", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			now++
			r.Reserve(8, now, now+3_600_000)
			r.Release(8, now, now+3_600_000, now)
		}
	})
}
