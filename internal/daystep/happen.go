package daystep

import (
	"slices"
)

// happenings are what scenario and documents say happens today, the ends of
// jobs, and what is submitted.
func (w *world) happenings() {
	w.incidents()
	for _, j := range slices.Clone(w.running) {
		if j.finish == w.day {
			w.endsAsPlanned(j)
		} else if j.drainAt == w.day {
			w.stop(j, false)
		}
	}
	for _, l := range w.lots {
		l.ready = l.ready || l.want > 0 && w.due(l) <= w.day
	}
	for _, j := range w.phases {
		if j.started {
			continue
		}
		ready := true
		for _, a := range texts(j.spec, "after") {
			ready = ready && w.ended[text(j.programme, "metadata", "name")+"/"+a] <= w.day
		}
		if t := w.date(j.spec, "notBefore"); t != never && t > w.day {
			ready = false
		}
		if ready {
			j.started, j.phaseBegan = true, w.day
			w.submit(j)
		}
	}
	for _, j := range w.series {
		if j.arrives == w.day {
			w.submit(j)
		}
	}
}

// due is the day on which a lot is there, if its permits let it in: at the
// supply's date, or when all permits are in effect and the leads are over.
func (w *world) due(l *lot) int {
	open, leads := 0, 0
	for _, p := range l.stock.permits {
		if !p.delivery {
			continue
		}
		open = max(open, p.effective())
		for a, t := range p.endorsed { // what opens late has had an effect
			w.acted["endorsement by "+a] = w.acted["endorsement by "+a] || t > 0
		}
	}
	for _, x := range list(l.Document, "spec", "leads") {
		leads += w.steps(x, "takes")
	}
	if open >= never {
		return never
	}
	return max(w.date(l.Document, "spec", "arrives"), open+leads)
}

// incidents are the events of the scenario.
func (w *world) incidents() {
	for _, d := range w.docs {
		if text(d, "kind") != "Scenario" || text(d, "metadata", "name") != "base" {
			continue
		}
		for _, e := range list(d, "spec", "events") {
			at0 := w.date(e, "at") + w.steps(e, "delay")
			if back := w.steps(e, "shutdown", "for"); back > 0 && at0+back == w.day {
				w.shutdown(e, -1)
			}
			if at0 == w.day {
				w.incident(e)
			}
		}
	}
}

func (w *world) incident(e any) {
	for _, p := range w.permits {
		if slices.Contains(texts(e, "reinstate"), p.name) && p.suspended {
			p.ended, p.suspended = never, false
		}
		if slices.Contains(texts(e, "revoke"), p.name) || slices.Contains(texts(e, "suspend"), p.name) {
			a := actions{}
			w.end(p, a)
			p.suspended = slices.Contains(texts(e, "suspend"), p.name)
			w.apply(a)
		}
	}
	for _, c := range w.clauses {
		if slices.Contains(texts(e, "exempt"), c.full()) {
			c.exempt = true
		}
	}
	if at(e, "shutdown") != nil {
		w.shutdown(e, 1)
	}
}

// shutdown takes a part of the devices away, or gives it back; what runs on
// them stops at once, the last to start first.
func (w *world) shutdown(e any, sign int) {
	num, den := ratio(e, "shutdown", "part")
	for _, l := range w.lots {
		hit := slices.Contains(texts(e, "shutdown", "lots"), l.name)
		if at(e, "shutdown", "lots") == nil {
			hit = l.stock.product.name == text(e, "shutdown", "accelerator")
		}
		if !hit {
			continue
		}
		there := 0
		for _, a := range w.arrivals {
			if a.lot == l && (sign > 0 || a.day < w.day-w.steps(e, "shutdown", "for")) {
				there += a.n
			}
		}
		n := there * num / den * sign
		l.stock.there -= n
		w.changes = append(w.changes, arrival{w.day, -n, l, l.stock})
	}
	for _, s := range w.stocks {
		for w.free(s) < 0 {
			var last *job
			for _, j := range w.running {
				if j.stock == s && (last == nil || j.began > last.began || j.began == last.began && j.seq > last.seq) {
					last = j
				}
			}
			w.stop(last, true)
		}
	}
}

// deliver lets as many devices of each lot arrive as every permit admits, in
// the order of the documents, until nothing moves.
func (w *world) deliver() {
	for moved := true; moved; {
		moved = false
		for _, l := range w.lots {
			if !l.ready || l.want == 0 {
				continue
			}
			n := 0
			if w.mayArrive(l, 1) {
				for n = l.want; !w.mayArrive(l, n); {
					n--
				}
			} else {
				w.mayArrive(l, l.want) // what holds the whole lot has acted too
			}
			if n == 0 {
				continue
			}
			l.want -= n
			w.arrive(l, n)
			if w.out.Delivered[l.name] == nil {
				w.out.Delivered[l.name] = map[int]int{}
			}
			w.out.Delivered[l.name][w.day] += n
			moved = true
		}
	}
}

func (w *world) mayArrive(l *lot, n int) bool {
	may := true
	for _, p := range l.stock.permits {
		if !p.delivery {
			continue
		}
		if p.effective() > w.day {
			may = false
		}
		if p.ended <= w.day && !w.o.Muted["end of permits"] {
			w.acted["end of permits"] = true
			may = false
		}
		granted, there := 0, n
		for _, g := range list(p.Document, "spec", "grants") {
			if text(g, "accelerator") == l.stock.product.name {
				granted += whole(g, "quantity")
			}
		}
		for _, a := range w.arrivals {
			if a.stock.under(p) && a.stock.product == l.stock.product {
				there += a.n
			}
		}
		may = may && there <= granted
	}
	for _, c := range w.clauses {
		if l.stock.under(c.permit) && !w.arrivalAdmits(c, l, n) {
			w.acted[c.group] = true
			may = false
		}
	}
	return may
}

// arrivalAdmits is one clause's answer to devices that would arrive today.
func (w *world) arrivalAdmits(c *clause, l *lot, n int) bool {
	switch {
	case c.form == "require" && !c.readsWork:
		in, _ := w.side(c, nil, l.stock)
		return in
	case !c.atDelivery():
		return true
	case c.form == "evidence":
		t, ok := l.certificates[text(c.spec, "kind")]
		fresh := !w.stale(c, l.stock, func(age, limit int) bool { return age > limit })
		return ok && t <= w.day || fresh || c.action == "notify"
	}
	key := keyOf(c.per, nil, l.stock)
	part, rest := w.arrived(c, w.inside(c, key)), w.arrived(c, w.outside(c, key))
	inside, outside, _ := w.bears(c, nil, l.stock)
	if inside {
		part += n * rate(c.measure, l.stock)
	}
	if outside {
		rest += n * rate(c.measure, l.stock)
	}
	if c.form == "limit" {
		return !inside || part <= c.bound
	}
	if c.base == "fact" {
		return !inside || part*c.den <= (c.den-c.num)*w.fact(c)+c.allowance*c.den
	}
	helps, harms, harmful := part, rest, outside
	if c.ceiling {
		helps, harms, harmful = rest, part, inside
	}
	if !harmful || c.floorHolds(helps, harms) {
		return true
	}
	// Up to a small whole nothing is judged: what may go on while it fits into
	// what that whole would allow.
	return c.always && harms*c.den <= c.least*c.den-c.num*(c.least-c.allowance)
}

// arrived adds up deliveries in the clause's present window.
func (w *world) arrived(c *clause, in chosen) (sum int) {
	open, shut := w.window(c, c.over, w.day)
	if c.measure == "heldTPP" {
		open, shut = -never, never
	}
	for _, a := range w.arrivals {
		if a.day >= open && a.day < shut && in(nil, a.stock) {
			sum += a.n * rate(c.measure, a.stock)
		}
	}
	return sum
}

// fact is the present value of the fact that a share compares with.
func (w *world) fact(c *clause) (value int) {
	if c.series == nil {
		c.series = map[int]int{}
		for _, d := range w.docs {
			if text(d, "kind") != "Fact" || text(d, "metadata", "name") != c.fact {
				continue
			}
			for _, x := range list(d, "spec", "series") {
				c.series[max(0, w.date(x, "at"))] = measured(c.measure, text(x, "value"))
			}
		}
	}
	last := -1
	for day, v := range c.series {
		if day <= w.day && day > last {
			last, value = day, v
		}
	}
	return value
}
