package catalog

import (
	"fmt"
	"time"

	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/world"
)

// envelope checks a limit that follows a fact: its steps are known ahead, since
// a job is admitted under the lowest one that it may reach.
func (s *scope) envelope(path string, p *permit.Permit, l *permit.Limit, loc *time.Location) {
	if l.Measure != permit.Devices && l.Measure != permit.Power {
		s.hint("write devices or power", path+".follows", "%s is no measure of use at an instant", l.Measure)
	}
	if s.doc.Has(path + ".atMost") {
		s.fail(path+".follows", "the bound is atMost or follows a fact, not both")
	}
	if l.Pool != "" {
		s.fail(path+".pool", "a limit that follows a fact has no pool")
	}
	if !s.reference("Fact", path+".follows", l.Follows) {
		return
	}
	s.series(path+".follows", l.Follows, l.Measure)
	f := s.facts[l.Follows]
	if f == nil || len(f.Series) == 0 {
		return // said above, or where the fact stands
	}
	if from := f.Series[0].At; from.In(loc) > p.Valid.From.In(loc) {
		s.fail(path+".follows", "the fact %q begins on %s, after the permit: until then there is no bound", l.Follows, from)
	}
	for _, v := range f.Series {
		if v.Value.Value == nil {
			s.hint("give each date one value", path+".follows", "the fact %q is uncertain: what a job may reach is not known", l.Follows)
			return
		}
	}
}

// steps compiles the bounds of a limit that follows a fact; the highest one
// stands for it where one figure is wanted.
func (k *compiler) steps(c *world.Clause, l *permit.Limit, loc *time.Location) error {
	for _, f := range k.c.Facts {
		if f.Name != l.Follows {
			continue
		}
		for _, p := range f.Spec.Series {
			v, err := sum(*p.Value.Value, c.Unit)
			if err != nil {
				return fmt.Errorf("the fact %s: %w", f.Name, err)
			}
			c.Steps = append(c.Steps, world.Step{At: p.At.In(loc), Bound: v})
			c.Bound = c.Bound.Max(v)
		}
	}
	return nil
}
