package daystep

import (
	"slices"
	"strconv"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// verdict is what the conditions say of a start.
type verdict struct {
	refused []string
	denied  bool      // it never may, as things stand
	ask     []*clause // approvals that are missing
	end     int       // of the reservation
}

// window is the window of a clause that a day lies in, as [from, to).
func (w *world) window(over string, day int) (from, to int) {
	t := w.start.AddDate(0, 0, day)
	y, m, _ := t.Date()
	n := map[string]int{"month": 1, "quarter": 3, "half": 6, "year": 12}[over]
	if n == 0 {
		return -never, never
	}
	m -= (m - 1) % time.Month(n)
	on := func(m time.Month) int {
		return int(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Sub(w.start) / (24 * time.Hour))
	}
	return on(m), on(m + time.Month(n))
}

func overlap(from, to, open, shut int) int { return max(0, min(to, shut)-max(from, open)) }

// names are what predicates read of a job at a place.
func (w *world) names(j *job, l *lot, p *permitDoc) map[string]string {
	out := map[string]string{
		"site.name": text(l.Document, "spec", "site"), "accelerator.name": l.product, "lot.supplier": text(l.Document, "spec", "supplier"),
		"endUser.declared": "false",
	}
	out["site.country"] = text(w.sites[out["site.name"]], "spec", "country")
	if j == nil {
		return out
	}
	for k, v := range j.names {
		out[k] = v
	}
	out["job.maxDevices"], out["job.minDevices"] = itoa(j.max), itoa(j.min)
	for _, e := range list(p.Document, "spec", "endUsers") {
		if text(e, "name") == j.names["job.endUser"] {
			out["endUser.declared"] = "true"
		}
	}
	out["endUser.listed"] = "false"
	for _, d := range w.docs {
		if text(d, "kind") != "Fact" || !slices.Contains(texts(p.Document, "spec", "lists"), text(d, "metadata", "name")) {
			continue
		}
		for _, x := range list(d, "spec", "list") {
			from := w.date(x, "from")
			if at(x, "from") == nil {
				from = -never
			}
			if text(x, "name") == j.names["job.endUser"] && from <= w.day && w.day < w.date(x, "until") {
				out["endUser.listed"] = "true"
			}
		}
	}
	return out
}

// side is where work stands: in the part, in the whole but outside the part,
// or neutral.
func (w *world) side(c *clause, j *job, l *lot) (inside, outside bool) {
	n := w.names(j, l, c.permit)
	inside = holds(text(c.spec, "where"), n)
	outside = !inside && (text(c.spec, "outOf") == "" || holds(text(c.spec, "outOf"), n))
	return inside, outside
}

func (w *world) under(l *lot, p *permitDoc) bool { return slices.Contains(l.permits, p) }

// rate is what one device adds to a measure in an hour.
func (w *world) rate(c *clause, l *lot) int {
	switch text(c.spec, "measure") {
	case "deliveredTPP":
		return w.tpp[l.product]
	}
	return 1
}

// sums adds up, for one window, what the sides of a clause used before today
// and what running work still takes there, to its limits and as expected.
type sums struct{ used, taken, expected int }

func (w *world) sum(c *clause, open, shut int, in func(*job, *lot) bool) (s sums) {
	for _, u := range w.uses {
		if u.day >= open && u.day < shut && w.under(u.lot, c.permit) && in(u.job, u.lot) {
			s.used += 24 * u.devices
		}
	}
	for _, r := range w.running {
		if w.under(r.lot, c.permit) && in(r, r.lot) {
			s.taken += 24 * r.devices * overlap(w.day, r.end, open, shut)
			s.expected += 24 * r.devices * overlap(w.day, min(r.end, r.began+r.expectedLength()), open, shut)
		}
	}
	return s
}

// expectedLength is how long a running job was expected to take.
func (j *job) expectedLength() int {
	if j.series {
		return j.expected
	}
	return j.finish - j.began
}

func (w *world) inside(c *clause) func(*job, *lot) bool {
	return func(j *job, l *lot) bool { in, _ := w.side(c, j, l); return in }
}

func (w *world) outside(c *clause) func(*job, *lot) bool {
	return func(j *job, l *lot) bool { _, out := w.side(c, j, l); return out }
}

// judge asks every condition of every permit over a lot whether a job may start
// there today on n devices.
func (w *world) judge(j *job, l *lot, n int) verdict {
	length := j.limit
	if !j.series {
		length = min(j.limit, j.length(l.product, n))
	}
	v := verdict{end: w.day + length}
	expected := w.day + length
	if j.series {
		expected = w.day + min(j.expected, length)
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
	for _, p := range l.permits {
		if !p.use {
			continue
		}
		for a, t := range p.endorsed {
			if t > w.day {
				w.acted["endorsement by "+a] = true
			}
		}
		if p.ended <= w.day && p.onEnd != "continue" && !w.o.Muted["end of permits"] && p.effective() <= w.day {
			v.denied = v.denied || !p.suspended
			refuse(p.name+"/in effect", "end of permits")
		}
		if p.effective() > w.day {
			v.refused = append(v.refused, p.name+"/in effect")
		}
		if (p.onEnd == "drain" || p.onEnd == "stop") && !w.o.Muted["end of permits"] {
			cut(p.until, p.name+"/in effect", "end of permits")
		}
	}
	for _, c := range w.clauses { // certain shares cut before anything is judged
		if c.form == "share" && text(c.spec, "assurance") == "certain" && text(c.spec, "base") == "" && w.under(l, c.permit) && text(c.spec, "judged") != "always" {
			if _, harms := w.harms(c, j, l); harms {
				_, t := w.window(text(c.spec, "over"), w.day)
				for t < v.end {
					_, next := w.window(text(c.spec, "over"), t)
					_, harm := w.helpsAndHarms(c)
					taken := w.sum(c, t, next, harm).taken + 24*n*overlap(w.day, v.end, t, next)
					if !w.floorHolds(c, 0, taken, 0) {
						cut(t, c.full(), c.group)
						break
					}
					t = next
				}
			}
		}
	}
	for _, c := range w.clauses {
		if !w.under(l, c.permit) || atDelivery(c) {
			continue
		}
		if !w.admits(c, j, l, n, v.end, expected) {
			if !slices.Contains(v.refused, c.full()) {
				refuse(c.full(), c.group)
			}
			v.denied = v.denied || c.form == "require"
			if c.form == "approval" {
				v.ask = append(v.ask, c)
			}
		}
	}
	return v
}

func atDelivery(c *clause) bool {
	m := text(c.spec, "measure")
	return m == "deliveredDevices" || m == "deliveredTPP" || m == "heldTPP" || text(c.spec, "at") == "delivery"
}

// admits is one clause's answer to a start.
func (w *world) admits(c *clause, j *job, l *lot, n, end, expected int) bool {
	switch c.form {
	case "require":
		return holds(text(Document{"p": conditionOf(c)}, "p"), w.names(j, l, c.permit))
	case "approval":
		if !holds(text(c.spec, "when"), w.names(j, l, c.permit)) {
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
		return c.action == "notify" || !w.stale(c, l, w.day)
	case "limit":
		return w.limitAdmits(c, j, l, n, end, expected)
	case "share":
		return w.shareAdmits(c, j, l, n, end, expected)
	}
	return true
}

func conditionOf(c *clause) string { s, _ := c.spec.(string); return s }

// stale reports whether evidence about a lot is older than the clause allows.
func (w *world) stale(c *clause, l *lot, day int) bool {
	return w.staleSince(c, l, func(last int) bool {
		// At the very instant it is as old as it may be; what would be stopped
		// right after does not start.
		return day > last+days(c.spec, "maxAge") || day == last+days(c.spec, "maxAge") && (c.action == "stop" || c.action == "drain")
	})
}

func (w *world) staleSince(c *clause, l *lot, old func(last int) bool) bool {
	for _, e := range list(l.Document, "spec", "evidence") {
		if text(e, "kind") != text(c.spec, "kind") || at(e, "every") == nil {
			continue
		}
		if at(c.spec, "maxAge") == nil {
			return false
		}
		for _, g := range list(e, "gaps") {
			from := w.date(g, "from")
			if from <= w.day && w.day < from+days(g, "for") {
				return old(from)
			}
		}
		every := days(e, "every")
		return every > days(c.spec, "maxAge") && old((w.day)/every*every)
	}
	return true
}

// limitAdmits: in every window that the reservation touches, used plus what
// running work takes plus what the job takes stays within the bound.
func (w *world) limitAdmits(c *clause, j *job, l *lot, n, end, expected int) bool {
	in := w.inside(c)
	if !in(j, l) {
		return true
	}
	assurance := text(c.spec, "assurance")
	if text(c.spec, "measure") == "devices" {
		for _, r := range w.running {
			if w.under(r.lot, c.permit) && in(r, r.lot) {
				n += r.devices
			}
		}
		return n <= whole(c.spec, "atMost")
	}
	if text(c.spec, "measure") == "jobs" {
		open, shut := w.window(text(c.spec, "over"), w.day)
		started := map[use]bool{}
		for _, u := range w.uses {
			if first := w.firstUse(u); first >= open && first < shut && w.under(u.lot, c.permit) && in(u.job, u.lot) {
				started[use{day: first, job: u.job}] = true
			}
		}
		for _, r := range w.running {
			if r.began >= open && w.under(r.lot, c.permit) && in(r, r.lot) {
				started[use{day: r.began, job: r}] = true
			}
		}
		return len(started)+1 <= whole(c.spec, "atMost")
	}
	if assurance == "booked" {
		end = expected
	}
	for day := w.day; day < max(end, w.day+1); {
		open, shut := w.window(text(c.spec, "over"), day)
		s := w.sum(c, open, shut, in)
		bound := w.bound(c, open)
		ask := 24 * n * overlap(w.day, end, open, shut)
		total := s.used + s.taken + ask
		switch assurance {
		case "booked":
			total = s.used + s.expected + ask
		case "observed":
			total = s.used
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
		if c.action == "drain" && w.toCheckpoints(c, nil, open, shut)+24*n*overlap(w.day, nextCheckpoint(w.day, j.checkpoint, w.day, w.reservation(j, l, n)), open, shut) > bound {
			return false
		}
		day = shut
	}
	return true
}

func (w *world) reservation(j *job, l *lot, n int) int {
	if j.series {
		return w.day + j.limit
	}
	return w.day + min(j.limit, j.length(l.product, n))
}

// firstUse is the first day of the run that a use belongs to.
func (w *world) firstUse(u use) int {
	first := u.day
	for again := true; again; {
		again = false
		for _, x := range w.uses {
			if x.job == u.job && x.day == first-1 {
				first, again = x.day, true
			}
		}
	}
	return first
}

// bound is a limit's bound in the window that starts on a day, in device-hours.
func (w *world) bound(c *clause, open int) int {
	b := hours(c.spec, "atMost")
	if c.forfeitedIn == open {
		b -= c.forfeited
	}
	return b
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
func (w *world) toCheckpoints(c *clause, gone []*job, open, shut int) int {
	in := w.inside(c)
	total := w.sum(c, open, shut, in).used
	for _, r := range w.running {
		if w.under(r.lot, c.permit) && in(r, r.lot) && !slices.Contains(gone, r) {
			total += 24 * r.devices * overlap(w.day, nextCheckpoint(r.began, r.checkpoint, w.day, r.end), open, shut)
		}
	}
	return total
}

// helpsAndHarms gives the sides of a share: a floor is helped by its part; a
// ceiling is harmed by it.
func (w *world) helpsAndHarms(c *clause) (helps, harms func(*job, *lot) bool) {
	if at(c.spec, "atMost") != nil {
		return w.outside(c), w.inside(c)
	}
	return w.inside(c), w.outside(c)
}

func (w *world) harms(c *clause, j *job, l *lot) (helps, harms bool) {
	a, b := w.helpsAndHarms(c)
	return a(j, l), b(j, l)
}

// floor is the least share of the helpful side: a ceiling of s on the part is
// a floor of 1 − s on the rest.
func (c *clause) floor() (num, den int) {
	if at(c.spec, "atMost") != nil {
		num, den = ratio(c.spec, "atMost")
		return den - num, den
	}
	return ratio(c.spec, "atLeast")
}

// floorHolds: N ≥ s (N + O + h − a).
func (w *world) floorHolds(c *clause, n, o, h int) bool {
	num, den := c.floor()
	return n*den >= num*(n+o+h-hours(c.spec, "allowance"))
}

// capacity is the device-hours in service of a window, those of the days gone
// by and those to come if nothing changes.
func (w *world) capacityIn(c *clause, open, shut int) int {
	open, shut = max(open, c.permit.from), min(shut, c.permit.until)
	total := 0
	for _, l := range w.lots {
		if !w.under(l, c.permit) {
			continue
		}
		for d, n := range l.capacity {
			if d >= open && d < shut {
				total += 24 * n
			}
		}
		total += 24 * (l.there - l.gone) * overlap(len(l.capacity), never, open, shut)
	}
	return total
}

func (w *world) shareAdmits(c *clause, j *job, l *lot, n, end, expected int) bool {
	_, harms := w.harms(c, j, l)
	if c.broken && harms {
		return false
	}
	help, harm := w.helpsAndHarms(c)
	over, assurance := text(c.spec, "over"), text(c.spec, "assurance")
	if assurance == "" {
		assurance = "booked"
	}
	base, ceiling := text(c.spec, "base"), at(c.spec, "atMost") != nil
	always := text(c.spec, "judged") == "always"
	if assurance == "booked" && !(base != "" && ceiling) && !always {
		return w.bookedAdmits(c, j, l, n, end, expected)
	}
	if !harms || base != "" && !ceiling {
		return true
	}
	for day := w.day; day < max(end, w.day+1); {
		open, shut := w.window(over, day)
		used, o := w.sum(c, open, shut, help).used, w.sum(c, open, shut, harm)
		taken, ask := o.used+o.taken, 24*n*overlap(w.day, end, open, shut)
		if assurance == "observed" {
			taken, ask = o.used, 0
		}
		a := hours(c.spec, "allowance")
		switch num, den := c.floor(); {
		case base == "available":
			if (taken+ask-a)*den > (den-num)*w.capacityIn(c, open, shut) {
				return false
			}
		case always:
			m := hours(c.spec, "minBase")
			if !w.floorHolds(c, used, taken, ask) && (taken+ask)*den > m*den-num*(m-a) {
				return false
			}
		case !w.floorHolds(c, used, taken, ask):
			return false
		}
		day = shut
	}
	return true
}

// bookedAdmits: with running and new work on the devices to their ends and the
// bookings behind them, the floor holds in every window, or the start lowers
// none.
func (w *world) bookedAdmits(c *clause, j *job, l *lot, n, end, expected int) bool {
	helps, harms := w.harms(c, j, l)
	help, harm := w.helpsAndHarms(c)
	before, last1 := w.place(c.permit, nil, 0, 0)
	after, last2 := w.place(c.permit, j, n, end)
	for day := w.day; day < max(end, last1, last2, w.day+1); {
		open, shut := w.window(text(c.spec, "over"), day)
		day = shut
		in, out := w.sum(c, open, shut, help), w.sum(c, open, shut, harm)
		booked := func(p []use) (sum int) {
			for _, u := range p {
				if u.day >= open && u.day < shut && help(u.job, l) {
					sum += 24 * u.devices
				}
			}
			return sum
		}
		was := in.used + in.expected + booked(before)
		will := in.used + in.expected + booked(after)
		ask := 0
		if helps {
			will += 24 * n * overlap(w.day, expected, open, shut)
		} else if harms {
			ask = 24 * n * overlap(w.day, end, open, shut)
		}
		num, den := c.floor()
		if text(c.spec, "base") == "available" {
			if will < was && (will+hours(c.spec, "allowance"))*den < num*w.capacityIn(c, open, shut) {
				return false
			}
		} else if (will < was || ask > 0) && !w.floorHolds(c, will, out.used+out.taken, ask) {
			return false
		}
	}
	return true
}

// place puts running work, a new job and then every booking, from its arrival
// on and in order, on the devices under a permit, day by day.
func (w *world) place(p *permitDoc, own *job, n, end int) (placed []use, last int) {
	far := w.last + 400
	free := make([]int, far)
	for d := range free {
		for _, l := range w.lots {
			if w.under(l, p) {
				free[d] += l.there - l.gone
			}
		}
		for _, r := range w.running {
			if w.under(r.lot, p) && d < r.end {
				free[d] -= r.devices
			}
		}
		if d < end {
			free[d] -= n
		}
	}
	for _, b := range w.bookings {
		if !b.booked || b == own || b.started || b.running {
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
				placed = append(placed, use{d, b, nil, b.max})
			}
			last = max(last, from+b.expected)
			break
		}
	}
	return placed, last
}
