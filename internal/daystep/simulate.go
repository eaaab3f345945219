package daystep

import (
	"slices"
	"time"
)

// never is a step after all others.
const never = 1 << 30

// Outcome is what a simulation comes to. Days count in steps from the period's
// first.
type Outcome struct {
	// Days is the length of the period.
	Days int
	// Milestones by PROGRAMME/NAME; the period's end if not reached.
	Milestones map[string]int
	// Refused is the first refusal of each job: a phase, or NAME#k of a series.
	Refused map[string]Refusal
	// Used is the device-hours of programmes, on lots that arrive in the period
	// if there are any.
	Used int
	// Energy is what the phases of the last milestone's programme took up to it,
	// serving left out, in Wh.
	Energy int
	// Delivered by lot and day.
	Delivered map[string]map[int]int
	// Began is the day of each job's last start.
	Began map[string]int
	// Breached is the first breach of each permit.
	Breached map[string]Breach
	// Acted names the groups that refused, held or acted at all.
	Acted map[string]bool
}

// Refusal is when and by which clauses a job was first refused.
type Refusal struct {
	Day     int
	Clauses []string
}

// Breach is when a clause was first broken.
type Breach struct {
	Day    float64
	Clause string
}

// Options choose the world to simulate.
type Options struct {
	// Muted conditions are not there, muted endorsements are there from the start.
	Muted map[string]bool
	// Without leaves out lots that arrive in the period.
	Without bool
	// Hours is how long a step is; a day where it is 0.
	Hours int
}

// use is what a run of a job used, from a day up to another.
type use struct {
	job      *job
	stock    *stock
	devices  int
	from, to int
}

// arrival is devices that came, or went where the number is negative.
type arrival struct {
	day, n int
	lot    *lot
	stock  *stock
}

type world struct {
	docs              []Document
	o                 Options
	start             time.Time
	hours             int // of a step
	day, last         int
	products          map[string]*product
	sites             map[string]Document
	endUsers          map[string]Document
	permits           []*permitDoc
	clauses           []*clause
	lots              []*lot
	stocks            []*stock
	phases            []*job
	ended             map[string]int // phases, by name
	series            []*job
	waiting, running  []*job
	uses              []use
	arrivals, changes []arrival // deliveries; all changes of what is in service
	acted             map[string]bool
	kinds             map[string]int // the numbers of phases and series
	listings          string         // who is listed today
	seq               int
	out               *Outcome
}

// Simulate steps through the period of the scenario base.
func Simulate(docs []Document, o Options) *Outcome {
	w := load(docs, o)
	for w.day = 0; w.day < w.last; w.day++ {
		w.step()
	}
	w.breaches()
	w.finish()
	return w.out
}

// step is one day's morning: first what conditions do, then what happens, then
// deliveries, then the queue.
func (w *world) step() {
	w.lists()
	w.breaches()
	w.conditions()
	w.happenings()
	w.deliver()
	w.queue()
}

// finish adds up what was used.
func (w *world) finish() {
	fresh := slices.ContainsFunc(w.lots, func(l *lot) bool { return !l.present })
	w.each(func(u use) {
		if !u.job.series && (!fresh || !u.stock.lots[0].present) {
			w.out.Used += w.hours * u.devices * (u.to - u.from)
		}
	})
	if ms := w.milestones(); len(ms) > 0 {
		m := ms[len(ms)-1]
		until := w.out.Milestones[m.name]
		w.each(func(u use) {
			if !u.job.series && u.job.serve == nil && text(u.job.programme, "metadata", "name") == m.programme {
				w.out.Energy += w.hours * u.stock.watts * u.devices * overlap(u.from, u.to, 0, until)
			}
		})
	}
	for _, c := range w.clauses {
		at, ok := w.out.Breached[c.permit.name]
		if c.breach < never && (!ok || c.breach < at.Day) {
			w.out.Breached[c.permit.name] = Breach{c.breach, c.name}
		}
	}
	w.out.Acted, w.out.Days = w.acted, w.last
}

// each calls f with every run of every job, those that still run up to today.
func (w *world) each(f func(use)) {
	for _, u := range w.uses {
		f(u)
	}
	for _, r := range w.running {
		f(use{r, r.stock, r.devices, r.began, w.day})
	}
}

func overlap(from, to, open, shut int) int { return max(0, min(to, shut)-max(from, open)) }

// window is the calendar window that a day lies in, as [from, to), cut at the
// permit's start and end.
func (w *world) window(c *clause, over string, day int) (from, to int) {
	n := map[string]int{"month": 1, "quarter": 3, "half": 6, "year": 12}[over]
	if n == 0 {
		return -never, never
	}
	k := windowKey{over, day}
	if x, ok := c.windows[k]; ok {
		return x[0], x[1]
	}
	y, m, _ := w.dateOf(day).Date()
	m -= (m - 1) % time.Month(n)
	on := func(m time.Month) int {
		return int(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Sub(w.start) / (time.Duration(w.hours) * time.Hour))
	}
	x := [2]int{on(m), on(m + time.Month(n))}
	c.windows[k] = x
	return x[0], x[1]
}

// dateOf is when a step begins.
func (w *world) dateOf(step int) time.Time {
	return w.start.Add(time.Duration(step*w.hours) * time.Hour)
}

type windowKey struct {
	over string
	day  int
}
