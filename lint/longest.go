package lint

import (
	"math/big"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// longest notes, for each certain floor, the longest outside job that can
// start while insiders run steadily on the floor's share of the devices and
// the job takes the rest.
//
// Derivation. A certain floor s admits an outside start of h device-hours if
// N ≥ s (D + o⁺ + h − a). Let C devices serve a window of length W, insiders
// run on p·C of them from its start, and an outside job of n = (1 − p)·C
// devices and length L start at t, the first outside work of the window. Then
// N = D = p·C·t, o⁺ = 0 and h = (1 − p)·C·L, so
//
//	p·C·t ≥ s (p·C·t + (1 − p)·C·L − a)
//	t ≥ (s·(1 − p)·L − s·a/C) / (p·(1 − s))
//
// With p = s and a = 0 this is t ≥ L, whatever s is: as much of the window
// must have passed as the job asks for. The job must end by the window's end,
// since at the start of the next one all sums are zero and 0 ≥ s·h is false:
// t + L ≤ W. So L ≤ W/2, at t = W/2: of a quarter of 90 days, 45 days on day
// 45, and 46 days never. Jobs on fewer devices can be longer, with
// L ≤ W / (1 + k), k = s·n / ((1 − s)·p·C), which tends to W for a job that is
// small beside the insiders. An allowance a admits h ≤ a at any time, also
// across a window's end.
func (l *linter) longest(e *catalog.Entry[permit.Permit]) {
	for _, f := range floors(e) {
		if f.share.Assurance != permit.Certain || f.share.Judged == "always" {
			continue
		}
		from, until, longest := l.longestWindow(e, f.share)
		if longest == 0 {
			continue
		}
		most := longestOutside(quantity.Duration(longest), f.least, f.least, f.least.Den-f.least.Num, f.least.Den)
		if most > quantity.Day {
			most -= most % quantity.Hour
		}
		loc := location(&e.Spec)
		hint := "jobs on fewer devices can be longer; longer work needs assurance: booked, or an allowance"
		if !f.share.Allowance.Zero() {
			hint = "jobs on fewer devices can be longer, and the allowance of " + f.share.Allowance.String() + " is free at any time"
		}
		part := "outside the part"
		if f.ceiling {
			part = "in the part"
		}
		l.add(Note, "longest-job", hint, e.Document.Errorf(f.path,
			"where the other work runs steadily at %s, a job %s on all devices left can start only once as much of the window has passed as it asks for: at most %s (window %s to %s)",
			f.least, part, most, from.Date(loc), until.Date(loc)))
	}
}

// longestWindow gives the longest window of a share in its permit's life.
func (l *linter) longestWindow(e *catalog.Entry[permit.Permit], h *permit.Share) (from, until, length calendar.Instant) {
	start, end, loc := span(&e.Spec)
	over := h.Over
	if over.String() == "" {
		over = calendar.Window{Text: string(calendar.Life)}
	}
	if kind, _, err := over.Kind(); err != nil || kind == calendar.Rolling {
		return 0, 0, 0
	}
	cuts, err := over.Cuts(start, end, loc)
	if err != nil {
		return 0, 0, 0
	}
	for i := 1; i < len(cuts); i++ {
		if n := cuts[i] - cuts[i-1]; n > length {
			from, until, length = cuts[i-1], cuts[i], n
		}
	}
	return from, until, length
}

// longestOutside gives the longest job of n of c devices that a certain floor
// admits in a window, if insiders run on p·c devices from its start: the
// formula of longest, without allowance. It is zero where p is.
func longestOutside(window quantity.Duration, floor, p quantity.Ratio, n, c int64) quantity.Duration {
	if p.Zero() || c == 0 {
		return 0
	}
	s, share := big.NewRat(floor.Num, floor.Den), big.NewRat(p.Num, p.Den)
	one := big.NewRat(1, 1)
	rest := new(big.Rat).Sub(one, s)
	if rest.Sign() <= 0 {
		return 0 // a floor of all of it leaves nothing to others
	}
	k := new(big.Rat).Mul(s, big.NewRat(n, c))
	k.Quo(k, rest.Mul(rest, share))
	k.Add(k, one)
	length := new(big.Rat).Quo(big.NewRat(int64(window), 1), k)
	return quantity.Duration(new(big.Int).Quo(length.Num(), length.Denom()).Int64())
}
