package daystep

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// job is a phase, whose jobs follow one another, or one job of a series.
type job struct {
	name               string
	kind               int // the number of its phase or series
	series             bool
	spec               any
	programme          Document
	holder             string
	names              map[string]any
	options            []*stock
	priority, seq      int
	min, max           int
	limit, expected    int
	hours              int // of a step
	checkpoint         int
	left               int // work in device-hours or GFLOP, or days to run
	failNum, failDen   int // what one device's failures add to the length
	serve              any
	phaseBegan         int
	demand             int // devices wanted, in parts of 10,000
	arrives            int
	booked, started    bool
	running            bool
	stock              *stock
	devices            int
	began, end, finish int
	drainAt            int
}

// inParts counts a demand in parts of a device.
const inParts = 10_000

func (w *world) programme(name string, d Document) {
	for _, f := range list(d, "spec", "phases") {
		j := &job{
			name: name + "/" + text(f, "name"), spec: f, programme: d, holder: text(d, "spec", "holder"),
			priority: cmp.Or(whole(f, "priority"), whole(d, "spec", "priority")),
			limit:    cmp.Or(w.steps(f, "limit"), 7*24/w.hours), checkpoint: w.steps(f, "checkpoint"), serve: at(f, "serve"), failDen: 1, hours: w.hours,
		}
		if j.checkpoint == 0 {
			panic(fmt.Errorf("phase %s: the stepper needs a checkpoint", j.name))
		}
		if j.min, j.max = size(at(f, "devices")); j.max == 0 {
			j.min, j.max = 1, never
		}
		if at(f, "work", "flop") != nil {
			j.left = measured("flop", text(f, "work", "flop"))
		} else if j.serve == nil {
			j.left = measured("deviceHours", text(f, "work", "deviceHours"))
		}
		if x := at(f, "failures"); x != nil {
			// A failure costs half the time between checkpoints and the restart.
			num, den := ratio(x, "perDeviceYear")
			j.failNum, j.failDen = num*(w.hours*j.checkpoint+2*hours(x, "restart")), den*2*365*24
		}
		j.expected = j.limit
		j.names = map[string]any{"job.name": text(f, "name"), "job.model": text(f, "model"), "job.kind": text(f, "kind")}
		for _, k := range []string{"purpose", "endUser"} {
			j.names["job."+k] = cmp.Or(text(f, k), text(d, "spec", k))
		}
		w.named(j, d)
		j.options = w.options(j, texts(f, "accelerators"), texts(f, "sites"))
		w.phases = append(w.phases, j)
		w.ended[j.name] = never
	}
	for _, m := range list(d, "spec", "milestones") {
		w.out.Milestones[name+"/"+text(m, "name")] = w.last
	}
}

// named sets what phases and jobs say of themselves alike.
func (w *world) named(j *job, d Document) {
	kind, _, _ := strings.Cut(j.name, "#")
	if w.kinds[kind] == 0 {
		w.kinds[kind] = len(w.kinds) + 1
	}
	j.kind = w.kinds[kind]
	j.names["job.holder"], j.names["job.tenant"] = text(d, "spec", "holder"), text(d, "spec", "tenant")
	j.names["job.maxDevices"], j.names["job.minDevices"], j.names["job.limitHours"] = j.max, j.min, w.hours*j.limit
}

func size(v any) (lo, hi int) {
	if m, ok := v.(Document); ok {
		return whole(m, "min"), whole(m, "max")
	}
	n := whole(Document{"n": v}, "n")
	return n, n
}

func (w *world) job(name string, d Document) {
	s := at(d, "spec")
	until := min(w.last, w.date(s, "until"))
	for k, t := 0, w.date(s, "submit"); t < until; t += w.steps(s, "every") {
		j := &job{
			name: fmt.Sprintf("%s#%d", name, k), series: true, spec: s, holder: text(s, "holder"), priority: whole(s, "priority"),
			limit: w.steps(s, "limit"), checkpoint: w.steps(s, "checkpoint"), arrives: t, booked: text(s, "booked") == "true", failDen: 1, hours: w.hours,
			names: map[string]any{"job.name": name, "job.kind": text(s, "kind"), "job.model": text(s, "model"), "job.purpose": text(s, "purpose"), "job.endUser": text(s, "endUser")},
		}
		j.min, j.max = size(at(s, "devices"))
		j.expected = cmp.Or(w.steps(s, "expected"), j.limit)
		j.left = min(cmp.Or(w.steps(s, "runs"), j.expected), j.limit)
		w.named(j, d)
		j.options = w.options(j, texts(s, "accelerators"), texts(s, "sites"))
		w.series = append(w.series, j)
		if k++; at(s, "every") == nil {
			break
		}
	}
}

// options are where a job may run, in the order of the products that it names
// or of the documents.
func (w *world) options(j *job, products, sites []string) []*stock {
	var out []*stock
	for _, s := range w.stocks {
		if j.holder != "" && s.holder != j.holder || len(products) > 0 && !slices.Contains(products, s.product.name) || len(sites) > 0 && !slices.Contains(sites, s.site) {
			continue
		}
		if num, _ := j.pace(s.product); num == 0 {
			continue
		}
		for _, o := range out {
			if o.product == s.product && o.site == s.site {
				panic(fmt.Errorf("%s could run over two stocks at %s: the stepper knows no such work", j.name, s.site))
			}
		}
		out = append(out, s)
	}
	if len(products) > 0 {
		slices.SortStableFunc(out, func(a, b *stock) int {
			return slices.Index(products, a.product.name) - slices.Index(products, b.product.name)
		})
	}
	return out
}

// pace is the work that one device of a product does in an hour; nothing where
// the job cannot run on it.
func (j *job) pace(p *product) (num, den int) {
	part := "work"
	switch {
	case j.series:
		return 1, 1
	case j.serve != nil:
		part = "serve"
	case at(j.spec, "work", "flop") != nil:
		if at(j.spec, "work", "mfu", p.name) == nil {
			return 0, 1
		}
		num, den = ratio(j.spec, "work", "mfu", p.name)
		return num * rate("flop", &stock{product: p}), den
	}
	switch {
	case at(j.spec, part, "speed", p.name) != nil:
		return ratio(j.spec, part, "speed", p.name)
	case text(j.spec, part, "on") == p.name:
		return 1, 1
	}
	return 0, 1
}

// length is how many days what is left takes on n devices, failures included,
// and whether that is exact.
func (j *job) length(p *product, n int) (d int, exact bool) {
	if j.series {
		return j.left, true
	}
	if j.serve != nil {
		return j.limit, true
	}
	num, den := j.pace(p)
	above, below := j.left*den*(j.failDen+n*j.failNum), j.hours*n*num*j.failDen
	return (above + below - 1) / below, above%below == 0
}

// done is the work of some days on n devices.
func (j *job) done(p *product, n, d int) int {
	num, den := j.pace(p)
	above, below := j.hours*d*n*num*j.failDen, den*(j.failDen+n*j.failNum)
	if above%below != 0 {
		panic(fmt.Errorf("%s does no whole work in %d days on %d devices", j.name, d, n))
	}
	return above / below
}

// most is the largest size that the job can use of a product.
func (j *job) most(p *product) int {
	if j.serve == nil {
		return j.max
	}
	num, den := j.pace(p)
	speed := inParts * num / den
	return min(j.max, (j.demand+speed-1)/speed)
}

// wanted is the demand of a serving phase so many days after its start: from
// one date to the next it goes in a straight line.
func (j *job) wanted(after int) int {
	points := list(j.serve, "demand")
	of := func(k int) (day, parts int) {
		return hours(points[k], "after") / j.hours, inParts * whole(points[k], "devices")
	}
	for k := 1; k < len(points); k++ {
		d0, v0 := of(k - 1)
		d1, v1 := of(k)
		if after < d1 {
			grown := max(0, after-d0) * (v1 - v0)
			return v0 + (2*grown+(d1-d0))/(2*(d1-d0))
		}
	}
	_, last := of(len(points) - 1)
	return last
}

// expectedLength is how long a running job was expected to take.
func (j *job) expectedLength() int {
	if j.series {
		return j.expected
	}
	return j.finish - j.began
}

// milestone is a date of a programme.
type milestone struct {
	name, programme string
	after           []string
}

func (w *world) milestones() []milestone {
	var out []milestone
	for _, d := range w.docs {
		if text(d, "kind") != "Programme" {
			continue
		}
		p := text(d, "metadata", "name")
		for _, m := range list(d, "spec", "milestones") {
			out = append(out, milestone{p + "/" + text(m, "name"), p, texts(m, "after")})
		}
	}
	return out
}
