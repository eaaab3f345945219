package usage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Entries are indexes of entries in the ledger, from 0, as ranges in order.
type Entries []Range

// Range is the entries from the first up to and with the last.
type Range struct{ First, Last int64 }

// entriesOf makes ranges of indexes; those below 0 stand for none.
func entriesOf(all []int64) Entries {
	slices.Sort(all)
	out := Entries{}
	for _, i := range all {
		switch n := len(out); {
		case i < 0:
		case n > 0 && i <= out[n-1].Last+1:
			out[n-1].Last = i
		default:
			out = append(out, Range{i, i})
		}
	}
	return out
}

// Count is the number of entries.
func (e Entries) Count() int64 {
	n := int64(0)
	for _, r := range e {
		n += r.Last - r.First + 1
	}
	return n
}

// String writes them as 3, 7-9, all.
func (e Entries) String() string {
	var b strings.Builder
	for i, r := range e {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(r.First, 10))
		if r.Last > r.First {
			b.WriteByte('-')
			b.WriteString(strconv.FormatInt(r.Last, 10))
		}
	}
	return b.String()
}

// Brief is String for the eye: of more than a few ranges the first, and how many
// entries there are in all.
func (e Entries) Brief() string {
	const few = 4
	if len(e) <= few {
		return strings.ReplaceAll(e.String(), ",", ", ")
	}
	return fmt.Sprintf("%s, … (%d entries)", strings.ReplaceAll(e[:few].String(), ",", ", "), e.Count())
}

// MarshalText is String.
func (e Entries) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (e *Entries) UnmarshalText(b []byte) error {
	*e = Entries{}
	if len(b) == 0 {
		return nil
	}
	for part := range strings.SplitSeq(string(b), ",") {
		first, last, two := strings.Cut(part, "-")
		if !two {
			last = first
		}
		var r Range
		var err error
		if r.First, err = strconv.ParseInt(first, 10, 64); err == nil {
			r.Last, err = strconv.ParseInt(last, 10, 64)
		}
		if err != nil || r.Last < r.First || len(*e) > 0 && r.First <= (*e)[len(*e)-1].Last {
			return fmt.Errorf("%q are not ranges of entries in order", b)
		}
		*e = append(*e, r)
	}
	return nil
}
