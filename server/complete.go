package server

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/control"
)

// reasons gives the complete reasons of an entry's verdicts. The entry holds
// their hashes alone: they are made again by replaying the ledger up to there.
func (s *Server) reasons(c *call) (any, error) {
	if err := c.who.May(access.ReadAll, access.Object{}); err != nil {
		return nil, err
	}
	index, err := strconv.ParseInt(c.r.PathValue("index"), 10, 64)
	if err != nil || index < 0 || index >= s.plane.log.Size() {
		return nil, &control.UnknownError{What: "entry", Name: c.r.PathValue("index")}
	}
	var all [][]byte
	if err := s.slowly(c, func() (err error) {
		all, err = s.plane.Complete(c.r.Context(), index)
		return err
	}); err != nil {
		return nil, err
	}
	out := api.Reasons{Entry: index, Verdicts: []json.RawMessage{}}
	for _, text := range all {
		out.Verdicts = append(out.Verdicts, text)
	}
	return &out, nil
}

// Complete makes the complete reasons of an entry's verdicts again.
func (p *Plane) Complete(ctx context.Context, index int64) ([][]byte, error) {
	st := control.NewState()
	err := replay(ctx, p.store, index+1, func(at int64, r control.Recorded) error {
		if at == index {
			st.KeepComplete()
		}
		_, err := st.Replay(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return st.Complete(), nil
}
