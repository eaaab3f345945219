package regime

import (
	"fmt"
	"strings"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/permit"
)

// Shown is a clause as a condition, for showing it: open parameters stand in
// it as values that Open turns into their names.
type Shown struct {
	Clause    *Clause
	Condition permit.Condition
	// Written gives a field of the condition as it stands in its document.
	Written func(path string) string
	// Open puts ‹name› in place of the values of open parameters.
	Open func(text string) string
}

// bare is a permit that has nothing but the conditions put into it.
const bare = `apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: shown}
spec: {holder: holder, grants: [{accelerator: any, quantity: 1}], valid: {from: 2026-01-01, until: 2027-01-01}}
`

// Show gives every clause as a condition, those that are off too.
func (e *Entry) Show() ([]Shown, error) {
	docs, errs := document.Read(e.Name, []byte(bare))
	if len(errs) > 0 {
		return nil, errs
	}
	d := docs[0]
	use := &permit.RegimeUse{Use: e.Name}
	values, errs := e.Bind(use, d, "spec")
	if len(errs) > 0 {
		return nil, errs
	}
	var pairs []string
	for i := range e.Spec.Parameters {
		p := &e.Spec.Parameters[i]
		if _, ok := values[p.Name]; ok {
			continue
		}
		v, shown := standIn(p, i+1)
		values[p.Name] = v
		for _, s := range shown {
			pairs = append(pairs, s, "‹"+p.Name+"›")
		}
	}
	open := strings.NewReplacer(pairs...)
	for i := range e.Spec.Clauses {
		n, _, missing := e.condition(&e.Spec.Clauses[i], use, values)
		if len(missing) > 0 {
			return nil, fmt.Errorf("regime %s, clause %s: there is no parameter %s", e.Name, e.Spec.Clauses[i].Name, strings.Join(missing, ", "))
		}
		d.Put("spec.conditions", i, n, "spec")
	}
	var p permit.Permit
	if errs := d.Decode(&p); len(errs) > 0 {
		return nil, fmt.Errorf("regime %s: %w", e.Name, errs)
	}
	var out []Shown
	for i := range e.Spec.Clauses {
		out = append(out, Shown{
			Clause: &e.Spec.Clauses[i], Condition: p.Conditions[i], Open: open.Replace,
			Written: func(path string) string { return d.Text(fmt.Sprintf("spec.conditions[%d].%s", i, path)) },
		})
	}
	return out, nil
}

// standIn gives a value for the open parameter number n that nobody would
// write, and how it looks in words.
func standIn(p *Parameter, n int) (Value, []string) {
	v := Value{Parameter: p}
	switch p.Type {
	case Ratio:
		v.Text = fmt.Sprintf("77.%d%%", n)
		return v, []string{fmt.Sprintf("77.%d %%", n), fmt.Sprintf("77,%d %%", n)}
	case Amount:
		unit := map[permit.Measure]string{
			permit.DeviceHours: "h", permit.Power: "W", permit.FLOP: "FLOP", permit.Energy: "Wh", permit.Cost: "USD",
		}[p.Measure]
		v.Text = fmt.Sprintf("77%02d%s", n, unit)
		return v, []string{strings.TrimSpace(fmt.Sprintf("77%02d %s", n, unit))}
	case Count:
		v.Text = fmt.Sprintf("77%02d", n)
		return v, []string{v.Text}
	case Length, Window:
		v.Text = fmt.Sprintf("77%02dd", n)
		return v, []string{fmt.Sprintf("77%02d days", n), fmt.Sprintf("77%02d Tage", n)}
	case Date:
		v.Text = fmt.Sprintf("2177-01-%02d", n)
		return v, []string{v.Text}
	case Texts, Authorities:
		v.Words = []string{"‹" + p.Name + "›"}
		return v, nil
	}
	v.Text = "‹" + p.Name + "›"
	return v, nil
}
