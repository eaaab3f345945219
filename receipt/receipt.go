// Package receipt states what a permit is, so that a supplier or an authority
// can check one permit without seeing the rest of the ledger.
//
// A receipt is a C2SP tlog-proof whose entry is a [Status]. Whoever holds it
// verifies offline, with the log's key and the authorities' keys alone: that
// the entry is in the log, that each act was signed by its authority with a
// key that counted when the act was recorded, that the acts follow each other,
// and that they make the permit what the entry says.
package receipt

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
)

// Kind is the kind of entry that a receipt proves.
const Kind = "permit-status"

// Status is the body of an entry: what a permit is at the instant of the
// entry. Members are sorted by name; numbers are decimal strings.
type Status struct {
	// Acts are all acts recorded on the permit, in order.
	Acts []Act `json:"acts"`
	// From is the instant from which the permit is valid, in milliseconds.
	From string `json:"from"`
	// Permit is its name.
	Permit string `json:"permit"`
	// Spec is the hash of the version in effect.
	Spec string `json:"spec"`
	// Start is the version with which the acts begin.
	Start Start `json:"start"`
	// State is revoked, suspended, pending, in-force, not-yet or expired.
	State string `json:"state"`
	// Until is the instant from which it is no longer valid, in milliseconds.
	Until string `json:"until"`
	// Version is the number of the version in effect.
	Version string `json:"version"`
}

// Start is what the acts on a permit begin with.
type Start struct {
	Required []string `json:"required"`
	Spec     string   `json:"spec"`
	Version  string   `json:"version"`
}

// Act is an act with its signature.
type Act struct {
	// Act is the canonical text that was signed.
	Act string `json:"act"`
	// At is when it was recorded, in milliseconds.
	At string `json:"at"`
	// By is the authority.
	By string `json:"by"`
	// Required are the authorities that an amendment names.
	Required []string `json:"required,omitempty"`
	// Signature is the SSH signature.
	Signature string `json:"signature"`
}

// The states that dates give; the others are those of package signature.
const (
	NotYet  = "not-yet"
	Expired = "expired"
)

// Fold applies acts to a chain: signatures are verified if there are
// authorities, and not if authorities is nil.
func Fold(permit string, start Start, acts []Act, authorities signature.Authorities) (*signature.Chain, error) {
	number, err := strconv.Atoi(start.Version)
	if err != nil {
		return nil, fmt.Errorf("the first version is %q", start.Version)
	}
	c := signature.NewChain(permit, number, start.Spec, start.Required)
	for i, a := range acts {
		if err := fold(c, a, authorities); err != nil {
			return nil, fmt.Errorf("act %d, by %s: %w", i+1, a.By, err)
		}
	}
	return c, nil
}

func fold(c *signature.Chain, a Act, authorities signature.Authorities) error {
	at, err := strconv.ParseInt(a.At, 10, 64)
	if err != nil {
		return fmt.Errorf("it was recorded at %q", a.At)
	}
	if authorities != nil {
		keys, known := authorities[a.By]
		if !known {
			return fmt.Errorf("the authority %s is not among those given", a.By)
		}
		if err := signature.Verify([]byte(a.Act), []byte(a.Signature), keys, at); err != nil {
			return fmt.Errorf("its signature does not count: %w", err)
		}
	}
	act, err := signature.ParseAct([]byte(a.Act))
	if err != nil {
		return err
	}
	return c.Apply(act, a.By, at, a.Required)
}

// New states what a permit is at an instant.
func New(permit string, start Start, acts []Act, from, until, now int64) (Status, error) {
	c, err := Fold(permit, start, acts, nil)
	if err != nil {
		return Status{}, fmt.Errorf("status of permit %s: %w", permit, err)
	}
	number, spec := c.Version()
	start.Required = append([]string{}, start.Required...)
	return Status{
		Acts: append([]Act{}, acts...), From: strconv.FormatInt(from, 10), Until: strconv.FormatInt(until, 10),
		Permit: permit, Spec: spec, Start: start, State: state(c, from, until, now), Version: strconv.Itoa(number),
	}, nil
}

func state(c *signature.Chain, from, until, now int64) string {
	s := c.State()
	switch {
	case s == signature.Revoked:
		return string(s)
	case now >= until:
		return Expired
	case s == signature.InForce && now < from:
		return NotYet
	}
	return string(s)
}

// Result is what a receipt shows.
type Result struct {
	Status Status
	// At is when the status was recorded: it says nothing of later.
	At time.Time
	// Missing are the authorities whose endorsement is not there.
	Missing []string
	// Log is the log's name, with the entry's position and the size of the log.
	Log         string
	Index, Size int64
	// Cosignatures are those of known witnesses.
	Cosignatures []note.Signature
}

// Verify verifies a receipt offline.
func Verify(text []byte, log note.Verifier, authorities signature.Authorities, policy *ledger.Policy) (*Result, error) {
	p, err := ledger.ParseProof(text)
	if err != nil {
		return nil, err
	}
	v, err := p.Verify(log, policy)
	if err != nil {
		return nil, err
	}
	if v.Entry.Kind != Kind {
		return nil, fmt.Errorf("the entry is of kind %s: it is in the log, but is no receipt of a permit", v.Entry.Kind)
	}
	s, err := parseStatus(v.Entry.Body)
	if err != nil {
		return nil, err
	}
	if authorities == nil {
		authorities = signature.Authorities{}
	}
	c, err := Fold(s.Permit, s.Start, s.Acts, authorities)
	if err != nil {
		return nil, fmt.Errorf("permit %s: %w", s.Permit, err)
	}
	if err := s.agrees(c, v.Entry.At); err != nil {
		return nil, fmt.Errorf("permit %s: %w", s.Permit, err)
	}
	return &Result{
		Status: s, At: time.UnixMilli(v.Entry.At).UTC(), Missing: c.Missing(),
		Log: v.Checkpoint.Origin, Index: v.Index, Size: v.Checkpoint.Size, Cosignatures: v.Cosignatures,
	}, nil
}

// agrees compares what is stated with what the acts make.
func (s Status) agrees(c *signature.Chain, at int64) error {
	from, err := strconv.ParseInt(s.From, 10, 64)
	if err != nil {
		return fmt.Errorf("it is valid from %q", s.From)
	}
	until, err := strconv.ParseInt(s.Until, 10, 64)
	if err != nil {
		return fmt.Errorf("it is valid until %q", s.Until)
	}
	number, spec := c.Version()
	if strconv.Itoa(number) != s.Version || spec != s.Spec {
		return fmt.Errorf("the log states version %s, the acts make it version %d", s.Version, number)
	}
	if is := state(c, from, until, at); is != s.State {
		return fmt.Errorf("the log states that it is %s, the acts make it %s", s.State, is)
	}
	for i, a := range s.Acts {
		recorded, err := strconv.ParseInt(a.At, 10, 64)
		if err != nil || recorded > at {
			return fmt.Errorf("act %d was recorded after the status", i+1)
		}
	}
	return nil
}
