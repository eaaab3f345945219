package world

import (
	"slices"
	"strconv"
	"strings"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/permit"
)

// Attributes are what a job says of itself: all that predicates, selectors
// and keys can read of it.
type Attributes struct {
	Name, Holder, Tenant, EndUser, Purpose, Model, Kind string
	MinDevices, MaxDevices, LimitHours                  int64
}

// ClassID names the jobs that agree in every field that any predicate or key
// reads.
type ClassID int32

type class struct {
	attributes Attributes
	// terms holds what bears on the class, by the number of listings that have
	// begun or ended so far and by stock; nil where it was not asked for.
	terms [][]Term
}

// Side is where a job stands towards a share.
type Side uint8

// The sides of a share. A limit has only work that counts.
const (
	Helpful Side = iota // raises the ratio that has a floor
	Harmful             // lowers it
	Neutral             // outside the whole, or not selected
)

// A share keeps two accounts: the helpful side and the harmful one.
const shareAccounts = 2

// Term is a clause as it bears on the jobs of one class on one stock:
// predicates, sides, keys and rates are resolved once.
type Term struct {
	Clause  int32
	Account int32 // the first account, or −1
	Side    Side
	Holds   bool // the predicate of a require holds; no approval is needed; the list allows it
	Form    Form
	Plain   Plain
	Cuts    bool // a certain share: it may cut reservations
	// Twin: an earlier condition counts the same work in the same account, on the
	// same side. A pool counts it once.
	Twin  bool
	Group int32
	Rate  int64       // of one device, in the clause's measure
	Bound account.Sum // of a limit
}

// Plain says how a term can be judged as long as it passes, without its clause.
type Plain uint8

// The plain terms.
const (
	NotPlain   Plain = iota
	Pass             // Holds is all there is to it
	PlainRate        // a limit of a rate
	PlainSum         // a certain limit of a sum over windows
	PlainCount       // a certain limit of a number of jobs
)

// plain says how a term of a clause can be judged while it passes.
func (w *World) plain(c *Clause, t *Term) Plain {
	switch {
	case c.Form == Require:
		return Pass
	case c.Form != Limit || w.accounts[t.Account].Roll != nil || c.Action == permit.Drain || len(c.Steps) > 0:
		return NotPlain
	case c.Measure.Instant():
		return PlainRate
	case c.Assure != permit.Certain:
		return NotPlain
	case c.Measure == permit.Jobs:
		return PlainCount
	}
	return PlainSum
}

// Class finds or makes the class of a job.
func (w *World) Class(a Attributes) ClassID {
	w.classKey = a.appendKey(w.classKey[:0], w.Rules.Reads)
	id, ok := w.classOf[string(w.classKey)]
	if !ok {
		id = ClassID(len(w.classes))
		w.classes = append(w.classes, class{attributes: a})
		w.classOf[string(w.classKey)] = id
	}
	return id
}

// Attributes gives those of the first job of a class.
func (w *World) Attributes(id ClassID) *Attributes { return &w.classes[id].attributes }

// appendKey writes what tells classes apart: the attributes that conditions
// read.
func (a *Attributes) appendKey(b []byte, reads []string) []byte {
	for _, f := range reads {
		b = append(append(b, a.field(f)...), 0)
	}
	return b
}

func (a *Attributes) field(f string) string {
	switch f {
	case "job.name":
		return a.Name
	case "job.holder":
		return a.Holder
	case "job.tenant":
		return a.Tenant
	case "job.purpose":
		return a.Purpose
	case "job.model":
		return a.Model
	case "job.kind":
		return a.Kind
	case "job.minDevices":
		return strconv.FormatInt(a.MinDevices, 10)
	case "job.maxDevices":
		return strconv.FormatInt(a.MaxDevices, 10)
	case "job.limitHours":
		return strconv.FormatInt(a.LimitHours, 10)
	}
	if f == "job.endUser" || strings.HasPrefix(f, "endUser.") {
		return a.EndUser
	}
	return ""
}

// Terms gives the clauses that bear on a class of jobs on a stock, those of
// use alone, in the order of the stock's permits.
func (w *World) Terms(c ClassID, stock int32) []Term {
	k, i := &w.classes[c], w.listed*len(w.stocks)+int(stock)
	if i < len(k.terms) && k.terms[i] != nil {
		return k.terms[i]
	}
	if i >= len(k.terms) {
		k.terms = append(k.terms, make([][]Term, (w.listed+1)*len(w.stocks)-len(k.terms))...)
	}
	k.terms[i] = append([]Term{}, w.resolve(&k.attributes, stock, permit.Use)...)
	return k.terms[i]
}

// DeliveryTerms gives the clauses that bear on a delivery to a stock.
func (w *World) DeliveryTerms(stock int32) []Term {
	if w.delivery == nil {
		w.delivery = make([][]Term, len(w.stocks))
	}
	if w.delivery[stock] == nil {
		w.delivery[stock] = append([]Term{}, w.resolve(&Attributes{}, stock, permit.Delivery)...)
	}
	return w.delivery[stock]
}

func (w *World) resolve(a *Attributes, stock int32, at permit.Scope) []Term {
	var terms []Term
	for _, p := range w.Rules.Stocks[stock].Permits {
		pm := &w.Rules.Permits[p]
		subject := w.subject(a, stock, pm)
		for i := pm.First; i < pm.Last; i++ {
			c := &w.Rules.Clauses[i]
			if c.At != at && !c.Both {
				continue
			}
			if t, ok := w.term(i, c, a, stock, subject); ok {
				t.Twin = counted(terms, &t)
				terms = append(terms, t)
			}
		}
	}
	return terms
}

// counted reports whether work counts in a term's account, on its side, under
// one of the terms before it.
func counted(before []Term, t *Term) bool {
	return t.Account >= 0 && t.Side != Neutral && slices.ContainsFunc(before, func(o Term) bool { return o.Account == t.Account && o.Side == t.Side })
}

func (w *World) subject(a *Attributes, stock int32, pm *Permit) *permit.Subject {
	st := &w.Rules.Stocks[stock]
	site, product := &w.Rules.Sites[st.Site], &w.Rules.Products[st.Product]
	user := w.Rules.EndUsers[a.EndUser]
	s := &permit.Subject{
		Job: permit.SubjectJob{
			Name: a.Name, Holder: a.Holder, Tenant: a.Tenant, EndUser: a.EndUser, Purpose: a.Purpose,
			Model: a.Model, Kind: a.Kind, MinDevices: a.MinDevices, MaxDevices: a.MaxDevices, LimitHours: a.LimitHours,
		},
		Site: permit.SubjectSite{Name: site.Name, Country: site.Country, Labels: site.Labels},
		Lot:  permit.SubjectLot{Name: st.LotName, Holder: st.Holder, Supplier: st.Supplier},
		Accelerator: permit.SubjectAccelerator{
			Name: product.Name, Vendor: product.Vendor, Country: product.Country,
			TPP: product.TPP, MemoryGB: product.MemoryGB, BandwidthGBs: product.Bandwidth,
		},
		EndUser: permit.SubjectEndUser{
			Name: a.EndUser, Country: user.Country, Headquarters: user.Headquarters, Sector: user.Sector,
			Declared: pm.Declared[a.EndUser],
		},
	}
	for _, f := range pm.Lists {
		for _, l := range w.Rules.Listings {
			if l.Fact == f && l.Name == a.EndUser && l.From <= w.now && w.now < l.Until {
				s.EndUser.Listed = true
			}
		}
	}
	return s
}

// term resolves one clause; it is left out where the clause does not bear on
// the work at all.
func (w *World) term(i int32, c *Clause, a *Attributes, stock int32, s *permit.Subject) (Term, bool) {
	t := Term{Clause: i, Account: -1, Holds: true, Form: c.Form, Group: c.Group, Bound: c.Bound, Cuts: c.Cut}
	selected := c.Predicate == nil || c.Predicate.Holds(s)
	switch c.Form {
	case Require:
		t.Holds = selected
	case Approval:
		t.Holds = !selected
		return t, selected
	case Limit:
		if !selected {
			return t, false
		}
	case Share:
		t.Side = Neutral
		switch {
		case selected:
			t.Side = Helpful
		case c.Whole == nil || c.Whole.Holds(s):
			t.Side = Harmful
		}
		if c.Ceiling && t.Side != Neutral {
			t.Side = Helpful + Harmful - t.Side
		}
	case Lapse, Duty:
		// Both act on what they name; a duty's state is looked at like a gate.
		return t, c.Form == Duty
	}
	if c.Space >= 0 {
		t.Account = w.account(c.Space, w.key(c.Per, a, stock))
		t.Rate = w.rate(c.Measure, stock)
		w.accounts[t.Account].bear(w.Rules, i)
		if w.Rules.Instantly(c) {
			w.pair(t.Account)
		}
	}
	t.Plain = w.plain(c, &t)
	return t, true
}

// key gives the value that a measure is kept apart by.
func (w *World) key(per permit.Per, a *Attributes, stock int32) string {
	st := &w.Rules.Stocks[stock]
	switch per {
	case "endUser":
		return a.EndUser
	case "model":
		return a.Model
	case "tenant":
		return a.Tenant
	case "purpose":
		return a.Purpose
	case "site":
		return w.Rules.Sites[st.Site].Name
	case "country":
		return w.Rules.Sites[st.Site].Country
	case "accelerator":
		return w.Rules.Products[st.Product].Name
	case "holder":
		return st.Holder
	case "supplier":
		return st.Supplier
	}
	return ""
}

// rate is what one device adds: in a millisecond for measures that accumulate
// with time, at once for the others.
func (w *World) rate(m permit.Measure, stock int32) int64 {
	st := &w.Rules.Stocks[stock]
	p := &w.Rules.Products[st.Product]
	switch m {
	case permit.Power, permit.Energy:
		return st.Watts
	case permit.FLOP:
		return p.GFLOP
	case permit.Cost:
		return st.Price
	case permit.HeldTPP, permit.DeliveredTPP:
		return p.TPP
	}
	return 1
}

// account finds or makes the account of a key.
func (w *World) account(space int32, key string) int32 {
	s := &w.spaces[space]
	id, ok := s.byKey[key]
	if ok {
		return id
	}
	id = int32(len(w.accounts))
	s.byKey[key] = id
	s.keys, s.ids = append(s.keys, key), append(s.ids, id)
	r := &w.Rules.Spaces[space]
	cuts := r.Cuts
	n := len(cuts) - 1
	for k := int32(0); k < s.stride; k++ {
		sums := make([]account.Sum, 2*n)
		a := Account{Account: account.New(cuts, sums[:n:n], nil), Space: space, Key: key}
		if k == 0 && (s.stride == shareAccounts || s.expects) {
			a.Expected = sums[n:]
		}
		if r.Length > 0 {
			a.Roll = &account.Rolling{Length: r.Length}
		}
		w.accounts = append(w.accounts, a)
	}
	return id
}

// bear notes what the clause does to the account.
func (a *Account) bear(r *Rules, clause int32) {
	c := &r.Clauses[clause]
	for _, k := range a.watched {
		if k == clause {
			return
		}
	}
	a.watched = append(a.watched, clause)
	if c.Form == Limit && !c.Measure.Instant() && (c.Assure != permit.Certain || c.Action != permit.Notify) {
		a.alert = true
	}
	if len(c.Lapses) > 0 {
		a.lapses = c.Lapses
	}
}

// Account gives an account.
func (w *World) Account(i int32) *Account { return &w.accounts[i] }

// Keys calls f with each key of a space and its first account, in the order in
// which they came up.
func (w *World) Keys(space int32, f func(key string, id int32)) {
	for i, k := range w.spaces[space].keys {
		f(k, w.spaces[space].ids[i])
	}
}
