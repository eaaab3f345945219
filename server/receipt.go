package server

import (
	"context"
	"fmt"

	"github.com/proviso-dev/proviso/control"
)

// All records facts that belong together, such as the parts of a document, with
// nothing between them, and returns when they are durable.
func (p *Plane) All(ctx context.Context, by string, facts []control.Fact) (*Done, error) {
	p.mu.Lock()
	var last *Done
	for _, f := range facts {
		d, err := p.do(func(*control.State) (control.Fact, *control.Disclosure, error) {
			control.Stated(f, by)
			return f, nil, nil
		})
		if err != nil {
			p.mu.Unlock()
			return nil, err
		}
		last = d
	}
	p.mu.Unlock()
	if last == nil {
		return nil, fmt.Errorf("there is nothing to record")
	}
	if err := settled(ctx, last.commit); err != nil {
		return nil, err
	}
	p.tell()
	return last, nil
}

// Receipt states what a permit is now, publishes a checkpoint over it and gives
// the proof.
func (p *Plane) Receipt(ctx context.Context, permit string) ([]byte, error) {
	d, err := p.Do(ctx, func(s *control.State) (control.Fact, *control.Disclosure, error) {
		f, err := s.NewStatus(permit, p.asked)
		return f, nil, err
	})
	if err != nil {
		return nil, err
	}
	if _, err := p.log.Publish(ctx, p.cosign); err != nil {
		p.metrics.cosignFailed(err)
	}
	proof, err := p.log.Prove(ctx, d.Index)
	if err != nil {
		return nil, fmt.Errorf("receipt of permit %s: %w", permit, err)
	}
	return proof.Marshal(), nil
}
