package control

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/world"
)

// Book announces work, so that booked shares count on it: it will be submitted
// at an instant and is expected to take its most devices for its expected time.
type Book struct {
	Submit
	// Arrives is when it will be submitted.
	Arrives string `json:"arrives"`

	arrives calendar.Instant
}

// Unbook takes an announcement back: the work will not come.
type Unbook struct {
	base
	Booking string `json:"booking"`
}

// Kind is the entry's kind.
func (*Book) Kind() string { return "book" }

// Kind is the entry's kind.
func (*Unbook) Kind() string { return "unbook" }

// booking is work that was announced. Its number is its world.BookingID + 1.
type booking struct {
	fact *Book
	at   calendar.Instant // when it was announced
	job  int32            // that was submitted for it, or −1
	over bool             // the job has started, or it was taken back
	done int32            // the job that started for it, or −1
}

func (f *Book) check(s *State) error {
	if err := f.Submit.check(s); err != nil {
		return err
	}
	if f.Submit.Booking != "" || f.Priority != "" {
		return errors.New("an announcement has no booking and no priority of its own")
	}
	at, err := strconv.ParseInt(f.Arrives, 10, 64)
	if err != nil || decimal(at) != f.Arrives {
		return fmt.Errorf("arrives is %q, must be an instant in milliseconds since 1970 UTC", f.Arrives)
	}
	switch f.arrives = calendar.Instant(at); {
	case f.arrives < s.asked:
		return fmt.Errorf("arrives is %s, which is past: announce work that will come", f.arrives.Stamp(time.UTC))
	case f.arrives >= s.rules.Until:
		return fmt.Errorf("arrives is %s, when the last permit has ended", f.arrives.Stamp(time.UTC))
	}
	return nil
}

func (f *Book) apply(s *State) {
	stocks := s.stocksOf(&f.Submit)
	class := s.world.Class(f.attributes())
	for _, st := range stocks {
		s.world.Terms(class, st) // accounts come up with what is recorded
	}
	id := s.world.Book(world.Booking{
		Class: class, Stocks: stocks, Devices: f.plain.max,
		Arrives: f.arrives, Lasts: calendar.Instant(f.plain.expected),
	})
	s.bookings = append(s.bookings, booking{fact: f, at: s.at, job: -1, done: -1})
	s.out.Booking = decimal(id + 1)
}

// stocksOf lists where a job may run.
func (s *State) stocksOf(f *Submit) (stocks []int32) {
	for _, o := range s.options(f) {
		stocks = append(stocks, o.Stocks...)
	}
	return stocks
}

// booking finds an announcement that stands.
func (s *State) booking(number string) (world.BookingID, error) {
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 1 || n > int64(len(s.bookings)) || decimal(n) != number {
		return -1, &UnknownError{What: "booking", Name: number}
	}
	if s.bookings[n-1].over {
		return -1, fmt.Errorf("booking %s: %w", number, ErrOver)
	}
	return world.BookingID(n - 1), nil
}

func (f *Unbook) check(s *State) error {
	if s.world == nil {
		return errNotOpen
	}
	id, err := s.booking(f.Booking)
	if err == nil && s.bookings[id].job >= 0 {
		return fmt.Errorf("job %d waits for booking %s: end it first", s.bookings[id].job+1, f.Booking)
	}
	return err
}

func (f *Unbook) apply(s *State) {
	id, _ := s.booking(f.Booking)
	s.bookings[id].over = true
	s.world.Unbook(id)
}

// claims finds the announcement that a submission is for. It must be the work
// that was announced: whatever else came in its place would take room that booked
// shares keep for it.
func (f *Submit) claims(s *State) (world.BookingID, error) {
	if f.Booking == "" {
		return -1, nil
	}
	id, err := s.booking(f.Booking)
	if err != nil {
		return -1, err
	}
	b := &s.bookings[id]
	was, is := b.fact.attributes(), f.attributes()
	was.Name, was.MinDevices, was.MaxDevices, was.LimitHours = is.Name, is.MinDevices, is.MaxDevices, is.LimitHours
	switch {
	case b.job >= 0:
		return -1, fmt.Errorf("job %d was submitted for booking %s", b.job+1, f.Booking)
	case was != is:
		return -1, fmt.Errorf("booking %s announces other work: its holder, tenant, end user, purpose, model and kind must be the same", f.Booking)
	case f.plain.max > b.fact.plain.max:
		return -1, fmt.Errorf("booking %s announces %d devices, not %d", f.Booking, b.fact.plain.max, f.plain.max)
	}
	return id, nil
}

// claim notes that a job is for an announcement.
func (s *State) claim(ref int32) {
	if own := s.jobs[ref].item.Own; own >= 0 {
		s.bookings[own].job = ref
	}
}

// unclaim lets an announcement stand again whose job comes to nothing; once the
// job has started it is over.
func (s *State) unclaim(ref int32, started bool) {
	if own := s.jobs[ref].item.Own; own >= 0 {
		b := &s.bookings[own]
		if b.job, b.over = -1, started; started {
			b.done = ref
		}
	}
}
