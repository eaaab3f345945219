package daystep

import (
	"slices"
)

// actions collects what conditions do to running jobs today; for each job the
// strongest counts.
type actions map[*job]string

func (a actions) add(j *job, do string) {
	if do == "stop" || do == "drain" && a[j] != "stop" {
		a[j] = do
	}
}

func (w *world) apply(a actions) {
	for _, j := range slices.Clone(w.running) {
		switch a[j] {
		case "stop":
			w.stop(j, true)
		case "checkpoint":
			w.stop(j, true) // at a checkpoint nothing is lost
		case "drain":
			if j.drainAt = nextCheckpoint(j.began, j.checkpoint, w.day-1, j.end); j.drainAt <= w.day {
				w.stop(j, false)
			}
		}
	}
}

// conditions looks at all that is due this morning, then acts.
func (w *world) conditions() {
	a := actions{}
	for _, p := range w.permits {
		if p.until == w.day {
			w.endInto(p, a)
		}
	}
	for _, c := range w.clauses {
		on := func(harmed func(*job, *lot) bool) {
			if c.action == "notify" {
				return
			}
			w.acted[c.group] = true
			for _, r := range w.running {
				if w.under(r.lot, c.permit) && harmed(r, r.lot) {
					a.add(r, c.action)
				}
			}
		}
		everyone := func(*job, *lot) bool { return true }
		switch c.form {
		case "require": // an input has changed: a list
			predicate := func(j *job, l *lot) bool { return !holds(conditionOf(c), w.names(j, l, c.permit)) }
			for _, r := range w.running {
				if c.action != "hold" && w.under(r.lot, c.permit) && predicate(r, r.lot) {
					on(predicate)
					break
				}
			}
		case "share":
			w.judgeWindow(c, on)
		case "duty":
			w.duty(c, func() { on(everyone) })
		case "evidence":
			if atDelivery(c) {
				continue
			}
			for _, l := range w.lots {
				// In the course of this day it is older than it may be, and was not before.
				if w.under(l, c.permit) && w.staleSince(c, l, func(last int) bool { return w.day == last+days(c.spec, "maxAge") }) && (c.action == "stop" || c.action == "drain") {
					on(func(_ *job, x *lot) bool { return x == l })
				}
			}
		case "lapse":
			w.lapse(c)
		}
	}
	for _, c := range w.clauses {
		if c.form == "limit" {
			w.reach(c, a)
		}
	}
	w.apply(a)
}

// reach does what a limit does to running work: stop at the bound, drain at a
// checkpoint from which the work cannot go on to the next one.
func (w *world) reach(c *clause, a actions) {
	if text(c.spec, "measure") != "deviceHours" {
		return
	}
	in := w.inside(c)
	open, shut := w.window(text(c.spec, "over"), w.day)
	switch c.action {
	case "stop":
		if w.sum(c, open, shut, in).used < w.bound(c, open) {
			return
		}
		for _, r := range w.running {
			if w.under(r.lot, c.permit) && in(r, r.lot) && r.end != w.day {
				a.add(r, "stop")
				w.acted[c.group] = true
			}
		}
	case "drain":
		var gone []*job
		for _, r := range w.running {
			if !w.under(r.lot, c.permit) || !in(r, r.lot) || r.checkpoint == 0 || r.began == w.day || (w.day-r.began)%r.checkpoint != 0 || w.day >= r.end {
				continue
			}
			for day := w.day; day < nextCheckpoint(r.began, r.checkpoint, w.day, r.end); {
				o, s := w.window(text(c.spec, "over"), day)
				if w.toCheckpoints(c, gone, o, s) > w.bound(c, o) {
					gone = append(gone, r)
					if a[r] != "stop" {
						a[r] = "checkpoint"
					}
					w.acted[c.group] = true
					break
				}
				day = s
			}
		}
	}
}

// judgeWindow judges a share on the day after its window.
func (w *world) judgeWindow(c *clause, on func(func(*job, *lot) bool)) {
	open, shut := w.window(text(c.spec, "over"), w.day-1)
	if shut != w.day || text(c.spec, "judged") == "always" || atDelivery(c) {
		return
	}
	help, harm := w.helpsAndHarms(c)
	n, o := w.sum(c, open, shut, help).used, w.sum(c, open, shut, harm).used
	num, den := c.floor()
	broken := !w.floorHolds(c, n, o, 0)
	if text(c.spec, "base") == "available" {
		if at(c.spec, "atMost") != nil {
			broken = (o-hours(c.spec, "allowance"))*den > (den-num)*w.capacityIn(c, open, shut)
		} else {
			broken = (n+hours(c.spec, "allowance"))*den < num*w.capacityIn(c, open, shut)
		}
	}
	c.broken = broken && c.action != "notify"
	if broken {
		on(harm)
	}
}

// duty: a report over each window is due so many days after it.
func (w *world) duty(c *clause, miss func()) {
	was := c.missed
	c.missed = false
	for day := 0; day < w.day; {
		_, shut := w.window(text(c.spec, "every"), day)
		due := shut + days(c.spec, "dueWithin")
		filed := never
		for _, d := range w.docs {
			for _, f := range list(d, "spec", "filings") {
				if text(f, "permit") == c.permit.name && text(f, "duty") == c.name {
					filed = shut + days(f, "takes")
				}
			}
		}
		if due <= w.day && w.day < filed && c.permit.effective() <= due {
			c.missed = true
		}
		day = shut
	}
	if c.missed && !was {
		miss()
	}
}

// lapse forfeits a part of what a limit leaves unused.
func (w *world) lapse(c *clause) {
	for _, o := range w.clauses {
		if o.permit != c.permit || o.name != text(c.spec, "limit") {
			continue
		}
		open, shut := w.window(text(o.spec, "over"), w.day)
		if o.forfeitedIn != open {
			o.forfeited, o.forfeitedIn = 0, open
		}
		for _, x := range list(c.spec, "on") {
			if w.start.AddDate(0, 0, w.day).Format("01-02") != text(x, "date") {
				continue
			}
			s, bound := w.sum(o, open, shut, w.inside(o)), w.bound(o, open)
			if num, den := ratio(x, "usedBelow"); s.used*den >= bound*num {
				continue
			}
			num, den := ratio(x, "lose")
			lost := (bound - s.used) * num / den
			o.forfeited += bound - max(bound-lost, s.used+s.taken)
			w.acted[c.group] = true
			break
		}
	}
}

func (w *world) endInto(p *permitDoc, a actions) {
	if p.ended <= w.day || w.o.Muted["end of permits"] {
		return
	}
	p.ended = w.day
	w.acted["end of permits"] = true
	if !p.use {
		return
	}
	for _, r := range w.running {
		if w.under(r.lot, p) {
			a.add(r, p.onEnd)
		}
	}
}

func (w *world) endPermit(p *permitDoc) {
	a := actions{}
	w.endInto(p, a)
	w.apply(a)
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
			n := l.want
			for n > 0 && !w.mayArrive(l, n) {
				n--
			}
			if n == 0 {
				continue
			}
			l.want -= n
			l.there += n
			w.arrivals = append(w.arrivals, arrival{w.day, n, l})
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
	for _, p := range l.permits {
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
		granted := 0
		for _, g := range list(p.Document, "spec", "grants") {
			if text(g, "accelerator") == l.product {
				granted += whole(g, "quantity")
			}
		}
		there := n
		for _, a := range w.arrivals {
			if w.under(a.lot, p) && a.lot.product == l.product {
				there += a.n
			}
		}
		may = may && there <= granted
	}
	for _, c := range w.clauses {
		if !w.under(l, c.permit) || !atDelivery(c) || w.arrivalAdmits(c, l, n) {
			continue
		}
		w.acted[c.group] = true
		may = false
	}
	return may
}

func (w *world) arrivalAdmits(c *clause, l *lot, n int) bool {
	if c.form == "evidence" {
		t, ok := l.certificates[text(c.spec, "kind")]
		return ok && t <= w.day
	}
	open, shut := w.window(text(c.spec, "over"), w.day)
	part := n * w.rate(c, l)
	for _, a := range w.arrivals {
		if w.under(a.lot, c.permit) && a.day >= open && a.day < shut {
			part += a.n * w.rate(c, a.lot)
		}
	}
	if c.form == "limit" {
		return part <= whole(c.spec, "atMost")
	}
	value := 0
	for _, d := range w.docs {
		if text(d, "kind") != "Fact" || text(d, "metadata", "name") != text(c.spec, "base", "fact") {
			continue
		}
		for _, x := range list(d, "spec", "series") {
			if w.date(x, "at") <= w.day {
				value = whole(x, "value")
			}
		}
	}
	num, den := ratio(c.spec, "atMost")
	return part*den <= num*value
}
