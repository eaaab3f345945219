package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
)

// Origin tells what jobs and bookings say of themselves: other rules may read
// what the rules before did not.
type Origin struct {
	Job func(ref int32) Attributes
	// Booking also gives the stocks where the work may run, by the new rules.
	Booking func(id BookingID) (Attributes, []int32)
}

// Carry gives the world as it goes on from this instant under other rules: a
// permit was amended, a document has come. Everything that was due has
// happened, by Fire; w is not used any more.
//
// Permits, conditions, lots and facts are the same where they have the same
// name. What amendments do:
//   - An amended bound, floor, allowance or action holds for the whole current
//     window: what was used in it stays as it is, exactly. What has lapsed stays
//     lapsed, as an amount. A rolling window of another length keeps its
//     history, as far back as it goes.
//   - An amended selector, measure, key, zone or window closes the window
//     unjudged; another one opens now, up to the next boundary, with nothing used
//     in it. Running work counts in it from now on, as the new selector says.
//     (Starts are not counted again.) A calendar that goes on longer, or ends
//     earlier, with the current window's start as it was, is no other window. The
//     accounts of a pool go on as long as one condition in it says the same.
//   - What runs is never denied again. It keeps its start, the end of its
//     reservation, its sides and keys under what says the same. Only an action
//     applies to it: of a limit that is passed now, of a predicate that is new or
//     another and does not hold.
//   - A permit that was revoked or suspended stays so; one that has expired
//     follows its new dates. An approval counts for the version of the permit that
//     it was given under.
//   - A duty that is new, or due for other windows, is owed for windows that end
//     after now.
//
// The rules must follow those before, see [Rules.Follows].
func (w *World) Carry(r *Rules, of Origin) *World {
	n := New(r)
	n.now = w.now
	k := &carrying{w: w, n: n, of: of, s: newSuccession(w.Rules, r), accounts: map[int32]int32{}, shifted: map[int32]bool{}}
	k.groups()
	k.permits()
	k.stocks()
	k.clauses()
	k.accountsOn()
	k.capacities()
	k.jobs()
	k.held()
	k.bookings()
	k.timers()
	return n
}

// carrying is one call of Carry.
type carrying struct {
	w, n *World
	of   Origin
	s    *succession
	// accounts gives, by an old account, the new one that goes on for it.
	accounts map[int32]int32
	// whole holds, by new space, whether its accounts are copies, with all that
	// running work has reserved; else what runs reserves anew.
	whole []bool
	// shifted are new accounts that running work has been put on or taken off.
	shifted map[int32]bool
	// drained are the jobs that were under a draining limit already.
	drained []bool
}

func (k *carrying) groups() {
	for i, old := range k.s.groups {
		if old >= 0 {
			k.n.muted[i], k.n.acted[i], k.n.needed[i] = k.w.muted[old], k.w.acted[old], k.w.needed[old]
		}
	}
}

func (k *carrying) permits() {
	now := k.n.now
	for i := range k.n.permits {
		p, rules := &k.n.permits[i], &k.n.Rules.Permits[i]
		for e := range p.Endorsed {
			if k.n.muted[rules.GateGroups[e]] {
				p.Endorsed[e] = k.n.Rules.From
			}
		}
		if o := k.s.permits[i]; o >= 0 {
			old, before := &k.w.permits[o], &k.w.Rules.Permits[o]
			for e, a := range before.Required {
				if at := slices.Index(rules.Required, k.s.later.authorities[a]); at >= 0 {
					p.Endorsed[at] = old.Endorsed[e]
				}
			}
			if p.Ended, p.Why = old.Ended, old.Why; p.Why == Expired && rules.Until > now {
				p.Ended, p.Why = calendar.Never, NotEnded
			}
		}
		p.settle(rules.From)
	}
}

// stocks carries devices, what was delivered of each lot and what is known of
// them.
func (k *carrying) stocks() {
	w, n := k.w, k.n
	for i, st := range w.stocks {
		to := k.s.later.stocks[i]
		// Those in use are counted with the jobs.
		n.stocks[to].Capacity += st.Capacity
		n.stocks[to].Held += st.Held
		for old, kind := range k.s.later.kinds {
			if kind < 0 {
				continue
			}
			e := &n.evidence[int(to)*len(n.Rules.EvidenceKinds)+int(kind)]
			*e = max(*e, w.Evidence(int32(i), int32(old)))
		}
	}
	for i, l := range w.lots {
		to := k.s.later.lots[i]
		if to < 0 {
			continue
		}
		n.lots[to] = LotState{Delivered: l.Delivered, First: l.First}
		for old, kind := range k.s.later.kinds {
			if kind >= 0 && l.Certified&(1<<old) != 0 {
				n.lots[to].Certified |= 1 << kind
			}
		}
		st := &n.Rules.Stocks[n.Rules.Lots[to].Stock]
		for _, p := range st.Permits {
			for g, grant := range n.Rules.Permits[p].Grants {
				if grant.Product == st.Product {
					n.permits[p].Delivered[g] += l.Delivered
				}
			}
		}
	}
	n.facts = make([]account.Sum, len(n.Rules.Facts))
	for i, v := range w.facts {
		if to := k.s.later.facts[i]; to >= 0 {
			n.facts[to] = v
		}
	}
}

// clauses carries where conditions stand, with approvals and notices.
func (k *carrying) clauses() {
	for i := range k.n.clauses {
		c, o := &k.n.Rules.Clauses[i], k.s.clauses[i]
		if o >= 0 {
			k.n.clauses[i] = k.w.clauses[o]
		}
		s := &k.n.clauses[i]
		switch {
		case c.Form == Duty && c.Before == "":
			k.duty(s, c, o)
		case strength(c.Action) == 0 || !k.s.same[i]:
			s.Holding = false
		}
	}
	for at, given := range k.w.approvals {
		to := k.s.later.clauses[at.clause]
		if to < 0 {
			continue
		}
		old, c := &k.w.Rules.Clauses[at.clause], &k.n.Rules.Clauses[to]
		if k.w.Rules.Permits[old.Permit].Version != k.n.Rules.Permits[c.Permit].Version {
			continue
		}
		for b, a := range old.By {
			if x := slices.Index(c.By, k.s.later.authorities[a]); x >= 0 && given&(1<<b) != 0 {
				if k.n.approvals == nil {
					k.n.approvals = map[approvalKey]uint64{}
				}
				k.n.approvals[approvalKey{to, at.subject}] |= 1 << x
			}
		}
	}
	for about, at := range k.w.notices {
		clause, lot, site := k.s.later.clauses[about.clause], k.s.later.lots[about.lot], about.site
		if site != Nowhere {
			site = k.s.later.sites[site]
		}
		if clause < 0 || lot < 0 || about.site != Nowhere && site < 0 {
			continue
		}
		if k.n.notices == nil {
			k.n.notices = map[noticeKey]calendar.Instant{}
		}
		k.n.notices[noticeKey{clause, lot, site}] = at
	}
}

// duty finds how many windows are fulfilled and judged where they are counted
// anew: nothing is owed for windows that ended before the duty was there.
func (k *carrying) duty(s *ClauseState, c *Clause, o int32) {
	now := k.n.now
	if o >= 0 && slices.Equal(k.w.Rules.Clauses[o].Due, c.Due) {
		s.Holding = s.Missed && strength(c.Action) > 0
		return
	}
	due, filed := 0, 0
	for _, d := range c.Due {
		if d.At <= now {
			due++
		}
		if d.Window <= now {
			filed++
		}
	}
	if o >= 0 && sameWindows(k.w.Rules.Clauses[o].Due, c.Due) {
		filed = min(s.Filed, len(c.Due)) // other dates for the same windows
	}
	s.Filed, s.Judged = filed, due
	s.Missed = s.Missed && filed < due
	s.Holding = s.Missed && strength(c.Action) > 0
}

// sameWindows reports whether duties are for the same windows, as far as both
// go.
func sameWindows(a, b []DueOn) bool {
	for i := range min(len(a), len(b)) {
		if a[i].Window != b[i].Window {
			return false
		}
	}
	return len(a) > 0 && len(b) > 0
}

// held counts the devices that the fleet holds under what is new.
func (k *carrying) held() {
	for i := range k.n.stocks {
		n := k.n.stocks[i].Held
		if n == 0 {
			continue
		}
		terms := k.n.DeliveryTerms(int32(i))
		for t := range terms {
			x := &terms[t]
			if x.Account < 0 || x.Side == Neutral || k.s.same[x.Clause] || !k.n.Rules.Clauses[x.Clause].Measure.Instant() {
				continue
			}
			if slices.ContainsFunc(terms, func(o Term) bool {
				return o.Account == x.Account && o.Side == x.Side && (k.s.same[o.Clause] || o.Clause < x.Clause)
			}) {
				continue // a pool counts them already
			}
			a, _ := k.n.side(x)
			a.Reserve(x.Rate*n, k.n.now, k.n.now, k.n.now)
		}
	}
}

// bookings carries what is announced; where it goes is found anew.
func (k *carrying) bookings() {
	w, n := k.w, k.n
	for i := range w.bookings.all {
		b := w.bookings.all[i]
		b.clause, b.term, b.bears = -1, Term{}, false
		if b.live {
			n.bookings.any = true
			var of Attributes
			of, b.Stocks = k.of.Booking(BookingID(i))
			b.Class = n.Class(of)
			for _, stock := range b.Stocks {
				n.Terms(b.Class, stock) // its accounts come up now
			}
		}
		n.bookings.all = append(n.bookings.all, b)
	}
	if !n.bookings.any {
		return
	}
	n.Each(func(id JobID, r *Running) { n.bookings.ends.push(ending{r.End, r.Began, id}) })
	for i := range n.bookings.all {
		if n.bookings.all[i].live {
			n.eachPlan(BookingID(i), func(pl *Placements) { pl.insert(n.bookings.all, BookingID(i), n.now) })
		}
	}
}
