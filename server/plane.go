// Package server runs the control plane: it keeps the state of package control
// in memory, its ledger in a store, gives both a clock, and serves them over
// HTTP.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
)

// Plane is the control plane's one writer. Decisions are serialised: each sees
// all before it. Nobody is told of a decision before its entry is durable.
type Plane struct {
	store    ledger.Store
	log      *ledger.Log
	signer   note.Signer
	verifier note.Verifier
	clock    Clock
	cosign   ledger.Cosign

	mu     sync.Mutex // held while a fact is applied and appended
	state  *control.State
	asked  calendar.Instant // the instant of what is under way
	last   ledger.Commit
	wrote  bool             // last is set
	broken error            // a fact was applied and could not be appended
	behind bool             // the clock gives an instant before the last fact's
	jobs   int32            // that were submitted
	keys   map[string]int32 // idempotency keys → index of the job
	booked map[string]int32 // and → index of the booking
	books  []int64          // entries of bookings
	// sent are the entries of what came with a key for a lot, by kind and key.
	sent map[[2]string]int64
	// receipts are the last entries that state what a permit is, by permit.
	receipts map[string]*stated

	due     chan struct{} // something may be due earlier than was thought
	armed   calendar.Instant
	publish chan struct{} // there is something to sign

	watch   sync.Mutex
	changed chan struct{} // closed when entries have become durable
	watched bool          // somebody waits for that

	demo    bool
	key     string // the log's public key
	metrics *metrics
}

// PlaneOptions say what a control plane runs on.
type PlaneOptions struct {
	Store ledger.Store
	// Signer and Verifier are the log's key.
	Signer   note.Signer
	Verifier note.Verifier
	// Key is the public one as text.
	Key   string
	Clock Clock
	// Cosign asks witnesses; nil if there are none.
	Cosign ledger.Cosign
	// Documents begin a ledger that is empty.
	Documents []*document.Document
	// Demo: throwaway keys stand for authorities.
	Demo bool
}

// OpenPlane opens a control plane on a store: it replays the ledger, or begins
// it with the documents. It refuses a ledger whose outcomes the core does not
// come to.
func OpenPlane(ctx context.Context, o PlaneOptions) (*Plane, error) {
	log, err := ledger.Open(ctx, o.Store, o.Signer, o.Verifier)
	if err != nil {
		return nil, err
	}
	p := &Plane{
		store: o.Store, log: log, signer: o.Signer, verifier: o.Verifier, clock: o.Clock, cosign: o.Cosign, demo: o.Demo, key: o.Key,
		state: control.NewState(), keys: map[string]int32{}, booked: map[string]int32{}, receipts: map[string]*stated{}, sent: map[[2]string]int64{}, armed: calendar.Never,
		due: make(chan struct{}, 1), publish: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	p.metrics = newMetrics(p)
	if err := p.replay(ctx); err != nil {
		return nil, err
	}
	if p.state.Ready() {
		if p.state.Demo() != o.Demo {
			return nil, errors.New("the ledger is one of a demonstration and the control plane is not, or the other way round: use another data folder")
		}
		p.clock.Resume(p.state.At())
		return p, nil
	}
	if len(o.Documents) == 0 {
		return nil, errors.New("the ledger is empty: name the documents that it begins with")
	}
	if err := p.begin(ctx, o); err != nil {
		return nil, err
	}
	p.clock.Resume(p.state.At())
	return p, nil
}

// begin writes the entries that a ledger begins with. It refuses a ledger whose
// beginning was cut off: nothing was in effect there yet, and nothing is lost.
func (p *Plane) begin(ctx context.Context, o PlaneOptions) error {
	facts, err := control.Beginning(o.Signer.Name(), o.Demo, o.Documents, p.now())
	if err != nil {
		return err
	}
	if n := int(p.log.Size()); n > 0 {
		return fmt.Errorf("the ledger holds %d entries of a beginning that was cut off: remove it and start anew", n)
	}
	p.mu.Lock()
	p.asked = p.now()
	for _, f := range facts {
		if _, err := p.apply(f, nil); err != nil {
			p.mu.Unlock()
			return err
		}
	}
	p.mu.Unlock()
	return p.log.Flush(ctx)
}

// replay brings the state up to what the ledger holds.
func (p *Plane) replay(ctx context.Context) error {
	return replay(ctx, p.store, p.log.Size(), func(index int64, r control.Recorded) error {
		f, err := p.state.Replay(r)
		if err != nil {
			return fmt.Errorf("%w: run proviso audit", err)
		}
		p.remember(f, index)
		return nil
	})
}

// replay reads the first entries of a ledger for who replays them.
func replay(ctx context.Context, store ledger.Store, size int64, each func(index int64, r control.Recorded) error) error {
	type read struct {
		control.Recorded
		err error
	}
	index := int64(0)
	for r, err := range ledger.Ahead(store.Records(ctx, 0, size), 0, func(_ int64, r ledger.Record) read {
		e, err := ledger.Decode(r.Data)
		if err != nil {
			return read{err: err}
		}
		return read{Recorded: control.ReadKept(e, r.Disclosure)}
	}) {
		if err = cmp.Or(err, r.err); err != nil {
			return fmt.Errorf("read the ledger: entry %d: %w", index, err)
		}
		if err := each(index, r.Recorded); err != nil {
			return fmt.Errorf("replay the ledger: entry %d: %w", index, err)
		}
		index++
	}
	return nil
}

// remember indexes what is looked up later.
func (p *Plane) remember(f control.Fact, index int64) {
	switch f := f.(type) {
	case *control.Submit:
		p.jobs++
		if f.Idempotency != "" {
			p.keys[f.Idempotency] = p.jobs - 1
		}
	case *control.Book:
		p.books = append(p.books, index)
		if f.Idempotency != "" {
			p.booked[f.Idempotency] = int32(len(p.books) - 1)
		}
	case *control.Receive, *control.Move, *control.Dispose:
		if key := control.Idempotency(f); key != "" {
			p.sent[[2]string{f.Kind(), key}] = index
		}
	}
}

// Done is a fact that is on record.
type Done struct {
	Index   int64
	At      calendar.Instant
	Outcome *control.Outcome
	commit  ledger.Commit
}

// now is the instant of the next fact. The past is never reopened: while the
// clock gives an earlier instant than the last fact's, that one counts.
func (p *Plane) now() calendar.Instant {
	return max(calendar.Of(p.clock.Now()), p.state.At())
}

// step notes a clock that has jumped back. Held locked.
func (p *Plane) step() error {
	said := calendar.Of(p.clock.Now())
	back := said+1000 <= p.state.At()
	if back == p.behind {
		return nil
	}
	p.behind = back
	if !back {
		return nil
	}
	_, err := p.apply(&control.Clock{Said: fmt.Sprint(int64(said))}, nil)
	return err
}

// catchUp reads the clock, once for all that is under way, and does what is
// due up to then. Held locked.
func (p *Plane) catchUp() error {
	p.asked = p.now()
	if err := p.step(); err != nil {
		return err
	}
	for p.state.Next() <= p.asked {
		if _, err := p.apply(new(control.Tick), nil); err != nil {
			return err
		}
	}
	return nil
}

// apply applies a fact at the instant that catchUp read, and appends it: the
// clock goes on meanwhile, and something else may be due by now. Held locked.
func (p *Plane) apply(f control.Fact, d *control.Disclosure) (*Done, error) {
	if p.broken != nil {
		return nil, p.broken
	}
	at := p.asked
	a, err := p.state.Apply(at, f, d)
	if err != nil {
		return nil, err
	}
	data, err := ledger.Encode(ledger.Entry{At: int64(at), Kind: f.Kind(), Body: a.Body})
	var r ledger.Record
	if err == nil {
		r.Data, r.Disclosure = data, d.Text()
	}
	var commit ledger.Commit
	if err == nil {
		commit, err = p.log.Append(r)
	}
	if err != nil {
		// The state is ahead of the ledger: nothing more may follow from it.
		p.broken = unrecorded{fmt.Errorf("the control plane takes nothing more, since an entry could not be appended: %w", err)}
		return nil, p.broken
	}
	p.last, p.wrote = commit, true
	p.remember(f, p.last.Index)
	p.metrics.count(f, a.Outcome)
	if p.state.Next() < p.armed {
		wake(p.due)
	}
	wake(p.publish)
	return &Done{Index: p.last.Index, At: at, Outcome: a.Outcome, commit: p.last}, nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Do records a fact behind all that is due, and returns when it is durable.
// make is called with the state as it is then.
func (p *Plane) Do(ctx context.Context, make func(*control.State) (control.Fact, *control.Disclosure, error)) (*Done, error) {
	return p.doThen(ctx, make, func(*Done) {})
}

// doThen is Do; then is called with what is done before anything else is.
func (p *Plane) doThen(ctx context.Context, make func(*control.State) (control.Fact, *control.Disclosure, error), then func(*Done)) (*Done, error) {
	p.mu.Lock()
	d, err := p.do(make)
	if err == nil {
		then(d)
	}
	last, wrote := p.last, p.wrote
	p.mu.Unlock()
	if wrote {
		// A refusal too: what it rests on must not be lost behind it.
		if err := settled(ctx, last); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	p.tell()
	return d, nil
}

// settled returns when an entry, and all before it, is durable.
func settled(ctx context.Context, c ledger.Commit) error {
	err := c.Wait(ctx)
	if err != nil && ctx.Err() == nil {
		return unrecorded{err}
	}
	return err
}

// unrecorded marks an error of the store: whether what was asked for is on
// record is not known, and nothing more will be.
type unrecorded struct{ error }

func (unrecorded) Is(target error) bool { return target == errUnrecorded }
func (u unrecorded) Unwrap() error      { return u.error }

var errUnrecorded = errors.New("not recorded")

func (p *Plane) do(make func(*control.State) (control.Fact, *control.Disclosure, error)) (*Done, error) {
	if err := p.catchUp(); err != nil {
		return nil, err
	}
	f, d, err := make(p.state)
	if err != nil {
		return nil, invalid{err}
	}
	done, err := p.apply(f, d)
	if err != nil && p.broken == nil {
		return nil, invalid{err} // the core does not take it
	}
	return done, err
}

// Read lets f read the state as it is now. What it saw is durable when Read
// returns.
func (p *Plane) Read(ctx context.Context, f func(s *control.State, now calendar.Instant) error) error {
	p.mu.Lock()
	if err := p.catchUp(); err != nil {
		p.mu.Unlock()
		return err
	}
	err := f(p.state, p.asked)
	last, wrote := p.last, p.wrote
	p.mu.Unlock()
	if wrote {
		if err := settled(ctx, last); err != nil {
			return err
		}
	}
	return err
}

// Run keeps the ledger written and signed and the clock's promises until the
// context ends. It returns why the control plane broke, or nil.
func (p *Plane) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var failed error
	for _, f := range []func(context.Context) error{p.log.Run, p.keepTime, p.keepSigned} {
		all.Go(func() {
			if err := f(ctx); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		failed = err
	}
	if failed == nil {
		_, failed = p.log.Publish(context.WithoutCancel(ctx), nil)
	}
	return failed
}

// lookAtClock bounds how long a timer sleeps: a timer runs on the machine's own
// count of time, and the wall clock can be set meanwhile.
const lookAtClock = time.Minute

// keepTime wakes up when something is due: one timer, for the next event.
func (p *Plane) keepTime(ctx context.Context) error {
	for {
		p.mu.Lock()
		err := p.catchUp()
		p.armed = p.state.Next()
		wait := lookAtClock
		if p.armed < calendar.Never {
			wait = min(wait, p.clock.Until(p.armed))
		}
		last, wrote := p.last, p.wrote
		p.mu.Unlock()
		if err != nil {
			return err
		}
		if wrote {
			if err := last.Wait(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			p.tell()
		}
		t := time.NewTimer(max(wait, 0))
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-p.due:
			t.Stop()
		case <-t.C:
		}
	}
}

// keepSigned publishes a checkpoint at most a second behind the last entry.
func (p *Plane) keepSigned(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.publish:
		}
		if err := p.log.Flush(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		p.tell() // also of what nobody waited for to the end
		if _, err := p.log.Publish(ctx, p.cosign); err != nil && ctx.Err() == nil {
			p.metrics.cosignFailed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(publishEvery):
		}
	}
}

const publishEvery = 900 * time.Millisecond

// tell wakes those who watch.
func (p *Plane) tell() {
	p.watch.Lock()
	if p.watched {
		close(p.changed)
		p.changed, p.watched = make(chan struct{}), false
	}
	p.watch.Unlock()
}

// more is closed when entries have become durable.
func (p *Plane) more() <-chan struct{} {
	p.watch.Lock()
	defer p.watch.Unlock()
	p.watched = true
	return p.changed
}
