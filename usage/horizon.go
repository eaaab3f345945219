package usage

import (
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// horizon is the time that a report's window can lie in, whichever zone its
// permit turns out to have: what cannot bear on it is let go while the ledger is
// read, so that a report takes memory for its window and for the conditions'
// windows that touch it, not for all that ever ran.
type horizon struct {
	from, until calendar.Instant
	// ends is the earliest instant at which the window can end.
	ends calendar.Instant
	all  bool // nothing is let go
}

// Zones are at most so far from UTC.
var eastmost, westmost = time.FixedZone("", 15*3600), time.FixedZone("", -15*3600)

func (w Window) horizon() horizon {
	from, ends, err := w.Span(eastmost)
	if err != nil {
		return horizon{all: true} // it is refused when the report is put together
	}
	_, until, err := w.Span(westmost)
	return horizon{from: from, until: max(until, ends), ends: min(until, ends), all: err != nil}
}

// touches reports whether what happens at an instant can bear on the window.
func (z *horizon) touches(at calendar.Instant) bool {
	return z.all || at >= z.from && at <= z.until
}

// past reports whether what begins at an instant is behind the window.
func (z *horizon) past(at calendar.Instant) bool { return !z.all && at > z.until }

// oftenAtMost is after how many starts what is kept is looked through, or after
// as many as there are uses in it.
const oftenAtMost = 1 << 16

// forget lets go of runs and uses that were over before anything that the report
// measures.
func (h *history) forget() {
	if h.fresh++; h.horizon.all || h.often > 0 && h.fresh < max(h.often, h.held) {
		return
	}
	h.fresh = 0
	h.runs = slices.DeleteFunc(h.runs, func(r *run) bool { return r.to < h.horizon.from })
	h.held = len(h.runs)
	seen := map[*book]bool{}
	for _, ed := range h.editions {
		for _, b := range ed.books {
			if b == nil || seen[b] {
				continue
			}
			seen[b] = true
			from := b.measuredFrom(h.horizon.from, h.now)
			over := func(u *use) bool { return u.to < from }
			for _, x := range b.uses {
				for side := range x {
					x[side] = slices.DeleteFunc(x[side], over)
					h.held += len(x[side])
				}
			}
			b.sealed = slices.DeleteFunc(b.sealed, over)
			h.held += len(b.sealed)
		}
	}
}

// history of a rolling window is kept for so long before the report's: an
// amendment can make the window longer.
const rollingKept = calendar.Instant(2 * 366 * quantity.Day)

// measuredFrom is the beginning of what a book measures for a window that begins
// at an instant. Windows of the past stay as they were when documents change; the
// present one may become longer.
func (b *book) measuredFrom(window, now calendar.Instant) calendar.Instant {
	switch {
	case b.space.Instant:
		return window
	case b.space.Length > 0:
		return window - max(b.space.Length, rollingKept)
	}
	at, cuts := min(window, now), b.space.Cuts
	k, exact := slices.BinarySearch(cuts, at)
	if !exact {
		k--
	}
	return cuts[max(k, 0)]
}

// sight takes down what was shown. Of the same devices the last that was shown
// before the window's end is what counts.
func (h *history) sight(s sighting) {
	if h.horizon.past(s.at) {
		return
	}
	if !h.horizon.all && s.at < h.horizon.ends {
		h.sightings = slices.DeleteFunc(h.sightings, func(o sighting) bool {
			return !o.always && o.lot == s.lot && o.site == s.site && o.kind == s.kind && o.certificate == s.certificate
		})
	}
	h.sightings = append(h.sightings, s)
}
