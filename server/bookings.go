package server

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
)

// book announces work that will come.
func (s *Server) book(c *call) (any, error) {
	in := c.body.(*api.Announcement)
	if err := c.who.May(access.BookJob, access.Object{Tenant: in.Tenant, EndUser: in.EndUser, Purpose: in.Purpose, Holder: in.Holder}); err != nil {
		return nil, err
	}
	work, d, err := submission(&in.Submission)
	if err != nil {
		return nil, invalid{err}
	}
	if in.Arrives.IsZero() {
		return nil, invalid{errors.New("arrives is missing: say when the work will be submitted")}
	}
	f := &control.Book{Submit: *work, Arrives: strconv.FormatInt(int64(calendar.Of(in.Arrives)), 10)}
	f.By, f.Idempotency = c.who.Name, c.idempotency()
	var out api.Booked
	done, err := s.plane.Do(c.r.Context(), func(st *control.State) (control.Fact, *control.Disclosure, error) {
		i, known := s.plane.booked[f.Idempotency]
		if f.Idempotency == "" || !known {
			return f, d, nil
		}
		b, err := st.LookupBooking(strconv.Itoa(int(i)+1), s.plane.asked)
		if err != nil {
			return nil, nil, err
		}
		if b.Fact.Arrives != f.Arrives || !same(b.EndUser, b.Name, &b.Fact.Submit, &f.Submit, &in.Submission) {
			return nil, nil, &api.Problem{Title: "Conflict", Status: http.StatusConflict, Detail: "this idempotency key came with another announcement, booking " + b.Number}
		}
		out = api.Booked{Recorded: api.Recorded{Entry: s.plane.books[i], At: timeOf(b.At)}, Booking: bookingView(b, st.Demo())}
		return nil, nil, errKnown
	})
	if errors.Is(err, errKnown) {
		// It may have been acknowledged to nobody yet.
		err = s.plane.Read(c.r.Context(), func(*control.State, calendar.Instant) error { return nil })
		return &out, err
	}
	if err != nil {
		return nil, err
	}
	out.Recorded = *recordedView(done)
	out.Booking = api.Booking{
		Number: done.Outcome.Booking, State: string(control.Announced), Announcement: *in, DeclaredBy: f.By, Announced: timeOf(done.At), Demo: s.plane.demo,
	}
	c.w.Header().Set("Location", "/v1/bookings/"+done.Outcome.Booking)
	return &out, nil
}

// bookingObject is an announcement as access judges it.
func bookingObject(who access.Identity, st *control.State, b *control.Booking) access.Object {
	on := access.Object{Tenant: b.Fact.Tenant, EndUser: b.EndUser, Purpose: b.Fact.Purpose, Holder: b.Fact.Holder}
	if who.Role != access.Authority {
		return on
	}
	for _, name := range b.Permits {
		if p, err := st.LookupPermit(name); err == nil {
			on.Authorities = append(on.Authorities, permitObject(p).Authorities...)
		}
	}
	return on
}

// seenBooking finds an announcement that the caller may see; others are not
// there for it.
func (c *call) seenBooking(st *control.State, number string) (*control.Booking, error) {
	b, err := st.LookupBooking(number, st.At())
	if err != nil {
		return nil, err
	}
	if c.who.May(access.SeeJob, bookingObject(c.who, st, b)) != nil {
		return nil, &control.UnknownError{What: "booking", Name: number}
	}
	return b, nil
}

func (s *Server) bookings(c *call) (any, error) {
	p, err := pageOf(c, "bookings", control.BookingStates())
	if err == nil {
		err = c.who.May(access.SeeJob, c.ownJobs())
	}
	if err != nil {
		return nil, err
	}
	out := api.Bookings{Bookings: []api.Booking{}}
	err = s.plane.Read(c.r.Context(), func(st *control.State, now calendar.Instant) error {
		st.EachBooking(p.first, now, func(b *control.Booking) bool {
			switch {
			case !p.look(b.Number):
				return false
			case !p.has(string(b.State)) || c.who.May(access.SeeJob, bookingObject(c.who, st, b)) != nil:
				return true
			case !p.take(b.Number):
				return false
			}
			out.Bookings = append(out.Bookings, bookingView(b, st.Demo()))
			return true
		})
		return nil
	})
	out.Next = p.next
	return &out, err
}

func (s *Server) booking(c *call) (any, error) {
	var out api.Booking
	err := s.plane.Read(c.r.Context(), func(st *control.State, now calendar.Instant) error {
		if _, err := c.seenBooking(st, c.r.PathValue("number")); err != nil {
			return err
		}
		b, err := st.LookupBooking(c.r.PathValue("number"), now)
		if err != nil {
			return err
		}
		out = bookingView(b, st.Demo())
		c.w.Header().Set("ETag", bookingTag(b))
		return nil
	})
	return &out, err
}

// bookingTag is a version of an announcement as it stands. That its instant
// passes is no change.
func bookingTag(b *control.Booking) string {
	state := b.State
	if state == control.Late {
		state = control.Announced
	}
	return fmt.Sprintf("%q", fmt.Sprintf("%s-%s-%s", b.Number, state, b.Job))
}

// unbook takes an announcement back.
func (s *Server) unbook(c *call) (any, error) {
	done, err := s.plane.Do(c.r.Context(), func(st *control.State) (control.Fact, *control.Disclosure, error) {
		b, err := c.seenBooking(st, c.r.PathValue("number"))
		if err != nil {
			return nil, nil, err
		}
		if err := c.who.May(access.BookJob, bookingObject(c.who, st, b)); err != nil {
			return nil, nil, err
		}
		if want := c.r.Header.Get("If-Match"); want != "" && want != "*" && want != bookingTag(b) {
			return nil, nil, &api.Problem{Title: "Changed", Status: http.StatusPreconditionFailed, Detail: "booking " + b.Number + " has changed since: it is " + string(b.State)}
		}
		f := &control.Unbook{Booking: b.Number}
		f.By = c.who.Name
		return f, nil, nil
	})
	if err != nil {
		return nil, err
	}
	return recordedView(done), nil
}

func bookingView(b *control.Booking, demo bool) api.Booking {
	return api.Booking{
		Number: b.Number, State: string(b.State), DeclaredBy: b.Fact.By, Announced: timeOf(b.At), Job: b.Job, Demo: demo,
		Announcement: api.Announcement{Submission: submissionView(b.Name, b.EndUser, &b.Fact.Submit), Arrives: timeOf(b.Arrives)},
	}
}
