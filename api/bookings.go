package api

import "time"

// Announcement is work that will come: booked shares count on it. It says what a
// submission says, but no priority and no booking.
type Announcement struct {
	Submission
	// Arrives is when it will be submitted.
	Arrives time.Time `json:"arrives"`
}

// Booking is an announcement as it stands.
type Booking struct {
	// Number is the announcement's own, counted from 1.
	Number string `json:"number"`
	// State is announced, late (it was to come by now), submitted, started or
	// withdrawn.
	State string `json:"state"`
	Announcement
	// DeclaredBy is whose token announced it.
	DeclaredBy string `json:"declaredBy,omitempty"`
	// Announced is when.
	Announced time.Time `json:"announced"`
	// Job is the number of the job that was submitted for it.
	Job  string `json:"job,omitempty"`
	Demo bool   `json:"demo,omitzero"`
}

// Bookings is a page of announcements.
type Bookings struct {
	Bookings []Booking `json:"bookings"`
	// Next is the cursor of the next page; absent on the last.
	Next string `json:"next,omitempty"`
}

// Booked is an announcement that is on record.
type Booked struct {
	Recorded
	Booking Booking `json:"booking"`
}
