package trace

import (
	"bytes"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// The columns of the CSV format: what a plan needs and nothing else, for
// everyone whose scheduler is none of the others. Unlike the others it states
// end users and purposes itself; a mapping's otherwise fills empty ones.
const (
	csvSubmit = iota
	csvDuration
	csvLimit
	csvDevices
	csvEndUser
	csvPurpose
	csvTenant
	csvID
)

var csvLayout = layout{
	format: CSV, noun: "job", sep: ',', quotes: true, strict: true,
	columns: []column{
		{[]string{"submit"}, true},
		{[]string{"duration"}, true},
		{[]string{"limit"}, true},
		{[]string{"devices"}, true},
		{[]string{"end_user"}, true},
		{[]string{"purpose"}, true},
		{[]string{"tenant"}, false},
		{[]string{"id"}, false},
	},
	row: csvRow,
}

func csvRow(p *parser) {
	submit, ok0 := p.instant(csvSubmit)
	runs, ok1 := p.duration(csvDuration)
	var limit quantity.Duration
	ok2 := true
	if len(p.get(csvLimit)) > 0 {
		if limit, ok2 = p.duration(csvLimit); ok2 && limit == 0 {
			p.fail(csvLimit, "is zero: leave it empty where none was set")
			ok2 = false
		}
	}
	devices, ok3 := p.devices(csvDevices)
	account, ok4 := p.csvAccount()
	switch {
	case !ok0 || !ok1 || !ok2 || !ok3 || !ok4:
	case devices == 0:
		p.note(NoDevices)
	case runs == 0:
		p.note(RanNoTime)
	default:
		p.add(record{submit: submit, runs: runs, limit: limit, devices: devices, account: account, id: p.get(csvID)})
	}
}

// csvAccount takes the account from the row, with the mapping's otherwise for
// what is empty.
func (p *parser) csvAccount() (int32, bool) {
	endUser, purpose, tenant := p.get(csvEndUser), p.get(csvPurpose), p.get(csvTenant)
	or := p.mapping.Otherwise
	ok := true
	fill := func(col int, have []byte, with string) []byte {
		if len(have) > 0 {
			return have
		}
		if with == "" && col != csvTenant {
			p.fail(col, "is empty, and the mapping does not say what otherwise holds")
			ok = false
		}
		return []byte(with)
	}
	endUser, purpose, tenant = fill(csvEndUser, endUser, or.EndUser), fill(csvPurpose, purpose, or.Purpose), fill(csvTenant, tenant, or.Tenant)
	if !ok {
		return unmatched, false
	}
	return p.accounts.direct(endUser, purpose, tenant), true
}

// instant reads RFC 3339 or seconds since 1970.
func (p *parser) instant(col int) (calendar.Instant, bool) {
	b := p.get(col)
	if s, ok := seconds(b); ok {
		// A number of seconds is at most 200 years, so its instant is in bounds.
		return calendar.Instant(s), true
	}
	t, err := time.Parse(time.RFC3339, string(b))
	if err == nil {
		if at, ok := inBounds(calendar.Of(t)); ok {
			return at, true
		}
	}
	p.fail(col, "%q is not an instant: write 2026-01-05T08:00:00Z or seconds since 1970, in the years %d to %d", clip(b), calendar.MinYear, calendar.MaxYear)
	return 0, false
}

// duration reads seconds, or a number with units: 5400, 1h30m.
func (p *parser) duration(col int) (quantity.Duration, bool) {
	b := p.get(col)
	if d, ok := seconds(b); ok {
		return d, true
	}
	// A number without a unit that is no number of seconds is too long.
	if len(b) <= 40 && len(bytes.Trim(b, "0123456789.")) > 0 {
		if d, err := quantity.ParseDuration(string(b)); err == nil {
			return d, true
		}
	}
	p.fail(col, "%q is not a duration: write seconds (5400) or units (1h30m), at most 200 years", clip(b))
	return 0, false
}
