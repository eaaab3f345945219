package control

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/world"
)

// Fact is something that happened, as an entry's body states it. In bodies all
// figures are decimal strings, instants are milliseconds since 1970 UTC, and
// what has no value is left out.
type Fact interface {
	// Kind is the entry's kind.
	Kind() string
	// check says what keeps the fact from being applied; it changes nothing.
	check(s *State) error
	// apply changes the state.
	apply(s *State)
	// outcome is where what follows from the fact is written.
	outcome() *Outcome
}

// base is what all facts share.
type base struct {
	// By is who stated the fact: the name of a token, or of a part of the
	// control plane.
	By string `json:"by,omitempty"`
	// Outcome is what followed from it.
	Outcome Outcome `json:"outcome,omitzero"`
}

func (b *base) outcome() *Outcome { return &b.Outcome }

// Genesis begins a ledger.
type Genesis struct {
	base
	// Core is the semantic version of the core.
	Core string `json:"core"`
	// Demo is "true" where throwaway keys stand for authorities.
	Demo string `json:"demo,omitempty"`
	// Log is the name of the log.
	Log string `json:"log"`
}

// Zone is a time zone as it was when the ledger began: replays open no time
// zone database.
type Zone struct {
	base
	Name string `json:"name"`
	// Offsets are seconds ahead of UTC from an instant on; the first from ever.
	Offsets []ZoneOffset `json:"offsets"`
}

// ZoneOffset is an offset from an instant on.
type ZoneOffset struct {
	From    string `json:"from"`
	Seconds string `json:"seconds"`
}

// Document is a document, or a part of a text that is longer than an entry.
// Before Open it is one of those that the ledger begins with; behind it a new
// version of a permit, which takes effect by an amendment, or a new document.
// Behind Open a text can hold several, which are recorded together or not at all.
type Document struct {
	base
	// Part counts from 1 to Parts.
	Part  string `json:"part"`
	Parts string `json:"parts"`
	// Text is YAML.
	Text string `json:"text"`

	docs     []*document.Document
	proposed []*document.Document // of these, the next versions of permits
	next     *edition             // what takes effect with the others
}

// Open puts the documents so far into effect.
type Open struct {
	base

	first *edition
}

// Tick says that the clock has reached an instant at which something was due.
type Tick struct {
	base
}

// Submit is work that somebody wants done.
type Submit struct {
	base
	// Accelerators and Sites are where it may run, by preference; anywhere
	// when empty.
	Accelerators []string `json:"accelerators,omitempty"`
	// Booking is the number of the announcement that the job is for.
	Booking string `json:"booking,omitempty"`
	// Checkpoint is the time between two checkpoints in ms; without it the job
	// cannot be stopped and resumed.
	Checkpoint string `json:"checkpoint,omitempty"`
	// EndUser and Name are commitments to the texts, see Disclosure.
	EndUser string `json:"endUser,omitempty"`
	// Expected is how long it is expected to run, in ms.
	Expected string `json:"expected,omitempty"`
	// Holder is whose devices it may use; anybody's when empty.
	Holder string `json:"holder,omitempty"`
	// Idempotency is the SHA-256 of the key that the submission came with.
	Idempotency string `json:"idempotency,omitempty"`
	// JobKind is pretrain, finetune, rl, serve or other.
	JobKind string `json:"kind,omitempty"`
	// Limit is the longest that it may run, in ms.
	Limit string `json:"limit"`
	// Max and Min are the most and the least devices, all together.
	Max      string   `json:"max"`
	Min      string   `json:"min"`
	Model    string   `json:"model,omitempty"`
	Name     string   `json:"name,omitempty"`
	Priority string   `json:"priority,omitempty"`
	Purpose  string   `json:"purpose,omitempty"`
	Sites    []string `json:"sites,omitempty"`
	Tenant   string   `json:"tenant,omitempty"`

	plain struct {
		opened
		sealed                          bool // a text that nothing reads is not disclosed
		max, min, limit, expected, save int64
		priority                        int
		own                             world.BookingID
	}
}

// End says that a job ended, or is to.
type End struct {
	base
	Job string `json:"job"`
}

// Receive says that devices of a lot are there to be delivered.
type Receive struct {
	base
	Devices string `json:"devices"`
	// Idempotency is the SHA-256 of the key that it came with.
	Idempotency string `json:"idempotency,omitempty"`
	Lot         string `json:"lot"`

	lot int32
	n   int64
}

// Evidence says that a fact about a lot's devices was shown.
type Evidence struct {
	base
	// Certificate is "true" for evidence about a lot before its delivery.
	Certificate string `json:"certificate,omitempty"`
	// Evidence is the kind: attestation, location, inventory, …
	Evidence string `json:"kind"`
	Lot      string `json:"lot"`
	// SHA256 is the hash of the evidence itself, which is kept elsewhere.
	SHA256 string `json:"sha256,omitempty"`
	// Site is where the devices stand; the lot's own when left out.
	Site string `json:"site,omitempty"`

	lot, kind, stock int32
}

// Act is what an authority did to a permit.
type Act struct {
	base
	// Act is the canonical text that was signed.
	Act string `json:"act"`
	// Signature is the SSH signature over it, by the authority By.
	Signature string `json:"signature"`

	act      signature.Act
	required []string
	folded   *signature.Chain // the permit's acts with this one
	next     *edition         // what takes effect with it
}

// Approve is an authority's yes to a job under a condition of the form
// approval.
type Approve struct {
	base
	// Approval is the canonical text that was signed.
	Approval string `json:"approval"`
	// Signature is the SSH signature over it, by the authority By.
	Signature string `json:"signature"`
}

// File says that a report was filed, which fulfils a duty for its next window.
type File struct {
	base
	Condition string `json:"condition"`
	// From and Until bound what the report is about, in ms: the window that is
	// owed next. Ledgers of before have neither.
	From   string `json:"from,omitempty"`
	Permit string `json:"permit"`
	// SHA256 is the hash of the report.
	SHA256 string `json:"sha256"`
	Until  string `json:"until,omitempty"`

	clause int32
}

// Clock says that the clock gave an earlier instant than before. The past stays
// as it is: entries keep the last instant until the clock has passed it.
type Clock struct {
	base
	// Said is what it gave.
	Said string `json:"said"`
}

// Kinds of entries.
func (*Genesis) Kind() string  { return "genesis" }
func (*Zone) Kind() string     { return "zone" }
func (*Document) Kind() string { return "document" }
func (*Open) Kind() string     { return "open" }
func (*Tick) Kind() string     { return "tick" }
func (*Submit) Kind() string   { return "submit" }
func (*End) Kind() string      { return "end" }
func (*Receive) Kind() string  { return "receive" }
func (*Evidence) Kind() string { return "evidence" }
func (*Act) Kind() string      { return "act" }
func (*Approve) Kind() string  { return "approve" }
func (*File) Kind() string     { return "file" }
func (*Clock) Kind() string    { return "clock" }

// Kinds lists the kinds of entries.
func Kinds() []string {
	return []string{
		"genesis", "zone", "document", "open", "tick", "submit", "end", "receive", "evidence", "act", "approve", "file", "clock",
		"move", "dispose", "notice", "book", "unbook", "permit-status",
	}
}

// newFact gives a fact of a kind, or nil.
func newFact(kind string) Fact {
	switch kind {
	case "genesis":
		return new(Genesis)
	case "zone":
		return new(Zone)
	case "document":
		return new(Document)
	case "open":
		return new(Open)
	case "tick":
		return new(Tick)
	case "submit":
		return new(Submit)
	case "end":
		return new(End)
	case "receive":
		return new(Receive)
	case "evidence":
		return new(Evidence)
	case "act":
		return new(Act)
	case "approve":
		return new(Approve)
	case "file":
		return new(File)
	case "clock":
		return new(Clock)
	case "move":
		return new(Move)
	case "dispose":
		return new(Dispose)
	case "notice":
		return new(Notice)
	case "book":
		return new(Book)
	case "unbook":
		return new(Unbook)
	case "permit-status":
		return new(Status)
	}
	return nil
}

// Parse reads the body of an entry of a kind. Members that are not known are
// refused.
func Parse(kind string, body []byte) (Fact, error) {
	f := newFact(kind)
	if f == nil {
		return nil, fmt.Errorf("there is no entry of the kind %q", kind)
	}
	if err := json.Unmarshal(body, f, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("an entry of the kind %s that cannot be read: %w", kind, err)
	}
	return f, nil
}

// Stated says who states a fact.
func Stated(f Fact, by string) {
	if b, ok := f.(interface{ stated(string) }); ok {
		b.stated(by)
	}
}

func (b *base) stated(by string) { b.By = by }
