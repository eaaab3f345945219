package server

import (
	"net/http"

	"github.com/proviso-dev/proviso/api"
)

// routes are all resources of the API. The OpenAPI document follows from them.
func (s *Server) routes() []route {
	page := []parameter{{"state", "only jobs in this state"}, {"cursor", "next of the page before"}, {"limit", "how many; 100 when absent, at most 1000"}}
	bookingPage := append([]parameter{{"state", "only announcements in this state"}}, page[1:]...)
	const octets, text, stream = "application/octet-stream", "text/plain; charset=utf-8", "text/event-stream"
	key := []parameter{{"Idempotency-Key", "a key of the caller's own: the same sent again is done once and answered as before, another one is refused"}}
	ifMatch := []parameter{{"If-Match", "the job's ETag: it is ended only if it is still as it was"}}
	ifBooking := []parameter{{"If-Match", "the booking's ETag: it is taken back only if it is still as it was"}}
	ifLot := []parameter{{"If-Match", "the lot's ETag: nothing is recorded unless it is still as it was"}}
	last := []parameter{{"Last-Event-ID", "the last entry that was seen: the stream goes on behind it"}}
	return []route{
		{Method: "GET", Path: "/v1/status", Name: "status", Summary: "The control plane as it stands", Gives: api.Status{}, Status: http.StatusOK, do: s.status},
		{Method: "POST", Path: "/v1/jobs", Name: "submit", Summary: "Submit a job: the answer holds the verdict. An Idempotency-Key makes it safe to send again", Header: key, Takes: func() any { return new(api.Submission) }, Gives: api.Job{}, Status: http.StatusCreated, do: s.submit},
		{Method: "GET", Path: "/v1/jobs", Name: "jobs", Summary: "Jobs by number", Query: page, Gives: api.Jobs{}, Status: http.StatusOK, do: s.jobs},
		{Method: "GET", Path: "/v1/jobs/{number}", Name: "job", Summary: "A job as it stands", Gives: api.Job{}, Status: http.StatusOK, do: s.job},
		{Method: "GET", Path: "/v1/jobs/{number}/why", Name: "why", Summary: "What a job waits for: every condition as it is judged now, and the smallest change", Gives: api.Why{}, Status: http.StatusOK, do: s.why},
		{Method: "POST", Path: "/v1/jobs/{number}/end", Name: "end", Summary: "Say that a job ended, or withdraw it. If-Match makes it depend on the job's ETag", Header: ifMatch, Gives: api.Recorded{}, Status: http.StatusOK, do: s.end},
		{Method: "GET", Path: "/v1/jobs/{number}/approval", Name: "approval-text", Summary: "What an authority signs to approve a job", Query: []parameter{{"permit", "the permit"}, {"condition", "its condition"}}, Gives: api.Canonical{}, Status: http.StatusOK, do: s.approvalText},
		{Method: "POST", Path: "/v1/bookings", Name: "book", Summary: "Announce work that will come, so that booked shares count on it. An Idempotency-Key makes it safe to send again", Header: key, Takes: func() any { return new(api.Announcement) }, Gives: api.Booked{}, Status: http.StatusCreated, do: s.book},
		{Method: "GET", Path: "/v1/bookings", Name: "bookings", Summary: "Announced work by number", Query: bookingPage, Gives: api.Bookings{}, Status: http.StatusOK, do: s.bookings},
		{Method: "GET", Path: "/v1/bookings/{number}", Name: "booking", Summary: "An announcement as it stands", Gives: api.Booking{}, Status: http.StatusOK, do: s.booking},
		{Method: "POST", Path: "/v1/bookings/{number}/end", Name: "unbook", Summary: "Take an announcement back: the work will not come. If-Match makes it depend on the booking's ETag", Header: ifBooking, Gives: api.Recorded{}, Status: http.StatusOK, do: s.unbook},
		{Method: "POST", Path: "/v1/approvals", Name: "approve", Summary: "Record an authority's signed yes to a job", Takes: func() any { return new(api.Approval) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.approve},
		{Method: "GET", Path: "/v1/permits", Name: "permits", Summary: "Permits as they stand", Gives: api.Permits{}, Status: http.StatusOK, do: s.permits},
		{Method: "GET", Path: "/v1/permits/{name}", Name: "permit", Summary: "A permit as it stands", Gives: api.Permit{}, Status: http.StatusOK, do: s.permit},
		{Method: "GET", Path: "/v1/permits/{name}/canonical", Name: "canonical", Summary: "What an authority signs to act on a permit now", Query: []parameter{{"act", "endorse, amend, suspend or revoke"}, {"spec", "hash of the next version's spec, to amend or to endorse an amendment"}}, Gives: api.Canonical{}, Status: http.StatusOK, do: s.canonical},
		{Method: "POST", Path: "/v1/permits/{name}/acts", Name: "act", Summary: "Record an authority's signed act on a permit", Takes: func() any { return new(api.Act) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.act},
		{Method: "POST", Path: "/v1/permits/{name}/notices", Name: "notice", Summary: "A notice was given that a duty of the permit asks for before devices go to a site, or leave the fleet. The first one counts", Takes: func() any { return new(api.Notice) }, Gives: api.Noticed{}, Status: http.StatusCreated, do: s.notice},
		{Method: "GET", Path: "/v1/permits/{name}/receipt", Name: "receipt", Summary: "The signed status of a permit, which verifies offline (C2SP tlog-proof)", Text: text, Status: http.StatusOK, do: s.receipt},
		{Method: "POST", Path: "/v1/documents", Name: "documents", Summary: "Record documents: a permit's next version, or new ones", Takes: func() any { return new(api.Documents) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.documents},
		{Method: "GET", Path: "/v1/lots", Name: "lots", Summary: "Lots as they stand", Gives: api.Lots{}, Status: http.StatusOK, do: s.lots},
		{Method: "GET", Path: "/v1/lots/{name}", Name: "lot", Summary: "A lot as it stands", Gives: api.Lot{}, Status: http.StatusOK, do: s.lot},
		{Method: "POST", Path: "/v1/lots/{name}/receive", Name: "receive", Summary: "Devices of a lot have come: as many go into service as their permits let in", Header: append(key[:1:1], ifLot...), Takes: func() any { return new(api.Receive) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.receive},
		{Method: "POST", Path: "/v1/lots/{name}/move", Name: "move", Summary: "Devices of a lot are to go to another site: they go if they are free and every permit over them lets them, all or none", Header: append(key[:1:1], ifLot...), Takes: func() any { return new(api.Move) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.move},
		{Method: "POST", Path: "/v1/lots/{name}/dispose", Name: "dispose", Summary: "Devices of a lot are to leave the fleet for good: they go if they are free and every permit over them lets them, all or none", Header: append(key[:1:1], ifLot...), Takes: func() any { return new(api.Dispose) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.dispose},
		{Method: "POST", Path: "/v1/lots/{name}/evidence", Name: "evidence", Summary: "A fact about a lot's devices was shown", Takes: func() any { return new(api.Evidence) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.evidence},
		{Method: "POST", Path: "/v1/reports", Name: "file", Summary: "A report was filed: its duty is fulfilled", Takes: func() any { return new(api.Filing) }, Gives: api.Recorded{}, Status: http.StatusCreated, do: s.file},
		{Method: "GET", Path: "/v1/reports/usage", Name: "usage", Summary: "The use of a permit in a window, from the ledger", Query: []parameter{{"permit", "the permit"}, {"window", "2026Q1, 2026-03, 2026H1, 2026, or FROM/UNTIL"}, {"format", "json (when absent), html, csv, oscal or table"}}, Text: "application/json", Media: []string{"text/html", "text/csv", text}, Status: http.StatusOK, do: s.usage},
		{Method: "GET", Path: "/v1/accounts", Name: "accounts", Summary: "Every sum of every condition, as of now", Query: []parameter{{"permit", "only this permit's"}}, Gives: api.Accounts{}, Status: http.StatusOK, do: s.accounts},
		{Method: "GET", Path: "/v1/forecasts", Name: "forecasts", Summary: "The next breaches and due dates if nothing changes, the earliest first", Gives: api.Forecasts{}, Status: http.StatusOK, do: s.forecasts},
		{Method: "GET", Path: "/v1/events", Name: "events", Summary: "Entries of the ledger as they come (server-sent events)", Query: []parameter{{"from", "begin with this entry"}}, Header: last, Text: stream, Gives: api.Event{}, Status: http.StatusOK, stream: s.events},
		{Method: "GET", Path: "/v1/entries/{index}/disclosure", Name: "disclosure", Summary: "The texts that an entry commits to, with their salts", Gives: api.Disclosure{}, Status: http.StatusOK, do: s.disclosure},
		{Method: "GET", Path: "/v1/entries/{index}/reasons", Name: "reasons", Summary: "The complete reasons of an entry's verdicts, made again by a replay", Gives: api.Reasons{}, Status: http.StatusOK, do: s.reasons},
		{Method: "GET", Path: "/log/{path...}", Name: "log", Summary: "The log: checkpoint and tiles (C2SP tlog-tiles)", Text: octets, Status: http.StatusOK, do: s.resource},
		{Method: "GET", Path: "/metrics", Name: "metrics", Summary: "Figures of the server's own running, for Prometheus", Text: text, Status: http.StatusOK, stream: s.metrics},
		{Method: "GET", Path: "/healthz", Name: "healthz", Summary: "The server runs", Text: text, Status: http.StatusOK, open: true, do: s.healthz},
		{Method: "GET", Path: "/readyz", Name: "readyz", Summary: "What is asked for would be recorded", Text: text, Status: http.StatusOK, open: true, do: s.readyz},
		{Method: "GET", Path: "/openapi.json", Name: "openapi", Summary: "This description (OpenAPI 3.1)", Gives: map[string]any{}, Status: http.StatusOK, open: true, do: s.openAPI},
	}
}
