package server

import (
	"strconv"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
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

func (s *Server) receive(c *call) (any, error) {
	in := c.body.(*api.Receive)
	return s.record(c, access.ReceiveLot, &control.Receive{Lot: c.r.PathValue("name"), Devices: strconv.FormatInt(in.Devices, 10)})
}

func (s *Server) evidence(c *call) (any, error) {
	in := c.body.(*api.Evidence)
	f := &control.Evidence{Lot: c.r.PathValue("name"), Evidence: in.Kind, SHA256: in.SHA256}
	if in.Certificate {
		f.Certificate = "true"
	}
	return s.record(c, access.AddEvidence, f)
}

func (s *Server) file(c *call) (any, error) {
	in := c.body.(*api.Filing)
	return s.record(c, access.FileReport, &control.File{Permit: in.Permit, Condition: in.Condition, SHA256: in.SHA256})
}

// record records a fact that needs nothing but leave.
func (s *Server) record(c *call, a access.Action, f control.Fact) (any, error) {
	if err := c.who.May(a, access.Object{}); err != nil {
		return nil, err
	}
	control.Stated(f, c.who.Name)
	done, err := s.plane.Do(c.r.Context(), func(*control.State) (control.Fact, *control.Disclosure, error) { return f, nil, nil })
	if err != nil {
		return nil, err
	}
	return recordedView(done), nil
}

func (s *Server) accounts(c *call) (any, error) {
	out := api.Accounts{Accounts: []api.Account{}}
	permit := c.r.URL.Query().Get("permit")
	err := s.plane.Read(c.r.Context(), func(st *control.State, now calendar.Instant) error {
		seen, err := c.wholePermits(st)
		if err != nil {
			return err
		}
		if permit != "" && !seen[permit] {
			return &control.UnknownError{What: "permit", Name: permit}
		}
		out.At = timeOf(now)
		all := st.Accounts(now)
		for i := range all {
			if seen[all[i].Permit] && (permit == "" || all[i].Permit == permit) {
				out.Accounts = append(out.Accounts, accountView(&all[i]))
			}
		}
		return nil
	})
	return &out, err
}

func (s *Server) forecasts(c *call) (any, error) {
	out := api.Forecasts{Forecasts: []api.Forecast{}}
	err := s.plane.Read(c.r.Context(), func(st *control.State, now calendar.Instant) error {
		seen, err := c.wholePermits(st)
		if err != nil {
			return err
		}
		out.At = timeOf(now)
		for _, f := range forecasts(st, now) {
			if seen[f.Permit] {
				out.Forecasts = append(out.Forecasts, f)
			}
		}
		return nil
	})
	return &out, err
}

func (s *Server) status(c *call) (any, error) {
	out := api.Status{Log: s.plane.signer.Name(), Key: s.plane.key, Core: control.Core, Demo: s.plane.demo}
	err := s.plane.Read(c.r.Context(), func(st *control.State, now calendar.Instant) error {
		out.Now = timeOf(now)
		if c.who.May(access.ReadAll, access.Object{}) == nil {
			out.Load = &api.Load{Jobs: st.Jobs(), Running: st.Active(), Waiting: st.Waiting(), Next: maybe(st.Next())}
		}
		return nil
	})
	out.Entries = s.plane.log.Size()
	return &out, err
}
