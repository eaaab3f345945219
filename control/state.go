package control

import (
	"errors"
	"fmt"
	"time"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/world"
)

// ErrDue says that something is due before or at the instant of a fact: a Tick
// comes first.
var ErrDue = errors.New("something is due first")

// ErrPast says that a fact bears an instant before that of the last one.
var ErrPast = errors.New("it is earlier than the fact before")

// State is what the facts so far come to.
type State struct {
	at      calendar.Instant
	genesis *Genesis
	zones   map[string]*time.Location
	docs    []*document.Document
	moves   []catalog.Move
	partial string // of a document in parts
	parts   int64
	ofParts int64

	catalog     *catalog.Catalog
	rules       *world.Rules
	world       *world.World
	queue       *queue.Queue
	authorities signature.Authorities
	permits     map[string]*permitActs
	places      places
	clauses     [][]byte // names, quoted
	gates       [][]byte

	jobs    []*job
	slab    []job // room for the next ones
	groups  map[string]queue.GroupID
	domains map[string]int32
	due     dues
	// bookings by number, from 0; holdings are the devices in the fleet.
	bookings []booking
	holdings map[holding]int64
	rest     []int64 // of each lot, what waits for room

	seenPermits []seenPermit
	seenClauses []seenClause

	// What one call of Apply works with.
	out     *Outcome
	room    int            // bytes that the entry has left for effects
	cut     bool           // it was full: the rest is due at once
	actions []world.Action // of conditions that fired, not yet applied
	// reviewing: waiting work is judged anew, from the job reviewed on.
	reviewing bool
	reviewed  int32
	subject   int32 // the job that was submitted, or −1
	judged    judgements
	refused   bool
	verdict   decision.Verdict
	scratch   []byte
	body      []byte           // of the last entry
	effects   []Effect         // of the last entry that was replayed
	keep      bool             // complete reasons are kept
	complete  [][]byte         // those of the last fact
	asked     calendar.Instant // of the fact under check
	disclose  *Disclosure
}

// NewState gives a state before the first fact.
func NewState() *State {
	return &State{
		zones: map[string]*time.Location{}, permits: map[string]*permitActs{}, groups: map[string]queue.GroupID{},
		domains: map[string]int32{}, holdings: map[holding]int64{}, subject: -1, judged: judgements{job: -1},
	}
}

// mostAt is the last instant of the year 9999.
const mostAt calendar.Instant = 253402300799999

// Applied is what came of a fact.
type Applied struct {
	// Body is the entry's body. It is good until the next fact.
	Body []byte
	// Outcome is what followed.
	Outcome *Outcome
}

// Apply takes a fact at an instant, which must not lie before that of the last
// one. d opens the commitments in it, if there are any. If it is refused, the
// state is as before.
func (s *State) Apply(at calendar.Instant, f Fact, d *Disclosure) (*Applied, error) {
	body, err := s.apply(at, f, d, nil)
	if err != nil {
		return nil, err
	}
	return &Applied{Body: body, Outcome: s.out}, nil
}

// apply takes a fact and gives the body. What follows from it is put into the
// memory of effects.
func (s *State) apply(at calendar.Instant, f Fact, d *Disclosure, effects []Effect) ([]byte, error) {
	if at > mostAt {
		return nil, fmt.Errorf("a fact of the kind %s at %d: that is past the year 9999", f.Kind(), at)
	}
	if at < s.at {
		return nil, fmt.Errorf("a fact of the kind %s at %d: %w", f.Kind(), at, ErrPast)
	}
	_, tick := f.(*Tick)
	if !tick && s.Next() <= at {
		return nil, ErrDue
	}
	s.disclose, s.asked = d, at
	if err := f.check(s); err != nil {
		return nil, err
	}
	room, err := roomBeside(f)
	if err != nil {
		return nil, err
	}
	s.at, s.room, s.cut = at, room, false
	s.out = f.outcome()
	*s.out = Outcome{Effects: effects}
	s.subject, s.judged.job, s.refused = -1, -1, false
	s.complete = nil
	if s.world != nil && !tick {
		s.world.Advance(at)
	}
	f.apply(s)
	if s.world != nil {
		s.settle(f)
	}
	if len(s.out.Effects) == 0 {
		s.out.Effects = nil
	}
	if s.body, err = appendBody(s.body[:0], f); err != nil {
		return nil, fmt.Errorf("an entry of the kind %s: %w", f.Kind(), err)
	}
	return s.body, nil
}

// Replay applies an entry as it is recorded and reports whether its body says
// what comes of it. An entry that was read is replayed once. The fact comes
// back without effects: the entry has them, and jobs keep their facts.
func (s *State) Replay(r Recorded) (Fact, error) {
	if r.err != nil {
		return nil, r.err
	}
	if s.effects == nil {
		s.effects = make([]Effect, 0, 16)
	}
	body, err := s.apply(calendar.Instant(r.Entry.At), r.fact, r.Disclosure, s.effects[:0])
	if err != nil {
		return r.fact, fmt.Errorf("the fact is not one that the core takes: %w", err)
	}
	if s.out.Effects != nil {
		s.effects, s.out.Effects = s.out.Effects, nil
	}
	if string(body) != string(r.Entry.Body) {
		return r.fact, &Disagreement{Recorded: string(r.Entry.Body), Computed: string(body)}
	}
	return r.fact, nil
}

// Disagreement is an entry whose outcome is not what comes of its fact.
type Disagreement struct{ Recorded, Computed string }

// Error shows where the two differ.
func (d *Disagreement) Error() string {
	i := 0
	for i < min(len(d.Recorded), len(d.Computed)) && d.Recorded[i] == d.Computed[i] {
		i++
	}
	from := max(0, i-40)
	show := func(s string) string { return s[min(from, len(s)):min(len(s), i+80)] }
	return fmt.Sprintf("the recorded outcome is not what follows: recorded …%s…, computed …%s…", show(d.Recorded), show(d.Computed))
}

// At is the instant of the last fact.
func (s *State) At() calendar.Instant { return s.at }

// Ready reports whether the documents are in effect: jobs and acts count.
func (s *State) Ready() bool { return s.world != nil }

// Demo reports whether throwaway keys stand for authorities.
func (s *State) Demo() bool { return s.genesis != nil && s.genesis.Demo == "true" }

// Next is the next instant at which something is due, or Never: then a Tick is
// to be applied. What the last entry had no room for is due at once.
func (s *State) Next() calendar.Instant {
	switch {
	case s.world == nil:
		return calendar.Never
	case s.cut:
		return s.at
	}
	return min(s.world.NextTimer(), s.queue.NextLook(), s.due.next())
}

// tick does everything that is due up to now, each at its own instant. Waiting
// work is looked at now: nothing starts in the past. It stops where the entry is
// full.
func (s *State) tick() {
	now := s.at
	for {
		next := s.world.Now()
		if len(s.actions) == 0 {
			next = min(s.world.NextTimer(), s.due.next())
		}
		if next > now {
			break
		}
		s.world.Advance(next)
		if !s.fire() || !s.happen() {
			s.cut = true
			return
		}
	}
	s.world.Advance(now)
}

// settle does what a fact may have made possible, as far as the entry has room
// for it.
func (s *State) settle(f Fact) {
	s.cut = s.cut || !s.proceed(f)
	s.answer()
}

// proceed does what may go on: actions of conditions, lots that have room now,
// waiting work. It reports whether it came to the end of it.
func (s *State) proceed(f Fact) bool {
	if !s.fire() {
		return false
	}
	switch f.(type) {
	case *Submit, *End, *Clock:
	default:
		if !s.deliverWaiting() || !s.look() {
			return false
		}
	}
	for {
		if s.world.Wakes().All {
			s.reviewing, s.reviewed = true, 0
		}
		if !s.queue.Run(s.started) {
			return false
		}
		if !s.reviewing {
			return true
		}
		left, whole := s.review()
		if !whole {
			return false
		}
		if !left {
			return true
		}
	}
}
