package catalog

import (
	"fmt"
	"slices"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/work"
)

// resolver follows the references among documents and rewrites names to
// canonical ones.
type resolver struct {
	c    *Catalog
	errs document.Errors

	authorities, permits, facts, accelerators, sites, lots *names
}

func (r *resolver) resolve() {
	c := r.c
	r.authorities = index("Authority", c.Authorities, nil)
	r.permits = index("Permit", c.Permits, nil)
	r.facts = index("Fact", c.Facts, nil)
	r.accelerators = index("Accelerator", c.Accelerators, func(e *Entry[fleet.Accelerator]) []string { return e.Spec.Aliases })
	r.sites = index("Site", c.Sites, nil)
	r.lots = index("Lot", c.Lots, nil)
	for i := range c.Lots {
		e := &c.Lots[i]
		r.refer(e.Document, "spec.accelerator", &e.Spec.Accelerator, r.accelerators)
		r.refer(e.Document, "spec.site", &e.Spec.Site, r.sites)
		r.each(e.Document, "spec.permits", e.Spec.Permits, r.permits)
	}
	for i := range c.Permits {
		e := &c.Permits[i]
		for k := range e.Spec.Grants {
			r.refer(e.Document, fmt.Sprintf("spec.grants[%d].accelerator", k), &e.Spec.Grants[k].Accelerator, r.accelerators)
		}
		n := &e.Spec.Endorsements
		r.each(e.Document, "spec.endorsements.required", n.Required, r.authorities)
		for k := range n.Asserted {
			r.refer(e.Document, fmt.Sprintf("spec.endorsements.asserted[%d].by", k), &n.Asserted[k].By, r.authorities)
		}
		for k := range n.Expected {
			r.refer(e.Document, fmt.Sprintf("spec.endorsements.expected[%d].by", k), &n.Expected[k].By, r.authorities)
		}
		r.each(e.Document, "spec.lists", e.Spec.Lists, r.facts)
		r.conditions(e)
	}
	for i := range c.Jobs {
		e := &c.Jobs[i]
		r.each(e.Document, "spec.accelerators", e.Spec.Accelerators, r.accelerators)
		r.each(e.Document, "spec.sites", e.Spec.Sites, r.sites)
	}
	for i := range c.Programmes {
		r.programme(&c.Programmes[i])
	}
	for i := range c.Scenarios {
		e := &c.Scenarios[i]
		for k := range e.Spec.Events {
			ev, at := &e.Spec.Events[k], fmt.Sprintf("spec.events[%d]", k)
			r.each(e.Document, at+".revoke", ev.Revoke, r.permits)
			r.each(e.Document, at+".suspend", ev.Suspend, r.permits)
			r.each(e.Document, at+".reinstate", ev.Reinstate, r.permits)
			if ev.Shutdown != nil {
				r.each(e.Document, at+".shutdown.lots", ev.Shutdown.Lots, r.lots)
				if ev.Shutdown.Accelerator != "" {
					r.refer(e.Document, at+".shutdown.accelerator", &ev.Shutdown.Accelerator, r.accelerators)
				}
			}
		}
	}
}

// refer checks one reference and rewrites an alias.
func (r *resolver) refer(d *document.Document, path string, name *string, to *names) {
	canonical, ok := to.known[*name]
	switch {
	case *name == "":
		return // missing: Decode has said so
	case !ok:
		e := d.Errorf(path, "there is no %s %q", to.kind, *name)
		e.Hint = spelling.Hint(*name, to.all)
		r.errs = append(r.errs, e)
	case canonical == "":
		r.errs = append(r.errs, d.Errorf(path, "%q stands for more than one %s: write its full name", *name, to.kind))
	default:
		*name = canonical
	}
}

func (r *resolver) each(d *document.Document, path string, list []string, to *names) {
	for i := range list {
		r.refer(d, fmt.Sprintf("%s[%d]", path, i), &list[i], to)
	}
}

func (r *resolver) programme(e *Entry[work.Programme]) {
	phases := &names{kind: "phase", known: map[string]string{}}
	for i := range e.Spec.Phases {
		n := e.Spec.Phases[i].Name
		if phases.known[n] != "" {
			r.errs = append(r.errs, e.Document.Errorf(fmt.Sprintf("spec.phases[%d].name", i), "the phase %q is there twice", n))
		}
		phases.known[n] = n
		phases.all = append(phases.all, n)
	}
	for i := range e.Spec.Phases {
		f, at := &e.Spec.Phases[i], fmt.Sprintf("spec.phases[%d]", i)
		r.each(e.Document, at+".after", f.After, phases)
		r.each(e.Document, at+".accelerators", f.Accelerators, r.accelerators)
		r.each(e.Document, at+".sites", f.Sites, r.sites)
		if (f.Work == nil) == (f.Serve == nil) {
			r.errs = append(r.errs, e.Document.Errorf(at, "a phase has either work to do or a demand to serve"))
		}
		if f.Work != nil {
			if f.Work.On != "" {
				r.refer(e.Document, at+".work.on", &f.Work.On, r.accelerators)
			}
			f.Work.Speed = products(r, e.Document, at+".work.speed", f.Work.Speed)
			f.Work.MFU = products(r, e.Document, at+".work.mfu", f.Work.MFU)
			if f.Work.DeviceHours.Set() == f.Work.FLOP.Set() {
				r.errs = append(r.errs, e.Document.Errorf(at+".work", "work is either deviceHours or flop"))
			}
		}
		if f.Serve != nil {
			r.refer(e.Document, at+".serve.on", &f.Serve.On, r.accelerators)
			f.Serve.Speed = products(r, e.Document, at+".serve.speed", f.Serve.Speed)
		}
	}
	r.cycles(e)
	for i := range e.Spec.Milestones {
		r.each(e.Document, fmt.Sprintf("spec.milestones[%d].after", i), e.Spec.Milestones[i].After, phases)
	}
	for i := range e.Spec.Filings {
		f, at := &e.Spec.Filings[i], fmt.Sprintf("spec.filings[%d]", i)
		r.refer(e.Document, at+".permit", &f.Permit, r.permits)
		duties := &names{kind: "duty of permit " + f.Permit, known: map[string]string{}}
		for k := range r.c.Permits {
			if r.c.Permits[k].Name != f.Permit {
				continue
			}
			for _, c := range r.c.Permits[k].Spec.Conditions {
				if c.Duty != nil {
					duties.known[c.Name] = c.Name
					duties.all = append(duties.all, c.Name)
				}
			}
			r.refer(e.Document, at+".duty", &f.Duty, duties)
		}
	}
}

// products rewrites the keys of a table by product.
func products[V any](r *resolver, d *document.Document, path string, table map[string]V) map[string]V {
	if table == nil {
		return nil
	}
	out := make(map[string]V, len(table))
	var keys []string
	for k := range table {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		name := k
		r.refer(d, path+"."+k, &name, r.accelerators)
		out[name] = table[k]
	}
	return out
}

// cycles finds phases that wait for themselves.
func (r *resolver) cycles(e *Entry[work.Programme]) {
	after := map[string][]string{}
	for _, f := range e.Spec.Phases {
		after[f.Name] = f.After
	}
	for i, f := range e.Spec.Phases {
		seen := map[string]bool{}
		var reaches func(string) bool
		reaches = func(n string) bool {
			for _, a := range after[n] {
				if a == f.Name {
					return true
				}
				if !seen[a] {
					seen[a] = true
					if reaches(a) {
						return true
					}
				}
			}
			return false
		}
		if reaches(f.Name) {
			r.errs = append(r.errs, e.Document.Errorf(fmt.Sprintf("spec.phases[%d].after", i), "the phase %q waits for itself", f.Name))
		}
	}
}
