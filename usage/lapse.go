package usage

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// lost is what a lapse took on its date, or later from what jobs held then.
type lost struct {
	at     calendar.Instant
	clause int32
	lost   account.Sum
}

// lapse follows the core's rule: on its date a part of what is unused is lost.
// What running jobs hold counts as unused but is honoured, and what they do not
// use of it is lost when they end.
func lapse(c *world.Clause, uses []*use, s span) (account.Sum, []lost) {
	var forfeited, excess account.Sum
	var lines []lost
	for i, l := range c.Lapses {
		if l.At < s.from || l.At >= s.until || l.At > s.measured {
			continue
		}
		bound := c.Bound.Sub(forfeited)
		var used, held account.Sum
		for _, u := range uses {
			used = used.Add(u.within(s.from, l.At))
			if u.from < l.At && u.to >= l.At {
				held = held.Add(account.Product(u.rate, max(0, int64(min(u.reserved, s.until)-l.At))))
			}
		}
		for _, line := range l.Lines {
			if !used.Times(line.UsedBelow.Den).Less(bound.Times(line.UsedBelow.Num)) {
				continue
			}
			reduced := bound.Sub(bound.Sub(used).Max(account.Sum{}).Times(line.Lose.Num).Over(line.Lose.Den))
			kept := reduced.Max(used.Add(held))
			excess = kept.Sub(reduced)
			lines = append(lines, lost{l.At, l.Clause, bound.Sub(kept)})
			forfeited = c.Bound.Sub(kept)
			break
		}
		next := s.measured
		if i+1 < len(c.Lapses) {
			next = min(next, c.Lapses[i+1].At-1)
		}
		for _, u := range ended(uses, l.At, next) {
			if u.to >= u.reserved || excess.Sign() <= 0 {
				continue
			}
			back := account.Product(u.rate, max(0, int64(min(u.reserved, s.until)-max(u.to, s.from)))).Min(excess)
			forfeited, excess = forfeited.Add(back), excess.Sub(back)
			if n := len(lines); n > 0 {
				lines[n-1].lost = lines[n-1].lost.Add(back)
			}
		}
	}
	return forfeited, lines
}

// ended gives what ran at an instant and ended by another, in order.
func ended(uses []*use, from, until calendar.Instant) []*use {
	var out []*use
	for _, u := range uses {
		if u.rate != 0 && u.from < from && u.to >= from && u.to <= until {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b *use) int { return int(min(1, max(-1, a.to-b.to))) })
	return out
}
