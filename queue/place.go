package queue

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// try proposes a placement for a group's head and starts it if every condition
// admits it and no head is delayed. Otherwise the group is blocked, or the item
// refused for good.
func (q *Queue) try(id GroupID) (placed Placed, ok, refused bool) {
	g := &q.groups[id]
	it, s := g.head(), &g.shape
	best, found := Placed{}, false
	var bestEnd calendar.Instant
	var bestRequest decision.Request
	last := 0
	q.binding, q.bindsEvent = q.binding[:0], false
	q.short = q.short[:0]
	var refusal *decision.Verdict
	for i := range s.Options {
		req, v, ok, short := q.propose(s, it, i)
		if short {
			q.short = append(q.short, i)
		}
		if !ok {
			if !short {
				if refusal == nil {
					refusal = &q.refusal
					refusal.Reasons = refusal.Reasons[:0]
				}
				merge(refusal, v)
				q.bind(v)
			}
			continue
		}
		end := q.ends(s, it, i, req.Devices(), v)
		if found && end >= bestEnd {
			continue
		}
		found, bestEnd, bestRequest, last = true, end, req, q.judged
		best = Placed{Option: i, Devices: req.Devices()}
		if !s.Fastest {
			break
		}
	}
	if !found {
		if len(q.short) == 0 && refusal != nil && refusal.Outcome == decision.Deny && q.Refused != nil && q.Refused(it, s, refusal) {
			return Placed{}, false, true
		}
		q.block(id, refusal, q.short)
	}
	if q.Blocked != nil && refusal != nil {
		q.Blocked(it, s, refusal)
	}
	if !found {
		return Placed{}, false, false
	}
	q.request = bestRequest
	if q.judged != last {
		decision.Judge(q.w, &q.request, &q.verdict)
	}
	h := q.headBefore(id)
	if h != nil && len(q.request.More) == 0 && q.holdsUp(h, q.request.First, q.verdict.End) {
		if !g.wide && len(s.Options) == 1 && it.Min == it.Max && it.Demand == 0 && !q.verdict.Cut {
			q.domains[s.Domain].behind.addFor(q.place(id), it.Min, q.verdict.End-q.w.Now(), q.round)
		} else {
			q.hold(id, s.Domain)
			q.block(id, nil, q.everywhere(s))
		}
		return Placed{}, false, false
	}
	spared := h != nil && q.spares(h, &q.request, q.verdict.End)
	if h != nil && !spared && len(q.request.More) == 0 && q.request.Own < 0 && q.late(h, s.Class, q.request.First.Stock) {
		q.hold(id, s.Domain)
		return Placed{}, false, false
	}
	job := q.start(it, &q.request, &q.verdict)
	if h != nil && !spared && q.delays(h) {
		q.Ended(job)
		q.w.Undo(job)
		q.unstart(it)
		q.hold(id, s.Domain)
		if !q.heldByAccounts(h) {
			q.block(id, nil, q.everywhere(s))
		}
		return Placed{}, false, false
	}
	if spared {
		h.changes = q.changes // what it takes has been taken off
	}
	q.w.Begin(job)
	best.Job, best.Verdict = job, &q.verdict
	return best, true, false
}

// everywhere are all options of a shape.
func (q *Queue) everywhere(s *Shape) []int {
	q.short = q.short[:0]
	for i := range s.Options {
		q.short = append(q.short, i)
	}
	return q.short
}

// merge keeps, of the refusals by several options, the reasons of all and the
// earliest instant to look again.
func merge(into, v *decision.Verdict) {
	if len(into.Reasons) == 0 {
		into.Again, into.Outcome = v.Again, v.Outcome
	} else {
		into.Again, into.Outcome = min(into.Again, v.Again), min(into.Outcome, v.Outcome)
	}
	for _, r := range v.Reasons {
		if r.Outcome != decision.Admit {
			into.Reasons = append(into.Reasons, r)
		}
	}
}

func (q *Queue) start(it *Item, r *decision.Request, v *decision.Verdict) world.JobID {
	if it.Own >= 0 {
		q.w.Unbook(it.Own)
	}
	job := q.w.Start(world.Start{
		Class: r.Class, First: r.First, More: r.More, End: v.End,
		Expected: min(q.w.Now()+r.Expected, v.End), Checkpoint: r.Checkpoint, Ref: it.Ref,
	})
	q.free.add(q.w, job)
	q.changes++
	return job
}

func (q *Queue) unstart(it *Item) {
	if it.Own >= 0 {
		q.w.Rebook(it.Own)
	}
}

// Ended must be told of a job before the world ends it.
func (q *Queue) Ended(job world.JobID) {
	q.free.remove(q.w, job)
	q.changes++
}

// ends is when an item would end at a size, for taking the earliest.
func (q *Queue) ends(s *Shape, it *Item, option int, n int64, v *decision.Verdict) calendar.Instant {
	if it.Work > 0 && n > 0 {
		return q.w.Now() + it.Length(s.Options[option].Speed, n)
	}
	return v.End
}

// drag is the unit of Item.Drag.
const drag = 1_000_000_000_000

// Length is how long the item's work takes on n devices of a speed, failures
// included, rounded up.
func (it *Item) Length(speed, n int64) calendar.Instant {
	rate := speed * n
	if rate <= 0 {
		return calendar.Never / 4
	}
	ms := (it.Work + rate - 1) / rate
	if it.Drag > 0 {
		ms = account.Product(ms, drag+n*it.Drag).QuoUp(drag)
	}
	return calendar.Instant(ms)
}

// Done is the work that n devices of a speed get done in a time, failures
// included, rounded down.
func (it *Item) Done(speed, n int64, in calendar.Instant) int64 {
	done := account.Product(int64(in), speed*n)
	if it.Drag > 0 {
		done = account.Of(account.Product(int64(in), drag).Quo(drag + n*it.Drag)).Times(speed * n)
	}
	return min(it.Work, done.Int64())
}

// most is the largest size that the item can use at an option.
func (it *Item) most(o *Option) int64 {
	if it.Demand > 0 && o.Speed > 0 {
		return min(it.Max, (it.Demand+o.Speed-1)/o.Speed)
	}
	return it.Max
}

// fill sets the lengths of a request from its size.
func (q *Queue) fill(s *Shape, it *Item, option int, n int64) {
	r := &q.request
	r.Class, r.Checkpoint, r.Subject, r.Own = s.Class, it.Checkpoint, it.Subject, it.Own
	r.Limit, r.Expected = it.Limit, it.Expected
	if it.Work > 0 {
		r.Limit = max(1, min(it.Limit, it.Length(s.Options[option].Speed, n)))
		r.Expected = r.Limit
	}
}

// propose finds a placement at one option: the first lots in document order
// that are free and all of whose permits admit. short means that devices are
// missing, whatever the permits say.
func (q *Queue) propose(s *Shape, it *Item, option int) (req decision.Request, v *decision.Verdict, ok, short bool) {
	stocks, most := s.Options[option].Stocks, it.most(&s.Options[option])
	total, used := int64(0), 0
	var only int32
	for _, st := range stocks {
		if f := q.spare(st); f > 0 {
			total += f
			used++
			only = st
		}
	}
	if total < min(it.Min, most) || used == 0 {
		return decision.Request{}, nil, false, true
	}
	if used == 1 {
		q.request.First, q.request.More = world.Part{Stock: only, Devices: min(most, total)}, nil
		ok = q.shrink(s, it, option)
		return q.request, &q.verdict, ok, false
	}
	// Several stocks are free: take from each, in order, what its permits let
	// through, until the size is reached.
	var parts []world.Part
	got := int64(0)
	var refused decision.Verdict
	for _, st := range stocks {
		f := min(q.spare(st), most-got)
		if f <= 0 {
			continue
		}
		q.request.First, q.request.More = world.Part{Stock: st, Devices: f}, nil
		q.judge(s, it, option, f)
		if q.verdict.Outcome != decision.Admit {
			merge(&refused, &q.verdict)
			q.bind(&q.verdict)
			q.narrow(func(largest int64) int64 { return min(f, largest) })
			f = min(f, q.verdict.Largest)
		}
		if f > 0 {
			parts = append(parts, world.Part{Stock: st, Devices: f})
			got += f
		}
		if got >= most {
			break
		}
	}
	if got < min(it.Min, most) {
		q.verdict = refused
		return decision.Request{}, &q.verdict, false, false
	}
	q.request.First, q.request.More = parts[0], parts[1:]
	ok = q.shrink(s, it, option)
	return q.request, &q.verdict, ok, false
}

func (q *Queue) spare(stock int32) int64 {
	st := q.w.Stock(stock)
	return st.Capacity - st.Used
}

// shrink judges the request, and again at the largest size that would pass if
// it is refused; at last at the least size, since what refuses that is what the
// item waits for.
func (q *Queue) shrink(s *Shape, it *Item, option int) bool {
	n := q.request.Devices()
	for try := 1; ; try++ {
		q.judge(s, it, option, n)
		if q.verdict.Outcome == decision.Admit {
			return true
		}
		least := max(it.Min, 1)
		if n <= least || q.whatever() {
			return false
		}
		smaller := func(largest int64) int64 {
			if try >= maxTries {
				return least
			}
			return max(least, min(n-1, largest))
		}
		q.narrow(smaller)
		n = smaller(q.verdict.Largest)
		q.request.First, q.request.More = resize(q.request.First, q.request.More, n)
	}
}

// whatever reports whether what a refused proposal waits for is a condition
// that sizes do not matter to, which no smaller one passes either.
func (q *Queue) whatever() bool {
	i := q.verdict.Binding(q.w)
	r := &q.verdict.Reasons[i]
	return r.Account < 0 && r.First == calendar.Never && r.Form != world.Limit && r.Form != world.Share
}

// narrow notes what the next smaller size of a refused proposal rests on.
func (q *Queue) narrow(next func(largest int64) int64) {
	want := next(q.verdict.Largest)
	i := q.verdict.Deciding(q.w, func(r *decision.Reason) bool { return next(r.Largest) == want })
	if i >= 0 {
		decision.Need(q.w, &q.verdict.Reasons[i])
		return
	}
	// A condition that passes at this size bounds it: all that refuse count.
	for i := range q.verdict.Reasons {
		if r := &q.verdict.Reasons[i]; r.Outcome != decision.Admit || next(r.Largest) == want {
			decision.Need(q.w, r)
		}
	}
}

// maxTries bounds how often a proposal is made smaller: the largest size is
// exact for one condition, and a length that follows from the size can make a
// second look necessary.
const maxTries = 4

// resize takes devices off the last parts until n are left.
func resize(first world.Part, more []world.Part, n int64) (world.Part, []world.Part) {
	parts := append([]world.Part{first}, more...)
	for i := range parts {
		take := min(parts[i].Devices, n)
		parts[i].Devices = take
		n -= take
		if n == 0 {
			return parts[0], parts[1 : i+1 : i+1]
		}
	}
	return parts[0], parts[1:]
}

func (q *Queue) judge(s *Shape, it *Item, option int, n int64) {
	q.fill(s, it, option, n)
	q.Tries++
	q.judged++
	decision.Judge(q.w, &q.request, &q.verdict)
	if q.Observe != nil {
		q.Observe(it, s, option, &q.request, &q.verdict)
	}
}
