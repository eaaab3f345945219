package world

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/permit"
)

// ofDevices reports whether a key tells devices apart: then each has a capacity
// of its own. Other keys tell work apart, and all of them share the whole.
func ofDevices(per permit.Per) bool {
	switch per {
	case "site", "accelerator", "holder", "supplier":
		return true
	}
	return false
}

// capacity gives the account of what the devices of a key could take.
func (w *World) capacity(c *Clause, key string) *account.Account {
	if !ofDevices(c.Per) {
		key = ""
	}
	s := &w.spaces[c.Space]
	a := s.capacity[key]
	if a == nil {
		cuts := w.Rules.Spaces[c.Space].Cuts
		made := account.New(cuts, make([]account.Sum, len(cuts)-1), nil)
		a = &made
		s.capacity[key] = a
	}
	return a
}

// Capacity is what the devices in service under a share's permits have taken
// and will take in window v of its calendar, if none is lost: those of the key
// that account id stands for, where the key is one of devices.
func (w *World) Capacity(c *Clause, id int32, v int) account.Sum {
	a := w.capacity(c, w.accounts[id].Key)
	a.Advance(w.now)
	return a.Committed[v]
}
