package daystep

import (
	"fmt"
	"slices"
)

// queue starts what may start, again and again, in order of priority and
// arrival. What stands behind the head of its holder's queue starts only if the
// head could not have started earlier without it.
func (w *world) queue() {
	for again := true; again; {
		again = false
		for _, j := range slices.Clone(w.waiting) {
			if w.behindItsLike(j) {
				continue
			}
			before := len(w.waiting)
			s, n, ok := w.propose(j)
			if again = len(w.waiting) < before; again {
				break
			}
			if !ok || !w.startsWithoutDelay(j, s, n) {
				continue
			}
			again = true
			break
		}
	}
}

// startsWithoutDelay starts a job unless the head of its queue would have to
// wait longer for it.
func (w *world) startsWithoutDelay(j *job, s *stock, n int) bool {
	head := w.waiting[slices.IndexFunc(w.waiting, func(x *job) bool { return x.holder == j.holder })]
	if head == j {
		w.begin(j, s, n)
		return true
	}
	before := w.earliest(head)
	was, had := w.out.Began[j.name]
	w.begin(j, s, n)
	if before == never || w.earliest(head) <= before {
		return true
	}
	w.running = slices.DeleteFunc(w.running, func(x *job) bool { return x == j })
	j.running = false
	if delete(w.out.Began, j.name); had {
		w.out.Began[j.name] = was
	}
	w.wait(j)
	return false
}

// behindItsLike reports whether an earlier job of the same series waits: equal
// jobs go one after another.
func (w *world) behindItsLike(j *job) bool {
	first := slices.IndexFunc(w.waiting, func(x *job) bool { return x.kind == j.kind })
	return w.waiting[first] != j
}

func (w *world) begin(j *job, s *stock, n int) {
	v := w.judge(j, s, n)
	w.waiting = slices.DeleteFunc(w.waiting, func(x *job) bool { return x == j })
	j.running, j.stock, j.devices, j.began, j.end, j.drainAt = true, s, n, w.day, v.end, never
	j.started = true
	w.out.Began[j.name] = w.day
	length, exact := j.length(s.product, n)
	if w.day+length <= v.end && !exact {
		panic(fmt.Errorf("%s would not end on a whole day on %d devices", j.name, n))
	}
	j.finish = min(v.end, w.day+length)
	w.running = append(w.running, j)
}

// propose finds where a job can start: for a phase where it ends first, for
// other work the first product, and the largest size there.
func (w *world) propose(j *job) (best *stock, size int, ok bool) {
	ends, denied := never, true
	var refusals []string
	for _, s := range j.options {
		most := j.most(s.product)
		least, free := min(j.min, most), w.free(s)
		denied = denied && free >= least
		for n := min(most, free); n >= max(least, 1); n-- {
			v := w.judge(j, s, n)
			if len(v.refused) > 0 {
				if n == min(most, free) {
					refusals = append(refusals, v.refused...)
				}
				denied = denied && v.denied
				for _, c := range v.ask {
					w.ask(c, j)
				}
				continue
			}
			length, _ := j.length(s.product, n)
			if end := w.day + length; end < ends {
				best, size, ok, ends = s, n, true, end
			}
			break
		}
		if ok && (j.series || j.serve != nil) {
			break
		}
	}
	if _, was := w.out.Refused[j.name]; !was && len(refusals) > 0 {
		slices.Sort(refusals)
		w.out.Refused[j.name] = Refusal{w.day, slices.Compact(refusals)}
	}
	if !ok && denied && j.series { // it can never run: it does not wait, and will not come
		j.booked = false
		w.waiting = slices.DeleteFunc(w.waiting, func(x *job) bool { return x == j })
	}
	return best, size, ok
}

// ask asks the authorities of an approval, once for each subject.
func (w *world) ask(c *clause, j *job) {
	if c.answers[j.name] != nil {
		return
	}
	c.answers[j.name] = map[string]int{}
	for _, a := range texts(c.spec, "by") {
		c.answers[j.name][a] = w.day
		for _, d := range w.docs {
			if text(d, "kind") == "Authority" && text(d, "metadata", "name") == a {
				c.answers[j.name][a] += w.steps(d, "spec", "responds")
			}
		}
	}
}

// earliest is the first day on which a waiting job could start if what runs
// goes to the ends of its reservations and nothing else comes: found by trying
// every day. What waits for an act of somebody, whose day nobody knows, has none.
func (w *world) earliest(j *job) int {
	known := slices.DeleteFunc(slices.Clone(j.options), func(s *stock) bool { return w.waitsForAct(j, s) })
	c := *w
	c.acted = map[string]bool{}
	c.uses, c.running = slices.Clone(w.uses), slices.Clone(w.running)
	for ; c.day < c.last; c.day++ {
		c.running = slices.DeleteFunc(c.running, func(x *job) bool {
			if x.end > c.day {
				return false
			}
			c.uses = append(c.uses, use{x, x.stock, x.devices, x.began, c.day})
			return true
		})
		for _, s := range known {
			if n := min(j.min, j.most(s.product)); c.free(s) >= n && len(c.judge(j, s, max(1, n)).refused) == 0 {
				return c.day
			}
		}
	}
	return never
}

// waitsForAct reports whether a start would need an approval, a report, fresh
// evidence, a change of lists or of a permit's state.
func (w *world) waitsForAct(j *job, s *stock) bool {
	c := *w
	c.acted = map[string]bool{}
	v := c.judge(j, s, max(1, min(j.min, j.most(s.product))))
	if slices.ContainsFunc(s.permits, func(p *permitDoc) bool { return slices.Contains(v.refused, p.name+"/in effect") }) {
		return true
	}
	return slices.ContainsFunc(w.clauses, func(c *clause) bool {
		act := c.form == "approval" || c.form == "duty" || c.form == "evidence" || c.form == "require"
		return act && slices.Contains(v.refused, c.full())
	})
}
