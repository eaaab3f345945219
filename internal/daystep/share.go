package daystep

// floorHolds: N ≥ s (N + O − a), with N the side that helps, O the other.
func (c *clause) floorHolds(n, o int) bool { return n*c.den >= c.num*(n+o-c.allowance) }

func (w *world) shareAdmits(c *clause, j *job, s *stock, n, end, expected int) bool {
	_, _, key := w.bears(c, j, s)
	help, harm := w.helpsAndHarms(c, key)
	harms := harm(j, s)
	if c.broken && harms {
		return false
	}
	if c.assurance == "booked" && !(c.base != "" && c.ceiling) && !c.always {
		return w.bookedAdmits(c, j, s, n, end, expected)
	}
	if !harms || c.base != "" && !c.ceiling {
		return true
	}
	for day := w.day; day < max(end, w.day+1); {
		open, shut := w.window(c, c.over, day)
		used, o := w.sum(c, open, shut, help).used, w.sum(c, open, shut, harm)
		taken, ask := o.used+o.taken, w.hours*n*rate(c.measure, s)*overlap(w.day, end, open, shut)
		if c.assurance == "observed" {
			taken, ask = o.used, 0
		}
		switch {
		case c.base == "available":
			if (taken+ask-c.allowance)*c.den > (c.den-c.num)*w.capacity(c, key, open, shut) {
				return false
			}
		case c.always:
			if !c.floorHolds(used, taken+ask) && (taken+ask)*c.den > c.least*c.den-c.num*(c.least-c.allowance) {
				return false
			}
		case !c.floorHolds(used, taken+ask):
			return false
		}
		day = shut
	}
	return true
}

// bookedAdmits: with running and new work on the devices to their ends and the
// bookings behind them, the floor holds in every window, or the start lowers
// none.
func (w *world) bookedAdmits(c *clause, j *job, s *stock, n, end, expected int) bool {
	_, _, key := w.bears(c, j, s)
	help, harm := w.helpsAndHarms(c, key)
	helps, harms := help(j, s), harm(j, s)
	before, last1 := w.place(c.permit, nil, 0, 0)
	after, last2 := w.place(c.permit, j, n, end)
	for day := w.day; day < max(end, last1, last2, w.day+1); {
		open, shut := w.window(c, c.over, day)
		day = shut
		in, out := w.sum(c, open, shut, help), w.sum(c, open, shut, harm)
		booked := func(p []use) (sum int) {
			for _, u := range p {
				if d := overlap(u.from, u.to, open, shut); d > 0 && help(u.job, u.stock) {
					sum += w.hours * u.devices * d * rate(c.measure, u.stock)
				}
			}
			return sum
		}
		was := in.used + in.expected + booked(before)
		will := in.used + in.expected + booked(after)
		ask := 0
		if helps {
			will += w.hours * n * rate(c.measure, s) * overlap(w.day, expected, open, shut)
		} else if harms {
			ask = w.hours * n * rate(c.measure, s) * overlap(w.day, end, open, shut)
		}
		if c.base == "available" {
			if will < was && (will+c.allowance)*c.den < c.num*w.capacity(c, key, open, shut) {
				return false
			}
		} else if (will < was || ask > 0) && !c.floorHolds(will, out.used+out.taken+ask) {
			return false
		}
	}
	return true
}

// place puts running work, a new job and then every booking, from its arrival
// on and in order, on the devices under a permit, day by day.
func (w *world) place(p *permitDoc, own *job, n, end int) (placed []use, last int) {
	free := make([]int, w.last+400)
	add := func(n, until int) {
		for d := range min(until, len(free)) {
			free[d] += n
		}
	}
	for _, s := range w.stocks {
		if s.under(p) {
			add(s.there, never)
		}
	}
	for _, r := range w.running {
		if r.stock.under(p) {
			add(-r.devices, r.end)
		}
	}
	add(-n, end)
	for _, b := range w.series {
		var s *stock
		for _, o := range b.options {
			if s == nil && o.under(p) {
				s = o
			}
		}
		if !b.booked || b == own || b.started || s == nil {
			continue
		}
		for from := max(b.arrives, w.day); from < w.last; from++ {
			fits := true
			for d := from; d < from+b.expected; d++ {
				fits = fits && free[d] >= b.max
			}
			if !fits {
				continue
			}
			for d := from; d < from+b.expected; d++ {
				free[d] -= b.max
			}
			placed, last = append(placed, use{b, s, b.max, from, from + b.expected}), max(last, from+b.expected)
			break
		}
	}
	return placed, last
}
