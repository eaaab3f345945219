package permittest

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// setFact gives a fact a value, in the unit of the share that compares with it.
func (e *engine) setFact(name string, v quantity.Amount) error {
	for i := range e.c.Facts {
		if e.c.Facts[i].Name != name {
			continue
		}
		unit := quantity.Unit("")
		for k := range e.rules.Clauses {
			if c := &e.rules.Clauses[k]; c.Base == world.OfFact && c.Fact == int32(i) {
				unit = c.Unit
			}
		}
		if unit == "" {
			return nil // no share compares with it
		}
		b, err := v.In(unit)
		if err != nil {
			return err
		}
		sum, ok := account.FromBig(b)
		if !ok {
			return &tooLarge{v}
		}
		e.w.SetFact(int32(i), sum)
		return nil
	}
	return nil
}

type tooLarge struct{ amount quantity.Amount }

func (t *tooLarge) Error() string { return t.amount.String() + " is too large" }

func (e *engine) kind(name string) int32 {
	return int32(slices.Index(e.rules.EvidenceKinds, name))
}

func (e *engine) authority(name string) int32 {
	return int32(slices.Index(e.rules.Authorities, name))
}
