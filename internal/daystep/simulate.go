package daystep

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// never is a day after all others.
const never = 1 << 30

// Outcome is what a simulation comes to. Days count from the period's first.
type Outcome struct {
	// Milestones by PROGRAMME/NAME; the period's end if not reached.
	Milestones map[string]int
	// Refused is the first refusal of each job: a phase, or NAME#k of a series.
	Refused map[string]Refusal
	// Used is the device-hours of programmes, on lots that arrive in the period
	// if there are any.
	Used int
	// Delivered by lot and day.
	Delivered map[string]map[int]int
	// Began is the day of each job's last start.
	Began map[string]int
	// Killed are jobs that were stopped and could not go on.
	Killed []string
	// Acted names the groups that refused, held or acted at all.
	Acted map[string]bool
}

// Refusal is when and by which clauses a job was first refused.
type Refusal struct {
	Day     int
	Clauses []string
}

// Options choose the world to simulate.
type Options struct {
	// Muted conditions are not there, muted endorsements are there from the start.
	Muted map[string]bool
	// Without leaves out lots that arrive in the period.
	Without bool
}

type permitDoc struct {
	Document
	name          string
	use, delivery bool
	from, until   int
	onEnd         string
	endorsed      map[string]int // by authority
	ended         int
	suspended     bool
}

type clause struct {
	permit            *permitDoc
	name, group, form string
	spec              any // of the form
	action            string
	missed            bool                      // a duty that is overdue
	broken            bool                      // a share whose last window was broken
	forfeited         int                       // of a limit, device-hours
	forfeitedIn       int                       // the window's first day
	answers           map[string]map[string]int // of an approval: the day by subject and authority
	asked             map[string]bool
}

func (c *clause) full() string { return c.permit.name + "/" + c.name }

type lot struct {
	Document
	name, product, holder string
	permits               []*permitDoc
	want, there           int
	ready                 bool
	present               bool
	certificates          map[string]int // day by kind
	capacity              []int          // by day gone by
	gone                  int
}

type job struct {
	name       string // of the phase or series, as a subject of approvals
	series     bool
	spec       any
	programme  Document
	holder     string
	names      map[string]string
	priority   int
	seq        int
	min, max   int
	limit      int
	expected   int
	checkpoint int
	left       int // device-days of work at speed 1, or days to run
	arrives    int
	booked     bool
	started    bool

	// While it runs.
	running            bool
	lot                *lot
	devices            int
	began, end, finish int
	drainAt            int
}

// use is one job's use of one day.
type use struct {
	day     int
	job     *job
	lot     *lot
	devices int
}

type world struct {
	docs    []Document
	o       Options
	start   time.Time
	day     int
	last    int
	permits []*permitDoc
	clauses []*clause
	lots    []*lot
	tpp     map[string]int
	sites   map[string]Document
	phases  map[string]*job
	ended   map[string]int // phases, by name
	bookings,
	waiting, running []*job
	uses     []use
	arrivals []arrival
	acted    map[string]bool
	seq      int
	out      *Outcome
}

type arrival struct {
	day, n int
	lot    *lot
}

// Simulate steps through the period of the scenario base.
func Simulate(docs []Document, o Options) *Outcome {
	w := load(docs, o)
	for w.day = 0; w.day < w.last; w.day++ {
		w.step()
		for _, j := range w.running {
			w.uses = append(w.uses, use{w.day, j, j.lot, j.devices})
		}
		for _, l := range w.lots {
			l.capacity = append(l.capacity, l.there-l.gone)
		}
	}
	fresh := slices.ContainsFunc(w.lots, func(l *lot) bool { return !l.present })
	for _, u := range w.uses {
		if !u.job.series && (!fresh || !u.lot.present) {
			w.out.Used += 24 * u.devices
		}
	}
	w.out.Acted = w.acted
	return w.out
}

func (w *world) date(v any, path ...string) int {
	s := text(v, path...)
	if s == "" {
		return never
	}
	t, err := time.Parse(time.DateOnly, s)
	must(err, s)
	return int(t.Sub(w.start) / (24 * time.Hour))
}

func load(docs []Document, o Options) *world {
	w := &world{docs: docs, o: o, acted: map[string]bool{}, tpp: map[string]int{}, sites: map[string]Document{}, phases: map[string]*job{}, ended: map[string]int{}}
	w.out = &Outcome{Milestones: map[string]int{}, Refused: map[string]Refusal{}, Began: map[string]int{}, Delivered: map[string]map[int]int{}}
	of := func(kind string, f func(name string, d Document)) {
		for _, d := range docs {
			if text(d, "kind") == kind {
				f(text(d, "metadata", "name"), d)
			}
		}
	}
	of("Scenario", func(name string, d Document) {
		if name == "base" {
			w.start, _ = time.Parse(time.DateOnly, text(d, "spec", "period", "from"))
			w.last = w.date(d, "spec", "period", "until")
		}
	})
	of("Accelerator", func(name string, d Document) {
		for _, p := range list(d, "spec", "peak") {
			bits := map[string]int{"fp8": 8, "int8": 8, "bf16": 16, "fp16": 16}[text(p, "precision")]
			w.tpp[name] = max(w.tpp[name], bits*whole(p, "tera"))
		}
	})
	of("Site", func(name string, d Document) { w.sites[name] = d })
	of("Permit", func(name string, d Document) { w.permit(name, d) })
	of("Lot", func(name string, d Document) {
		l := &lot{Document: d, name: name, product: text(d, "spec", "accelerator"), holder: text(d, "spec", "holder"), want: whole(d, "spec", "quantity"), certificates: map[string]int{}}
		for _, n := range texts(d, "spec", "permits") {
			for _, p := range w.permits {
				if p.name == n {
					l.permits = append(l.permits, p)
					l.holder = cmp.Or(l.holder, text(p.Document, "spec", "holder"))
				}
			}
		}
		if l.present = at(d, "spec", "arrives") == nil; l.present {
			l.there, l.want = l.want, 0
			w.arrivals = append(w.arrivals, arrival{0, l.there, l})
		} else if o.Without {
			l.want = 0
		}
		for _, e := range list(d, "spec", "evidence") {
			if at(e, "takes") != nil && !l.present {
				l.certificates[text(e, "kind")] = max(0, w.date(d, "spec", "arrives")) + days(e, "takes")
			}
		}
		w.lots = append(w.lots, l)
	})
	of("Programme", func(name string, d Document) { w.programme(name, d) })
	of("Job", func(name string, d Document) { w.series(name, d) })
	return w
}

func (w *world) permit(name string, d Document) {
	p := &permitDoc{Document: d, name: name, ended: never, endorsed: map[string]int{}, onEnd: cmp.Or(text(d, "spec", "onEnd"), "hold")}
	scope := texts(d, "spec", "scope")
	p.use = len(scope) == 0 || slices.Contains(scope, "use")
	p.delivery = len(scope) == 0 || slices.Contains(scope, "delivery")
	p.from, p.until = w.date(d, "spec", "valid", "from"), w.date(d, "spec", "valid", "until")
	for _, a := range texts(d, "spec", "endorsements", "required") {
		p.endorsed[a] = never
		for _, s := range slices.Concat(list(d, "spec", "endorsements", "expected"), list(d, "spec", "endorsements", "asserted")) {
			if text(s, "by") == a {
				p.endorsed[a] = w.date(s, "on")
			}
		}
		if w.o.Muted["endorsement by "+a] {
			p.endorsed[a] = 0
		}
	}
	w.permits = append(w.permits, p)
	for _, x := range list(d, "spec", "conditions") {
		c := &clause{permit: p, name: text(x, "name"), group: cmp.Or(text(x, "group"), text(x, "name")), answers: map[string]map[string]int{}, asked: map[string]bool{}}
		for _, form := range []string{"require", "limit", "share", "lapse", "duty", "evidence", "approval"} {
			if v := at(x, form); v != nil {
				c.form, c.spec = form, v
			}
		}
		switch c.form {
		case "duty":
			c.action = cmp.Or(text(c.spec, "onMiss"), "notify")
		case "evidence":
			c.action = cmp.Or(text(c.spec, "onMiss"), "hold")
		default:
			c.action = cmp.Or(text(x, "onReach"), "notify")
		}
		if !w.o.Muted[c.group] { // a muted clause is as if it were not written
			w.clauses = append(w.clauses, c)
		}
	}
}

// effective is the first day of a permit: its own, and every endorsement's.
func (p *permitDoc) effective() int {
	t := p.from
	for _, e := range p.endorsed {
		t = max(t, e)
	}
	return t
}

func (w *world) programme(name string, d Document) {
	for _, f := range list(d, "spec", "phases") {
		j := &job{
			name: name + "/" + text(f, "name"), spec: f, programme: d, holder: text(d, "spec", "holder"),
			priority: cmp.Or(whole(f, "priority"), whole(d, "spec", "priority")),
			limit:    days(f, "limit"), checkpoint: days(f, "checkpoint"), left: hours(f, "work", "deviceHours") / 24,
		}
		j.min, j.max = size(at(f, "devices"))
		j.expected = j.limit
		j.names = map[string]string{
			"job.purpose": cmp.Or(text(f, "purpose"), text(d, "spec", "purpose")),
			"job.endUser": cmp.Or(text(f, "endUser"), text(d, "spec", "endUser")),
		}
		w.phases[j.name] = j
		w.ended[j.name] = never
	}
	for _, m := range list(d, "spec", "milestones") {
		w.out.Milestones[name+"/"+text(m, "name")] = w.last
	}
}

func size(v any) (lo, hi int) {
	if m, ok := v.(Document); ok {
		return whole(m, "min"), whole(m, "max")
	}
	n := whole(Document{"n": v}, "n")
	return n, n
}

func (w *world) series(name string, d Document) {
	s := at(d, "spec")
	until := min(w.last, w.date(s, "until"))
	for k, t := 0, w.date(s, "submit"); t < until; k++ {
		j := &job{
			name: name + "#" + itoa(k), series: true, spec: s, holder: text(s, "holder"), priority: whole(s, "priority"),
			limit: days(s, "limit"), checkpoint: days(s, "checkpoint"), arrives: t, booked: text(s, "booked") == "true",
			names: map[string]string{"job.purpose": text(s, "purpose"), "job.endUser": text(s, "endUser")},
		}
		j.min, j.max = size(at(s, "devices"))
		j.expected = cmp.Or(days(s, "expected"), j.limit)
		j.left = min(cmp.Or(days(s, "runs"), j.expected), j.limit)
		w.bookings = append(w.bookings, j)
		if at(s, "every") == nil {
			break
		}
		t += days(s, "every")
	}
}

// step is one day's morning: first what conditions do, then what happens, then
// deliveries, then the queue.
func (w *world) step() {
	w.conditions()
	w.happenings()
	w.deliver()
	w.queue()
}

// happenings are the ends of jobs, what scenario and documents say happens
// today, and what is submitted.
func (w *world) happenings() {
	for _, j := range slices.Clone(w.running) {
		if j.finish == w.day {
			w.endsAsPlanned(j)
		} else if j.drainAt == w.day {
			w.stop(j, false)
		}
	}
	for _, d := range w.docs {
		if text(d, "kind") != "Scenario" || text(d, "metadata", "name") != "base" {
			continue
		}
		for _, e := range list(d, "spec", "events") {
			if w.date(e, "at") != w.day {
				continue
			}
			for _, p := range w.permits {
				if slices.Contains(texts(e, "reinstate"), p.name) && p.suspended {
					p.ended, p.suspended = never, false
				}
				if slices.Contains(texts(e, "revoke"), p.name) || slices.Contains(texts(e, "suspend"), p.name) {
					w.endPermit(p)
					p.suspended = slices.Contains(texts(e, "suspend"), p.name)
				}
			}
		}
	}
	for _, l := range w.lots {
		if l.want == 0 {
			continue
		}
		open, leads := 0, 0
		for _, p := range l.permits {
			if p.delivery {
				open = max(open, p.effective())
			}
		}
		for _, x := range list(l.Document, "spec", "leads") {
			leads += days(x, "takes")
		}
		if open < never && max(w.date(l.Document, "spec", "arrives"), open+leads) <= w.day {
			l.ready = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.phases)) {
		j := w.phases[name]
		if j.started {
			continue
		}
		ready := true
		for _, a := range texts(j.spec, "after") {
			ready = ready && w.ended[text(j.programme, "metadata", "name")+"/"+a] <= w.day
		}
		if t := w.date(j.spec, "notBefore"); t != never && t > w.day {
			ready = false
		}
		if ready {
			j.started = true
			w.submit(j)
		}
	}
	for _, j := range w.bookings {
		if j.arrives == w.day {
			w.submit(j)
		}
	}
}

func (w *world) submit(j *job) {
	if j.seq == 0 {
		w.seq++
		j.seq = w.seq
	}
	w.waiting = append(w.waiting, j)
	slices.SortFunc(w.waiting, func(a, b *job) int { return cmp.Or(-cmp.Compare(a.priority, b.priority), cmp.Compare(a.seq, b.seq)) })
}

func (w *world) remove(j *job) {
	w.running = slices.DeleteFunc(w.running, func(x *job) bool { return x == j })
	j.running = false
}

// speed of a product for a phase, as a whole number.
func (j *job) speed(product string) int {
	if j.series {
		return 1
	}
	if at(j.spec, "work", "speed", product) != nil {
		n, _ := ratio(j.spec, "work", "speed", product)
		return n
	}
	if text(j.spec, "work", "on") == product {
		return 1
	}
	return 0
}

// length is how long what is left takes on n devices.
func (j *job) length(product string, n int) int {
	if j.series {
		return j.left
	}
	rate := j.speed(product) * n
	return (j.left + rate - 1) / rate
}

func (w *world) endsAsPlanned(j *job) {
	ran := w.day - j.began
	w.remove(j)
	if j.series {
		if j.left -= ran; j.left > 0 && j.checkpoint > 0 && ran < j.limit {
			w.submit(j) // a window's end cut it: the rest goes on later
		}
		return
	}
	w.progress(j, ran)
}

// stop ends a job against its plan; at once, the work since its last
// checkpoint is lost.
func (w *world) stop(j *job, atOnce bool) {
	kept := w.day - j.began
	if atOnce && j.checkpoint > 0 {
		kept = kept / j.checkpoint * j.checkpoint
	}
	w.remove(j)
	switch {
	case !j.series:
		w.progress(j, kept)
	case j.checkpoint > 0 && j.left > kept:
		j.left -= kept
		w.submit(j)
	default:
		w.out.Killed = append(w.out.Killed, j.name)
	}
}

func (w *world) progress(j *job, kept int) {
	j.left -= kept * j.devices * j.speed(j.lot.product)
	if j.left > 0 {
		w.submit(j)
		return
	}
	w.ended[j.name] = w.day
	for _, d := range w.docs {
		if text(d, "kind") != "Programme" {
			continue
		}
		p := text(d, "metadata", "name")
		for _, m := range list(d, "spec", "milestones") {
			reached := true
			for _, a := range texts(m, "after") {
				reached = reached && w.ended[p+"/"+a] <= w.day
			}
			if name := p + "/" + text(m, "name"); reached && w.out.Milestones[name] == w.last {
				w.out.Milestones[name] = w.day
			}
		}
	}
}

// queue starts what may start, again and again, in order of priority and
// arrival. What stands behind the head of its holder's queue starts only if the
// head could not have started earlier without it.
func (w *world) queue() {
	for again := true; again; {
		again = false
		for _, j := range slices.Clone(w.waiting) {
			if w.behindItsLike(j) {
				continue
			}
			before := len(w.waiting)
			l, n, ok := w.propose(j)
			if again = len(w.waiting) < before; again {
				break
			}
			if !ok {
				continue
			}
			head := w.waiting[slices.IndexFunc(w.waiting, func(x *job) bool { return x.holder == j.holder })]
			if head != j {
				before := w.earliest(head)
				was, had := w.out.Began[j.name]
				w.begin(j, l, n)
				after := w.earliest(head)
				if before < never && after > before {
					w.remove(j)
					if delete(w.out.Began, j.name); had {
						w.out.Began[j.name] = was
					}
					w.waiting = append(w.waiting, j)
					slices.SortFunc(w.waiting, func(a, b *job) int { return cmp.Or(-cmp.Compare(a.priority, b.priority), cmp.Compare(a.seq, b.seq)) })
					continue
				}
			} else {
				w.begin(j, l, n)
			}
			again = true
			break
		}
	}
}

// behindItsLike reports whether an earlier job of the same series waits: equal
// jobs go one after another.
func (w *world) behindItsLike(j *job) bool {
	first := slices.IndexFunc(w.waiting, func(x *job) bool { return x.series && sameDocument(x, j) })
	return j.series && w.waiting[first] != j
}

func sameDocument(a, b *job) bool {
	of := func(j *job) string { name, _, _ := strings.Cut(j.name, "#"); return name }
	return of(a) == of(b)
}

func (w *world) begin(j *job, l *lot, n int) {
	v := w.judge(j, l, n)
	w.waiting = slices.DeleteFunc(w.waiting, func(x *job) bool { return x == j })
	j.running, j.lot, j.devices, j.began, j.end, j.drainAt = true, l, n, w.day, v.end, never
	j.started = true
	w.out.Began[j.name] = w.day
	j.finish = min(v.end, w.day+j.length(l.product, n))
	w.running = append(w.running, j)
}

// propose finds where a job can start: for a phase where it ends first, for
// other work the first product, and the largest size there.
func (w *world) propose(j *job) (best *lot, size int, ok bool) {
	ends, denied := never, true
	var refusals []string
	for _, l := range w.lots {
		if j.holder != "" && l.holder != j.holder || j.speed(l.product) == 0 {
			continue
		}
		free := w.free(l)
		denied = denied && free >= j.min
		for n := min(j.max, free); n >= j.min; n-- {
			v := w.judge(j, l, n)
			if len(v.refused) > 0 {
				if n == min(j.max, free) {
					refusals = append(refusals, v.refused...)
				}
				denied = denied && v.denied
				for _, c := range v.ask {
					w.ask(c, j)
				}
				continue
			}
			if end := w.day + j.length(l.product, n); end < ends {
				best, size, ok, ends = l, n, true, end
			}
			break
		}
		if ok && j.series {
			break
		}
	}
	if _, was := w.out.Refused[j.name]; !was && len(refusals) > 0 {
		slices.Sort(refusals)
		w.out.Refused[j.name] = Refusal{w.day, slices.Compact(refusals)}
	}
	if !ok && denied && j.series { // it can never run: it does not wait
		w.waiting = slices.DeleteFunc(w.waiting, func(x *job) bool { return x == j })
	}
	return best, size, ok
}

func (w *world) free(l *lot) int {
	n := l.there - l.gone
	for _, j := range w.running {
		if j.lot == l {
			n -= j.devices
		}
	}
	return n
}

// ask asks the authorities of an approval, once for each subject.
func (w *world) ask(c *clause, j *job) {
	if c.asked[j.name] {
		return
	}
	c.asked[j.name] = true
	c.answers[j.name] = map[string]int{}
	for _, a := range texts(c.spec, "by") {
		c.answers[j.name][a] = w.day
		for _, d := range w.docs {
			if text(d, "kind") == "Authority" && text(d, "metadata", "name") == a {
				c.answers[j.name][a] += days(d, "spec", "responds")
			}
		}
	}
}

// earliest is the first day on which a waiting job could start if what runs
// goes to the ends of its reservations and nothing else comes: found by trying
// every day.
func (w *world) earliest(j *job) int {
	c := *w
	c.acted = map[string]bool{}
	c.uses, c.running = slices.Clone(w.uses), slices.Clone(w.running)
	c.lots = w.lots
	caps := make([]int, len(c.lots))
	for i, l := range c.lots {
		caps[i] = len(l.capacity)
	}
	defer func() {
		for i, l := range c.lots {
			l.capacity = l.capacity[:caps[i]]
		}
	}()
	for ; c.day < c.last; c.day++ {
		c.running = slices.DeleteFunc(c.running, func(x *job) bool { return x.end <= c.day })
		for _, l := range c.lots {
			if (j.holder == "" || l.holder == j.holder) && j.speed(l.product) > 0 && c.free(l) >= j.min && len(c.judge(j, l, j.min).refused) == 0 {
				return c.day
			}
		}
		for _, x := range c.running {
			c.uses = append(c.uses, use{c.day, x, x.lot, x.devices})
		}
		for _, l := range c.lots {
			l.capacity = append(l.capacity, l.there-l.gone)
		}
	}
	return never
}
