package usage

import (
	"cmp"
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// turn is a change of a rate at an instant, or an amount that comes or goes.
type turn struct {
	at   calendar.Instant
	rate int64
	once account.Sum
}

// level is what uses take at an instant.
func level(uses []*use, at calendar.Instant) account.Sum {
	var now int64
	for _, u := range uses {
		if u.from <= at && at < u.to {
			now += u.rate
		}
	}
	return account.Of(now)
}

// peak is the most that uses take at one time from an instant up to, not
// including, another.
func peak(uses []*use, from, until calendar.Instant) account.Sum {
	var turns []turn
	for _, u := range uses {
		if u.from >= until || u.to <= from || u.to <= u.from {
			continue
		}
		turns = append(turns, turn{at: max(u.from, from), rate: u.rate}, turn{at: max(u.to, from), rate: -u.rate})
	}
	// What ends at an instant makes room for what begins at it.
	slices.SortFunc(turns, func(a, b turn) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rate, b.rate)) })
	var now, most int64
	for i, t := range turns {
		if t.at >= until {
			break
		}
		now += t.rate
		if i+1 == len(turns) || turns[i+1].at > t.at {
			most = max(most, now)
		}
	}
	return account.Of(most)
}

// peakRolling is the most that uses come to in any window of a length that ends
// between two instants.
func peakRolling(uses []*use, length, from, until calendar.Instant) account.Sum {
	var turns []turn
	for _, u := range uses {
		if u.rate == 0 {
			// An amount counts in the windows that end from its instant up to,
			// not including, the length behind it.
			turns = append(turns, turn{at: u.from, once: u.once}, turn{at: u.from + length, once: account.Sum{}.Sub(u.once)})
			continue
		}
		turns = append(turns, turn{at: u.from, rate: u.rate}, turn{at: u.from + length, rate: -u.rate})
		if u.to < calendar.Never {
			turns = append(turns, turn{at: u.to, rate: -u.rate}, turn{at: u.to + length, rate: u.rate})
		}
	}
	slices.SortFunc(turns, func(a, b turn) int { return cmp.Compare(a.at, b.at) })
	var value, most account.Sum
	var rate int64
	at := calendar.Instant(0)
	move := func(to calendar.Instant) {
		if to > at {
			// Between two turns it is linear: its most is at an end.
			if at < from && to > from {
				most = most.Max(value.Add(account.Product(rate, int64(from-at))))
			}
			value = value.Add(account.Product(rate, int64(to-at)))
			at = to
		}
		if at > from {
			most = most.Max(value)
		}
	}
	for i, t := range turns {
		if t.at > until {
			break
		}
		move(t.at)
		value, rate = value.Add(t.once), rate+t.rate
		if at >= from && (i+1 == len(turns) || turns[i+1].at > at) {
			most = most.Max(value)
		}
	}
	move(until)
	if at >= from {
		most = most.Max(value)
	}
	return most
}
