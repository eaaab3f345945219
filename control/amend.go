package control

import (
	"fmt"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/world"
)

// checkNew says what keeps a document from being recorded while the control
// plane runs.
func (s *State) checkNew(d *document.Document) error {
	if d.Kind == "Permit" && s.permits[d.Name] != nil {
		return s.checkVersion(d)
	}
	return fmt.Errorf("a %s cannot be recorded behind the beginning", d.Kind)
}

// checkVersion says what keeps a version of a permit from taking effect.
func (s *State) checkVersion(d *document.Document) error {
	c, errs := catalog.Of(s.docs, s.zone).Replace([]*document.Document{d}).Resolve()
	if len(errs) > 0 {
		return errs
	}
	_, err := c.Rules(s.rules.From, s.rules.Until)
	return err
}

// add records a document while the control plane runs.
func (s *State) add(d *document.Document) {
	hash, err := SpecHash(d)
	if err != nil {
		panic("control: " + err.Error())
	}
	s.permits[d.Name].proposals[hash] = d
}

// amend puts another version of a permit into effect.
func (s *State) amend(d *document.Document) {}

func worldPart(s *State, lot int32, n int64) world.Part {
	return world.Part{Stock: s.rules.Lots[lot].Stock, Devices: n}
}
