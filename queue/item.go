package queue

import (
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// Option is a place where an item may run: the stocks of one product at one
// site, in document order.
type Option struct {
	Stocks []int32
	// Speed is the work that one device does in a millisecond there; 0 when the
	// item has a length instead of an amount of work.
	Speed int64
}

// Shape is what the items of a group have in common.
type Shape struct {
	Class   world.ClassID
	Options []Option
	// Priority: higher goes first.
	Priority int
	// Domain is the queue that the item stands in; each has a head of its own.
	Domain int32
	// Fastest takes the option and size that end the item earliest, instead of
	// the first option that admits it.
	Fastest bool
}

// GroupID names a group of waiting work.
type GroupID int32

// Item is one waiting job.
type Item struct {
	Ref     int32 // the caller's number
	Subject int32 // what approvals are given to
	Own     world.BookingID
	// Seq orders items of equal priority; an item that comes back keeps it.
	Seq int64
	// Limit and Expected are lengths; with Work they are upper bounds, and the
	// length follows from the size.
	Limit, Expected, Checkpoint calendar.Instant
	// Min and Max are the least and the most devices.
	Min, Max int64
	// Work is what is left to do, in the units of Option.Speed.
	Work int64
	// Demand, for serving, is the work wanted in a millisecond: the most devices
	// follow from it and from Option.Speed.
	Demand int64
	// Drag is what one device's failures add to the length, in parts of 10¹²:
	// failures in a millisecond times what each costs.
	Drag int64
}

// Placed says how an item started.
type Placed struct {
	Job     world.JobID
	Option  int
	Devices int64
	Verdict *decision.Verdict
}

type group struct {
	shape Shape
	items []Item
	first int
	ready bool
	wide  bool             // some option spans several stocks
	seq   int64            // of the head for which it is ready
	look  calendar.Instant // when its last verdict is looked at again
	// pushed is the last instant that stands in the heap of looks for it.
	pushed calendar.Instant
}

// least is how many devices of a stock must be free for the head to be tried.
func (g *group) least() int64 {
	if g.wide || g.head().Demand > 0 {
		return 0
	}
	return g.head().Min
}

func (g *group) len() int    { return len(g.items) - g.first }
func (g *group) head() *Item { return &g.items[g.first] }

// place is where a group stands by its head.
func (q *Queue) place(id GroupID) readyGroup {
	g := &q.groups[id]
	return readyGroup{g.shape.Priority, g.head().Seq, id}
}
