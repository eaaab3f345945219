package trace

import (
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// The instants between which documents write dates.
var (
	minInstant = calendar.Of(time.Date(calendar.MinYear, 1, 1, 0, 0, 0, 0, time.UTC))
	maxInstant = calendar.Of(time.Date(calendar.MaxYear+1, 1, 1, 0, 0, 0, 0, time.UTC))
)

// clock reads local times. Looking a zone up for each of half a million rows
// would take longer than all the rest, so the offset of each day is kept where
// it is one for the whole day.
type clock struct {
	loc  *time.Location
	days map[int32]day
}

// day is a local date: its midnight in UTC, and whether all of it has one offset.
type day struct {
	start int64 // s since 1970 of 00:00 local
	even  bool
}

func newClock(loc *time.Location) clock { return clock{loc: loc, days: map[int32]day{}} }

// local reads "2026-01-05T08:00:00" or "2026-01-05 08:00:00". A time that a
// change of clocks skips or repeats is read as time.Date does.
func (c clock) local(b []byte) (calendar.Instant, bool) {
	if len(b) != 19 || b[4] != '-' || b[7] != '-' || (b[10] != 'T' && b[10] != ' ') || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	y, ok0 := digits(b[0:4])
	mo, ok1 := digits(b[5:7])
	d, ok2 := digits(b[8:10])
	h, ok3 := digits(b[11:13])
	mi, ok4 := digits(b[14:16])
	s, ok5 := digits(b[17:19])
	if !(ok0 && ok1 && ok2 && ok3 && ok4 && ok5) || h > 23 || mi > 59 || s > 59 || y < calendar.MinYear || y > calendar.MaxYear {
		return 0, false
	}
	at, known := c.days[int32(y*10000+mo*100+d)]
	if !known {
		midnight := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, c.loc)
		if _, m, dd := time.Date(y, time.Month(mo), d, 12, 0, 0, 0, time.UTC).Date(); int(m) != mo || dd != d {
			return 0, false // the 31st of June
		}
		next := time.Date(y, time.Month(mo), d+1, 0, 0, 0, 0, c.loc)
		at = day{start: midnight.Unix(), even: next.Sub(midnight) == 24*time.Hour && midnight.Hour() == 0}
		c.days[int32(y*10000+mo*100+d)] = at
	}
	if at.even {
		return inBounds(calendar.Instant((at.start + int64(h*3600+mi*60+s)) * 1000))
	}
	return inBounds(calendar.Of(time.Date(y, time.Month(mo), d, h, mi, s, 0, c.loc)))
}

func inBounds(t calendar.Instant) (calendar.Instant, bool) {
	return t, t >= minInstant && t < maxInstant
}

// digits reads a short run of digits.
func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0
}

// seconds reads a decimal number of seconds, "66.0", down to the millisecond;
// what is finer is cut off.
func seconds(b []byte) (quantity.Duration, bool) {
	var ms int64
	i := 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		if ms = ms*10 + int64(b[i]-'0'); ms > int64(quantity.MaxDuration/1000) {
			return 0, false
		}
	}
	whole := i
	ms *= 1000
	if i < len(b) && b[i] == '.' {
		for unit := int64(100); i+1 < len(b); unit /= 10 {
			i++
			if b[i] < '0' || b[i] > '9' {
				return 0, false
			}
			ms += int64(b[i]-'0') * unit
		}
		i++
	}
	return quantity.Duration(ms), whole > 0 && i == len(b)
}

// count reads a number of devices: digits, or a decimal without a fraction as
// pandas writes it ("8.0").
func count(b []byte) (int64, bool) {
	for len(b) > 2 && b[len(b)-1] == '0' && b[len(b)-2] == '.' {
		b = b[:len(b)-2]
	}
	if len(b) > 10 {
		return 0, false
	}
	n, ok := digits(b)
	return int64(n), ok && n <= 1<<31-1
}
