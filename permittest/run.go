package permittest

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/world"
)

// Report is what came of the tests.
type Report struct {
	Cases []Result `json:"cases"`
	// Clauses are the conditions of the permits under test, with what the cases
	// made of them.
	Clauses []Covered `json:"clauses"`
}

// Failed is the number of cases that failed.
func (r *Report) Failed() (n int) {
	for i := range r.Cases {
		if len(r.Cases[i].Failures) > 0 {
			n++
		}
	}
	return n
}

// Result is one case.
type Result struct {
	File     string        `json:"file"`
	Test     string        `json:"test"`
	Case     string        `json:"case"`
	Clause   string        `json:"clause,omitempty"`
	Shows    catalog.Shows `json:"shows,omitempty"`
	Failures []string      `json:"failures"`
}

// Covered is a condition, by its regime where it comes from one.
type Covered struct {
	Clause string `json:"clause"`
	Form   string `json:"form"`
	// Failed is the number of cases in which it refused or was broken.
	Failed int `json:"failed"`
}

// Run runs the tests of files and directories. Of a directory it takes the
// files named *_test.yaml. It is an error if documents do not load or a test
// names what is not there.
func Run(paths ...string) (*Report, document.Errors) {
	files, errs := catalog.TestFiles(paths...)
	r := &Report{Cases: []Result{}}
	cover := map[string]*Covered{}
	for _, f := range files {
		tests, more := catalog.ReadTests(f)
		errs = append(errs, more...)
		for i := range tests {
			errs = append(errs, r.test(f, &tests[i], cover)...)
		}
	}
	for _, c := range cover {
		r.Clauses = append(r.Clauses, *c)
	}
	slices.SortFunc(r.Clauses, func(a, b Covered) int {
		if a.Clause < b.Clause {
			return -1
		}
		return 1
	})
	return r, errs.Sort()
}

// test runs the cases of one test.
func (r *Report) test(file string, t *catalog.Entry[catalog.PermitTest], cover map[string]*Covered) (errs document.Errors) {
	paths := []string{file}
	for _, d := range t.Spec.Documents {
		paths = append(paths, filepath.Join(filepath.Dir(file), d))
	}
	set, errs := catalog.Read(paths...)
	if len(errs) > 0 {
		return errs
	}
	for i := range t.Spec.Cases {
		c := &t.Spec.Cases[i]
		changed := set
		if len(c.Set) > 0 {
			var more document.Errors
			if changed, more = set.With(c.Set); len(more) > 0 {
				for _, x := range more {
					errs = append(errs, t.Document.Errorf(fmt.Sprintf("spec.cases[%d].set", i), "%s: %s", x.Path, x.Message))
				}
				continue
			}
		}
		cat, more := changed.Resolve()
		if len(more) > 0 {
			errs = append(errs, more...)
			continue
		}
		run := &running{t: t, n: i, c: cat}
		if more := run.do(len(c.Steps), false); len(more) > 0 {
			errs = append(errs, more...)
			continue
		}
		if run.failures == nil {
			run.failures = []string{}
		}
		r.Cases = append(r.Cases, Result{File: file, Test: t.Name, Case: c.Name, Clause: t.Spec.Clause, Shows: c.Shows, Failures: run.failures})
		run.cover(cover)
	}
	return errs
}

// running is a case under way.
type running struct {
	t        *catalog.Entry[catalog.PermitTest]
	n        int
	c        *catalog.Catalog
	e        *engine
	from     calendar.Instant
	until    calendar.Instant
	zone     *time.Location
	failures []string
	errs     document.Errors
}

// do runs the given steps and the first steps of the case. Silent looks at no
// expectation: it only brings the world there.
func (r *running) do(steps int, silent bool) document.Errors {
	r.period()
	e, err := newEngine(r.c, r.from, r.until, r.moves())
	if err != nil {
		return document.Errors{r.t.Document.Errorf("spec", "%s", err)}
	}
	r.e = e
	e.to(r.from)
	now := r.from
	all := r.t.Spec.Given
	for i := range all {
		now = r.step(&all[i], fmt.Sprintf("spec.given[%d]", i), now, i, silent)
	}
	for i := range r.t.Spec.Cases[r.n].Steps[:steps] {
		now = r.step(&r.t.Spec.Cases[r.n].Steps[i], fmt.Sprintf("spec.cases[%d].steps[%d]", r.n, i), now, i, silent)
	}
	return r.errs
}

// moves are where the steps want devices to go.
func (r *running) moves() (out []catalog.Move) {
	for _, steps := range [][]catalog.Step{r.t.Spec.Given, r.t.Spec.Cases[r.n].Steps} {
		for i := range steps {
			if m := steps[i].Move; m != nil {
				out = append(out, catalog.Move{Lot: m.Lot, To: m.To})
			}
		}
	}
	return out
}

// period is the test's, or that of all permits.
func (r *running) period() {
	r.zone = time.UTC
	if p := r.t.Spec.Period; p != nil {
		if z, err := time.LoadLocation(p.TimeZone); err == nil {
			r.zone = z
		}
		r.from, r.until = p.From.In(r.zone), p.Until.In(r.zone)
		return
	}
	r.from = calendar.Never
	for i := range r.c.Permits {
		v := &r.c.Permits[i].Spec.Valid
		if z, err := time.LoadLocation(v.TimeZone); err == nil {
			if i == 0 {
				r.zone = z
			}
			r.from, r.until = min(r.from, v.From.In(z)), max(r.until, v.Until.In(z))
		}
	}
}

// step does one step at its time and gives that time.
func (r *running) step(s *catalog.Step, path string, now calendar.Instant, index int, silent bool) calendar.Instant {
	t := now
	switch {
	case !s.At.Zero():
		t = s.At.In(r.zone)
	case s.After > 0:
		t = r.from + calendar.Instant(s.After)
	}
	if t < now || t > r.until {
		r.fail(path, "the step is before the one above, or outside of the period")
		return now
	}
	r.series(now, t)
	r.e.to(t)
	r.happen(s, path)
	if s.Expect != nil && !silent && len(r.errs) == 0 {
		r.expect(s.Expect, path, index)
	}
	return t
}

// series gives facts the values of their series on the way to t, uncertain ones
// in the middle case.
func (r *running) series(now, t calendar.Instant) {
	type point struct {
		at    calendar.Instant
		name  string
		value quantity.Amount
	}
	var due []point
	for i := range r.c.Facts {
		f := &r.c.Facts[i]
		for _, p := range f.Spec.Series {
			at := max(r.from, p.At.In(r.zone))
			v := p.Value.Value
			if v == nil {
				v = p.Value.P50
			}
			if v != nil && at <= t && (at > now || at == r.from && now == r.from) {
				due = append(due, point{at, f.Name, *v})
			}
		}
	}
	slices.SortStableFunc(due, func(a, b point) int { return int(a.at - b.at) })
	for _, p := range due {
		r.e.to(p.at)
		if err := r.e.setFact(p.name, p.value); err != nil {
			r.fail("spec", "the fact %q: %s", p.name, err)
		}
	}
}

func (r *running) fail(path, format string, args ...any) {
	r.errs = append(r.errs, r.t.Document.Errorf(path, format, args...))
}

// cover adds which conditions failed in the case.
func (r *running) cover(cover map[string]*Covered) {
	for p := range r.c.Permits {
		e := &r.c.Permits[p]
		for k := range e.Spec.Conditions {
			d := &e.Spec.Conditions[k]
			name := e.Name + "/" + d.Name
			if d.From != "" {
				name = d.From + "/" + d.Name
			}
			failed := false
			form := ""
			for i := range r.e.rules.Clauses {
				c := &r.e.rules.Clauses[i]
				if int(c.Permit) != p || c.Name != d.Name {
					continue
				}
				form = c.Form.String()
				failed = failed || r.e.failed[i] || r.e.w.Clause(int32(i)).Broken > 0 || c.Form == world.Lapse && r.e.w.Acted()[c.Group]
			}
			if cover[name] == nil {
				cover[name] = &Covered{Clause: name, Form: form}
			}
			if failed {
				cover[name].Failed++
			}
		}
	}
}
