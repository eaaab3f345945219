package control

import (
	"slices"
	"strconv"

	"github.com/proviso-dev/proviso/calendar"
)

// BookingState is where an announcement stands.
type BookingState string

// The states of announcements.
const (
	Announced BookingState = "announced" // the work is to come
	Late      BookingState = "late"      // it was to come by now
	Submitted BookingState = "submitted" // a job was submitted for it, and waits
	Started   BookingState = "started"   // the job has started: nothing is kept any more
	TakenBack BookingState = "withdrawn"
)

// BookingStates lists the states.
func BookingStates() []BookingState {
	return []BookingState{Announced, Late, Submitted, Started, TakenBack}
}

// Booking is announced work as it stands.
type Booking struct {
	Number  string
	State   BookingState
	Fact    *Book
	EndUser string
	Name    string
	// At is when it was announced, Arrives when it is to be submitted.
	At, Arrives calendar.Instant
	// Job is the number of the job that was submitted for it, or empty.
	Job string
	// Permits are those over the devices that it may run on.
	Permits []string
}

// LookupBooking gives an announcement by its number, as of an instant.
func (s *State) LookupBooking(number string, now calendar.Instant) (*Booking, error) {
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 1 || n > int64(len(s.bookings)) {
		return nil, &UnknownError{What: "booking", Name: number}
	}
	return s.bookingView(int(n-1), now), nil
}

// EachBooking calls f with each announcement from number first on, as of an
// instant, until f returns false.
func (s *State) EachBooking(first int, now calendar.Instant, f func(*Booking) bool) {
	for i := max(0, first-1); i < len(s.bookings); i++ {
		if !f(s.bookingView(i, now)) {
			return
		}
	}
}

func (s *State) bookingView(i int, now calendar.Instant) *Booking {
	b := &s.bookings[i]
	out := &Booking{
		Number: decimal(i + 1), State: Announced, Fact: b.fact, EndUser: b.fact.plain.endUser, Name: b.fact.plain.name,
		At: b.at, Arrives: b.fact.arrives,
	}
	switch {
	case b.done >= 0:
		out.State, out.Job = Started, decimal(b.done+1)
	case b.over:
		out.State = TakenBack
	case b.job >= 0:
		out.State, out.Job = Submitted, decimal(b.job+1)
	case b.fact.arrives < now:
		out.State = Late
	}
	for _, st := range s.stocksOf(&b.fact.Submit) {
		for _, p := range s.rules.Stocks[st].Permits {
			if name := s.rules.Permits[p].Name; !slices.Contains(out.Permits, name) {
				out.Permits = append(out.Permits, name)
			}
		}
	}
	return out
}
