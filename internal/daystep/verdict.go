package daystep

import (
	"slices"
)

// verdict is what the conditions say of a start.
type verdict struct {
	refused []string
	denied  bool      // it never may, as things stand
	ask     []*clause // approvals that are missing
	end     int       // of the reservation
}

// reservation is how long a job may run from today on.
func (w *world) reservation(j *job, s *stock, n int) int {
	if j.series {
		return w.day + j.limit
	}
	length, _ := j.length(s.product, n)
	return w.day + min(j.limit, length)
}

// judge asks every condition of every permit over a stock whether a job may
// start there today on n devices.
func (w *world) judge(j *job, s *stock, n int) verdict {
	v := verdict{end: w.reservation(j, s, n)}
	expected := v.end
	if j.series {
		expected = min(w.day+j.expected, v.end)
	}
	refuse := func(name, group string) {
		v.refused = append(v.refused, name)
		w.acted[group] = true
	}
	cut := func(day int, name, group string) {
		if day >= v.end {
			return
		}
		v.end, expected = day, min(expected, day)
		w.acted[group] = true
		if j.checkpoint == 0 {
			v.denied = v.denied || group == "end of permits"
			refuse(name, group)
		}
	}
	for _, p := range s.permits {
		if p.use {
			w.gate(p, &v, refuse, cut)
		}
	}
	for _, c := range w.clauses { // certain shares cut before anything is judged
		if at := w.cutOf(c, j, s, n, v.end); at < v.end {
			cut(at, c.full(), c.group)
		}
	}
	for _, c := range w.clauses {
		if !s.under(c.permit) || c.atDelivery() || w.admits(c, j, s, n, v.end, expected) {
			continue
		}
		if !slices.Contains(v.refused, c.full()) {
			refuse(c.full(), c.group)
		}
		v.denied = v.denied || c.form == "require"
		if c.form == "approval" {
			v.ask = append(v.ask, c)
		}
	}
	return v
}

// gate is what a permit demands by itself.
func (w *world) gate(p *permitDoc, v *verdict, refuse func(name, group string), cut func(day int, name, group string)) {
	for a, t := range p.endorsed {
		if t > w.day {
			w.acted["endorsement by "+a] = true
		}
	}
	ends := !w.o.Muted["end of permits"]
	if p.ended <= w.day && p.onEnd != "continue" && ends && p.effective() <= w.day {
		v.denied = v.denied || !p.suspended
		refuse(p.name+"/in effect", "end of permits")
	}
	if p.effective() > w.day {
		v.refused = append(v.refused, p.name+"/in effect")
	}
	if (p.onEnd == "drain" || p.onEnd == "stop") && ends {
		cut(p.until, p.name+"/in effect", "end of permits")
	}
}

// cutOf is the end of the first window after which a certain floor fails for
// what a job would still take: it is cut there.
func (w *world) cutOf(c *clause, j *job, s *stock, n, end int) int {
	if c.form != "share" || c.assurance != "certain" || c.base != "" || c.always || !s.under(c.permit) || c.atDelivery() {
		return never
	}
	_, _, key := w.bears(c, j, s)
	_, harm := w.helpsAndHarms(c, key)
	if !harm(j, s) {
		return never
	}
	_, t := w.window(c, c.over, w.day)
	for t < end {
		_, next := w.window(c, c.over, t)
		if !c.floorHolds(0, w.sum(c, t, next, harm).taken+w.hours*n*rate(c.measure, s)*overlap(w.day, end, t, next)) {
			return t
		}
		t = next
	}
	return never
}

// admits is one clause's answer to a start.
func (w *world) admits(c *clause, j *job, s *stock, n, end, expected int) bool {
	switch c.form {
	case "require":
		in, _ := w.side(c, j, s)
		return in
	case "approval":
		if in, _ := w.side(c, j, s); !in {
			return true
		}
		quorum := whole(c.spec, "quorum")
		if quorum == 0 {
			quorum = len(list(c.spec, "by"))
		}
		for _, t := range c.answers[j.name] {
			if t <= w.day {
				quorum--
			}
		}
		return quorum <= 0
	case "duty":
		return !c.missed || c.action == "notify"
	case "evidence":
		// What would be stopped right after its start does not start.
		acts := c.action == "stop" || c.action == "drain"
		return c.action == "notify" || !w.stale(c, s, func(age, limit int) bool { return age > limit || age == limit && acts })
	case "limit":
		return w.limitAdmits(c, j, s, n, end, expected)
	case "share":
		return w.shareAdmits(c, j, s, n, end, expected)
	}
	return true
}

// stale reports whether evidence about a stock is too old, by its age and the
// oldest that the clause allows, in hours.
func (w *world) stale(c *clause, s *stock, old func(age, limit int) bool) bool {
	limit := hours(c.spec, "maxAge")
	for _, e := range s.evidence {
		if text(e, "kind") != text(c.spec, "kind") || at(e, "every") == nil {
			continue
		}
		if limit == 0 {
			return false
		}
		for _, g := range list(e, "gaps") {
			from := w.date(g, "from")
			if from <= w.day && w.day < from+w.steps(g, "for") {
				return old(w.hours*(w.day-from), limit)
			}
		}
		every := hours(e, "every")
		return every > limit && old(w.hours*w.day%every, limit)
	}
	return true
}
