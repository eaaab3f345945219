package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/ledger"
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
	all, err := s.plane.Complete(c.r.Context(), index)
	if err != nil {
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
	at := int64(0)
	for r, err := range p.store.Records(ctx, 0, index+1) {
		if err != nil {
			return nil, fmt.Errorf("read the ledger: entry %d: %w", at, err)
		}
		if at == index {
			st.KeepComplete()
		}
		e, err := ledger.Decode(r.Data)
		if err != nil {
			return nil, fmt.Errorf("read the ledger: entry %d: %w", at, err)
		}
		d, err := control.ParseDisclosure(r.Disclosure)
		if err != nil {
			return nil, fmt.Errorf("read the ledger: entry %d: %w", at, err)
		}
		if _, err := st.Replay(e, d); err != nil {
			return nil, fmt.Errorf("replay the ledger: entry %d: %w", at, err)
		}
		at++
	}
	return st.Complete(), nil
}
