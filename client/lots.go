package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/proviso-dev/proviso/api"
)

// Lots gives the lots that the caller may see.
func (c *Client) Lots(ctx context.Context) ([]api.Lot, error) {
	var out api.Lots
	err := c.Get(ctx, "/v1/lots", nil, &out)
	return out.Lots, err
}

// Receive says that devices of a lot have come. With a key it can be sent again:
// they come once.
func (c *Client) Receive(ctx context.Context, lot string, devices int64, key string) (*api.Recorded, error) {
	return c.onLot(ctx, lot, "receive", api.Receive{Devices: devices}, key)
}

func (c *Client) onLot(ctx context.Context, lot, what string, in any, key string) (*api.Recorded, error) {
	h := http.Header{}
	if key != "" {
		h.Set("Idempotency-Key", key)
	}
	out := new(api.Recorded)
	return out, c.do(ctx, http.MethodPost, "/v1/lots/"+url.PathEscape(lot)+"/"+what, h, in, out)
}

// Evidence says that a fact about a lot's devices was shown.
func (c *Client) Evidence(ctx context.Context, lot string, e api.Evidence) (*api.Recorded, error) {
	out := new(api.Recorded)
	return out, c.Post(ctx, "/v1/lots/"+url.PathEscape(lot)+"/evidence", e, out)
}

// Lot gives a lot.
func (c *Client) Lot(ctx context.Context, lot string) (*api.Lot, error) {
	out := new(api.Lot)
	return out, c.Get(ctx, "/v1/lots/"+url.PathEscape(lot), nil, out)
}

// Move says that devices of a lot are to go to another site. With a key it can be
// sent again: they go once.
func (c *Client) Move(ctx context.Context, lot string, m api.Move, key string) (*api.Recorded, error) {
	return c.onLot(ctx, lot, "move", m, key)
}

// Dispose says that devices of a lot are to leave the fleet for good. With a key
// it can be sent again: they leave once.
func (c *Client) Dispose(ctx context.Context, lot string, d api.Dispose, key string) (*api.Recorded, error) {
	return c.onLot(ctx, lot, "dispose", d, key)
}

// Notice says that a notice was given which a duty of a permit asks for.
func (c *Client) Notice(ctx context.Context, permit string, n api.Notice) (*api.Noticed, error) {
	out := new(api.Noticed)
	return out, c.Post(ctx, "/v1/permits/"+url.PathEscape(permit)+"/notices", n, out)
}
