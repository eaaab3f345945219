package world

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proviso-dev/proviso/calendar"
)

// TestPlacementsKept: placements that a start leaves as they are, since it fits
// into what the bookings leave, are those that placing anew gives.
func TestPlacementsKept(t *testing.T) {
	kept := 0
	for seed := range uint64(2000) {
		g := rand.New(rand.NewPCG(seed, 1))
		w := New(&Rules{
			Permits: []Permit{{Until: 1000}}, Products: make([]Product, 1), Sites: make([]Site, 1),
			Stocks: []Stock{{Permits: []int32{0}}}, Lots: make([]Lot, 1), Until: 1000,
		})
		w.Deliver(0, 20)
		for range 1 + g.IntN(8) {
			w.Book(Booking{Stocks: []int32{0}, Devices: 1 + g.Int64N(12), Arrives: calendar.Instant(g.IntN(60)), Lasts: calendar.Instant(1 + g.IntN(30))})
		}
		c := w.Class(Attributes{})
		for range 12 {
			w.Advance(w.Now() + calendar.Instant(g.IntN(3)))
			w.Plan(0, Extra{}, -1)
			n := 1 + g.Int64N(5)
			if w.stocks[0].Used+n > 20 {
				break
			}
			w.Start(Start{Class: c, First: Part{Devices: n}, End: w.Now() + calendar.Instant(1+g.IntN(20)), Expected: w.Now() + 1})
			if w.bookings.dirty {
				continue
			}
			kept++
			have, want := w.bookings.plans[0], placedAnew(w)
			if !slices.Equal(have.spans, want.spans) {
				t.Fatalf("seed %d at %d: kept %v, placed anew %v", seed, w.Now(), have.spans, want.spans)
			}
			for at := w.Now(); at < 200; at++ {
				if h, n := have.free.least(at, at+1), want.free.least(at, at+1); h != n {
					t.Fatalf("seed %d: %d devices left at %d, placed anew %d", seed, h, at, n)
				}
			}
		}
	}
	if kept < 1000 {
		t.Errorf("only %d starts kept the placements", kept)
	}
}

// placedAnew places the bookings of the first permit from nothing.
func placedAnew(w *World) *Placements {
	p := &Placements{}
	w.place(p, 0, Extra{}, -1)
	return p
}
