package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/work"
)

func (s *scope) job(j *work.Job) {
	s.size("spec.devices", j.Devices)
	s.products("spec.accelerators", j.Accelerators)
	s.references("Site", "spec.sites", j.Sites)
	s.positive("spec.limit", j.Limit)
	s.positive("spec.expected", j.Expected)
	s.positive("spec.checkpoint", j.Checkpoint)
	s.positive("spec.every", j.Every)
	s.durations("spec.runs", j.Runs, 1)
	s.before("spec.until", j.Submit, j.Until, time.UTC)
	if j.Every == 0 && !j.Until.Zero() {
		s.hint("add every", "spec.until", "only a series of jobs ends")
	}
}

func (s *scope) size(path string, z work.Size) {
	for _, f := range []struct {
		name string
		n    int64
	}{{"", z.Exactly}, {".min", z.Min}, {".max", z.Max}} {
		sub := path + f.name
		switch {
		case f.n > MaxDevices:
			s.fail(sub, "%d devices are more than the %d that can be counted", f.n, MaxDevices)
		case f.n < 0 || f.n == 0 && s.doc.Has(sub) && (f.name != "" || z == (work.Size{})):
			s.fail(sub, "must be at least 1")
		}
	}
	if z.Exactly != 0 && (z.Min != 0 || z.Max != 0) {
		s.fail(path, "has an exact number and a range: write one or the other")
	} else if lo, hi := z.Range(); lo > hi {
		s.fail(path+".max", "%d is below min, %d", hi, lo)
	}
}

func (s *scope) programme(p *work.Programme) {
	phases := make([]string, len(p.Phases))
	for i, f := range p.Phases {
		phases[i] = f.Name
	}
	s.named("spec.phases", phases)
	for i := range p.Phases {
		s.phase(at("spec.phases", i), &p.Phases[i], phases)
	}
	s.cycles(p)
	milestones := make([]string, len(p.Milestones))
	for i, m := range p.Milestones {
		milestones[i] = m.Name
		s.after(at("spec.milestones", i)+".after", m.After, phases)
	}
	s.named("spec.milestones", milestones)
	for i, f := range p.Filings {
		path := at("spec.filings", i)
		s.durations(path+".takes", f.Takes, 0)
		if !s.reference("Permit", path+".permit", f.Permit) || s.permits[f.Permit] == nil {
			continue
		}
		var duties []string
		for _, c := range s.permits[f.Permit].Conditions {
			if c.Duty != nil {
				duties = append(duties, c.Name)
			}
		}
		s.among(path+".duty", f.Duty, `duty in the permit "`+f.Permit+`" by the name of`, duties)
	}
}

func (s *scope) after(path string, names, phases []string) {
	s.distinct(path, names)
	for i, n := range names {
		s.among(at(path, i), n, "phase", phases)
	}
}

// cycles requires that no phase waits for itself, also by way of others.
func (s *scope) cycles(p *work.Programme) {
	after := map[string][]string{}
	index := map[string]int{}
	for i, f := range p.Phases {
		after[f.Name], index[f.Name] = f.After, i
	}
	const open, done = 1, 2
	state := map[string]int{}
	var way []string
	var visit func(string) bool
	visit = func(n string) bool {
		if state[n] == open {
			from := slices.Index(way, n)
			s.fail(at("spec.phases", index[n])+".after", "the phases wait for each other: %s", strings.Join(append(way[from:], n), ", then "))
			return false
		}
		if state[n] == done {
			return true
		}
		state[n], way = open, append(way, n)
		for _, a := range after[n] {
			if !visit(a) {
				return false
			}
		}
		state[n], way = done, way[:len(way)-1]
		return true
	}
	for _, f := range p.Phases {
		if !visit(f.Name) {
			return // one cycle is enough to say
		}
	}
}

func (s *scope) phase(path string, f *work.Phase, phases []string) {
	s.after(path+".after", f.After, phases)
	s.moments(path+".notBefore", f.NotBefore, time.UTC)
	if s.doc.Has(path + ".devices") {
		s.size(path+".devices", f.Devices)
	}
	s.products(path+".accelerators", f.Accelerators)
	s.references("Site", path+".sites", f.Sites)
	s.positive(path+".limit", f.Limit)
	s.positive(path+".checkpoint", f.Checkpoint)
	switch {
	case f.Work == nil && f.Serve == nil:
		s.hint("write work or serve", path, "the phase %q has nothing to do", f.Name)
	case f.Work != nil && f.Serve != nil:
		s.fail(path, "the phase %q has work and serves: write a phase for each", f.Name)
	case f.Work != nil:
		s.work(path+".work", f.Work)
		s.runnable(path, f, f.Work.On, sortedKeys(f.Work.Speed), sortedKeys(f.Work.MFU))
	default:
		s.serve(path+".serve", f.Serve)
		s.runnable(path, f, f.Serve.On, sortedKeys(f.Serve.Speed), nil)
	}
}

// runnable requires that each product of a phase has a known speed.
func (s *scope) runnable(path string, f *work.Phase, on string, lists ...[]string) {
	for i, a := range f.Accelerators {
		if a != on && !slices.ContainsFunc(lists, func(l []string) bool { return slices.Contains(l, a) }) && slices.Contains(s.names["Accelerator"], a) {
			s.hint("name its speed or leave it out", at(path+".accelerators", i), "how fast the phase runs on %s is not said", a)
		}
	}
}

func (s *scope) work(path string, w *work.Work) {
	hours, flop := s.doc.Has(path+".deviceHours"), s.doc.Has(path+".flop")
	switch {
	case hours == flop:
		s.hint("write deviceHours or flop", path, "the work is an amount of device-hours or of FLOP")
		return
	case hours:
		s.amounts(path+".deviceHours", w.DeviceHours, quantity.DeviceMilli)
		if w.On == "" {
			s.hint("add on", path, "device-hours count on a product")
		} else {
			s.product(path+".on", &w.On)
		}
		s.ratios(path+".speed", w.Speed, 0)
		if w.MFU != nil {
			s.fail(path+".mfu", "belongs to work in flop")
		}
	default:
		s.amounts(path+".flop", w.FLOP, quantity.GigaFLOP)
		if len(w.MFU) == 0 {
			s.hint("add mfu: {h200-sxm: 38%}", path, "FLOP are done at a share of each product's peak")
		}
		s.ratios(path+".mfu", w.MFU, 1)
		if w.On != "" || w.Speed != nil {
			s.fail(path, "on and speed belong to work in deviceHours")
		}
	}
}

func (s *scope) serve(path string, v *work.Serve) {
	s.product(path+".on", &v.On)
	s.ratios(path+".speed", v.Speed, 0)
	for i, d := range v.Demand {
		sub := at(path+".demand", i)
		s.deviceCounts(sub+".devices", d.Devices, 0)
		if i > 0 && v.Demand[i-1].After >= d.After {
			s.fail(sub+".after", "%s is not after %s", d.After, v.Demand[i-1].After)
		}
	}
}
