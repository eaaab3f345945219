package calendar

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// Offset is what a time zone's local time is ahead of UTC by, from an instant
// on.
type Offset struct {
	From    Instant
	Seconds int
}

// Offsets gives the offsets of a zone from one instant up to another: all that
// windows and dates in it depend on. The first counts from the beginning of
// time.
func Offsets(loc *time.Location, from, until Instant) []Offset {
	t := from.Time(loc)
	_, seconds := t.Zone()
	out := []Offset{{Seconds: seconds}}
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || Of(end) >= until {
			return out
		}
		if !end.After(t) {
			// Where rules repeat by years, the bounds of an instant at a year's
			// end can be empty; no offset changes there.
			t = t.Add(24 * time.Hour)
			continue
		}
		t = end.In(loc)
		if _, s := t.Zone(); s != out[len(out)-1].Seconds {
			out = append(out, Offset{From: Of(end), Seconds: s})
		}
	}
}

// Location gives a zone that has these offsets, in order of time, and no other
// rules: it opens no time zone database.
func Location(name string, offsets []Offset) (*time.Location, error) {
	if len(offsets) == 0 {
		return nil, fmt.Errorf("time zone %s: it has no offset", name)
	}
	var kinds []int // the offsets that occur
	var times, which []byte
	for i, o := range offsets {
		k := slices.Index(kinds, o.Seconds)
		if k < 0 {
			k, kinds = len(kinds), append(kinds, o.Seconds)
		}
		if i == 0 {
			continue
		}
		if o.From <= offsets[i-1].From && i > 1 || o.From%1000 != 0 {
			return nil, fmt.Errorf("time zone %s: its offsets are not in order of whole seconds", name)
		}
		times = binary.BigEndian.AppendUint64(times, uint64(o.From/1000))
		which = append(which, byte(k))
	}
	if len(kinds) > 255 {
		return nil, fmt.Errorf("time zone %s: it has %d different offsets, at most 255 are read", name, len(kinds))
	}
	// TZif, RFC 9636: an empty block of version 1, then one of version 2.
	data := append(header(0, 1, 1), 0, 0, 0, 0, 0, 0, 0)
	data = append(append(append(data, header(len(which), len(kinds), 1)...), times...), which...)
	for _, s := range kinds {
		data = append(binary.BigEndian.AppendUint32(data, uint32(int32(s))), 0, 0)
	}
	data = append(data, 0)
	data = append(data, "\n\n"...)
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("time zone %s: %w", name, err)
	}
	return loc, nil
}

// header is that of a block of TZif data.
func header(times, kinds, names int) []byte {
	b := append([]byte("TZif2"), make([]byte, 15+12)...)
	for _, n := range []int{times, kinds, names} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}
