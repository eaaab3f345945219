package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
)

// events gives the ledger's entries as server-sent events, from a position on:
// from=N, or behind the Last-Event-ID with which a client that was cut off comes
// back. Without either it begins with what comes next.
func (s *Server) events(c *call) error {
	from := s.plane.log.Size()
	text := c.r.Header.Get("Last-Event-ID")
	if text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return badQuery("Last-Event-ID is not one that this server gave")
		}
		from = n + 1
	} else if text = c.r.URL.Query().Get("from"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return badQuery("from is not the position of an entry")
		}
		from = n
	}
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(c.w)
	if err := out.Flush(); err != nil {
		return err
	}
	for {
		more := s.plane.more()
		for size := s.plane.log.Size(); from < size; {
			// The store is free again before anything is sent: a client that
			// does not read holds up nobody but itself.
			page, err := s.page(c.r.Context(), from, min(size, from+eventPage))
			if err != nil {
				return nil // the stream is under way; the client comes back
			}
			if err := out.SetWriteDeadline(time.Now().Add(answerWithin)); err != nil {
				return nil
			}
			for _, r := range page {
				if err := s.event(c, from, r); err != nil {
					return nil
				}
				from++
			}
			if err := out.Flush(); err != nil {
				return nil
			}
		}
		select {
		case <-c.r.Context().Done():
			return nil
		case <-s.stopping:
			return nil
		case <-more:
		}
	}
}

// eventPage is how many entries a stream reads at once.
const eventPage = 100

func (s *Server) page(ctx context.Context, from, to int64) ([]ledger.Record, error) {
	page := make([]ledger.Record, 0, to-from)
	for r, err := range s.plane.store.Records(ctx, from, to) {
		if err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, nil
}

// event writes one entry as far as the caller may see it.
func (s *Server) event(c *call, index int64, r ledger.Record) error {
	e, err := ledger.Decode(r.Data)
	if err != nil {
		return err
	}
	var body struct {
		By      string          `json:"by"`
		Job     string          `json:"job"`
		Booking string          `json:"booking"`
		Lot     string          `json:"lot"`
		Permit  string          `json:"permit"`
		Outcome control.Outcome `json:"outcome"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return err
	}
	out := api.Event{
		Entry: index, At: timeOf(calendar.Instant(e.At)), Kind: e.Kind, By: body.By, Job: body.Job, Booking: cmp.Or(body.Outcome.Booking, body.Booking), Lot: body.Lot, Permit: body.Permit,
		Verdict: verdictView(body.Outcome.Verdict), Effects: effectsView(body.Outcome.Effects),
	}
	if body.Outcome.Job != "" {
		out.Job = body.Outcome.Job
	}
	if c.who.May(access.ReadAll, access.Object{}) != nil && !s.own(c, &out) {
		return nil
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.w, "id: %d\nevent: %s\ndata: %s\n\n", index, strings.ReplaceAll(e.Kind, "\n", ""), text)
	return err
}

// own leaves of an event what concerns the caller's own jobs, and reports
// whether anything is left.
func (s *Server) own(c *call, e *api.Event) bool {
	mine := func(job string) bool {
		if job == "" {
			return false
		}
		s.plane.mu.Lock()
		defer s.plane.mu.Unlock()
		j, err := s.plane.state.Lookup(job)
		return err == nil && c.who.May(access.SeeJob, c.object(s.plane.state, j)) == nil
	}
	var kept []api.Effect
	for _, x := range e.Effects {
		if mine(x.Job) {
			kept = append(kept, x)
		}
	}
	e.Effects, e.Lot, e.Permit = kept, "", ""
	if mine(e.Job) || e.Job == "" && s.ownBooking(c, e.Booking) {
		return true
	}
	e.Verdict, e.By, e.Job, e.Booking = nil, "", "", ""
	return len(kept) > 0
}

// ownBooking reports whether a booking is one that the caller may see.
func (s *Server) ownBooking(c *call, number string) bool {
	if number == "" {
		return false
	}
	s.plane.mu.Lock()
	defer s.plane.mu.Unlock()
	_, err := c.seenBooking(s.plane.state, number)
	return err == nil
}

// disclosure opens the commitments of an entry, for whoever may read them.
func (s *Server) disclosure(c *call) (any, error) {
	if err := c.who.May(access.ReadDisclosures, access.Object{}); err != nil {
		return nil, err
	}
	index, err := strconv.ParseInt(c.r.PathValue("index"), 10, 64)
	if err != nil || index < 0 || index >= s.plane.log.Size() {
		return nil, &control.UnknownError{What: "entry", Name: c.r.PathValue("index")}
	}
	out := api.Disclosure{Entry: index, Openings: map[string]api.Opening{}}
	for r, err := range s.plane.store.Records(c.r.Context(), index, index+1) {
		if err != nil {
			return nil, err
		}
		d, err := control.ParseDisclosure(r.Disclosure)
		if err != nil {
			return nil, err
		}
		if d != nil {
			for k, o := range *d {
				out.Openings[k] = api.Opening{Text: o.Text, Salt: o.Salt}
			}
		}
	}
	return &out, nil
}

// resource serves the log as C2SP tlog-tiles: checkpoint, tile/…
func (s *Server) resource(c *call) (any, error) {
	path := c.r.PathValue("path")
	need := access.ReadTree
	if strings.HasPrefix(path, "tile/entries/") {
		need = access.ReadEntries
	}
	if err := c.who.May(need, access.Object{}); err != nil {
		return nil, err
	}
	data, err := s.plane.log.Resource(c.r.Context(), path)
	if err != nil {
		return nil, &api.Problem{Title: "Not found", Status: http.StatusNotFound, Detail: "the log has no " + path}
	}
	if path == "checkpoint" {
		c.w.Header().Set("Cache-Control", "no-store")
	} else {
		c.w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	}
	return data, nil
}
