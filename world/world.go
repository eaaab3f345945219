package world

import (
	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
)

// World is the state at an instant. It is not safe for concurrent use: one
// goroutine owns it.
type World struct {
	Rules *Rules
	now   calendar.Instant

	muted   []bool // by group
	acted   []bool // by group: it refused, acted, cut or moved something
	needed  []bool // by group: what happened so far rests on it
	cuts    bool   // some clause may cut reservations
	permits []PermitState
	clauses []ClauseState
	stocks  []StockState
	lots    []LotState

	evidence  []calendar.Instant // by stock × kind: the age counts from here
	facts     []account.Sum
	approvals map[approvalKey]uint64
	notices   map[noticeKey]calendar.Instant
	listed    int // listings that have begun or ended so far

	spaces   []spaceState
	accounts []Account
	jobs     runs
	free     []JobID
	running  int

	classes  []class
	classOf  map[string]ClassID
	classKey []byte   // to look up in classOf
	delivery [][]Term // by stock

	bookings bookings
	timers   timers
	wakes    Wakes
}

// PermitState is where a permit stands.
type PermitState struct {
	// Endorsed holds, by Required, the instant of each endorsement, or Never.
	Endorsed []calendar.Instant
	// Effective is the instant at which the last required endorsement came, or Never.
	Effective calendar.Instant
	// Ended is the instant of expiry, revocation or suspension, or Never.
	Ended calendar.Instant
	// Why it ended: expired, revoked, suspended.
	Why EndKind
	// Delivered devices by grant.
	Delivered []int64
}

// EndKind is how a permit came to its end.
type EndKind uint8

// The ends of a permit.
const (
	NotEnded EndKind = iota
	Expired
	Revoked
	Suspended
)

// String names the end.
func (k EndKind) String() string { return [...]string{"valid", "expired", "revoked", "suspended"}[k] }

// ClauseState is where a clause stands.
type ClauseState struct {
	// Holding: its action forbids new starts.
	Holding bool
	// Missed: a duty that is overdue.
	Missed bool
	// Filed counts the windows whose duty was fulfilled.
	Filed int
	// Breach is the first instant at which the condition was broken, or Never.
	Breach calendar.Instant
	// Broken and Judged count windows.
	Broken, Judged int
}

// StockState counts devices: those in service, those in use, and those that are
// held, in service or not.
type StockState struct {
	Capacity, Used, Held int64
}

// LotState is what became of a lot.
type LotState struct {
	Delivered int64
	First     calendar.Instant // of the first delivery, or Never
	// Certified holds, by kind of evidence, what was shown about the lot before
	// its delivery.
	Certified uint64
}

type approvalKey struct {
	clause  int32
	subject int32
}

// spaceState finds accounts by key.
type spaceState struct {
	byKey  map[string]int32
	keys   []string
	ids    []int32
	stride int32
	// expects: a booked limit counts what running work is expected to take.
	expects bool
	// capacity is what the devices in service could take, by key, for shares of
	// what is available.
	capacity map[string]*account.Account
}

// Account is one account of the world.
type Account struct {
	account.Account
	forfeited account.Sum // by lapses, in the current window
	Roll      *account.Rolling
	Space     int32
	Key       string
	excess    account.Sum // honoured beyond the reduced bound
	lapsedAt  calendar.Instant
	opened    calendar.Instant // when other rules opened it; 0 from the start
	lapses    []LapseOn
	lapseNext int
	watched   []int32 // clauses whose bound may be reached, with an action or a report
	brokenIn  []int32 // the last window in which each of them was broken, and −1 for a share that is kept now
	version   uint32
	pair      int32  // one more than the helpful account of a share that is judged at every instant
	turned    uint32 // version of the alarms of such shares
	alert     bool   // some clause acts at its bound or may be broken
	waiting   bool
}

// Wakes names what may let waiting work go ahead.
type Wakes struct {
	// Accounts have room that they had not.
	Accounts []int32
	// Stocks have devices free that they had not.
	Stocks []int32
	// Gates: a condition without an account may hold now: a permit took effect,
	// evidence came, a duty was fulfilled.
	Gates bool
	// Approved are the subjects that an authority said yes to.
	Approved []int32
	// All: what bears on jobs has changed.
	All bool
}

// New gives a world at the start of the rules' time.
func New(r *Rules) *World {
	w := &World{
		Rules:    r,
		muted:    make([]bool, len(r.Groups)),
		acted:    make([]bool, len(r.Groups)),
		needed:   make([]bool, len(r.Groups)),
		permits:  make([]PermitState, len(r.Permits)),
		clauses:  make([]ClauseState, len(r.Clauses)),
		stocks:   make([]StockState, len(r.Stocks)),
		lots:     make([]LotState, len(r.Lots)),
		evidence: make([]calendar.Instant, len(r.Stocks)*len(r.EvidenceKinds)),
		spaces:   make([]spaceState, len(r.Spaces)),
		classOf:  map[string]ClassID{},
	}
	for i, p := range r.Permits {
		w.permits[i].Endorsed = make([]calendar.Instant, len(p.Required))
		w.permits[i].Delivered = make([]int64, len(p.Grants))
	}
	for i := range w.spaces {
		w.spaces[i] = spaceState{byKey: map[string]int32{}, stride: 1}
	}
	for _, c := range r.Clauses {
		w.cuts = w.cuts || c.Cut
		if c.Form == Limit && c.Assure == permit.Booked {
			w.spaces[c.Space].expects = true
		}
		if c.Form == Share {
			s := &w.spaces[c.Space]
			s.stride = shareAccounts
			if c.Base == Available && s.capacity == nil {
				s.capacity = map[string]*account.Account{}
			}
		}
	}
	w.Reset(nil)
	return w
}

// Reset takes the world back to its start, with the groups muted whose flag is
// set: a muted clause never refuses, acts, cuts or moves a bound, and a muted
// gate is open. Classes, accounts and windows stay, so that muting a group
// changes nothing but its own effects.
func (w *World) Reset(muted []bool) {
	w.now = w.Rules.From
	clear(w.acted)
	clear(w.needed)
	clear(w.muted)
	copy(w.muted, muted)
	for i := range w.permits {
		p := &w.permits[i]
		for k := range p.Endorsed {
			p.Endorsed[k] = calendar.Never
			if w.muted[w.Rules.Permits[i].GateGroups[k]] {
				p.Endorsed[k] = w.Rules.From
			}
		}
		clear(p.Delivered)
		p.Effective, p.Ended, p.Why = calendar.Never, calendar.Never, NotEnded
		p.settle(w.Rules.Permits[i].From)
		if r := &w.Rules.Permits[i]; r.Until <= w.now && !w.muted[r.EndGroup] {
			p.Ended, p.Why = r.Until, Expired
		}
	}
	for i := range w.clauses {
		w.clauses[i] = ClauseState{Breach: calendar.Never}
		for _, d := range w.Rules.Clauses[i].Due {
			if d.At < w.Rules.From { // nothing is known of it, so nothing is owed
				w.clauses[i].Filed++
				w.clauses[i].Judged++
			}
		}
	}
	clear(w.stocks)
	for i := range w.lots {
		w.lots[i] = LotState{First: calendar.Never}
	}
	for i := range w.facts {
		w.facts[i] = account.Sum{}
	}
	for i := range w.evidence {
		w.evidence[i] = neverSeen
	}
	clear(w.approvals)
	clear(w.notices)
	w.listed = 0
	for i := range w.accounts {
		w.accounts[i].reset()
	}
	for i := range w.spaces {
		for _, c := range w.spaces[i].capacity {
			clear(c.Committed)
			*c = account.New(c.Cuts, c.Committed, nil)
		}
	}
	w.jobs.clear()
	w.free, w.running = w.free[:0], 0
	w.bookings.reset()
	w.timers.reset(w.Rules)
	w.wakes.Clear()
}

// neverSeen is older than any evidence.
const neverSeen calendar.Instant = -1 << 62

func (a *Account) reset() {
	clear(a.Committed)
	clear(a.Expected)
	a.Account = account.New(a.Cuts, a.Committed, a.Expected)
	if a.Roll != nil {
		a.Roll.Reset()
	}
	a.forfeited, a.excess = account.Sum{}, account.Sum{}
	a.lapsedAt, a.lapseNext, a.waiting = 0, 0, false
	a.brokenIn = a.brokenIn[:0]
	a.version++
	a.turned++
}

// settle finds when the permit takes effect from its endorsements.
func (p *PermitState) settle(from calendar.Instant) {
	at := from
	for _, t := range p.Endorsed {
		at = max(at, t)
	}
	p.Effective = at
}

// Now is the instant of the last event.
func (w *World) Now() calendar.Instant { return w.now }

// Cuts reports whether any clause may cut a reservation.
func (w *World) Cuts() bool { return w.cuts }

// Muted reports whether a group is muted.
func (w *World) Muted(group int32) bool { return w.muted[group] }

// Act records that a group had an effect: it refused, acted, cut or moved.
func (w *World) Act(group int32) { w.acted[group] = true }

// Acted gives, by group, whether it had any effect so far.
func (w *World) Acted() []bool { return w.acted }

// Need records that what happens rests on a group: without it the world would
// go another way. It is a part of those that had an effect, since of several
// that refuse at once one may be enough.
func (w *World) Need(group int32) { w.acted[group], w.needed[group] = true, true }

// Needed reports whether what happened so far rests on a group.
func (w *World) Needed(group int32) bool { return w.needed[group] }

// Permit gives where a permit stands.
func (w *World) Permit(p int32) *PermitState { return &w.permits[p] }

// Clause gives where a clause stands.
func (w *World) Clause(c int32) *ClauseState { return &w.clauses[c] }

// Stock gives the devices of a stock.
func (w *World) Stock(s int32) StockState { return w.stocks[s] }

// Lot gives what became of a lot.
func (w *World) Lot(l int32) LotState { return w.lots[l] }

// Fact gives the present value of a fact.
func (w *World) Fact(f int32) account.Sum {
	if int(f) >= len(w.facts) {
		return account.Sum{}
	}
	return w.facts[f]
}

// Running is the number of running jobs.
func (w *World) Running() int { return w.running }

// Evidence is the instant from which the age of a stock's evidence counts;
// Never while it is renewed all the time.
func (w *World) Evidence(stock, kind int32) calendar.Instant {
	return w.evidence[int(stock)*len(w.Rules.EvidenceKinds)+int(kind)]
}

// Approved reports whether a subject has the approvals that a clause asks for.
func (w *World) Approved(clause, subject int32) bool {
	n := int32(0)
	for b := w.approvals[approvalKey{clause, subject}]; b != 0; b &= b - 1 {
		n++
	}
	return n >= w.Rules.Clauses[clause].Quorum
}

// Open reports whether a permit is in effect and has not ended in a way that
// forbids new starts, and otherwise since when or from when it is so.
func (w *World) Open(p int32) bool {
	s := &w.permits[p]
	if s.Effective > w.now {
		return false
	}
	return s.Ended > w.now || w.Rules.Permits[p].OnEnd == permit.Continue || w.muted[w.Rules.Permits[p].EndGroup]
}

// Wakes hands over what grew since the last call.
func (w *World) Wakes() *Wakes { return &w.wakes }

// Clear forgets what grew.
func (k *Wakes) Clear() {
	*k = Wakes{Accounts: k.Accounts[:0], Stocks: k.Stocks[:0], Approved: k.Approved[:0]}
}

// wakeShares wakes what waits for room under some shares.
func (w *World) wakeShares(selects func(*Clause) bool) {
	for i := range w.Rules.Clauses {
		c := &w.Rules.Clauses[i]
		if c.Form != Share || !selects(c) {
			continue
		}
		for _, id := range w.spaces[c.Space].ids {
			if w.accounts[id].waiting {
				w.wakes.Accounts = append(w.wakes.Accounts, id)
			}
		}
	}
}

// Await says that work waits for room in an account.
func (w *World) Await(a int32) { w.accounts[a].waiting = true }
