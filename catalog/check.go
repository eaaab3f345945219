package catalog

import (
	"math/big"
	"regexp"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// MaxDevices bounds every number of devices, so that sums of device time over
// all of it stay far from overflow.
const MaxDevices = 10_000_000

var countryFormat = regexp.MustCompile(`^[A-Z]{2}$`)

func (s *scope) country(path, code string) {
	if code != "" && !countryFormat.MatchString(code) {
		s.hint("write two capitals, such as CN", path, "%q is not a country code of ISO 3166-1", code)
	}
}

// zone loads a time zone; UTC stands in for one that is not known.
func (s *scope) zone(path, name string) *time.Location {
	loc, err := s.c.zone(name)
	if err != nil || name == "Local" {
		s.hint("write an IANA name such as Asia/Shanghai", path, "there is no time zone %q", name)
		return time.UTC
	}
	return loc
}

// before requires that one moment is before another; either may be absent.
func (s *scope) before(path string, from, until calendar.Moment, loc *time.Location) {
	if from.Zero() || until.Zero() {
		return
	}
	if from.In(loc) >= until.In(loc) {
		s.fail(path, "%s is not after %s", until, from)
	}
}

// amount requires that an amount is written in the unit and fits.
func (s *scope) amount(path string, a quantity.Amount, u quantity.Unit) *big.Int {
	v, err := a.In(u)
	if err != nil {
		message, hint := explain(err)
		s.hint(hint, path, "%s", message)
		return nil
	}
	if v.BitLen() > 90 {
		s.fail(path, "%q is too large", a)
		return nil
	}
	return v
}

// devices requires a whole number of devices from least on.
func (s *scope) devices(path string, a quantity.Amount, least int64) int64 {
	v := s.amount(path, a, quantity.Count)
	switch {
	case v == nil:
		return 0
	case v.Cmp(big.NewInt(MaxDevices)) > 0:
		s.fail(path, "%s devices are more than the %d that can be counted", a, MaxDevices)
		return 0
	case v.Int64() < least:
		s.fail(path, "must be at least %d", least)
	}
	return v.Int64()
}

// ratioUpTo1 requires a part: at most 100%.
func (s *scope) part(path string, r quantity.Ratio) {
	if r.Num > r.Den {
		s.fail(path, "%s is above 100%%", r)
	}
}

// positive requires that a duration, if written, is longer than nothing.
func (s *scope) positive(path string, d quantity.Duration) {
	if d == 0 && s.doc.Has(path) {
		s.fail(path, "must be longer than nothing")
	}
}

// window requires that a window is one and gives its kind.
func (s *scope) window(path string, w calendar.Window, loc *time.Location) calendar.Period {
	if w.Text == "" && len(w.Boundaries) == 0 {
		if s.doc.Has(path) {
			s.fail(path, "is empty")
		}
		return calendar.Life
	}
	if w.Text != "" && len(w.Boundaries) > 0 {
		s.fail(path, "has both a period and boundaries")
	}
	kind, _, err := w.Kind()
	if err != nil {
		s.fail(path, "%s", err)
		return ""
	}
	for i := 1; i < len(w.Boundaries); i++ {
		if w.Boundaries[i-1].In(loc) >= w.Boundaries[i].In(loc) {
			s.fail(at(path+".boundaries", i), "%s is not after %s", w.Boundaries[i], w.Boundaries[i-1])
		}
	}
	return kind
}

// distribution checks a value that may be uncertain: either one value, or all
// three cases in order. The number turns a value into one to compare and
// notes what is wrong with it; nil stands for a value with an error.
func distribution[T any](s *scope, path string, d quantity.Distribution[T], number func(path string, v T) *big.Int) {
	if !s.doc.Has(path) {
		return
	}
	s.part(path+".never", d.Never)
	given := 0
	for _, p := range []*T{d.P10, d.P50, d.P90} {
		if p != nil {
			given++
		}
	}
	switch {
	case d.Value != nil && given > 0:
		s.fail(path, "has one value and cases: write one or the other")
		return
	case d.Value != nil:
		sub := path
		if s.doc.Has(path + ".value") {
			sub += ".value"
		}
		number(sub, *d.Value)
		return
	case given < 3:
		s.hint("write {p10: …, p50: …, p90: …} or one value", path, "needs the early, middle and late case")
		return
	}
	early, middle, late := number(path+".p10", *d.P10), number(path+".p50", *d.P50), number(path+".p90", *d.P90)
	if early != nil && middle != nil && early.Cmp(middle) > 0 {
		s.fail(path+".p50", "the middle case is below the early one")
	}
	if middle != nil && late != nil && middle.Cmp(late) > 0 {
		s.fail(path+".p90", "the late case is below the middle one")
	}
}

func (s *scope) moments(path string, d quantity.Distribution[calendar.Moment], loc *time.Location) {
	distribution(s, path, d, func(_ string, m calendar.Moment) *big.Int { return big.NewInt(int64(m.In(loc))) })
}

func (s *scope) durations(path string, d quantity.Distribution[quantity.Duration], least quantity.Duration) {
	distribution(s, path, d, func(path string, v quantity.Duration) *big.Int {
		if v < least {
			s.fail(path, "must be longer than nothing")
		}
		return big.NewInt(int64(v))
	})
}

func (s *scope) amounts(path string, d quantity.Distribution[quantity.Amount], u quantity.Unit) {
	distribution(s, path, d, func(path string, v quantity.Amount) *big.Int { return s.amount(path, v, u) })
}

func (s *scope) deviceCounts(path string, d quantity.Distribution[quantity.Amount], least int64) {
	distribution(s, path, d, func(path string, v quantity.Amount) *big.Int { return big.NewInt(s.devices(path, v, least)) })
}

// named checks the names of a list's items: there, plain enough for the path
// of a change, and each used once.
func (s *scope) named(path string, names []string) {
	for i, n := range names {
		sub := at(path, i) + ".name"
		if !itemName.MatchString(n) {
			s.hint(itemNameHint, sub, "%q is not a name", n)
		}
		if slices.Index(names, n) < i {
			s.fail(sub, "there is a %q already", n)
		}
	}
}

const itemNameHint = "use letters, digits, dashes and underscores"

var itemName = regexp.MustCompile(`^[A-Za-z0-9][-_A-Za-z0-9]*$`)
