package daystep

import (
	"cmp"
	"slices"
)

func (w *world) submit(j *job) {
	if j.serve != nil {
		until := min(w.last, w.date(j.spec, "serve", "until"))
		if w.day >= until {
			return
		}
		j.demand = j.wanted(w.day - j.phaseBegan)
		if j.limit = min(cmp.Or(w.steps(j.spec, "limit"), 7*24/w.hours), until-w.day); j.demand == 0 {
			return
		}
	}
	if j.seq == 0 {
		w.seq++
		j.seq = w.seq
	}
	w.wait(j)
}

// wait puts a job where it belongs in the order of priority and arrival.
func (w *world) wait(j *job) {
	w.waiting = append(w.waiting, j)
	slices.SortFunc(w.waiting, func(a, b *job) int { return cmp.Or(-cmp.Compare(a.priority, b.priority), cmp.Compare(a.seq, b.seq)) })
}

// remove takes a job off its devices and notes what it used.
func (w *world) remove(j *job) {
	w.running = slices.DeleteFunc(w.running, func(x *job) bool { return x == j })
	j.running = false
	w.uses = append(w.uses, use{j, j.stock, j.devices, j.began, w.day})
}

func (w *world) endsAsPlanned(j *job) {
	ran := w.day - j.began
	w.remove(j)
	if j.series {
		if j.left -= ran; j.left > 0 && j.checkpoint > 0 && ran < j.limit {
			w.submit(j) // a window's end cut it: the rest goes on later
		}
		return
	}
	w.progress(j, ran)
}

// stop ends a job against its plan; at once, the work since its last
// checkpoint is lost.
func (w *world) stop(j *job, atOnce bool) {
	kept := w.day - j.began
	if atOnce && j.checkpoint > 0 {
		kept = kept / j.checkpoint * j.checkpoint
	}
	w.remove(j)
	switch {
	case !j.series:
		w.progress(j, kept)
	case j.checkpoint > 0 && j.left > kept:
		j.left -= kept
		w.submit(j)
	}
}

// progress takes done work off a phase, and goes on with the rest.
func (w *world) progress(j *job, kept int) {
	if j.serve != nil {
		w.submit(j)
		return
	}
	j.left -= j.done(j.stock.product, j.devices, kept)
	if j.left > 0 {
		w.submit(j)
		return
	}
	w.ended[j.name] = w.day
	for _, m := range w.milestones() {
		reached := true
		for _, a := range m.after {
			reached = reached && w.ended[m.programme+"/"+a] <= w.day
		}
		if reached && w.out.Milestones[m.name] == w.last {
			w.out.Milestones[m.name] = w.day
		}
	}
}

// free is what is idle of a stock.
func (w *world) free(s *stock) int {
	n := s.there
	for _, j := range w.running {
		if j.stock == s {
			n -= j.devices
		}
	}
	return n
}
