package control

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

func (f *File) check(s *State) error {
	if s.world == nil {
		return errNotOpen
	}
	i, err := s.Clause(f.Permit, f.Condition)
	if err != nil {
		return err
	}
	c := &s.rules.Clauses[i]
	switch {
	case c.Form != world.Duty:
		return fmt.Errorf("%s/%s is a %s: reports are filed for a duty", f.Permit, f.Condition, c.Form)
	case c.Before != "":
		return fmt.Errorf("%s/%s asks for a notice before devices leave, not for a report", f.Permit, f.Condition)
	case len(f.SHA256) != 64:
		return errors.New("sha256 must be the hash of the report, 64 hexadecimal digits")
	}
	f.clause = i
	if f.From == "" && f.Until == "" {
		return nil
	}
	return f.checkWindow(s)
}

// checkWindow requires that the report is about the window that is owed next.
func (f *File) checkWindow(s *State) error {
	var from, until calendar.Instant
	for _, x := range []struct {
		name, text string
		into       *calendar.Instant
	}{{"from", f.From, &from}, {"until", f.Until, &until}} {
		v, err := strconv.ParseInt(x.text, 10, 64)
		if err != nil || decimal(v) != x.text {
			return fmt.Errorf("%s is %q, must be an instant in milliseconds since 1970 UTC", x.name, x.text)
		}
		*x.into = calendar.Instant(v)
	}
	c := &s.rules.Clauses[f.clause]
	p := &s.rules.Permits[c.Permit]
	loc, err := s.zone(p.Zone)
	if err != nil {
		return err
	}
	say := func(from, until calendar.Instant) string { return from.Stamp(loc) + " up to " + until.Stamp(loc) }
	begins := func(k int) calendar.Instant {
		if k == 0 {
			return p.From
		}
		return c.Due[k-1].Window
	}
	k := s.world.Clause(f.clause).Filed
	of := f.Permit + "/" + f.Condition
	if k >= len(c.Due) {
		return fmt.Errorf("%s owes no report any more: the last was filed", of)
	}
	next := "the next that it owes is " + say(begins(k), c.Due[k].Window)
	for j := range c.Due {
		// A permit's first window begins with it, within a quarter or a year.
		if c.Due[j].Window != until || begins(j) != from && (j > 0 || from > p.From) {
			continue
		}
		switch {
		case j < k:
			return fmt.Errorf("the report of %s is filed for %s already, or was not owed: %s", say(from, until), of, next)
		case j > k:
			return fmt.Errorf("the report of %s comes after one that %s owes still: %s", say(from, until), of, next)
		case until > s.asked:
			return fmt.Errorf("the report of %s is filed when that is over", say(from, until))
		}
		return nil
	}
	return fmt.Errorf("the report is about %s, which is no window of %s: %s", say(from, until), of, next)
}

func (f *File) apply(s *State) { s.world.File(f.clause) }

// ZoneOf gives the time zone of a permit, as it is recorded.
func (s *State) ZoneOf(permit string) (*time.Location, error) {
	i, err := s.Permit(permit)
	if err != nil {
		return nil, err
	}
	return s.zone(s.rules.Permits[i].Zone)
}
