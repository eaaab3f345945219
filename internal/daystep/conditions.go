package daystep

import (
	"slices"
)

// actions collects what conditions do to running jobs today; for each job the
// strongest counts.
type actions map[*job]string

func (a actions) add(j *job, do string) {
	if do == "stop" || (do == "drain" || do == "drain later") && a[j] != "stop" {
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
		case "drain later": // it came about after this morning's checkpoint
			j.drainAt = nextCheckpoint(j.began, j.checkpoint, w.day, j.end)
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
			w.end(p, a)
		}
	}
	for _, c := range w.clauses {
		on := func(harmed chosen) {
			if c.action == "notify" {
				return
			}
			w.acted[c.group] = true
			for _, r := range w.running {
				switch late := c.form == "evidence" && c.action == "drain"; {
				case harmed(r, r.stock) && late: // evidence is too old a moment after its last day
					a.add(r, "drain later")
				case harmed(r, r.stock):
					a.add(r, c.action)
				}
			}
		}
		switch c.form {
		case "require": // an input has changed: a list
			w.changed(c, on)
		case "share":
			w.judgeWindow(c, on)
		case "duty":
			w.duty(c, func() { on(func(_ *job, s *stock) bool { return s.under(c.permit) }) })
		case "evidence":
			w.age(c, on)
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

// changed looks at running work that a predicate no longer allows.
func (w *world) changed(c *clause, on func(chosen)) {
	barred := func(j *job, s *stock) bool {
		in, _ := w.side(c, j, s)
		return s.under(c.permit) && !in
	}
	for _, r := range w.running {
		if barred(r, r.stock) {
			c.broke(float64(w.day))
			if c.action != "hold" {
				on(barred)
			}
			return
		}
	}
}

// judgeWindow judges a share on the day after its window, for each key.
func (w *world) judgeWindow(c *clause, on func(chosen)) {
	open, shut := w.window(c, c.over, w.day-1)
	if shut != w.day || c.always || c.atDelivery() {
		return
	}
	c.broken = false
	for _, key := range w.keys(c) {
		help, harm := w.helpsAndHarms(c, key)
		n, o := w.sum(c, open, shut, help).used, w.sum(c, open, shut, harm).used
		broken := !c.floorHolds(n, o)
		if c.base == "available" {
			whole := w.capacity(c, key, open, shut)
			broken = !c.ceiling && (n+c.allowance)*c.den < c.num*whole || c.ceiling && (o-c.allowance)*c.den > (c.den-c.num)*whole
		}
		if broken {
			c.broke(float64(w.day))
			c.broken = c.broken || c.action != "notify"
			on(harm)
		}
	}
}

// due is a report over a window: when it must be there, and when it is.
type due struct{ at, filed int }

// duty: a report over each window is due so many days after it.
func (w *world) duty(c *clause, miss func()) {
	if c.dues == nil {
		c.dues = w.reports(c)
	}
	was := c.missed
	c.missed = false
	for _, d := range c.dues {
		c.missed = c.missed || d.at <= w.day && w.day < d.filed && c.permit.effective() <= d.at
	}
	if c.missed && !was {
		c.broke(float64(w.day))
		miss()
	}
}

// reports are those of a duty in the period. Where nobody says how long one
// takes, it is there at the window's end.
func (w *world) reports(c *clause) (out []due) {
	takes := 0
	for _, d := range w.docs {
		for _, f := range list(d, "spec", "filings") {
			if text(f, "permit") == c.permit.name && text(f, "duty") == c.name {
				takes = w.steps(f, "takes")
			}
		}
	}
	for day := 0; day < w.last; {
		_, shut := w.window(c, text(c.spec, "every"), day)
		out = append(out, due{shut + w.steps(c.spec, "dueWithin"), shut + takes})
		day = shut
	}
	return out
}

// age acts on the day in which evidence becomes older than it may be.
func (w *world) age(c *clause, on func(chosen)) {
	if c.atDelivery() {
		return
	}
	for _, s := range w.stocks {
		if !s.under(c.permit) || !w.stale(c, s, func(age, limit int) bool { return age == limit }) {
			continue
		}
		if text(c.spec, "maxAge") != "" && w.collected(c, s) {
			c.broke(float64(w.day))
		}
		if c.action == "stop" || c.action == "drain" {
			on(func(_ *job, x *stock) bool { return x == s })
		}
	}
}

// collected reports whether evidence of the clause's kind is collected at all.
func (w *world) collected(c *clause, s *stock) bool {
	return slices.ContainsFunc(s.evidence, func(e any) bool { return text(e, "kind") == text(c.spec, "kind") && at(e, "every") != nil })
}

// end ends a permit and notes what its onEnd does to running work.
func (w *world) end(p *permitDoc, a actions) {
	if p.ended <= w.day && !p.suspended || w.o.Muted["end of permits"] {
		return
	}
	p.ended = w.day
	w.acted["end of permits"] = true
	if !p.use {
		return
	}
	for _, r := range w.running {
		if r.stock.under(p) {
			a.add(r, p.onEnd)
		}
	}
}

// broke notes the first breach of a clause.
func (c *clause) broke(day float64) { c.breach = min(c.breach, day) }

// breaches looks for bounds that were passed yesterday, and says when.
func (w *world) breaches() {
	for _, c := range w.clauses {
		if c.form != "limit" || c.measure == "devices" || c.measure == "power" || c.measure == "jobs" || c.atDelivery() || w.day == 0 {
			continue
		}
		for _, key := range w.keys(c) {
			in := w.inside(c, key)
			open, shut := w.window(c, c.over, w.day-1)
			was := open
			if c.rolling > 0 {
				open, shut, was = w.day-c.rolling, w.day, w.day-1-c.rolling
			}
			now, bound := w.sum(c, open, shut, in).used, w.bound(c, key, open)
			before := w.sum(c, was, w.day-1, in).used
			if now > bound && now > before {
				c.broke(float64(w.day-1) + max(0, float64(bound-before)/float64(now-before)))
			}
		}
	}
}
