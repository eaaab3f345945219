package server

import (
	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
)

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
