package lint

import (
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/work"
)

// maxClasses bounds how many classes of work are tried for one question.
const maxClasses = 200_000

// other stands for every value that no document names.
const other = "(any other)"

// choice sets one part of a subject to one of its possible values.
type choice func(*permit.Subject)

// classes calls try with every class of work under the permits that
// predicates reading these fields can tell apart, until it gives false:
// every declared purpose and end user, every lot, and for the fields that
// nothing declares every value that a document or a predicate names, with one
// that none names. It reports false if there are too many to try.
//
// Classes are complete for predicates that compare fields with constants. One
// that compares two fields, or takes a text apart, might be true elsewhere.
func (l *linter) classes(over []*catalog.Entry[permit.Permit], predicates []*permit.Predicate, try func(*permit.Subject) bool) bool {
	reads := map[string]bool{}
	var texts []string
	var numbers []int64
	for _, p := range predicates {
		for _, f := range p.Reads() {
			reads[f] = true
		}
		t, n := p.Constants()
		texts, numbers = append(texts, t...), append(numbers, n...)
	}
	var axes [][]choice
	n := 1
	for _, axis := range l.axes(over, reads, texts, numbers) {
		axes = append(axes, axis)
		if n *= len(axis); n > maxClasses {
			return false
		}
	}
	s := &permit.Subject{}
	var walk func(int) bool
	walk = func(i int) bool {
		if i == len(axes) {
			return try(s)
		}
		for _, c := range axes[i] {
			c(s)
			if !walk(i + 1) {
				return false
			}
		}
		return true
	}
	walk(0)
	return true
}

// axes gives the independent parts of a subject that are read, each with its
// possible values. Site, lot and product go together, as do the fields of an
// end user.
func (l *linter) axes(over []*catalog.Entry[permit.Permit], reads map[string]bool, texts []string, numbers []int64) (axes [][]choice) {
	begins := func(prefix string) bool {
		for f := range reads {
			if strings.HasPrefix(f, prefix) {
				return true
			}
		}
		return false
	}
	if begins("site.") || begins("lot.") || begins("accelerator.") {
		axes = append(axes, l.places(over))
	}
	if begins("endUser.") || reads["job.endUser"] {
		axes = append(axes, l.endUsers(over, texts))
	}
	for _, f := range []struct {
		name string
		set  func(*permit.SubjectJob, string)
	}{
		{"purpose", func(j *permit.SubjectJob, v string) { j.Purpose = v }},
		{"tenant", func(j *permit.SubjectJob, v string) { j.Tenant = v }},
		{"holder", func(j *permit.SubjectJob, v string) { j.Holder = v }},
		{"model", func(j *permit.SubjectJob, v string) { j.Model = v }},
		{"name", func(j *permit.SubjectJob, v string) { j.Name = v }},
		{"kind", func(j *permit.SubjectJob, v string) { j.Kind = v }},
	} {
		if !reads["job."+f.name] {
			continue
		}
		values := append(slices.Clone(texts), other)
		switch f.name {
		case "purpose":
			if declared := l.purposes(over); declared != nil {
				values = declared
			}
		case "kind":
			values = work.Kind("").Enum()
		}
		slices.Sort(values)
		var axis []choice
		for _, v := range slices.Compact(values) {
			axis = append(axis, func(s *permit.Subject) { f.set(&s.Job, v) })
		}
		axes = append(axes, axis)
	}
	for _, f := range []struct {
		name string
		set  func(*permit.SubjectJob, int64)
	}{
		{"minDevices", func(j *permit.SubjectJob, v int64) { j.MinDevices = v }},
		{"maxDevices", func(j *permit.SubjectJob, v int64) { j.MaxDevices = v }},
		{"limitHours", func(j *permit.SubjectJob, v int64) { j.LimitHours = v }},
	} {
		if !reads["job."+f.name] {
			continue
		}
		values := []int64{1, catalog.MaxDevices}
		for _, n := range numbers {
			values = append(values, max(1, n-1), max(1, n), max(1, n+1))
		}
		slices.Sort(values)
		var axis []choice
		for _, v := range slices.Compact(values) {
			axis = append(axis, func(s *permit.Subject) { f.set(&s.Job, v) })
		}
		axes = append(axes, axis)
	}
	return axes
}

// holds evaluates a predicate; none is true of everything, and one without a
// value, such as a label that is not there, is not true.
func holds(p *permit.Predicate, s *permit.Subject) bool {
	if p == nil {
		return true
	}
	ok, err := p.Eval(s)
	return err == nil && ok
}

func compile(e permit.Expression) *permit.Predicate {
	if e == "" {
		return nil
	}
	p, err := permit.CompileExpression(e)
	if err != nil {
		return nil // the catalog has said so
	}
	return p
}

// some drops nil predicates.
func some(all ...*permit.Predicate) []*permit.Predicate {
	return slices.DeleteFunc(all, func(p *permit.Predicate) bool { return p == nil })
}

// location is a permit's time zone.
func location(p *permit.Permit) *time.Location {
	loc, err := time.LoadLocation(p.Valid.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

func span(p *permit.Permit) (from, until calendar.Instant, loc *time.Location) {
	loc = location(p)
	return p.Valid.From.In(loc), p.Valid.Until.In(loc), loc
}
