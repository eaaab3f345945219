package server

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/internal/durable"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/signature"
)

// NoTokens lets everybody in as the operator of a demonstration. A server with
// it listens on loopback alone.
type NoTokens struct{}

// Authenticate recognises everybody.
func (NoTokens) Authenticate(*http.Request, time.Time) (access.Identity, error) {
	return access.Demo(), nil
}

// Demo plays the authorities and suppliers of documents: throwaway keys sign
// what the documents assert, and what they expect at its middle date; lots
// arrive at theirs. Nothing of it is a real signature.
type Demo struct {
	keys    map[string]ssh.Signer
	plane   *Plane
	catalog *catalog.Catalog
	events  []catalog.Event
	log     *slog.Logger
}

// keysFolder holds the throwaway keys in a data folder.
const keysFolder = "demo-keys"

// NewDemo makes throwaway keys for the authorities of documents, in a folder of
// the data folder, and writes their public halves into the documents.
func NewDemo(dir string, docs []*document.Document, c *catalog.Catalog, events []catalog.Event, log *slog.Logger) (*Demo, error) {
	d := &Demo{keys: map[string]ssh.Signer{}, catalog: c, events: events, log: log}
	folder := filepath.Join(dir, keysFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("the keys of a demonstration: %w", err)
	}
	var signers strings.Builder
	for _, doc := range docs {
		if doc.Kind != "Authority" {
			continue
		}
		key, err := throwawayKey(filepath.Join(folder, doc.Name))
		if err != nil {
			return nil, fmt.Errorf("the key of %s: %w", doc.Name, err)
		}
		d.keys[doc.Name] = key
		public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey())))
		fmt.Fprintf(&signers, "%s namespaces=%q %s\n", doc.Name, signature.Namespace, public)
		if err := doc.Set("spec.keys", []any{map[string]any{"key": public, "from": "1970-01-01"}}); err != nil {
			return nil, fmt.Errorf("the key of %s: %w", doc.Name, err)
		}
	}
	return d, durable.WriteFile(filepath.Join(folder, "allowed_signers"), []byte(signers.String()), 0o644)
}

func throwawayKey(path string) (ssh.Signer, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return ssh.ParsePrivateKey(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "throwaway key of a demonstration")
	if err != nil {
		return nil, err
	}
	if err := durable.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(private)
}

// scene is something that a demonstration does at an instant.
type scene struct {
	at   calendar.Instant
	what string
	do   func(ctx context.Context) error
}

// Begin signs what the documents assert. It comes before anybody is served.
func (d *Demo) Begin(ctx context.Context, p *Plane) error {
	d.plane = p
	for i := range d.catalog.Permits {
		e := &d.catalog.Permits[i]
		for _, a := range e.Spec.Endorsements.Asserted {
			if err := d.endorse(ctx, e.Name, a.By); err != nil {
				return err
			}
		}
	}
	return nil
}

// endorse has an authority endorse a permit, unless it has.
func (d *Demo) endorse(ctx context.Context, permit, by string) error {
	return d.act(ctx, signature.Endorse, permit, func(p *control.Permit) string {
		if slices.Contains(p.Missing, by) {
			return by
		}
		return ""
	})
}

// end has an authority that a permit names suspend or revoke it.
func (d *Demo) end(ctx context.Context, verb signature.Verb, permit string) error {
	return d.act(ctx, verb, permit, func(p *control.Permit) string {
		if len(p.Required) == 0 || p.State == string(signature.Revoked) || verb == signature.Suspend && p.State == string(signature.Suspended) {
			return ""
		}
		return p.Required[0]
	})
}

// act has the authority that who names act on a permit; nobody where it names
// none.
func (d *Demo) act(ctx context.Context, verb signature.Verb, permit string, who func(*control.Permit) string) error {
	_, err := d.plane.Do(ctx, func(s *control.State) (control.Fact, *control.Disclosure, error) {
		p, err := s.LookupPermit(permit)
		if err != nil {
			return nil, nil, err
		}
		by := who(p)
		if by == "" {
			return nil, nil, errKnown
		}
		a, err := s.NextAct(verb, permit, "")
		if err != nil {
			return nil, nil, err
		}
		text, err := a.Canonical()
		if err != nil {
			return nil, nil, err
		}
		armored, err := signature.Sign(text, d.keys[by])
		if err != nil {
			return nil, nil, err
		}
		f := &control.Act{Act: string(text), Signature: string(armored)}
		control.Stated(f, by)
		return f, nil, nil
	})
	if errors.Is(err, errKnown) {
		return nil
	}
	return err
}

// Run plays what the documents expect: endorsements at their middle date, lots
// when they arrive and everything that they wait for is there.
func (d *Demo) Run(ctx context.Context) error {
	for _, s := range d.scenes() {
		for {
			wait := d.plane.clock.Until(s.at)
			if wait <= 0 {
				break
			}
			t := time.NewTimer(min(wait, time.Hour))
			select {
			case <-ctx.Done():
				t.Stop()
				return nil
			case <-t.C:
			}
		}
		if err := s.do(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("the demonstration could not play a scene", "scene", s.what, "error", err)
		}
	}
	return nil
}

func (d *Demo) scenes() []scene {
	var all []scene
	opens := map[string]calendar.Instant{} // when a permit's last endorsement is expected
	for i := range d.catalog.Permits {
		e := &d.catalog.Permits[i]
		for _, x := range e.Spec.Endorsements.Expected {
			at, ok := middleMoment(x.On)
			if !ok {
				opens[e.Name] = calendar.Never
				continue
			}
			opens[e.Name] = max(opens[e.Name], at)
			all = append(all, scene{at, x.By + " endorses " + e.Name, func(ctx context.Context) error { return d.endorse(ctx, e.Name, x.By) }})
		}
	}
	for i := range d.catalog.Lots {
		e := &d.catalog.Lots[i]
		at, ok := middleMoment(e.Spec.Arrives)
		n, fits := middleCount(e.Spec.Quantity)
		if !ok || !fits {
			continue
		}
		for _, p := range e.Spec.Permits {
			at = max(at, opens[p])
		}
		if at == calendar.Never {
			continue
		}
		for _, l := range e.Spec.Leads {
			if v, ok := middleLength(l.Takes); ok {
				at += v
			}
		}
		all = append(all, scene{at, "the lot " + e.Name + " arrives", func(ctx context.Context) error { return d.arrive(ctx, e, n) }})
	}
	for _, e := range d.events {
		at, ok := middleMoment(e.At)
		if !ok || e.Probability != nil && 2*e.Probability.Num < e.Probability.Den {
			continue // it does not happen in the middle case
		}
		if v, ok := middleLength(e.Delay); ok {
			at += v
		}
		for verb, permits := range map[signature.Verb][]string{signature.Revoke: e.Revoke, signature.Suspend: e.Suspend} {
			for _, p := range permits {
				all = append(all, scene{at, e.Name + ": " + string(verb) + " " + p, func(ctx context.Context) error { return d.end(ctx, verb, p) }})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b scene) int { return int(min(1, max(-1, a.at-b.at))) })
	return all
}

// arrive shows the evidence that a lot needs before it comes, and receives it.
func (d *Demo) arrive(ctx context.Context, e *catalog.Entry[fleet.Lot], n int64) error {
	for _, ev := range e.Spec.Evidence {
		if ev.Every > 0 {
			continue
		}
		f := &control.Evidence{Lot: e.Name, Evidence: ev.Kind, Certificate: "true"}
		control.Stated(f, "demo")
		if _, err := d.plane.Do(ctx, func(*control.State) (control.Fact, *control.Disclosure, error) { return f, nil, nil }); err != nil {
			return err
		}
	}
	_, err := d.plane.Do(ctx, func(s *control.State) (control.Fact, *control.Disclosure, error) {
		for _, l := range s.Lots() {
			if l.Name == e.Name && l.Delivered+l.Waiting > 0 {
				return nil, nil, errKnown
			}
		}
		f := &control.Receive{Lot: e.Name, Devices: strconv.FormatInt(n, 10)}
		control.Stated(f, "demo")
		return f, nil, nil
	})
	if errors.Is(err, errKnown) {
		return nil
	}
	return err
}

func middleMoment(d quantity.Distribution[calendar.Moment]) (calendar.Instant, bool) {
	m := d.Value
	if m == nil {
		m = d.P50
	}
	if m == nil {
		return calendar.Never, false
	}
	return m.In(time.UTC), true
}

func middleCount(d quantity.Distribution[quantity.Amount]) (int64, bool) {
	a := d.Value
	if a == nil {
		a = d.P50
	}
	if a == nil {
		return 0, false
	}
	n, err := a.Int64(quantity.Count)
	return n, err == nil && n > 0
}

func middleLength(d quantity.Distribution[quantity.Duration]) (calendar.Instant, bool) {
	v := d.Value
	if v == nil {
		v = d.P50
	}
	if v == nil {
		return 0, false
	}
	return calendar.Instant(*v), true
}
