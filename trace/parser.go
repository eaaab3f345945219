package trace

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"unicode/utf8"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// parser reads the lines of one file. Its methods report a fault themselves
// and go on, so that one run shows all faults.
type parser struct {
	file    string
	mapping *Mapping
	errs    *Errors
	layout  *layout
	at      [maxColumns]int // layout column → index in the line, -1 when absent
	names   []string        // the names in the header, for messages
	clock   clock
	factor  quantity.Ratio // for limits that are not recorded

	line   int
	rows   int64
	text   []byte
	fields [][]byte
	starts []int

	trace    *Trace
	ids      []byte
	accounts *accounts
	counts   map[RemarkKind]int64
}

// header takes the first line; false when the format is unknown.
func (p *parser) header(line []byte) bool {
	l, at, err := detect(line, p.mapping.Format)
	if err != nil {
		p.errs.add(Error{File: p.file, Line: p.line, Message: err.Error()})
		return false
	}
	p.layout, p.at, p.counts = l, at, map[RemarkKind]int64{}
	header := bytes.Split(line, []byte{l.sep})
	for _, n := range header {
		p.names = append(p.names, string(bytes.TrimSpace(n)))
	}
	if k, found := l.unknown(header); found && l.strict {
		p.errs.add(Error{File: p.file, Line: p.line, Field: p.names[k], Message: "is no column of the csv format: " + l.names()})
		return false
	}
	loc, err := p.mapping.location()
	if err != nil {
		p.errs.add(Error{File: p.file, Message: err.Error()})
		return false
	}
	p.clock, p.factor = newClock(loc), p.mapping.factor()
	if l.local && p.mapping.TimeZone == "" {
		p.counts[ZoneAssumed] = 1
	}
	if l.format == CSV && len(p.mapping.Accounts) > 0 {
		p.errs.add(Error{File: p.file, Field: "mapping: accounts", Message: "a csv trace states its end users and purposes itself: leave accounts out"})
		return false
	}
	if l.format == Openb && p.mapping.Start.Zero() {
		p.errs.add(Error{File: p.file, Field: "mapping: start", Message: "an openb trace counts seconds from an unnamed start: say when it starts, such as 2026-01-05"})
		return false
	}
	return true
}

// split cuts a line into the header's number of fields.
func (p *parser) split(line []byte) bool {
	p.text, p.fields, p.starts = line, p.fields[:0], p.starts[:0]
	if p.layout.quotes && bytes.IndexByte(line, '"') >= 0 {
		if !p.splitQuoted(line) {
			return false
		}
	} else {
		for start := 0; ; {
			end := bytes.IndexByte(line[start:], p.layout.sep)
			p.starts = append(p.starts, start)
			if end < 0 {
				p.fields = append(p.fields, line[start:])
				break
			}
			p.fields = append(p.fields, line[start:start+end])
			start += end + 1
		}
	}
	if len(p.fields) == len(p.names) {
		return true
	}
	why := ""
	if len(p.fields) > len(p.names) && p.layout.format == Slurm {
		why = "; a name that contains | cannot be told from two columns: leave JobName and Comment out"
	}
	p.errs.add(Error{File: p.file, Line: p.line, Message: fmt.Sprintf("has %d columns where the header has %d%s", len(p.fields), len(p.names), why)})
	return false
}

// get gives a column of the row without surrounding blanks; nothing when the
// trace does not have it.
func (p *parser) get(col int) []byte {
	if p.at[col] < 0 {
		return nil
	}
	return bytes.TrimSpace(p.fields[p.at[col]])
}

// fail reports a fault of a column of the row.
func (p *parser) fail(col int, format string, args ...any) {
	e := Error{File: p.file, Line: p.line, Field: p.layout.columns[col].names[0], Message: fmt.Sprintf(format, args...)}
	if k := p.at[col]; k >= 0 {
		e.Column, e.Field = utf8.RuneCount(p.text[:p.starts[k]])+1, p.names[k]
	}
	p.errs.add(e)
}

// note counts a remark.
func (p *parser) note(k RemarkKind) { p.counts[k]++ }

// record is a row that was understood.
type record struct {
	submit  calendar.Instant
	runs    quantity.Duration
	limit   quantity.Duration // 0 when none is recorded
	devices int64
	account int32
	id      []byte
}

// add keeps a job. The caller has refused what is zero or out of bounds.
func (p *parser) add(r record) {
	limit := r.limit
	switch {
	case limit > 0 && limit < r.runs:
		// Replaying it with the limit would stop work that was done.
		p.note(LimitRaised)
		limit = r.runs
	case limit > 0:
	case p.mapping.Limit.Default > 0:
		p.note(LimitByDefault)
		limit = max(p.mapping.Limit.Default, r.runs)
	default:
		p.note(LimitByFactor)
		limit = times(r.runs, p.factor)
	}
	j := Job{Submit: r.submit, Runs: r.runs, Limit: limit, Devices: int32(r.devices), Account: r.account, Line: int32(p.line), id: -1}
	if len(r.id) > 0 && len(p.ids)+len(r.id) < math.MaxInt32 {
		j.id = int32(len(p.ids))
		p.ids = append(append(p.ids, r.id...), '\n')
	}
	p.trace.Jobs = append(p.trace.Jobs, j)
}

// account resolves what the record says of a job's account; a fault is
// reported at col the first time.
func (p *parser) account(col int, account, user, partition []byte) int32 {
	i, fresh := p.accounts.resolve(account, user, partition)
	if i == unmatched && fresh {
		p.fail(col, "the mapping says nothing of account %q (user %q, partition %q): add it under accounts, or say what otherwise holds", account, user, partition)
	}
	return i
}

// times multiplies a duration by a factor between 1 and 1000, down to the
// millisecond. Ratio.Of does it for every size, but allocates.
func times(d quantity.Duration, f quantity.Ratio) quantity.Duration {
	hi, lo := bits.Mul64(uint64(d), uint64(f.Num))
	q, _ := bits.Div64(hi, lo, uint64(f.Den))
	return quantity.Duration(q)
}
