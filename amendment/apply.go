package amendment

import (
	"fmt"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
)

// Apply makes one change in the documents of the earlier version, and leaves
// the others unmade.
func (c *Change) Apply(s *catalog.Set) (*catalog.Set, error) {
	switch {
	case c.before == nil:
		return s.Replace([]*document.Document{c.after}), nil
	case c.after == nil:
		return s.Without("Permit", c.Permit), nil
	}
	d := c.before.Clone()
	if c.Clause == "" {
		if err := d.Set("spec."+c.Field, c.after.Part("spec."+c.Field)); err != nil {
			return nil, fmt.Errorf("permit %s, %s: %w", c.Permit, c.Field, err)
		}
		return s.Replace([]*document.Document{d}), nil
	}
	path := "spec.conditions." + c.Clause
	at := position(d, c.Clause)
	if c.Kind != Added {
		d.Remove(path)
	}
	if c.Kind != Removed {
		d.Put("spec.conditions", at, c.after.Part(path), "spec")
	}
	return s.Replace([]*document.Document{d}), nil
}

// position is the index of a condition, or one past the last.
func position(d *document.Document, name string) int {
	i := 0
	for ; d.Has(conditionPath(i)); i++ {
		if d.Text(conditionPath(i)+".name") == name {
			return i
		}
	}
	return i
}
