package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/usage"
)

// usage reports the use of a permit in a window, from the ledger.
func (s *Server) usage(c *call) (any, error) {
	if err := c.who.May(access.ReadAll, access.Object{}); err != nil {
		return nil, err
	}
	in := c.r.URL.Query()
	window, err := usage.ParseWindow(in.Get("window"))
	if err != nil {
		return nil, badQuery("window: " + err.Error())
	}
	output, err := usage.ParseOutput(cmp.Or(in.Get("format"), string(usage.JSONOutput)))
	if err != nil {
		return nil, badQuery("format: " + err.Error())
	}
	q := usage.Query{Permit: in.Get("permit"), Window: window}
	size := int64(0)
	err = s.plane.Read(c.r.Context(), func(st *control.State, now calendar.Instant) error {
		// No more can be due before now, and nothing that was is missing.
		q.At = now
		_, err := st.Permit(q.Permit)
		return err
	})
	if err != nil {
		return nil, err
	}
	size = s.plane.log.Size()
	var b bytes.Buffer
	if err := s.slowly(c, func() error {
		view, err := usage.Report(s.plane.store.Records(c.r.Context(), 0, size), q)
		if err != nil {
			return invalid{err}
		}
		return view.Write(&b, output)
	}); err != nil {
		return nil, err
	}
	c.w.Header().Set("Content-Type", output.ContentType())
	return b.Bytes(), nil
}

// file records that a report was filed for the window that it is about.
func (s *Server) file(c *call) (any, error) {
	in := c.body.(*api.Filing)
	f := &control.File{Permit: in.Permit, Condition: in.Condition, SHA256: in.SHA256}
	return s.recordIf(c, access.FileReport, f, func(st *control.State) error {
		if in.Window == "" {
			return errors.New("window is missing: say what the report is about, such as 2026Q1")
		}
		w, err := usage.ParseWindow(in.Window)
		if err != nil {
			return fmt.Errorf("window: %w", err)
		}
		loc, err := st.ZoneOf(in.Permit)
		if err != nil {
			return err
		}
		from, until, err := w.Span(loc)
		f.From, f.Until = strconv.FormatInt(int64(from), 10), strconv.FormatInt(int64(until), 10)
		return err
	})
}

// slowly does what goes through the whole ledger: one at a time, so that those
// who ask for much share one core and one report's memory, and for as long as it
// takes.
func (s *Server) slowly(c *call, do func() error) error {
	out := http.NewResponseController(c.w)
	select {
	case s.slow <- struct{}{}:
	case <-c.r.Context().Done():
		return c.r.Context().Err()
	case <-s.stopping:
		return ledger.ErrClosed
	}
	defer func() { <-s.slow }()
	err := do()
	_ = out.SetWriteDeadline(time.Now().Add(answerWithin))
	return err
}
