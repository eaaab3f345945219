package permittest

import (
	"slices"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// happen does what a step says.
func (r *running) happen(s *catalog.Step, path string) {
	e := r.e
	n := 0
	do := func(is bool, f func()) {
		if is {
			n++
			f()
		}
	}
	do(s.Submit != nil, func() { e.submit(s.Submit) })
	do(s.Announce != nil, func() { e.announce(s.Announce, r.from) })
	do(s.End != "", func() { r.end(path, s.End) })
	do(s.Deliver != nil, func() {
		lot := r.lot(path+".deliver.lot", s.Deliver.Lot)
		count, err := s.Deliver.Devices.Int64(quantity.Count)
		if err != nil {
			r.fail(path+".deliver.devices", "%s", err)
		} else if lot >= 0 {
			e.deliver(lot, count)
		}
	})
	do(s.Move != nil, func() { r.move(path+".move", s.Move.Lot, s.Move.From, s.Move.To, s.Move.Devices) })
	do(s.Dispose != nil, func() { r.move(path+".dispose", s.Dispose.Lot, s.Dispose.From, "", s.Dispose.Devices) })
	do(s.Notice != nil, func() {
		i, lot, site := r.clause(path+".notice.duty", s.Notice.Permit+"/"+s.Notice.Duty), r.lot(path+".notice.lot", s.Notice.Lot), world.Nowhere
		if s.Notice.To != "" {
			site = r.known(path+".notice.to", "site", s.Notice.To, names(r.c.Sites))
		}
		if i >= 0 && lot >= 0 {
			e.w.Notify(i, lot, site)
		}
	})
	do(s.Evidence != nil, func() { r.evidence(path+".evidence", s.Evidence) })
	do(s.Fact != nil, func() {
		r.known(path+".fact.name", "fact", s.Fact.Name, names(r.c.Facts))
		if err := e.setFact(s.Fact.Name, s.Fact.Value); err != nil {
			r.fail(path+".fact.value", "%s", err)
		}
	})
	do(s.File != nil, func() {
		if i := r.clause(path+".file.duty", s.File.Permit+"/"+s.File.Duty); i >= 0 {
			e.w.File(i)
		}
	})
	do(s.Approve != nil, func() { r.approve(path+".approve", s.Approve) })
	do(s.Endorse != nil, func() {
		p := r.permit(path+".endorse.permit", s.Endorse.Permit)
		r.known(path+".endorse.by", "authority", s.Endorse.By, e.rules.Authorities)
		if a := e.authority(s.Endorse.By); p >= 0 && a >= 0 {
			e.w.Endorse(p, a)
		}
	})
	for _, x := range []struct {
		name, field string
		do          func(int32)
	}{{s.Revoke, "revoke", e.w.Revoke}, {s.Suspend, "suspend", e.w.Suspend}, {s.Reinstate, "reinstate", e.w.Reinstate}} {
		do(x.name != "", func() {
			if p := r.permit(path+"."+x.field, x.name); p >= 0 {
				x.do(p)
			}
		})
	}
	if n > 1 {
		r.fail(path, "a step is one thing: write a step for each")
	}
	if s.Submit == nil && s.Deliver == nil && s.Move == nil && s.Dispose == nil {
		e.step() // what the step changed may act at once, or let waiting work go
	}
}

// move moves devices of a lot, or gives them away where to is empty.
func (r *running) move(path, name, from, to string, devices quantity.Amount) {
	lot := r.lot(path+".lot", name)
	n, err := devices.Int64(quantity.Count)
	if err != nil {
		r.fail(path+".devices", "%s", err)
	}
	if lot < 0 || err != nil {
		return
	}
	stock, target := r.e.rules.Lots[lot].Stock, int32(-1)
	for _, x := range []struct {
		field, site string
		stock       *int32
	}{{"from", from, &stock}, {"to", to, &target}} {
		if x.site == "" {
			continue
		}
		if s := r.known(path+"."+x.field, "site", x.site, names(r.c.Sites)); s >= 0 {
			if *x.stock = r.e.rules.Destination(lot, s); *x.stock < 0 {
				r.fail(path+"."+x.field, "no device of the lot %q can be at %q", name, x.site)
			}
		}
	}
	if len(r.errs) == 0 {
		r.e.move(lot, stock, target, n)
	}
}

func (r *running) end(path, name string) {
	for i := range r.e.jobs {
		if r.e.jobs[i].entry.Name == name && r.e.jobs[i].state == "running" {
			r.e.close(i, "ended")
			return
		}
	}
	r.fail(path+".end", "no job %q runs", name)
}

func (r *running) evidence(path string, s *catalog.EvidenceStep) {
	lot := r.lot(path+".lot", s.Lot)
	r.known(path+".kind", "evidence of the kind", s.Kind, r.e.rules.EvidenceKinds)
	k := r.e.kind(s.Kind)
	if lot < 0 || k < 0 {
		return
	}
	if s.Certificate {
		r.e.w.Certify(lot, k)
		return
	}
	r.e.w.See(r.e.rules.Lots[lot].Stock, k, s.Always)
}

func (r *running) approve(path string, s *catalog.ApprovalStep) {
	c := r.clause(path+".condition", s.Permit+"/"+s.Condition)
	r.known(path+".by", "authority", s.By, r.e.rules.Authorities)
	for i := range r.e.jobs {
		if a := r.e.authority(s.By); r.e.jobs[i].entry.Name == s.Job && c >= 0 && a >= 0 {
			r.e.w.Approve(c, int32(i), a)
			return
		}
	}
	if c >= 0 {
		r.fail(path+".job", "there is no job %q yet", s.Job)
	}
}

// known requires that a name is there.
func (r *running) known(path, what, name string, all []string) int32 {
	i := slices.Index(all, name)
	if i < 0 {
		r.fail(path, "there is no %s %q", what, name)
		r.errs[len(r.errs)-1].Hint = spelling.Hint(name, all)
	}
	return int32(i)
}

func names[T any](entries []catalog.Entry[T]) []string {
	out := make([]string, len(entries))
	for i := range entries {
		out[i] = entries[i].Name
	}
	return out
}

func (r *running) lot(path, name string) int32 { return r.known(path, "lot", name, names(r.c.Lots)) }

func (r *running) permit(path, name string) int32 {
	return r.known(path, "permit", name, names(r.c.Permits))
}

// clause finds a condition by CLAUSE or PERMIT/CLAUSE.
func (r *running) clause(path, name string) int32 {
	var all []string
	found := int32(-1)
	for i := range r.e.rules.Clauses {
		c := &r.e.rules.Clauses[i]
		full := r.e.rules.Permits[c.Permit].Name + "/" + c.Name
		if (full == name || c.Name == name) && found < 0 {
			found = int32(i)
		}
		all = append(all, full, c.Name)
	}
	if found < 0 {
		r.fail(path, "there is no condition %q", name)
		r.errs[len(r.errs)-1].Hint = spelling.Hint(name, all)
	}
	return found
}
