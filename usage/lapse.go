package usage

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// lost is what a lapse took on its date, or later from what jobs held then.
type lost struct {
	at     calendar.Instant
	clause string
	lost   account.Sum
}

// lapse follows the core's rule: on its date a part of what is unused is lost.
// What running jobs hold counts as unused but is honoured, and what they do not
// use of it is lost when they end. What has lapsed stays lapsed, as an amount,
// when the bound is amended.
func (t *track) lapse(b *book, uses []*use, s span) (forfeited account.Sum, lines []lost) {
	var excess account.Sum
	since := calendar.Instant(0) // what ended before it was looked at
	for _, x := range t.pieces {
		if x.book != b || s.length > 0 {
			continue
		}
		for _, l := range x.clause.Lapses {
			if l.At < max(s.from, x.from) || l.At >= min(s.until, x.until) || l.At > s.measured {
				continue
			}
			forfeited, excess, lines = giveBack(uses, s, since, l.At-1, forfeited, excess, lines)
			since = l.At
			bound := x.clause.Bound.Sub(forfeited)
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
				lines = append(lines, lost{l.At, x.ed.rules.Clauses[l.Clause].Name, bound.Sub(kept)})
				forfeited = x.clause.Bound.Sub(kept)
				break
			}
		}
	}
	forfeited, _, lines = giveBack(uses, s, since, s.measured, forfeited, excess, lines)
	return forfeited, lines
}

// giveBack takes what work that ran on the last lapse's date held and, ending
// between two instants, did not use.
func giveBack(uses []*use, s span, since, until calendar.Instant, forfeited, excess account.Sum, lines []lost) (account.Sum, account.Sum, []lost) {
	if len(lines) == 0 || excess.Sign() <= 0 {
		return forfeited, excess, lines
	}
	last := &lines[len(lines)-1]
	var ended []*use
	for _, u := range uses {
		if u.rate != 0 && u.from < last.at && u.to >= max(since, last.at) && u.to <= until && u.to < u.reserved {
			ended = append(ended, u)
		}
	}
	slices.SortStableFunc(ended, func(a, b *use) int { return cmp.Compare(a.to, b.to) })
	for _, u := range ended {
		back := account.Product(u.rate, max(0, int64(min(u.reserved, s.until)-max(u.to, s.from)))).Min(excess)
		forfeited, excess, last.lost = forfeited.Add(back), excess.Sub(back), last.lost.Add(back)
	}
	return forfeited, excess, lines
}
