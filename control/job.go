package control

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/work"
	"github.com/proviso-dev/proviso/world"
)

// JobState is where a job stands.
type JobState string

// The states of jobs.
const (
	Held     JobState = "held"           // it waits
	Awaits   JobState = "needs-approval" // it waits for an authority's yes
	Running  JobState = "running"
	Ended    JobState = "ended"   // by whoever submitted it, or its gate
	Stopped  JobState = "stopped" // by its limit or a condition
	Denied   JobState = "denied"
	Withdraw JobState = "withdrawn" // ended before it started
)

// JobStates lists the states.
func JobStates() []JobState {
	return []JobState{Held, Awaits, Running, Ended, Stopped, Denied, Withdraw}
}

// job is a job that was submitted.
type job struct {
	fact      *Submit
	state     JobState
	group     queue.GroupID
	item      queue.Item
	id        world.JobID
	starts    int32
	submitted calendar.Instant
	began     calendar.Instant
	ended     calendar.Instant
	until     calendar.Instant // the end of its reservation
	devices   int64
	cut       string // what ends the reservation before the limit
	parts     []Part
	verdict   *Verdict // the last one that was recorded
}

// maxName bounds the texts of a submission, in bytes.
const maxName = 253

func (f *Submit) check(s *State) error {
	if s.world == nil {
		return errNotOpen
	}
	p := &f.plain
	texts := append(append([]string{f.By, f.Holder, f.Model, f.Purpose, f.Tenant, f.JobKind, f.Idempotency}, f.Accelerators...), f.Sites...)
	for _, t := range texts {
		if len(t) > maxName || !utf8.ValidString(t) {
			return fmt.Errorf("%.40q…: a name has at most %d bytes of UTF-8", t, maxName)
		}
	}
	if f.JobKind != "" && !slices.Contains(work.Kind("").Enum(), f.JobKind) {
		return fmt.Errorf("there is no kind of job %q: kinds are %s", f.JobKind, strings.Join(work.Kind("").Enum(), ", "))
	}
	for _, x := range []struct {
		name, text string
		into       *int64
		least      int64
		most       int64
	}{
		{"min", f.Min, &p.min, 1, mostDevices}, {"max", f.Max, &p.max, 1, mostDevices},
		{"limit", f.Limit, &p.limit, 1, int64(quantity.MaxDuration)},
		{"expected", cmp.Or(f.Expected, f.Limit), &p.expected, 1, int64(quantity.MaxDuration)},
		{"checkpoint", cmp.Or(f.Checkpoint, "0"), &p.save, 0, int64(quantity.MaxDuration)},
	} {
		v, err := strconv.ParseInt(x.text, 10, 64)
		if err != nil || v < x.least || v > x.most {
			return fmt.Errorf("%s is %q, must be a whole number from %d to %d", x.name, x.text, x.least, x.most)
		}
		*x.into = v
	}
	if p.min > p.max {
		return fmt.Errorf("min is %d, more than max, which is %d", p.min, p.max)
	}
	if p.expected > p.limit {
		return fmt.Errorf("expected is longer than limit")
	}
	priority, err := strconv.ParseInt(cmp.Or(f.Priority, "0"), 10, 32)
	if err != nil {
		return fmt.Errorf("priority is %q, must be a whole number", f.Priority)
	}
	p.priority = int(priority)
	if err := f.open(s); err != nil {
		return err
	}
	if p.own, err = f.claims(s); err != nil {
		return err
	}
	return s.checkPlaces(f)
}

const mostDevices = 10_000_000

// places are the names that submissions may use, resolved once for the rules.
type places struct{ holders, sites, products []string }

func (s *State) findPlaces() {
	s.places = places{}
	for i := range s.rules.Stocks {
		st := &s.rules.Stocks[i]
		s.places.holders = append(s.places.holders, st.Holder)
		s.places.sites = append(s.places.sites, s.rules.Sites[st.Site].Name)
		s.places.products = append(s.places.products, s.rules.Products[st.Product].Name)
	}
	for _, l := range []*[]string{&s.places.holders, &s.places.sites, &s.places.products} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
}

// checkPlaces requires that what is named exists.
func (s *State) checkPlaces(f *Submit) error {
	known := func(what, name string, all []string) error {
		if _, ok := slices.BinarySearch(all, name); name == "" || ok {
			return nil
		}
		return fmt.Errorf("there is no %s %q (%s)", what, name, cmp.Or(spelling.Hint(name, all), "known are "+strings.Join(all, ", ")))
	}
	if err := known("holder of devices", f.Holder, s.places.holders); err != nil {
		return err
	}
	for _, n := range f.Sites {
		if err := known("site with devices", n, s.places.sites); err != nil {
			return err
		}
	}
	for _, n := range f.Accelerators {
		if err := known("accelerator in any lot", n, s.places.products); err != nil {
			return err
		}
	}
	for i := range s.rules.Stocks {
		if s.fits(f, int32(i)) {
			return nil
		}
	}
	return fmt.Errorf("no lot has devices of such an accelerator, at such a site, of such a holder")
}

// fits reports whether a job may run on a stock, as far as it says itself.
func (s *State) fits(f *Submit, stock int32) bool {
	st := &s.rules.Stocks[stock]
	return (f.Holder == "" || st.Holder == f.Holder) &&
		(len(f.Sites) == 0 || slices.Contains(f.Sites, s.rules.Sites[st.Site].Name)) &&
		(len(f.Accelerators) == 0 || slices.Contains(f.Accelerators, s.rules.Products[st.Product].Name))
}

func (f *Submit) apply(s *State) {
	p := &f.plain
	ref := int32(len(s.jobs))
	s.out.Job = decimal(ref + 1)
	if len(s.slab) == cap(s.slab) {
		s.slab = make([]job, 0, 1024)
	}
	s.slab = append(s.slab, job{
		fact: f, state: Held, submitted: s.at,
		item: queue.Item{
			Ref: ref, Subject: ref, Own: p.own, Seq: int64(ref), Min: p.min, Max: p.max,
			Limit: calendar.Instant(p.limit), Expected: calendar.Instant(p.expected), Checkpoint: calendar.Instant(p.save),
		},
	})
	s.jobs = append(s.jobs, &s.slab[len(s.slab)-1])
	s.jobs[ref].group = s.group(f)
	s.claim(ref)
	s.subject = ref
	s.queue.Submit(s.jobs[ref].group, s.jobs[ref].item)
}

// group finds or makes the group of waiting work that a job belongs to.
func (s *State) group(f *Submit) queue.GroupID {
	p := &f.plain
	class := s.world.Class(f.attributes())
	var k [256]byte
	key := append(k[:0], f.Holder...)
	for _, list := range [][]string{f.Accelerators, f.Sites} {
		key = append(key, 0)
		for _, n := range list {
			key = append(append(key, n...), 1)
		}
	}
	for _, v := range []int64{int64(class), int64(p.priority), p.min, p.max, p.limit, p.expected, p.save} {
		key = strconv.AppendInt(append(key, 0), v, 36)
	}
	if id, ok := s.groups[string(key)]; ok {
		return id
	}
	options := s.options(f)
	for _, o := range options {
		for _, stock := range o.Stocks {
			// Accounts are numbered as they come up: not by who asks why.
			s.world.Terms(class, stock)
		}
	}
	id := s.queue.Group(queue.Shape{Class: class, Options: options, Priority: p.priority, Domain: s.domain(f.Holder)})
	s.groups[string(key)] = id
	return id
}

// attributes are what conditions can read of a job.
func (f *Submit) attributes() world.Attributes {
	p := &f.plain
	return world.Attributes{
		Name: p.name, Holder: f.Holder, Tenant: f.Tenant, EndUser: p.endUser, Purpose: f.Purpose, Model: f.Model, Kind: f.JobKind,
		MinDevices: p.min, MaxDevices: p.max, LimitHours: (p.limit + int64(quantity.Hour) - 1) / int64(quantity.Hour),
	}
}

// domain gives the queue of a holder.
func (s *State) domain(holder string) int32 {
	id, ok := s.domains[holder]
	if !ok {
		id = int32(len(s.domains))
		s.domains[holder] = id
	}
	return id
}

// options lists where a job may run: for each product and site, the products in
// the order in which they were asked for, else in document order.
func (s *State) options(f *Submit) []queue.Option {
	type place struct{ product, site int32 }
	var order []place
	by := map[place][]int32{}
	for i := range s.rules.Stocks {
		if !s.fits(f, int32(i)) {
			continue
		}
		st := &s.rules.Stocks[i]
		k := place{st.Product, st.Site}
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], int32(i))
	}
	if len(f.Accelerators) > 0 {
		slices.SortStableFunc(order, func(a, b place) int {
			return cmp.Compare(slices.Index(f.Accelerators, s.rules.Products[a.product].Name), slices.Index(f.Accelerators, s.rules.Products[b.product].Name))
		})
	}
	out := make([]queue.Option, len(order))
	for i, k := range order {
		out[i].Stocks = by[k]
	}
	return out
}

// watch hears what the queue does.
func (s *State) watch() {
	s.queue.Full = s.full
	s.queue.Observe = func(it *queue.Item, _ *queue.Shape, _ int, q *decision.Request, v *decision.Verdict) {
		s.judged.note(it.Ref, q, v)
	}
	s.queue.Blocked = func(it *queue.Item, _ *queue.Shape, v *decision.Verdict) {
		j := s.jobs[it.Ref]
		if v.Outcome == decision.NeedsApproval {
			j.state = Awaits
		} else {
			j.state = Held
		}
		if it.Ref == s.subject {
			s.out.Verdict = s.refusal(v)
		}
	}
	s.queue.Refused = func(it *queue.Item, _ *queue.Shape, v *decision.Verdict) bool {
		j := s.jobs[it.Ref]
		j.state, j.ended = Denied, s.world.Now()
		s.unclaim(it.Ref, false)
		if it.Ref == s.subject {
			s.out.Verdict = s.refusal(v)
			return true
		}
		s.deny(it.Ref, v)
		return true
	}
}

// refusal is why a job does not start now, as entries have it, with the hash of
// what was judged.
func (s *State) refusal(v *decision.Verdict) *Verdict {
	return &Verdict{Outcome: v.Outcome.String(), Because: s.because(v), Hash: s.hash(s.judged.all), Again: s.again(v)}
}

// again is when a refusal is judged again; nothing where that has no date.
func (s *State) again(v *decision.Verdict) string {
	if v.Again > s.at && v.Again < calendar.Never {
		return decimal(v.Again)
	}
	return ""
}

// begun is what most starts come to, in one piece of memory.
type begun struct {
	verdict Verdict
	parts   [1]Part
}

// started takes down where a job started.
func (s *State) started(_ *queue.Shape, it *queue.Item, p queue.Placed) {
	ref := it.Ref
	j := s.jobs[ref]
	r := s.world.Job(p.Job)
	j.state, j.id, j.began, j.until, j.devices, j.cut = Running, p.Job, s.at, r.End, p.Devices, ""
	j.starts++
	s.unclaim(ref, true)
	if p.Verdict.Cut {
		j.cut = s.clauseName(p.Verdict.CutBy)
	}
	on := new(begun)
	j.parts = on.parts[:0]
	s.addPart(j, r.First)
	for _, x := range r.More {
		s.addPart(j, x)
	}
	s.due.add(due{at: r.End, what: jobEnds, id: ref, version: j.starts})
	hash := s.hash(s.judged.all)
	on.verdict = Verdict{Outcome: decision.Admit.String(), Hash: hash, Cut: j.cut}
	j.verdict = &on.verdict
	if ref == s.subject {
		s.out.Verdict, hash = j.verdict, ""
	}
	if s.out.Effects == nil {
		s.out.Effects = make([]Effect, 0, 1)
	}
	s.effect(Effect{Do: Starts, Job: decimal(ref + 1), End: decimal(r.End), Parts: j.parts, Hash: hash, By: j.cut})
}

func (s *State) addPart(j *job, p world.Part) {
	st := &s.rules.Stocks[p.Stock]
	j.parts = append(j.parts, Part{
		Accelerator: s.rules.Products[st.Product].Name, Devices: decimal(p.Devices), Lot: st.LotName, Site: s.rules.Sites[st.Site].Name,
	})
}

// answer completes the verdict on what was submitted: it may be refused by no
// condition and wait for devices or its turn.
func (s *State) answer() {
	if s.subject < 0 {
		return
	}
	j := s.jobs[s.subject]
	if j.state == Held || j.state == Awaits {
		without := s.without(j)
		if without > 0 {
			s.judgeEverywhere(j)
		}
		if s.out.Verdict == nil {
			s.out.Verdict = &Verdict{Outcome: decision.Hold.String()}
		}
		switch {
		case j.state == Denied:
		case without > 0 && (len(s.out.Verdict.Because) == 0 || without == len(s.queue.Shape(j.group).Options)):
			s.out.Verdict.Missing = "devices"
		case len(s.out.Verdict.Because) == 0:
			s.out.Verdict.Missing = "queue"
		}
	}
	j.verdict = s.out.Verdict
}

// without is the number of places where a job's least size of devices is not
// free: the queue did not judge it there.
func (s *State) without(j *job) (n int) {
	for _, o := range s.queue.Shape(j.group).Options {
		free := int64(0)
		for _, st := range o.Stocks {
			x := s.world.Stock(st)
			free += x.Capacity - x.Used
		}
		if free < j.item.Min {
			n++
		}
	}
	return n
}

// judgeEverywhere judges what was submitted at every place, also where there are
// no devices yet, so that its verdict says what else it waits for. What is denied
// everywhere, by conditions that no waiting will change, is denied at once.
func (s *State) judgeEverywhere(j *job) {
	v := s.nearest(j)
	s.out.Verdict = s.refusal(v)
	j.state = Held
	switch v.Outcome {
	case decision.Deny:
		s.leave(j.item.Ref)
	case decision.NeedsApproval:
		j.state = Awaits
	case decision.Admit:
		s.out.Verdict.Outcome = decision.Hold.String()
	}
}

// nearest judges a job at every place, with its least size, and gives the
// verdict of the place where it comes closest. It is good until the next
// judgement.
func (s *State) nearest(j *job) *decision.Verdict {
	s.judged.job, s.judged.all = -1, s.judged.all[:0]
	best := -1
	for _, o := range s.queue.Shape(j.group).Options {
		q := s.request(j, o.Stocks)
		decision.Judge(s.world, &q, &s.verdict)
		s.judged.note(-1, &q, &s.verdict)
		if n := len(s.judged.all) - 1; best < 0 || s.verdict.Outcome < s.judged.all[best].verdict.Outcome {
			best = n
		}
	}
	return &s.judged.all[best].verdict
}

// request is a job's least request at one place: on the first stock with free
// devices, or the first.
func (s *State) request(j *job, stocks []int32) decision.Request {
	q := decision.Request{
		Class: s.queue.Shape(j.group).Class, First: world.Part{Stock: stocks[0], Devices: j.item.Min},
		Limit: j.item.Limit, Expected: j.item.Expected, Checkpoint: j.item.Checkpoint, Subject: j.item.Subject, Own: j.item.Own,
	}
	for _, st := range stocks {
		if x := s.world.Stock(st); x.Capacity > x.Used {
			q.First.Stock = st
			break
		}
	}
	return q
}

func (f *End) check(s *State) error {
	ref, err := s.Job(f.Job)
	if err != nil {
		return err
	}
	switch j := s.jobs[ref]; j.state {
	case Running, Held, Awaits:
		return nil
	default:
		return fmt.Errorf("job %s is %s: %w", f.Job, j.state, ErrOver)
	}
}

// ErrOver says that a job has come to its end before.
var ErrOver = errors.New("it has come to its end")

// Job finds a job by its number and gives its index.
func (s *State) Job(number string) (int32, error) {
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 1 || n > int64(len(s.jobs)) {
		return 0, &UnknownError{What: "job", Name: number}
	}
	return int32(n - 1), nil
}

// UnknownError says that there is nothing of a name.
type UnknownError struct{ What, Name, Hint string }

// Error names it.
func (e *UnknownError) Error() string {
	if e.Hint != "" {
		return fmt.Sprintf("there is no %s %q (%s)", e.What, e.Name, e.Hint)
	}
	return fmt.Sprintf("there is no %s %q", e.What, e.Name)
}

func (f *End) apply(s *State) {
	ref, _ := s.Job(f.Job)
	j := s.jobs[ref]
	if j.state == Running {
		s.close(ref, Ended)
		return
	}
	s.queue.Remove(j.group, ref)
	s.unclaim(ref, false)
	j.state, j.ended = Withdraw, s.at
}

// close ends a running job.
func (s *State) close(ref int32, state JobState) {
	j := s.jobs[ref]
	s.queue.Ended(j.id)
	s.world.End(j.id)
	j.state, j.ended = state, s.world.Now()
}
