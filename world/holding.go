package world

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// noticeKey is what a notice is about: devices of a lot on their way to a
// site, or out of the holder's hands at nowhere.
type noticeKey struct{ clause, lot, site int32 }

// Nowhere stands for the site of devices that are disposed of.
const Nowhere int32 = -1

// Notify records the notice that a duty asks for before devices of a lot go to
// a site, or to Nowhere.
func (w *World) Notify(clause, lot, site int32) {
	if w.notices == nil {
		w.notices = map[noticeKey]calendar.Instant{}
	}
	k := noticeKey{clause, lot, site}
	if _, given := w.notices[k]; !given {
		w.notices[k] = w.now
	}
	w.wakes.All = true
}

// Notified is when the notice was given, or Never.
func (w *World) Notified(clause, lot, site int32) calendar.Instant {
	if at, given := w.notices[noticeKey{clause, lot, site}]; given {
		return at
	}
	return calendar.Never
}

// EachNotice calls f with every notice that was given, in no order.
func (w *World) EachNotice(f func(clause, lot, site int32, at calendar.Instant)) {
	for k, at := range w.notices {
		f(k.clause, k.lot, k.site, at)
	}
}

// Move takes n devices out of a stock and puts them into another. The caller
// has judged it, and the devices are free.
func (w *World) Move(from, to int32, n int64) {
	w.Dispose(from, n)
	w.hold(to, n)
	w.Capacitate(to, n)
}

// Dispose takes n devices out of a stock for good. What was delivered stays
// delivered: the grants do not grow by it.
func (w *World) Dispose(stock int32, n int64) {
	w.hold(stock, -n)
	w.Capacitate(stock, -n)
}

// hold changes what is held by n devices of a stock.
func (w *World) hold(stock int32, n int64) {
	w.stocks[stock].Held += n
	terms := w.DeliveryTerms(stock)
	for i := range terms {
		t := &terms[i]
		if t.Account < 0 || t.Side == Neutral || t.Twin || w.Rules.Clauses[t.Clause].Measure != permit.HeldTPP {
			continue
		}
		a, _ := w.side(t)
		w.touch(a)
		if n > 0 {
			a.Reserve(t.Rate*n, w.now, w.now, w.now)
		} else {
			a.Release(-t.Rate*n, w.now, w.now, w.now)
		}
		w.wakes.Accounts = append(w.wakes.Accounts, t.Account)
		w.noteDevices(t.Account)
	}
}
