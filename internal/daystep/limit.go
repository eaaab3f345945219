package daystep

import (
	"slices"
)

// limitAdmits: in every window that the reservation touches, used plus what
// running work takes plus what the job takes stays within the bound.
func (w *world) limitAdmits(c *clause, j *job, s *stock, n, end, expected int) bool {
	inside, _, key := w.bears(c, j, s)
	if !inside {
		return true
	}
	in, each := w.inside(c, key), n*rate(c.measure, s)
	switch {
	case c.measure == "devices" || c.measure == "power":
		return w.drawn(c, in)+each <= c.bound
	case c.rolling > 0:
		next := nextCheckpoint(w.day, j.checkpoint, w.day, w.reservation(j, s, n))
		if c.action == "drain" && w.rollingToCheckpoints(c, in, nil)+w.hours*each*min(next-w.day, c.rolling) > c.bound {
			return false
		}
		return w.rollingAdmits(c, j, in, each, end)
	case c.measure == "jobs":
		open, shut := w.window(c, c.over, w.day)
		return w.sum(c, open, shut, in).used+1 <= c.bound
	}
	if c.assurance == "booked" {
		end = expected
	}
	for day := w.day; day < max(end, w.day+1); {
		open, shut := w.window(c, c.over, day)
		x, bound := w.sum(c, open, shut, in), w.bound(c, key, open)
		ask := w.hours * each * overlap(w.day, end, open, shut)
		total := x.used + x.taken + ask
		switch c.assurance {
		case "booked":
			total = x.used + x.expected + ask
		case "observed":
			total = x.used
			if c.action == "stop" && total == bound {
				return false // it would be stopped at once
			}
			if day != w.day {
				total = 0
			}
		}
		if total > bound {
			return false
		}
		if c.action == "drain" && w.toCheckpoints(c, in, nil, open, shut)+w.hours*each*overlap(w.day, nextCheckpoint(w.day, j.checkpoint, w.day, w.reservation(j, s, n)), open, shut) > bound {
			return false
		}
		day = shut
	}
	return true
}

// rollingAdmits: what was used in the last days, plus of each running job and
// of this one its rest, but no more than the window holds.
func (w *world) rollingAdmits(c *clause, j *job, in chosen, each, end int) bool {
	if c.measure == "jobs" {
		return w.sum(c, w.day-c.rolling+1, never, in).used+1 <= c.bound
	}
	total := w.sum(c, w.day-c.rolling, w.day, in).used
	if c.assurance == "observed" {
		return total < c.bound || total == c.bound && c.action != "stop"
	}
	for _, r := range w.running {
		if in(r, r.stock) {
			total += w.hours * r.devices * rate(c.measure, r.stock) * min(r.end-w.day, c.rolling)
		}
	}
	return total+w.hours*each*min(end-w.day, c.rolling) <= c.bound
}

// bound is a limit's bound in the window that starts on a day.
func (w *world) bound(c *clause, key string, open int) int {
	if f := c.forfeited[key]; f.window == open {
		return c.bound - f.amount
	}
	return c.bound
}

// nextCheckpoint is the first checkpoint after a day, or the reservation's end.
func nextCheckpoint(began, every, day, end int) int {
	if every == 0 {
		return end
	}
	return min(end, began+((day-began)/every+1)*every)
}

// toCheckpoints is what is used plus what every running job takes to its next
// checkpoint.
func (w *world) toCheckpoints(c *clause, in chosen, gone []*job, open, shut int) int {
	total := w.sum(c, open, shut, in).used
	for _, r := range w.running {
		if in(r, r.stock) && !slices.Contains(gone, r) {
			total += w.hours * r.devices * rate(c.measure, r.stock) * overlap(w.day, nextCheckpoint(r.began, r.checkpoint, w.day, r.end), open, shut)
		}
	}
	return total
}

// rollingToCheckpoints is the same of a rolling window: an upper bound of what
// any window holds until then.
func (w *world) rollingToCheckpoints(c *clause, in chosen, gone []*job) int {
	total := w.sum(c, w.day-c.rolling, w.day, in).used
	for _, r := range w.running {
		if in(r, r.stock) && !slices.Contains(gone, r) {
			next := nextCheckpoint(r.began, r.checkpoint, w.day, r.end)
			total += w.hours * r.devices * rate(c.measure, r.stock) * min(next-w.day, c.rolling)
		}
	}
	return total
}

// reach does what a limit does to running work: stop at the bound, drain at a
// checkpoint from which the work cannot go on to the next one.
func (w *world) reach(c *clause, a actions) {
	if c.measure == "devices" || c.measure == "power" || c.measure == "jobs" || c.atDelivery() {
		return
	}
	for _, key := range w.keys(c) {
		in := w.inside(c, key)
		switch c.action {
		case "stop":
			w.stopAtBound(c, key, in, a)
		case "drain":
			w.drainBefore(c, key, in, a)
		}
	}
}

func (w *world) stopAtBound(c *clause, key string, in chosen, a actions) {
	open, shut := w.window(c, c.over, w.day)
	if c.rolling > 0 {
		open, shut = w.day-c.rolling, w.day
	}
	if w.sum(c, open, shut, in).used < w.bound(c, key, open) {
		return
	}
	for _, r := range w.running {
		if in(r, r.stock) && r.end != w.day {
			a.add(r, "stop")
			w.acted[c.group] = true
		}
	}
}

func (w *world) drainBefore(c *clause, key string, in chosen, a actions) {
	// Where not all can go on, those that were submitted last stop first.
	latest := slices.Clone(w.running)
	slices.SortFunc(latest, func(a, b *job) int { return b.seq - a.seq })
	var gone []*job
	for _, r := range latest {
		if !in(r, r.stock) || r.checkpoint == 0 || r.began == w.day || (w.day-r.began)%r.checkpoint != 0 || w.day >= r.end {
			continue
		}
		for day := w.day; day < nextCheckpoint(r.began, r.checkpoint, w.day, r.end); {
			open, shut := w.window(c, c.over, day)
			over := w.toCheckpoints(c, in, gone, open, shut) > w.bound(c, key, open)
			if c.rolling > 0 {
				over = w.rollingToCheckpoints(c, in, gone) > c.bound
			}
			if over {
				gone = append(gone, r)
				if a[r] != "stop" {
					a[r] = "checkpoint"
				}
				w.acted[c.group] = true
				break
			}
			day = shut
		}
	}
}

// lapse forfeits a part of what a limit leaves unused.
func (w *world) lapse(c *clause) {
	for _, o := range w.clauses {
		if c.exempt || o.permit != c.permit || o.name != text(c.spec, "limit") {
			continue
		}
		open, shut := w.window(o, o.over, w.day)
		keys := w.keys(o)
		if len(keys) == 0 {
			keys = []string{""}
		}
		for _, x := range list(c.spec, "on") {
			if w.dateOf(w.day).Format("01-02 15") != text(x, "date")+" 00" {
				continue
			}
			taken := keys[:0:0]
			for _, key := range keys {
				if !w.forfeit(c, o, key, x, open, shut) {
					taken = append(taken, key)
				}
			}
			keys = taken // the first line that applies counts
		}
	}
}

func (w *world) forfeit(c, o *clause, key string, line any, open, shut int) bool {
	x, bound := w.sum(o, open, shut, w.inside(o, key)), w.bound(o, key, open)
	if num, den := ratio(line, "usedBelow"); x.used*den >= bound*num {
		return false
	}
	num, den := ratio(line, "lose")
	lost := (bound - x.used) * num / den
	f := o.forfeited[key]
	if f.window != open {
		f = forfeit{}
	}
	o.forfeited[key] = forfeit{f.amount + bound - max(bound-lost, x.used+x.taken), open}
	w.acted[c.group] = true
	return true
}
