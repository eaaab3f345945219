// Package client speaks to a control plane's HTTP API.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/api"
)

// Client speaks to one control plane. It is safe for concurrent use.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client for a server such as http://127.0.0.1:7080. A token goes
// nowhere but there; it is refused over plain HTTP to another machine. hc may be
// nil.
func New(server, token string, hc *http.Client) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not the address of a server: write http://127.0.0.1:7080", server)
	}
	if host := u.Hostname(); token != "" && u.Scheme == "http" && host != "127.0.0.1" && host != "::1" && host != "localhost" {
		return nil, fmt.Errorf("%s: a token is not sent over plain HTTP to another machine: use https", server)
	}
	if hc == nil {
		hc = &http.Client{Timeout: 2 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Client{base: strings.TrimSuffix(server, "/"), token: token, http: hc}, nil
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 256 << 20

// Get asks for a resource and reads its JSON into out, or gives its text.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.do(ctx, http.MethodGet, path, nil, nil, out)
}

// Text asks for a resource that is not JSON.
func (c *Client) Text(ctx context.Context, path string) ([]byte, error) {
	var out []byte
	err := c.do(ctx, http.MethodGet, path, nil, nil, &out)
	return out, err
}

// Post sends a value and reads the answer into out.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.do(ctx, http.MethodPost, path, nil, in, out)
}

func (c *Client) do(ctx context.Context, method, path string, header http.Header, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	for k, v := range header {
		r.Header[k] = v
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("no answer from %s: %w: is proviso serve running there?", c.base, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", c.base, err)
	}
	if answer.StatusCode >= 300 {
		p := &api.Problem{Status: answer.StatusCode, Title: answer.Status}
		if json.Unmarshal(text, p) != nil {
			p.Detail = strings.TrimSpace(string(text[:min(len(text), 200)]))
		}
		return p
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = text
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("the answer of %s cannot be read: %w", c.base, err)
	}
	return nil
}

// Usage gives the report of a permit's use in a window, in a format. It waits for
// as long as the report takes.
func (c *Client) Usage(ctx context.Context, permit, window, format string) ([]byte, error) {
	patient, unbounded := *c, *c.http
	unbounded.Timeout = 0
	patient.http = &unbounded
	q := url.Values{"permit": {permit}, "window": {window}, "format": {format}}
	return patient.Text(ctx, "/v1/reports/usage?"+q.Encode())
}

// Submit submits a job. With a key it can be sent again: the job is the same.
func (c *Client) Submit(ctx context.Context, s api.Submission, key string) (*api.Job, error) {
	h := http.Header{}
	if key != "" {
		h.Set("Idempotency-Key", key)
	}
	out := new(api.Job)
	return out, c.do(ctx, http.MethodPost, "/v1/jobs", h, s, out)
}

// Jobs gives all jobs in a state, or all where it is empty, page by page.
func (c *Client) Jobs(ctx context.Context, state string) ([]api.Job, error) {
	return pages(ctx, c, "/v1/jobs", state, func(p *api.Jobs) ([]api.Job, string) { return p.Jobs, p.Next })
}

// pages gives all that is on the pages of a list; read gives what is on one, and
// the cursor of the next.
func pages[P, T any](ctx context.Context, c *Client, path, state string, read func(*P) ([]T, string)) ([]T, error) {
	var all []T
	for cursor := ""; ; {
		q := url.Values{"limit": {"1000"}}
		if state != "" {
			q.Set("state", state)
		}
		if cursor != "" {
			q.Set("cursor", cursor)
		}
		page := new(P)
		if err := c.Get(ctx, path, q, page); err != nil {
			return nil, err
		}
		var some []T
		some, cursor = read(page)
		if all = append(all, some...); cursor == "" {
			return all, nil
		}
	}
}

// Job gives a job.
func (c *Client) Job(ctx context.Context, number string) (*api.Job, error) {
	out := new(api.Job)
	return out, c.Get(ctx, "/v1/jobs/"+url.PathEscape(number), nil, out)
}

// Why says what a job waits for.
func (c *Client) Why(ctx context.Context, number string) (*api.Why, error) {
	out := new(api.Why)
	return out, c.Get(ctx, "/v1/jobs/"+url.PathEscape(number)+"/why", nil, out)
}

// End says that a job ended, or withdraws it.
func (c *Client) End(ctx context.Context, number string) (*api.Recorded, error) {
	out := new(api.Recorded)
	return out, c.Post(ctx, "/v1/jobs/"+url.PathEscape(number)+"/end", nil, out)
}

// Permits gives the permits that the caller may see.
func (c *Client) Permits(ctx context.Context) ([]api.Permit, error) {
	var out api.Permits
	err := c.Get(ctx, "/v1/permits", nil, &out)
	return out.Permits, err
}

// Permit gives a permit.
func (c *Client) Permit(ctx context.Context, name string) (*api.Permit, error) {
	out := new(api.Permit)
	return out, c.Get(ctx, "/v1/permits/"+url.PathEscape(name), nil, out)
}

// Canonical gives what an authority signs to act on a permit now. Spec is the
// hash of the next version's spec, for an amendment.
func (c *Client) Canonical(ctx context.Context, permit, act, spec string) (string, error) {
	q := url.Values{"act": {act}}
	if spec != "" {
		q.Set("spec", spec)
	}
	var out api.Canonical
	err := c.Get(ctx, "/v1/permits/"+url.PathEscape(permit)+"/canonical", q, &out)
	return out.Text, err
}

// Act records an authority's signed act.
func (c *Client) Act(ctx context.Context, permit string, a api.Act) (*api.Recorded, error) {
	out := new(api.Recorded)
	return out, c.Post(ctx, "/v1/permits/"+url.PathEscape(permit)+"/acts", a, out)
}

// Receipt gives the signed status of a permit, which verifies offline.
func (c *Client) Receipt(ctx context.Context, permit string) ([]byte, error) {
	return c.Text(ctx, "/v1/permits/"+url.PathEscape(permit)+"/receipt")
}

// Disclosure opens the commitments of an entry.
func (c *Client) Disclosure(ctx context.Context, entry int64) (*api.Disclosure, error) {
	out := new(api.Disclosure)
	return out, c.Get(ctx, "/v1/entries/"+strconv.FormatInt(entry, 10)+"/disclosure", nil, out)
}
