package quantity

import (
	"fmt"
	"strings"
)

// Duration is a length of time in milliseconds. "30d" is 720 h; a due date
// counts calendar days instead and reads Days.
type Duration int64

// The units that a duration is written in.
const (
	Millisecond Duration = 1
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
	Day                  = 24 * Hour
	Week                 = 7 * Day
)

var durationUnits = []struct {
	name string
	unit Duration
}{{"ms", Millisecond}, {"w", Week}, {"d", Day}, {"h", Hour}, {"m", Minute}, {"s", Second}}

// MaxDuration is the longest duration that documents may state: 200 years.
const MaxDuration = 200 * 366 * Day

// ParseDuration reads "30d", "1d12h", "90m", "1.5h".
func ParseDuration(s string) (Duration, error) {
	rest := strings.TrimSpace(s)
	if rest == "0" {
		return 0, nil
	}
	if d, ok := wholeDuration(rest); ok {
		return d, nil
	}
	bad := fmt.Errorf("%q is not a duration: write 30d, 72h, 90m or 1d12h", s)
	if rest == "" {
		return 0, bad
	}
	var sum Duration
	for rest != "" {
		i := 0
		for i < len(rest) && (rest[i] >= '0' && rest[i] <= '9' || rest[i] == '.' || rest[i] == '_') {
			i++
		}
		d, err := parseDecimal(rest[:i])
		if err != nil {
			return 0, bad
		}
		rest = rest[i:]
		var unit Duration
		for _, u := range durationUnits {
			if strings.HasPrefix(rest, u.name) {
				unit, rest = u.unit, strings.TrimSpace(rest[len(u.name):])
				break
			}
		}
		if unit == 0 {
			return 0, bad
		}
		d.mant.Mul(d.mant, bigInt(int64(unit)))
		v, exact := d.int(0)
		if !exact || !v.IsInt64() || v.Int64() > int64(MaxDuration) || sum+Duration(v.Int64()) > MaxDuration {
			return 0, fmt.Errorf("%q is longer than 200 years or finer than a millisecond", s)
		}
		sum += Duration(v.Int64())
	}
	return sum, nil
}

// wholeDuration reads what most durations are, a whole number of one unit, or
// says that it is something else.
func wholeDuration(s string) (Duration, bool) {
	n, i := int64(0), 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if i == 9 {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	if i == 0 {
		return 0, false
	}
	for _, u := range durationUnits {
		if s[i:] == u.name {
			d := Duration(n) * u.unit // at most a billion weeks, which fits
			return d, d <= MaxDuration
		}
	}
	return 0, false
}

// UnmarshalText reads a duration as ParseDuration does.
func (d *Duration) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDuration(string(b))
	return err
}

// MarshalText writes the duration as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Days is the number of whole days, for due dates counted on a calendar.
func (d Duration) Days() int { return int(d / Day) }

// String gives the duration in its largest exact units: "1d12h".
func (d Duration) String() string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = -d
	}
	for _, u := range []struct {
		name string
		unit Duration
	}{{"d", Day}, {"h", Hour}, {"m", Minute}, {"s", Second}, {"ms", Millisecond}} {
		if n := d / u.unit; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.unit
		}
	}
	return b.String()
}
