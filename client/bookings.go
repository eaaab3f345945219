package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/proviso-dev/proviso/api"
)

// Book announces work. With a key it can be sent again: the booking is the same.
func (c *Client) Book(ctx context.Context, a api.Announcement, key string) (*api.Booked, error) {
	h := http.Header{}
	if key != "" {
		h.Set("Idempotency-Key", key)
	}
	out := new(api.Booked)
	return out, c.do(ctx, http.MethodPost, "/v1/bookings", h, a, out)
}

// Bookings gives all announced work in a state, or all where it is empty, page
// by page.
func (c *Client) Bookings(ctx context.Context, state string) ([]api.Booking, error) {
	return pages(ctx, c, "/v1/bookings", state, func(p *api.Bookings) ([]api.Booking, string) { return p.Bookings, p.Next })
}

// Booking gives announced work.
func (c *Client) Booking(ctx context.Context, number string) (*api.Booking, error) {
	out := new(api.Booking)
	return out, c.Get(ctx, "/v1/bookings/"+url.PathEscape(number), nil, out)
}

// Unbook takes an announcement back.
func (c *Client) Unbook(ctx context.Context, number string) (*api.Recorded, error) {
	out := new(api.Recorded)
	return out, c.Post(ctx, "/v1/bookings/"+url.PathEscape(number)+"/end", nil, out)
}
