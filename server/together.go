package server

import (
	"context"
	"errors"

	"github.com/proviso-dev/proviso/control"
)

// All records facts that belong together, such as the parts of a document, at
// one instant and with nothing between them, and returns when they are durable.
// make is called with the state as it is then, and gives facts that are not
// refused. A stop can cut them off: only the last one may be what counts.
func (p *Plane) All(ctx context.Context, by string, make func(*control.State) ([]control.Fact, error)) (*Done, error) {
	p.mu.Lock()
	done, err := p.all(by, make)
	last, wrote := p.last, p.wrote
	p.mu.Unlock()
	if wrote {
		if err := settled(ctx, last); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	p.tell()
	return done, nil
}

func (p *Plane) all(by string, make func(*control.State) ([]control.Fact, error)) (*Done, error) {
	if err := p.catchUp(); err != nil {
		return nil, err
	}
	facts, err := make(p.state)
	if err == nil && len(facts) == 0 {
		err = errors.New("there is nothing to record")
	}
	if err != nil {
		return nil, invalid{err}
	}
	var done *Done
	for _, f := range facts {
		control.Stated(f, by)
		if done, err = p.apply(f, nil); err != nil {
			if p.broken == nil {
				err = invalid{err}
			}
			return nil, err
		}
	}
	return done, nil
}
