package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
)

// receiptEvery is the least time between two entries that state the same of a
// permit. Whoever may ask for receipts may ask as often as they like: each entry
// stays for ever, so a flood of them writes one a second for each permit.
const receiptEvery calendar.Instant = 1000

// stated is the last entry that states what a permit is.
type stated struct {
	at    calendar.Instant
	body  string // without who asked: nobody is named in it
	index int64
	text  []byte // the receipt, once it is proved
}

// Receipt gives the proof of what a permit is now, under a published checkpoint:
// of a new entry, or of the last one if it is less than receiptEvery old and says
// what a new one would.
func (p *Plane) Receipt(ctx context.Context, permit string) ([]byte, error) {
	var last *stated
	var body string
	_, err := p.doThen(ctx, func(s *control.State) (control.Fact, *control.Disclosure, error) {
		f, err := s.NewStatus(permit, p.asked)
		if err != nil {
			return nil, nil, err
		}
		b, err := control.Encode(f)
		if err != nil {
			return nil, nil, err
		}
		body = string(b)
		if r := p.receipts[permit]; r != nil && r.body == body && p.asked-r.at < receiptEvery {
			last = r
			return nil, nil, errKnown
		}
		return f, nil, nil
	}, func(d *Done) {
		last = &stated{at: d.At, body: body, index: d.Index}
		p.receipts[permit] = last
	})
	if err != nil && !errors.Is(err, errKnown) {
		return nil, err
	}
	p.mu.Lock()
	text := last.text
	p.mu.Unlock()
	if text != nil {
		return text, nil
	}
	if _, err := p.log.Publish(ctx, p.cosign); err != nil {
		p.metrics.cosignFailed(err)
	}
	proof, err := p.log.Prove(ctx, last.index)
	if err != nil {
		return nil, fmt.Errorf("receipt of permit %s: %w", permit, err)
	}
	text = proof.Marshal()
	p.mu.Lock()
	last.text = text
	p.mu.Unlock()
	return text, nil
}
