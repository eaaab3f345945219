package control_test

import (
	"encoding/json"
	"strings"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/signature"
)

// effects tells what has happened since it was asked last.
func effects(f *fleet) string {
	f.t.Helper()
	var all []string
	for _, e := range f.entries[f.told:] {
		var body struct{ Outcome control.Outcome }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			f.t.Fatal(err)
		}
		for _, x := range body.Outcome.Effects {
			all = append(all, strings.TrimSpace(string(x.Do)+" "+x.Job+x.Permit+x.Lot))
		}
	}
	f.told = len(f.entries)
	return strings.Join(all, ", ")
}

func (f *fleet) approve(job, permit, condition, by string) error {
	a, err := f.s.NewApproval(job, permit, condition)
	if err != nil {
		return err
	}
	text, err := a.Canonical()
	if err != nil {
		return err
	}
	armored, err := signature.Sign(text, f.keys[by])
	if err != nil {
		return err
	}
	x := &control.Approve{Approval: string(text), Signature: string(armored)}
	x.By = by
	_, err = f.try(x, nil)
	return err
}
