package queue

import (
	"slices"
	"sort"

	"github.com/proviso-dev/proviso/calendar"
)

// waiters are the groups that wait for one thing, each once, from the least
// that each needs of it.
type waiters struct {
	all []waiter
	in  []bool // by group
}

type waiter struct {
	need int64
	// length is how long its head would run.
	length calendar.Instant
	place  readyGroup // of its head
	// round is when it came: it is looked at after the next event only.
	round uint64
}

func (w *waiters) add(place readyGroup, need int64, round uint64) { w.addFor(place, need, 0, round) }

func (w *waiters) addFor(place readyGroup, need int64, length calendar.Instant, round uint64) {
	id := place.id
	for int(id) >= len(w.in) {
		w.in = append(w.in, false)
	}
	if w.in[id] {
		i := slices.IndexFunc(w.all, func(x waiter) bool { return x.place.id == id })
		if w.all[i].need == need {
			w.all[i] = waiter{need, length, place, round}
			return
		}
		w.all = slices.Delete(w.all, i, i+1)
	}
	w.in[id] = true
	i := sort.Search(len(w.all), func(i int) bool { return w.all[i].need > need })
	w.all = slices.Insert(w.all, i, waiter{need, length, place, round})
}

// first is the index of the one that goes before all others, of those that
// came before a round and need no more than there is; −1 if there is none.
func (w *waiters) first(there int64, round uint64) int {
	best := -1
	for i := range w.all {
		x := &w.all[i]
		if x.need > there {
			break
		}
		if x.round < round && (best < 0 || x.place.before(w.all[best].place)) {
			best = i
		}
	}
	return best
}

func (w *waiters) remove(i int) {
	w.in[w.all[i].place.id] = false
	w.all = slices.Delete(w.all, i, i+1)
}

// release takes out those that ready selects, and wakes them.
func (w *waiters) release(ready func(*waiter) bool, wake func(GroupID)) {
	kept := 0
	for i := range w.all {
		x := w.all[i]
		if !ready(&x) {
			w.all[kept] = x
			kept++
			continue
		}
		w.in[x.place.id] = false
		wake(x.place.id)
	}
	w.all = w.all[:kept]
}

func (w *waiters) reset() {
	w.all = w.all[:0]
	clear(w.in)
}
