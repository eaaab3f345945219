package usage

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/world"
)

// delivery is devices of a lot that stand at a site for a time. What moves is
// another one from then on, and so is what stays.
type delivery struct {
	lot, site string
	n         int64
	// at is when they came there, until when they left it, or Never.
	at, until calendar.Instant
	// entry is that of their delivery, came that of the move that brought them
	// here, went that of the one that took them away; -1 for none.
	entry, came, went int64
	// again says that they were counted as delivered before.
	again bool
	// left is how many of them left the fleet then.
	left    int64
	uses    []*use // what they take while they stand there
	counted []place
}

// deliver puts devices into service.
func (h *history) deliver(d delivery) {
	d.until, d.came, d.went = calendar.Never, -1, -1
	if d.site == "" {
		d.site = h.ed.rules.Sites[h.ed.rules.Stocks[h.ed.stock(d.lot)].Site].Name
	}
	h.stand(&d)
}

func (h *history) stand(d *delivery) {
	h.deliveries = append(h.deliveries, d)
	h.countDelivery(d, every)
}

// leave takes devices from where they stand, to another site or, where it is
// empty, out of the fleet. Those that came first go first.
func (h *history) leave(at calendar.Instant, lot, from, to, devices string) error {
	n, err := strconv.ParseInt(devices, 10, 64)
	home := h.ed.stock(lot)
	if home < 0 || err != nil {
		return fmt.Errorf("%s devices of the lot %q leave: there is no such lot, or that is no number", devices, lot)
	}
	if from == "" {
		from = h.ed.rules.Sites[h.ed.rules.Stocks[home].Site].Name
	}
	if to != "" && h.ed.stockAt(lot, to) < 0 {
		h.moves = append(h.moves, catalog.Move{Lot: lot, To: to})
		if err := h.publish(at); err != nil {
			return err
		}
	}
	for _, d := range h.deliveries[:len(h.deliveries):len(h.deliveries)] {
		if n == 0 {
			return nil
		}
		if d.lot != lot || d.site != from || d.until < calendar.Never {
			continue
		}
		d.until, d.went = at, h.size
		for _, u := range d.uses {
			u.to, u.end = at, h.size
		}
		goes := min(n, d.n)
		if n -= goes; goes < d.n {
			// What stays goes on as if it stood by itself.
			stays := *d
			stays.n, stays.at, stays.until, stays.went, stays.again, stays.uses, stays.counted = d.n-goes, at, calendar.Never, -1, true, nil, nil
			h.stand(&stays)
		}
		if to == "" {
			d.left = goes
			continue
		}
		comes := &delivery{lot: lot, site: to, n: goes, at: at, until: calendar.Never, entry: d.entry, came: h.size, went: -1, again: true}
		h.stand(comes)
		h.shifted = append(h.shifted, comes)
	}
	if n > 0 {
		return fmt.Errorf("%s devices of lot %s leave %s, where there are %d fewer", devices, lot, from, n)
	}
	return nil
}

// countDelivery puts devices on the books that are selected.
func (h *history) countDelivery(d *delivery, selects counts) {
	stock := h.ed.stockAt(d.lot, d.site)
	if stock < 0 {
		return // its documents came later
	}
	start, submit := d.entry, int64(-1)
	if d.came >= 0 {
		start, submit = d.came, d.entry
	}
	terms := h.ed.world.DeliveryTerms(stock)
	for i := range terms {
		t := &terms[i]
		c := &h.ed.rules.Clauses[t.Clause]
		if t.Account < 0 || t.Side == world.Neutral {
			continue
		}
		b := h.ed.books[c.Space]
		x := place{b, h.ed.world.Account(t.Account).Key, t.Side}
		if b == nil || !selects(b, c) || slices.Contains(d.counted, x) {
			continue
		}
		d.counted = append(d.counted, x)
		u := &use{once: account.Product(t.Rate, d.n), from: d.at, to: d.at, submit: submit, start: start, end: -1}
		switch {
		case c.Measure.Instant():
			u.once, u.rate, u.to, u.reserved, u.end = account.Sum{}, t.Rate*d.n, d.until, calendar.Never, d.went
			d.uses = append(d.uses, u)
		case d.again:
			continue // it was counted where they came first
		}
		b.add(x.key, x.side, u)
	}
	for space, b := range h.ed.books {
		if b == nil {
			continue
		}
		for i := range h.ed.rules.Clauses {
			c := &h.ed.rules.Clauses[i]
			if c.Space != int32(space) || c.Form != world.Share || c.Base != world.Available || !slices.Contains(h.ed.rules.Stocks[stock].Permits, c.Permit) {
				continue
			}
			if selects(b, c) {
				key := h.ed.deviceKey(c.Per, stock)
				u := &use{rate: h.ed.rate(c.Measure, stock) * d.n, from: d.at, to: d.until, reserved: calendar.Never, submit: submit, start: start, end: d.went}
				d.uses = append(d.uses, u)
				b.capacity[key] = append(b.capacity[key], u)
			}
			break
		}
	}
}

// leaves takes down that devices went, as a fact says it.
func (h *history) leaves(at calendar.Instant, f control.Fact) error {
	switch f := f.(type) {
	case *control.Move:
		return h.leave(at, f.Lot, f.From, f.To, f.Devices)
	case *control.Dispose:
		return h.leave(at, f.Lot, f.From, "", f.Devices)
	}
	return fmt.Errorf("devices leave by an entry of the kind %s", f.Kind())
}

// gone is how many of the permit's devices left the fleet within the window,
// moved how many came from another site.
func (h *history) gone(p *period) (n int64) {
	for _, d := range h.deliveries {
		if h.under(d) && p.within(d.until) {
			n += d.left
		}
	}
	return n
}

func (h *history) moved(p *period) (n int64) {
	for _, d := range h.shifted {
		if h.under(d) && p.within(d.at) {
			n += d.n
		}
	}
	return n
}

// under reports whether devices are under the permit.
func (h *history) under(d *delivery) bool {
	stock := h.ed.stockAt(d.lot, d.site)
	return stock >= 0 && slices.Contains(h.ed.rules.Stocks[stock].Permits, h.ed.permit)
}
