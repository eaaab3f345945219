// Package world is the state that decisions read, folded from its own events:
// permits and what they account for, devices, running work, bookings.
//
// It is pure: time arrives with the event, nothing here reads a clock or a
// file, and two worlds that were given the same events are equal.
package world

import (
	"slices"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// Form is one of the seven forms of a condition, or one of the two things
// that a permit demands by itself.
type Form uint8

// The forms.
const (
	Require Form = iota
	Limit
	Share
	Lapse
	Duty
	Evidence
	Approval
	Gate  // the permit has taken effect and has not ended
	Grant // no more devices arrive than were granted
)

var formNames = [...]string{"require", "limit", "share", "lapse", "duty", "evidence", "approval", "gate", "grant"}

// String gives the form's name.
func (f Form) String() string { return formNames[f] }

// Rules are documents compiled for the core: everything that does not change
// while time goes on. Indexes stand for names.
type Rules struct {
	Permits  []Permit
	Clauses  []Clause // in document order, those of one permit together
	Products []Product
	Sites    []Site
	Stocks   []Stock
	Lots     []Lot
	// Spaces are the families of accounts: one for each clause that adds up,
	// or for each pool of them.
	Spaces []Space
	// Groups are what the cost of conditions tells apart: clauses by their
	// group, and the endorsement gate of each authority.
	Groups []Group
	// Authorities by name.
	Authorities []string
	// Facts by name.
	Facts []string
	// EvidenceKinds by name.
	EvidenceKinds []string
	// Listings are the dated names that make endUser.listed true.
	Listings []Listing
	// EndUsers that permits declare.
	EndUsers map[string]permit.EndUser
	// Reads are the fields that any predicate reads; jobs that agree in them
	// are of one class.
	Reads []string
	// From and Until bound the time that the rules were compiled for.
	From, Until calendar.Instant
}

// Permit is a compiled permit.
type Permit struct {
	Name         string
	Version      int
	Holder       string
	First, Last  int32 // its clauses are Clauses[First:Last]
	From, Until  calendar.Instant
	Delivery     bool // governs delivery
	Use          bool // governs use
	OnEnd        permit.Action
	Required     []int32 // authorities whose endorsement it needs
	Grants       []GrantOf
	Purposes     []string
	Declared     map[string]bool // end users
	Lists        []int32         // facts whose names are listed
	EndGroup     int32           // the group of its end
	PurposeGroup int32           // the group of its list of purposes
	GateGroups   []int32         // the groups of its endorsements, by Required
	Zone         string
}

// GrantOf is a granted quantity of a product.
type GrantOf struct {
	Product  int32
	Quantity int64
}

// Product is an accelerator as the core needs it.
type Product struct {
	Name, Vendor, Country string
	TPP                   int64
	MemoryGB, Bandwidth   int64
	Watts                 int64 // of one device, before the site's overhead
	GFLOP                 int64 // in a millisecond, at 16 bits
}

// Site is a place.
type Site struct {
	Name, Country string
	Labels        map[string]string
	PUE           quantity.Ratio
}

// Stock is what the lots of one product at one site, under the same permits
// and of the same holder and supplier, have in common: decisions cannot tell
// their devices apart.
type Stock struct {
	Product, Site    int32
	Holder, Supplier string
	LotName          string // the first lot's
	Permits          []int32
	Lots             []int32
	// Rates of one device: W with the site's overhead, price in µ¤/h.
	Watts, Price int64
}

// Lot is a quantity that is there or may come.
type Lot struct {
	Name  string
	Stock int32
}

// Destination is the stock that devices of a lot are in at a site: one of the
// same product, permits, holder and supplier; −1 if there is none.
func (r *Rules) Destination(lot, site int32) int32 {
	of := &r.Stocks[r.Lots[lot].Stock]
	for i := range r.Stocks {
		s := &r.Stocks[i]
		if s.Site == site && s.Product == of.Product && s.Holder == of.Holder && s.Supplier == of.Supplier && slices.Equal(s.Permits, of.Permits) {
			return int32(i)
		}
	}
	return -1
}

// Listing is a name on a list between two instants.
type Listing struct {
	Fact        int32
	Name        string
	From, Until calendar.Instant
}

// Group is a unit of the cost of conditions.
type Group struct {
	Name   string
	Basis  string
	Source string
	Gate   bool // an authority's endorsement
}

// Clause is one compiled condition.
type Clause struct {
	Permit  int32
	Name    string
	Form    Form
	Group   int32
	At      permit.Scope // when it is judged: use or delivery
	Both    bool         // judged at delivery and at use
	Action  permit.Action
	Measure permit.Measure
	Per     permit.Per
	Assure  permit.Assurance

	Predicate *permit.Predicate // require, where, when
	Whole     *permit.Predicate // outOf
	Text      string            // the predicate as written

	Space     int32       // the family of accounts, −1 for none
	Bound     account.Sum // of a limit
	Steps     []Step      // of a limit that follows a fact, in order of time
	Floor     Fraction    // of a share, written as a floor on the helpful side
	Ceiling   bool        // the part is the harmful side
	Base      Base        // what the part is compared with
	Fact      int32       // the base's fact
	Allowance account.Sum // exempt in each window
	Always    bool        // judged: always
	MinBase   account.Sum // with judged: always
	Cut       bool        // a certain share: it may cut reservations
	Lapses    []LapseOn   // of a limit, in order of time
	Limit     int32       // of a lapse: the clause that it reduces
	Kind      int32       // of evidence
	MaxAge    calendar.Instant
	Due       []DueOn          // of a duty, in order of time
	Before    permit.Occasion  // of a duty: what a notice comes before
	Notice    calendar.Instant // how long before
	By        []int32          // of an approval
	Quorum    int32
	Unit      quantity.Unit
}

// Base is what a share compares its part with.
type Base uint8

// The bases.
const (
	Used      Base = iota // the whole that was used
	Available             // capacity in service × time
	OfFact                // an outside figure
)

// Fraction is Num ÷ Den of a share.
type Fraction struct{ Num, Den int64 }

// LapseOn is a lapse at an instant: of the bound's remainder, the first line
// whose UsedBelow exceeds the used share loses Lose. Lines come in order of
// UsedBelow.
type LapseOn struct {
	At     calendar.Instant
	Clause int32
	Lines  []LapseLine
}

// LapseLine is one line of a lapse's table.
type LapseLine struct{ UsedBelow, Lose quantity.Ratio }

// DueOn is a duty for the window that ended at Window.
type DueOn struct{ Window, At calendar.Instant }

// Space is a family of accounts, one for each key.
type Space struct {
	Name    string
	Cuts    []calendar.Instant
	Length  calendar.Instant // of a rolling window, else 0
	Instant bool             // a rate alone
	Pooled  bool
}
