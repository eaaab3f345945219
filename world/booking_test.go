package world

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

const bookedUntil = 1000

// bookedWorld has two permits over three stocks, the second stock under both,
// and a booked share for each.
func bookedWorld() *World {
	r := &Rules{
		Permits:  []Permit{{First: 0, Last: 1, Until: bookedUntil, Use: true}, {First: 1, Last: 2, Until: bookedUntil, Use: true}},
		Products: make([]Product, 1), Sites: make([]Site, 1), Groups: make([]Group, 1),
		Stocks: []Stock{{Permits: []int32{0}}, {Permits: []int32{0, 1}}, {Permits: []int32{1}}},
		Lots:   []Lot{{Stock: 0}, {Stock: 1}, {Stock: 2}}, Until: bookedUntil,
	}
	for p := range int32(2) {
		r.Clauses = append(r.Clauses, Clause{Permit: p, Form: Share, Assure: permit.Booked, Measure: permit.DeviceHours, Floor: Fraction{1, 2}, Space: p, Limit: -1})
		r.Spaces = append(r.Spaces, Space{Cuts: []calendar.Instant{0, 20, 50, 90, bookedUntil}})
	}
	w := New(r)
	for lot := range int32(3) {
		w.Deliver(lot, 12)
	}
	return w
}

// placedAnew places the bookings of a permit one after another from nothing,
// but own, after extra work.
func placedAnew(w *World, p int32, extra Extra, own BookingID) ([]placed, *profile) {
	f := &profile{}
	w.profile(f, p)
	if extra.Devices > 0 {
		f.take(w.now, extra.End, extra.Devices)
	}
	pl := w.bookings.plans[p]
	spans := []placed{}
	for _, id := range pl.order {
		if id == own {
			spans = append(spans, unplaced)
			continue
		}
		spans = append(spans, w.put(f, &w.bookings.all[id]))
	}
	return spans, f
}

// booked sums up what spans take of a share's account in a window.
func booked(w *World, p, clause, account_ int32, spans []placed, v int) account.Sum {
	by := make([]account.Sum, w.accounts[account_].Windows())
	for i, id := range w.bookings.plans[p].order {
		w.add(by, clause, account_, id, spans[i], 1)
	}
	return by[v]
}

// TestPlacementsKept: whatever happens, the placements that are kept, what they
// leave free, what they add up to, and what extra work would move are as if
// every booking had been placed anew.
func TestPlacementsKept(t *testing.T) {
	moves, same := 0, 0
	for seed := range uint64(3000) {
		g := rand.New(rand.NewPCG(seed, 1))
		w := bookedWorld()
		class := w.Class(Attributes{})
		span := func(n int) calendar.Instant { return calendar.Instant(1 + g.IntN(n)) }
		var live, gone []BookingID
		var jobs []JobID
		for range 40 {
			switch g.IntN(9) {
			case 0, 1, 2:
				stocks := [][]int32{{0}, {1}, {2}, {0, 1}, {1, 2}}[g.IntN(5)]
				live = append(live, w.Book(Booking{Class: class, Stocks: stocks, Devices: 1 + g.Int64N(12), Arrives: w.now + calendar.Instant(g.IntN(60)), Lasts: span(30)}))
			case 3:
				if len(live) > 0 {
					i := g.IntN(len(live))
					w.Unbook(live[i])
					gone, live = append(gone, live[i]), slices.Delete(live, i, i+1)
				}
			case 4:
				if len(gone) > 0 {
					w.Rebook(gone[0])
					live, gone = append(live, gone[0]), gone[1:]
				}
			case 5, 6:
				s := Start{Class: class, First: Part{Stock: int32(g.IntN(3)), Devices: 1 + g.Int64N(5)}, End: w.now + span(20)}
				if g.IntN(3) == 0 {
					s.More = []Part{{Stock: (s.First.Stock + 1) % 3, Devices: 1 + g.Int64N(3)}}
				}
				s.Expected = s.End
				if free := w.stocks[s.First.Stock]; free.Used+s.First.Devices > free.Capacity {
					continue
				}
				jobs = append(jobs, w.Start(s))
			case 7:
				if len(jobs) > 0 { // early, on time or late
					i := g.IntN(len(jobs))
					w.End(jobs[i])
					jobs = slices.Delete(jobs, i, i+1)
				}
			case 8:
				w.Capacitate(int32(g.IntN(3)), g.Int64N(7)-3)
			}
			if g.IntN(3) == 0 {
				w.Advance(w.now + calendar.Instant(g.IntN(8)))
			}
			p := int32(g.IntN(2))
			if !w.AnyBooked() {
				continue
			}
			pl := w.Plan(p)
			if !pl.live {
				continue
			}
			id := w.account(p, "")
			want, free := placedAnew(w, p, Extra{}, -1)
			if !slices.Equal(pl.spans, want) {
				t.Fatalf("seed %d at %d: kept %v, placed anew %v", seed, w.now, pl.spans, want)
			}
			for at := w.now; at < w.now+120; at++ {
				if h, n := pl.free.least(at, at+1), free.least(at, at+1); h != n {
					t.Fatalf("seed %d at %d: %d devices left at %d, placed anew %d", seed, w.now, h, at, n)
				}
			}
			w.Touch(id)
			for v := w.accounts[id].Window(); v < 4; v++ {
				if h, n := w.Booked(pl, p, id, v), booked(w, p, p, id, want, v); h != n {
					t.Fatalf("seed %d at %d: %s are booked in window %d, summed up anew %s", seed, w.now, h, v, n)
				}
			}
			extra, own := Extra{1 + g.Int64N(9), w.now + span(40)}, BookingID(-1)
			if len(live) > 0 && g.IntN(2) == 0 {
				own = live[g.IntN(len(live))]
			}
			until, moved := w.Shift(pl, extra, own)
			after, _ := placedAnew(w, p, extra, own)
			if slices.Equal(after, want) {
				same++
			} else if moves++; !moved {
				t.Fatalf("seed %d at %d: %v moves nothing, but %v to %v", seed, w.now, extra, want, after)
			}
			sums := w.Shifted(pl, p, id)
			for v := w.accounts[id].Window(); v < 4; v++ {
				was, will := booked(w, p, p, id, want, v), booked(w, p, p, id, after, v)
				if got := was.Add(sums[v]); moved && got != will {
					t.Fatalf("seed %d at %d: after %v, %s are booked in window %d, placed anew %s", seed, w.now, extra, got, v, will)
				}
				if was != will && w.accounts[id].Cuts[v] >= until {
					t.Fatalf("seed %d at %d: %v changes window %d, said to end at %d", seed, w.now, extra, v, until)
				}
			}
		}
	}
	if moves < 1000 || same < 1000 {
		t.Errorf("extra work moved bookings %d times, and %d times none", moves, same)
	}
}
