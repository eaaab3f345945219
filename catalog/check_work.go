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
		if f.Work.Tokens.Set() {
			s.predicted(path, f)
			return
		}
		s.runnable(path, f, f.Work.On, sortedKeys(f.Work.Speed), sortedKeys(f.Work.MFU))
	default:
		s.serve(path+".serve", f.Serve)
		if f.Serve.Requests != nil {
			s.predicted(path, f)
			return
		}
		s.runnable(path, f, f.Serve.On, sortedKeys(f.Serve.Speed), nil)
	}
}

// predicted requires a model whose speed can be predicted, for a phase that
// counts tokens, and puts its name in place of an alias.
func (s *scope) predicted(path string, f *work.Phase) {
	if f.Model == "" {
		s.hint("add model", path, "how fast the phase %q runs is predicted for its model", f.Name)
		return
	}
	if name := s.models[f.Model]; name != "" {
		f.Model = name
	}
	if !s.reference("Model", path+".model", f.Model) {
		return
	}
	i := slices.IndexFunc(s.c.Models, func(e Entry[work.Model]) bool { return e.Name == f.Model })
	if m := &s.c.Models[i].Spec; !m.Described() && m.Like == "" {
		s.hint("add layers to the model, or like", path+".model", "the architecture of %q is not given, so that its speed cannot be predicted", f.Model)
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
	hours, flop, tokens := s.doc.Has(path+".deviceHours"), s.doc.Has(path+".flop"), s.doc.Has(path+".tokens")
	if !tokens && (w.Sequence != 0 || w.Adapters) {
		s.fail(path, "sequence and adapters belong to work in tokens")
	}
	switch {
	case hours && (flop || tokens) || flop && tokens || !hours && !flop && !tokens:
		s.hint("write deviceHours, flop or tokens", path, "the work is one amount, of device-hours, of FLOP or of tokens")
		return
	case tokens:
		s.amounts(path+".tokens", w.Tokens, quantity.Tokens)
		s.counts(path, map[string]int64{"sequence": w.Sequence})
		if w.On != "" || w.Speed != nil || w.MFU != nil {
			s.fail(path, "on, speed and mfu do not belong to work in tokens: its speed is predicted")
		}
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
	q := v.Requests
	switch {
	case q == nil && v.On == "":
		s.hint("write on, for a demand in devices, or requests, for one in tokens", path, "what the demand counts is not said")
	case q == nil:
		s.product(path+".on", &v.On)
		s.ratios(path+".speed", v.Speed, 0)
	default:
		if v.On != "" || v.Speed != nil {
			s.fail(path, "on and speed do not belong to a demand in tokens: what a device gives is predicted")
		}
		s.counts(path+".requests", map[string]int64{"prompt": q.Prompt, "answer": q.Answer})
		if q.Prompt < 1 || q.Answer < 1 {
			s.fail(path+".requests", "prompt and answer have at least one token")
		}
		s.positive(path+".requests.tpot", q.TPOT)
	}
	for i, d := range v.Demand {
		sub := at(path+".demand", i)
		switch {
		case q == nil && d.Devices.Set() && !d.TokensPerSecond.Set():
			s.deviceCounts(sub+".devices", d.Devices, 0)
		case q != nil && d.TokensPerSecond.Set() && !d.Devices.Set():
			s.amounts(sub+".tokensPerSecond", d.TokensPerSecond, quantity.Tokens)
		default:
			s.hint("write devices with on, tokensPerSecond with requests", sub, "the demand does not say how much is wanted")
		}
		if i > 0 && v.Demand[i-1].After >= d.After {
			s.fail(sub+".after", "%s is not after %s", d.After, v.Demand[i-1].After)
		}
	}
}
