package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
)

// announcement is work of tenant a, to come in an hour.
func announcement(f *fleet) api.Announcement {
	return api.Announcement{
		Submission: api.Submission{Tenant: "a", EndUser: "team-a", Purpose: "research", Holder: "lab", Devices: 4, For: "2h", Name: "private of a"},
		Arrives:    f.hand.Now().Add(time.Hour),
	}
}

// TestBookings: an announcement is late once its instant has passed, is
// submitted while its job waits, stands again where that comes to nothing, and
// is over once it started.
func TestBookings(t *testing.T) {
	f := newFleet(t)
	work := announcement(f)
	var booked api.Booked
	if at := f.must("gate", "POST", "/v1/bookings", work, &booked).header.Get("Location"); at != "/v1/bookings/1" {
		t.Errorf("it is at %s", at)
	}
	state := func(want, job string) string {
		t.Helper()
		var b api.Booking
		got := f.must("tenant-a", "GET", "/v1/bookings/1", nil, &b)
		if b.State != want || b.Job != job {
			t.Errorf("the booking is %s, of job %q, want %s, %q", b.State, b.Job, want, job)
		}
		if b.EndUser != "team-a" || b.Devices != 4 || !b.Arrives.Equal(work.Arrives) || b.DeclaredBy != "gate" || !b.Announced.Equal(opening) {
			t.Errorf("the booking: %+v", b)
		}
		return got.header.Get("ETag")
	}
	tag := state("announced", "")
	f.hand.pass(2 * time.Hour)
	state("late", "")
	come := work.Submission
	come.Booking = "1"
	var j api.Job
	f.must("tenant-a", "POST", "/v1/jobs", come, &j) // held: nothing is endorsed
	state("submitted", "1")
	if j.Booking != "1" {
		t.Errorf("the job is for booking %q", j.Booking)
	}
	for who, want := range map[string]int{"operator": http.StatusUnprocessableEntity, "tenant-b": http.StatusNotFound, "tenant-a": http.StatusForbidden} {
		if got := f.ask(who, "POST", "/v1/bookings/1/end", nil); got.status != want {
			t.Errorf("%s takes back what a job waits for: %d %s", who, got.status, got.body)
		}
	}
	if got := f.ask("gate", "POST", "/v1/bookings/1/end", nil, "If-Match", tag); got.status != http.StatusPreconditionFailed {
		t.Errorf("it has changed since: %d %s", got.status, got.body)
	}
	f.must("tenant-a", "POST", "/v1/jobs/1/end", nil, nil)
	state("late", "")
	f.endorse()
	f.must("tenant-a", "POST", "/v1/jobs", come, &j)
	if j.State != "running" {
		t.Fatalf("the job that was announced: %+v", j)
	}
	state("started", "2")
	if got := f.ask("gate", "POST", "/v1/bookings/1/end", nil); got.status != http.StatusConflict {
		t.Errorf("taken back once it started: %d %s", got.status, got.body)
	}
	for says, change := range map[string]func(*api.Submission){
		`there is no booking \"7\"`: func(s *api.Submission) { s.Booking = "7" }, "booking 1: it has come to its end": func(*api.Submission) {},
	} {
		s := come
		change(&s)
		if got := f.ask("tenant-a", "POST", "/v1/jobs", s); got.status/100 != 4 || !strings.Contains(string(got.body), says) {
			t.Errorf("%d %s, want …%s…", got.status, got.body, says)
		}
	}
	f.must("gate", "POST", "/v1/bookings", announcement(f), nil)
	f.must("gate", "POST", "/v1/bookings/2/end", nil, nil)
	var all api.Bookings
	f.must("auditor", "GET", "/v1/bookings?state=withdrawn", nil, &all)
	if len(all.Bookings) != 1 || all.Bookings[0].Number != "2" {
		t.Errorf("withdrawn: %+v", all.Bookings)
	}
	f.replay()
}

// TestBookingIdempotency: the same announcement under the same key is the same
// booking, after a restart too; another one is refused, and a job of that key is
// another thing.
func TestBookingIdempotency(t *testing.T) {
	f := newFleet(t)
	work := announcement(f)
	var one, again api.Booked
	f.must("gate", "POST", "/v1/bookings", work, &one, "Idempotency-Key", "k")
	f.restart()
	entries := len(f.store.held())
	f.must("gate", "POST", "/v1/bookings", work, &again, "Idempotency-Key", "k")
	if again.Booking.Number != "1" || again.Entry != one.Entry || !again.At.Equal(one.At) || len(f.store.held()) != entries {
		t.Errorf("sent again: %+v, was %+v", again, one)
	}
	for name, change := range map[string]func(*api.Announcement){
		"instant": func(a *api.Announcement) { a.Arrives = a.Arrives.Add(time.Second) }, "devices": func(a *api.Announcement) { a.Devices = 5 },
		"end user": func(a *api.Announcement) { a.EndUser = "team-c" },
	} {
		other := work
		change(&other)
		if got := f.ask("gate", "POST", "/v1/bookings", other, "Idempotency-Key", "k"); got.status != http.StatusConflict || !strings.Contains(string(got.body), "booking 1") {
			t.Errorf("another %s under the same key: %d %s", name, got.status, got.body)
		}
	}
	var j api.Job
	f.must("gate", "POST", "/v1/jobs", work.Submission, &j, "Idempotency-Key", "k")
	if j.Number != "1" {
		t.Errorf("a job under the key of a booking is job %s", j.Number)
	}
}

// TestBookingsOfOthers: nobody sees or uses what another tenant announced.
func TestBookingsOfOthers(t *testing.T) {
	f := newFleet(t)
	f.must("gate", "POST", "/v1/bookings", announcement(f), nil)
	other := announcement(f)
	other.Tenant, other.EndUser = "b", "team-b"
	if got := f.ask("gate", "POST", "/v1/bookings", other); got.status != http.StatusForbidden {
		t.Errorf("a gate announces for a tenant that is none of its own: %d %s", got.status, got.body)
	}
	f.must("operator", "POST", "/v1/bookings", other, nil)
	for who, want := range map[string]string{"tenant-a": "a", "tenant-b": "b", "gate": "a", "operator": "ab", "auditor": "ab", "board": "ab", "council": ""} {
		var all api.Bookings
		got := f.must(who, "GET", "/v1/bookings", nil, &all)
		seen := ""
		for _, b := range all.Bookings {
			seen += b.Tenant
		}
		if seen != want {
			t.Errorf("%s sees bookings of %q, want %q: %s", who, seen, want, got.body)
		}
		if who != "tenant-a" && who != "tenant-b" && who != "auditor" {
			continue
		}
		events := ""
		for _, e := range f.eventsOf(who, 0, len(f.store.held())) {
			if e.Kind == "book" {
				events += e.Booking
			}
		}
		if numbers := strings.NewReplacer("a", "1", "b", "2").Replace(want); events != numbers {
			t.Errorf("%s sees events of the bookings %q, want %q", who, events, numbers)
		}
	}
	stolen := api.Submission{EndUser: "team-b", Purpose: "research", Devices: 1, For: "1h", Booking: "1"}
	if got := f.ask("tenant-b", "POST", "/v1/jobs", stolen); got.status != http.StatusNotFound {
		t.Errorf("a job for another tenant's booking: %d %s", got.status, got.body)
	}
	for i, r := range f.store.held() {
		if strings.Contains(string(r.Data), "private of") {
			t.Errorf("entry %d holds a text in the clear: %s", i, r.Data)
		}
	}
}
