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
