package control

import "fmt"

// Wrong is what keeps an entry that was read from being replayed.
func Wrong(r Recorded) error { return r.err }

// Texts are what a submission commits to, as far as it is known.
func Texts(r Recorded) [3]string {
	f, ok := r.fact.(*Submit)
	if !ok {
		return [3]string{fmt.Sprint(r.err)}
	}
	o := f.plain.opened
	return [3]string{fmt.Sprint(o.known, o.failed), o.endUser, o.name}
}
