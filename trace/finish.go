package trace

import (
	"fmt"

	"github.com/proviso-dev/proviso/calendar"
)

// finish sorts and shifts what was read and writes the notes.
func (p *parser) finish() (*Trace, error) {
	t := p.trace
	t.Accounts, t.ids = p.accounts.table, string(p.ids)
	t.order()
	shift := p.shift()
	fail := func(err error) (*Trace, error) {
		p.errs.add(Error{File: p.file, Message: err.Error()})
		return nil, p.errs
	}
	if shift != "" && !inYears(t.Span()) {
		return fail(fmt.Errorf("moved to the mapping's start, the trace leaves the years %d to %d", calendar.MinYear, calendar.MaxYear))
	}
	if err := t.checkSum(); err != nil {
		return fail(err)
	}
	t.Notes = Notes{Format: p.layout.format, Rows: p.rows, Jobs: int64(len(t.Jobs))}
	for _, k := range remarkOrder {
		if n := p.counts[k]; n > 0 {
			t.Notes.Remarks = append(t.Notes.Remarks, remark(k, n, p.layout.noun, p.mapping, shift))
		}
	}
	return t, nil
}

// shift moves the jobs to the mapping's start and says so. Relative times have
// been counted from zero, absolute ones from 1970.
func (p *parser) shift() string {
	t := p.trace
	if p.mapping.Start.Zero() || len(t.Jobs) == 0 {
		return ""
	}
	start := p.mapping.Start.In(p.clock.loc)
	by, said := start, "counted from "+start.Stamp(p.clock.loc)
	if p.layout.format != Openb {
		first := t.Jobs[0].Submit
		by = start - first
		said = fmt.Sprintf("moved so that the first submission, of %s, falls on %s", first.Stamp(p.clock.loc), start.Stamp(p.clock.loc))
	}
	for i := range t.Jobs {
		t.Jobs[i].Submit += by
	}
	p.counts[Shifted] = 1
	return said
}

// inYears reports whether a span lies within the years of documents.
func inYears(first, last calendar.Instant) bool {
	return first >= minInstant && last < maxInstant
}
