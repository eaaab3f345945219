package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// Placements is where the bookings on the devices of one permit go: each in
// the order of arrival, at the first instant from its arrival at which its
// devices stay free for as long as it lasts.
//
// It is kept while time goes on, and found again only where something changed.
// If nothing has changed from an instant x on, neither what running work leaves
// nor where earlier bookings were put, then a booking that arrives at x or later
// stays where it is; so a pass over the bookings ends at the first of those.
type Placements struct {
	permit int32
	live   bool
	order  []BookingID // by arrival, then number
	spans  []placed    // of each in order
	// running is what running work leaves free; free what bookings leave of it.
	running, free profile
	// until: before it something has changed since the bookings were placed.
	until calendar.Instant
	// first is no later than the first start of a booking: when it has passed and
	// the booking has not begun it is placed anew.
	first   calendar.Instant
	version uint64
	scratch profile
	sums    []bookedSum
	listed  int
	shift   shift
}

// placed is when a booking runs; unplaced if it finds no room.
type placed struct{ from, to calendar.Instant }

var unplaced = placed{calendar.Never, 0}

// bookedSum is what the bookings on the helpful side of a share take, by
// window.
type bookedSum struct {
	clause, account int32
	by              []account.Sum
}

// Extra is work put on the profile of free devices before the bookings.
type Extra struct {
	Devices int64
	End     calendar.Instant
}

// shift is what extra work moves.
type shift struct {
	extra   Extra
	own     BookingID
	now     calendar.Instant
	version uint64
	known   bool
	moved   []move
	until   calendar.Instant
	sums    []account.Sum
}

type move struct {
	id       BookingID
	old, new placed
}

func (pl *Placements) reset() {
	pl.live, pl.until, pl.first = false, calendar.Never, calendar.Never
	pl.order, pl.spans = pl.order[:0], pl.spans[:0]
	pl.shift.known = false
	pl.version++
	pl.sums = pl.sums[:0]
}

// find gives the place of a booking in the order of arrival, then number.
func (pl *Placements) find(all []Booking, id BookingID) (int, bool) {
	at := all[id].Arrives
	lo, hi := 0, len(pl.order)
	for lo < hi {
		mid := (lo + hi) / 2
		if o := pl.order[mid]; all[o].Arrives < at || all[o].Arrives == at && o < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(pl.order) && pl.order[lo] == id
}

// insert adds a booking that is yet to be placed.
func (pl *Placements) insert(all []Booking, id BookingID, now calendar.Instant) {
	i, _ := pl.find(all, id)
	pl.order = slices.Insert(pl.order, i, id)
	pl.spans = slices.Insert(pl.spans, i, unplaced)
	pl.first = min(pl.first, all[id].Arrives)
	pl.changed(max(all[id].Arrives, now) + 1)
}

func (w *World) removeFrom(pl *Placements, id BookingID) {
	i, found := pl.find(w.bookings.all, id)
	if !found {
		return
	}
	w.count(pl, id, pl.spans[i], unplaced)
	pl.changed(pl.spans[i].to)
	pl.order, pl.spans = slices.Delete(pl.order, i, i+1), slices.Delete(pl.spans, i, i+1)
}

// changed says that something is different before t.
func (pl *Placements) changed(t calendar.Instant) {
	pl.until = max(pl.until, t)
	pl.version++
}

// give changes what running work leaves within [from, to).
func (pl *Placements) give(from, to calendar.Instant, n int64) {
	pl.running.take(from, to, -n)
	pl.changed(to)
}

// start takes n devices from now to end. A start that fits into what the
// bookings leave moves none: each was placed at the first instant at which its
// devices stay free, before which there is less room now, and at which they stay
// free still.
func (pl *Placements) start(now, end calendar.Instant, n int64) {
	pl.running.take(now, end, n)
	if pl.until <= now && pl.first >= now && pl.free.least(now, end) >= n {
		pl.free.take(now, end, n)
		pl.version++
		return
	}
	pl.changed(end)
}

// Plan places the bookings on the devices of a permit, after running work. The
// answer never depends on what was asked before.
func (w *World) Plan(p int32) *Placements {
	b := &w.bookings
	if !b.any || b.plans[p] == nil || !b.plans[p].live {
		return &b.none
	}
	pl := b.plans[p]
	w.bookOverdue()
	if pl.until <= w.now && pl.first >= w.now {
		return pl
	}
	x := max(pl.until, w.now)
	pl.running.trim(w.now)
	pl.scratch.set(pl.running)
	pl.first = calendar.Never
	for i, id := range pl.order {
		k, old := &b.all[id], pl.spans[i]
		if k.Arrives >= x {
			pl.first = min(pl.first, k.Arrives)
			break
		}
		now := w.put(&pl.scratch, k)
		pl.first = min(pl.first, now.from)
		if now != old {
			w.count(pl, id, old, now)
			pl.spans[i] = now
			x = max(x, old.to, now.to)
		}
	}
	pl.free.replace(&pl.scratch, x)
	pl.until = 0
	pl.version++
	return pl
}

// put places a booking on a profile.
func (w *World) put(f *profile, k *Booking) placed {
	from, i := f.first(max(k.Arrives, w.now), k.Lasts, k.Devices, w.Rules.Until)
	if from == calendar.Never {
		return unplaced
	}
	if k.Lasts > 0 {
		f.takeIn(i, from, from+k.Lasts, k.Devices)
	}
	return placed{from, from + k.Lasts}
}

// Shift finds what the bookings of a plan do if extra work starts now, without
// own (−1 for none): up to which instant they may stand elsewhere, and whether
// any does. What it finds holds until the next call.
func (w *World) Shift(pl *Placements, extra Extra, own BookingID) (calendar.Instant, bool) {
	if len(pl.order) == 0 {
		return 0, false
	}
	s := &pl.shift
	if own >= 0 {
		if _, booked := pl.find(w.bookings.all, own); !booked {
			own = -1
		}
	}
	if s.known && s.extra == extra && s.own == own && s.now == w.now && s.version == pl.version {
		return s.until, len(s.moved) > 0
	}
	*s = shift{extra: extra, own: own, now: w.now, version: pl.version, known: true, moved: s.moved[:0], sums: s.sums}
	if own < 0 && (extra.Devices == 0 || pl.free.least(w.now, extra.End) >= extra.Devices) {
		return 0, false // it fits into what the bookings leave
	}
	pl.running.trim(w.now)
	pl.scratch.set(pl.running)
	pl.scratch.take(w.now, extra.End, extra.Devices)
	s.until = extra.End
	if own >= 0 {
		i, _ := pl.find(w.bookings.all, own)
		s.until = max(s.until, pl.spans[i].to)
	}
	for i, id := range pl.order {
		k, old := &w.bookings.all[id], pl.spans[i]
		if k.Arrives >= s.until {
			break
		}
		now := unplaced
		if id != own {
			now = w.put(&pl.scratch, k)
		}
		if now != old {
			s.moved = append(s.moved, move{id, old, now})
			s.until = max(s.until, old.to, now.to)
		}
	}
	return s.until, len(s.moved) > 0
}

// Booked is what bookings on the helpful side of a share take in window v of
// its account, as placed.
func (w *World) Booked(pl *Placements, clause, id int32, v int) account.Sum {
	if len(pl.order) == 0 {
		return account.Sum{}
	}
	if pl.listed != w.listed {
		pl.listed, pl.sums = w.listed, pl.sums[:0]
	}
	for i := range pl.sums {
		if s := &pl.sums[i]; s.clause == clause && s.account == id {
			return s.by[v]
		}
	}
	n := len(pl.sums)
	pl.sums = slices.Grow(pl.sums, 1)[:n+1]
	s, windows := &pl.sums[n], w.accounts[id].Windows()
	*s = bookedSum{clause, id, slices.Grow(s.by[:0], windows)[:windows]}
	clear(s.by)
	for i, b := range pl.order {
		w.add(s.by, clause, id, b, pl.spans[i], 1)
	}
	return s.by[v]
}

// Shifted is by how much what was last asked of Shift changes Booked, by
// window, until the next call.
func (w *World) Shifted(pl *Placements, clause, id int32) []account.Sum {
	s := &pl.shift
	n := w.accounts[id].Windows()
	s.sums = slices.Grow(s.sums[:0], n)[:n]
	clear(s.sums)
	for _, m := range s.moved {
		w.add(s.sums, clause, id, m.id, m.old, -1)
		w.add(s.sums, clause, id, m.id, m.new, 1)
	}
	return s.sums
}

// count keeps sums up to date as a booking moves.
func (w *World) count(pl *Placements, id BookingID, old, now placed) {
	if pl.listed != w.listed {
		return // they are summed up anew
	}
	for i := range pl.sums {
		s := &pl.sums[i]
		w.add(s.by, s.clause, s.account, id, old, -1)
		w.add(s.by, s.clause, s.account, id, now, 1)
	}
}

// add adds what a booking takes of an account to its windows.
func (w *World) add(by []account.Sum, clause, id int32, b BookingID, at placed, sign int64) {
	if at == unplaced {
		return
	}
	k := &w.bookings.all[b]
	t, ok := w.bookedTerm(k, clause)
	if !ok || t.Side != Helpful || t.Account != id {
		return
	}
	a := &w.accounts[id]
	for v := a.Window(); v < len(by) && a.Cuts[v] < at.to; v++ {
		if ms := a.Overlap(v, at.from, at.to); ms > 0 {
			by[v] = by[v].Add(account.Product(sign*t.Rate*k.Devices, ms))
		}
	}
}
