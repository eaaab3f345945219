package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// words answers, from the figures alone, whether the devices turn into
// progress or the conditions eat it.
func (m *maker) words(r *Result) {
	delayed := false
	for i := range r.Milestones {
		x := &r.Milestones[i]
		name := x.Programme + "/" + x.Name
		switch gain, left := days(x.Gain), days(x.Left); {
		case !m.p.newDevices() && days(x.Delay) == 0:
			r.Answer = append(r.Answer, fmt.Sprintf("The conditions do not delay %s: it comes on %s%s.", name, date(x.Conditional.Middle), beyond(x)))
		case !m.p.newDevices():
			r.Answer = append(r.Answer, fmt.Sprintf("On no conditions %s would come on %s; the conditions move it by %+d days, to %s%s.", name, date(x.None.Middle), days(x.Delay), date(x.Conditional.Middle), beyond(x))+m.takes(r, i))
		case gain == 0 && left == 0 && x.Delay == 0:
			r.Answer = append(r.Answer, fmt.Sprintf("New devices bring nothing before %s: it comes on %s with or without them.", name, date(x.Conditional.Middle)))
		case gain <= 0:
			s := fmt.Sprintf("Even on no conditions new devices would not bring %s forward (%s, without them %s).", name, date(x.None.Middle), date(x.Without.Middle))
			if d := days(x.Delay); d > 0 {
				s += fmt.Sprintf(" The conditions delay it by %d days, to %s%s.", d, date(x.Conditional.Middle), beyond(x))
				s += m.takes(r, i)
			}
			r.Answer = append(r.Answer, s)
		default:
			delayed = true
			s := fmt.Sprintf("Unconditional devices would bring %s forward by %d days, from %s to %s; on these conditions %d of them are left (%d %%), and it comes on %s%s.",
				name, gain, date(x.Without.Middle), date(x.None.Middle), left, percent(x.Left, x.Gain), date(x.Conditional.Middle), beyond(x))
			s += m.takes(r, i)
			r.Answer = append(r.Answer, s)
		}
	}
	if delayed {
		gain, left := int64(0), int64(0)
		for i := range r.Milestones {
			if r.Milestones[i].Gain > 0 {
				gain, left = gain+r.Milestones[i].Gain, left+max(0, r.Milestones[i].Left)
			}
		}
		switch share := percent(left, gain); {
		case share >= 67:
			r.Answer = append(r.Answer, fmt.Sprintf("So most of the approval turns into progress: %d %% of the gain is left.", share))
		case share > 33:
			r.Answer = append(r.Answer, fmt.Sprintf("So a part of the approval turns into progress: %d %% of the gain is left, the conditions eat the rest.", share))
		default:
			r.Answer = append(r.Answer, fmt.Sprintf("So the conditions eat most of it: %d %% of the gain is left.", share))
		}
	}
	if r.Trace != nil {
		r.Answer = append(r.Answer, m.waits(r))
	}
	reached := 0
	for i := range r.Milestones {
		if !r.Milestones[i].Conditional.Beyond[1] {
			reached++
		}
	}
	r.Summary = fmt.Sprintf("Plan: %d of %d milestones in the period, %d conditions bind, %s; %d samples, seed %d.",
		reached, len(r.Milestones), len(m.active), breaches(r), r.Samples, r.Seed)
}

// waits says what the conditions do to the queues of recorded jobs.
func (m *maker) waits(r *Result) string {
	mean := func(of func(*sampled) int64) float64 {
		sum := 0.0
		for n := range m.all {
			sum += float64(of(&m.all[n])) / msPerHour
		}
		return sum / float64(max(1, len(m.all))) / float64(max(1, r.Trace.Jobs))
	}
	none, full := mean(func(s *sampled) int64 { return s.none.wait }), mean(func(s *sampled) int64 { return s.full.wait })
	said := fmt.Sprintf("On no conditions a recorded job would have waited %.1f h on the mean; on these it waits %.1f h, those that still wait counted up to the period's end.", none, full)
	var parts []string
	for _, c := range r.Costs {
		if c.Wait == nil || math.Abs(c.Wait.Value) < 0.05 {
			continue
		}
		name, verb := c.Group, "takes"
		if c.Basis != "" {
			name += " (" + c.Basis + ")"
		}
		if c.Wait.Value < 0 {
			verb = "gives back"
		}
		parts = append(parts, fmt.Sprintf("%s %s %.1f", name, verb, math.Abs(c.Wait.Value)))
	}
	if len(parts) > 0 {
		said += fmt.Sprintf(" Of the %.1f h between, %s.", full-none, strings.Join(parts, ", "))
	}
	waiting, refused := 0, 0
	for _, a := range r.Trace.Accounts {
		waiting, refused = waiting+a.Full.Waiting, refused+a.Full.Refused
	}
	return said + fmt.Sprintf(" Of %d jobs %d still wait at the end and %d were refused.", r.Trace.Jobs, waiting, refused)
}

// takes names what the conditions take of a milestone, the dearest first.
func (m *maker) takes(r *Result, i int) string {
	type part struct {
		days  float64
		words string
	}
	var parts []part
	for _, c := range r.Costs {
		d := c.Delay[i].Value
		if math.Abs(d) < 0.5 {
			continue
		}
		w := c.Group
		if c.Basis != "" {
			w += " (" + c.Basis + ")"
		}
		parts = append(parts, part{d, w})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(math.Abs(b.days), math.Abs(a.days)) })
	if len(parts) == 0 {
		return ""
	}
	words := make([]string, len(parts))
	for k, p := range parts {
		verb := "takes"
		if p.days < 0 {
			verb = "gives back"
		}
		words[k] = fmt.Sprintf("%s %s %.0f", p.words, verb, math.Abs(p.days))
	}
	return " Of the delay of " + fmt.Sprint(days(r.Milestones[i].Delay)) + " days, " + strings.Join(words, ", ") + "."
}

func beyond(x *MilestoneResult) string {
	if x.Conditional.Beyond[1] {
		return " or later (the period ends there)"
	}
	return ""
}

func breaches(r *Result) string {
	n := 0
	for _, p := range r.Permits {
		if p.Breach != nil {
			n++
		}
	}
	if n == 0 {
		return "no breach"
	}
	if n == 1 {
		return "1 permit with a breach"
	}
	return fmt.Sprintf("%d permits with a breach", n)
}
