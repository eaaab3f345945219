package trace

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

// localTime reads a column that holds a time without a zone.
func (p *parser) localTime(col int) (calendar.Instant, bool) {
	t, ok := p.clock.local(p.get(col))
	if !ok {
		p.fail(col, "%q is not a time: write 2026-01-05 08:00:00, in the years %d to %d", clip(p.get(col)), calendar.MinYear, calendar.MaxYear)
	}
	return t, ok
}

// seconds reads a column that holds a number of seconds.
func (p *parser) seconds(col int) (quantity.Duration, bool) {
	d, ok := seconds(p.get(col))
	if !ok {
		p.fail(col, "%q is not a number of seconds, of at most 200 years", clip(p.get(col)))
	}
	return d, ok
}

// devices reads a column that holds a number of devices.
func (p *parser) devices(col int) (int64, bool) {
	n, ok := count(p.get(col))
	if !ok {
		p.fail(col, "%q is not a number of devices: write a whole number of at most 2,147,483,647", clip(p.get(col)))
	}
	return n, ok
}

// clip keeps messages readable whatever stands in a field.
func clip(b []byte) string {
	const most = 60
	if r := []rune(string(b)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(b)
}
