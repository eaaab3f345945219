package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
)

func (s *Server) lots(c *call) (any, error) {
	if err := c.who.May(access.ReadAll, access.Object{}); err != nil {
		return nil, err
	}
	out := api.Lots{Lots: []api.Lot{}}
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		all := st.Lots()
		for i := range all {
			out.Lots = append(out.Lots, lotView(&all[i]))
		}
		return nil
	})
	return &out, err
}

func (s *Server) lot(c *call) (any, error) {
	if err := c.who.May(access.ReadAll, access.Object{}); err != nil {
		return nil, err
	}
	var out api.Lot
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		l, err := st.LookupLot(c.r.PathValue("name"))
		if err != nil {
			return err
		}
		out = lotView(l)
		c.w.Header().Set("ETag", lotTag(l))
		return nil
	})
	return &out, err
}

// lotTag is a version of a lot as it stands.
func lotTag(l *control.Lot) string {
	tag := fmt.Sprintf("%d-%d-%d", l.Delivered, l.Waiting, l.Disposed)
	for _, x := range l.At {
		tag += fmt.Sprintf("-%s.%d", x.Site, x.Devices)
	}
	sum := sha256.Sum256([]byte(tag))
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

func (s *Server) receive(c *call) (any, error) {
	in := c.body.(*api.Receive)
	return s.onLot(c, access.ReceiveLot, &control.Receive{Lot: c.r.PathValue("name"), Devices: strconv.FormatInt(in.Devices, 10), Idempotency: c.idempotency()})
}

func (s *Server) move(c *call) (any, error) {
	in := c.body.(*api.Move)
	return s.onLot(c, access.MoveLot, &control.Move{Lot: c.r.PathValue("name"), Devices: strconv.FormatInt(in.Devices, 10), From: in.From, To: in.To, Idempotency: c.idempotency()})
}

func (s *Server) dispose(c *call) (any, error) {
	in := c.body.(*api.Dispose)
	return s.onLot(c, access.DisposeLot, &control.Dispose{Lot: c.r.PathValue("name"), Devices: strconv.FormatInt(in.Devices, 10), From: in.From, Idempotency: c.idempotency()})
}

// onLot records what becomes of a lot's devices, once for each key, if the lot is
// still as the caller saw it.
func (s *Server) onLot(c *call, a access.Action, f control.Fact) (any, error) {
	known, is := int64(0), false
	out, err := s.recordIf(c, a, f, func(st *control.State) error {
		if known, is = s.plane.sent[[2]string{f.Kind(), control.Idempotency(f)}]; is {
			return errKnown
		}
		want := c.r.Header.Get("If-Match")
		if want == "" || want == "*" {
			return nil
		}
		l, err := st.LookupLot(c.r.PathValue("name"))
		if err == nil && want != lotTag(l) {
			return &api.Problem{Title: "Changed", Status: http.StatusPreconditionFailed, Detail: "lot " + l.Name + " has changed since: look at it again"}
		}
		return err
	})
	if errors.Is(err, errKnown) {
		return s.again(c, known, f)
	}
	return out, err
}

// again answers what was sent before under the same key as it was answered then.
func (s *Server) again(c *call, index int64, f control.Fact) (any, error) {
	for r, err := range s.plane.store.Records(c.r.Context(), index, index+1) {
		if err != nil {
			return nil, err
		}
		e, err := ledger.Decode(r.Data)
		if err != nil {
			return nil, err
		}
		before, err := control.Parse(e.Kind, e.Body)
		if err != nil {
			return nil, err
		}
		done := &Done{Index: index, At: calendar.Instant(e.At), Outcome: new(control.Outcome)}
		*done.Outcome, *control.OutcomeOf(before) = *control.OutcomeOf(before), control.Outcome{}
		was, err := control.Encode(before)
		if err != nil {
			return nil, err
		}
		is, err := control.Encode(f)
		if err != nil {
			return nil, err
		}
		if string(was) != string(is) {
			return nil, &api.Problem{Title: "Conflict", Status: http.StatusConflict, Detail: fmt.Sprintf("this idempotency key came with another request, which is entry %d", index)}
		}
		return recordedView(done), nil
	}
	return nil, fmt.Errorf("entry %d is not in the store", index)
}

func (s *Server) evidence(c *call) (any, error) {
	in := c.body.(*api.Evidence)
	f := &control.Evidence{Lot: c.r.PathValue("name"), Evidence: in.Kind, SHA256: in.SHA256, Site: in.Site}
	if in.Certificate {
		f.Certificate = "true"
	}
	return s.record(c, access.AddEvidence, f)
}

// notice records a notice, and says what counts from now on: the first one that
// was given.
func (s *Server) notice(c *call) (any, error) {
	in := c.body.(*api.Notice)
	permit := c.r.PathValue("name")
	done, err := s.record(c, access.GiveNotice, &control.Notice{Permit: permit, Condition: in.Condition, Lot: in.Lot, Site: in.Site})
	if err != nil {
		return nil, err
	}
	out := api.Noticed{Recorded: *done}
	err = s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		all, err := st.Notices(permit)
		for i := range all {
			if g := &all[i]; g.Condition == in.Condition && g.Lot == in.Lot && g.Site == in.Site {
				out.Given = givenView(g)
			}
		}
		return err
	})
	return &out, err
}

// record records a fact that needs nothing but leave.
func (s *Server) record(c *call, a access.Action, f control.Fact) (*api.Recorded, error) {
	return s.recordIf(c, a, f, func(*control.State) error { return nil })
}

// recordIf records a fact if the state is such that the caller wants it to be.
func (s *Server) recordIf(c *call, a access.Action, f control.Fact, holds func(*control.State) error) (*api.Recorded, error) {
	if err := c.who.May(a, access.Object{}); err != nil {
		return nil, err
	}
	control.Stated(f, c.who.Name)
	done, err := s.plane.Do(c.r.Context(), func(st *control.State) (control.Fact, *control.Disclosure, error) { return f, nil, holds(st) })
	if err != nil {
		return nil, err
	}
	return recordedView(done), nil
}
