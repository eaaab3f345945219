package control

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
	"github.com/proviso-dev/proviso/queue"
	"github.com/proviso-dev/proviso/signature"
	"github.com/proviso-dev/proviso/world"
)

var (
	errNotOpen  = errors.New("the ledger has no documents in effect yet")
	errOpen     = errors.New("the documents are in effect already")
	errNotBegun = errors.New("the ledger has not begun")
)

func (f *Genesis) check(s *State) error {
	switch {
	case s.genesis != nil:
		return errors.New("the ledger has begun already")
	case f.Core != Core:
		return fmt.Errorf("it was written by version %s of the core, this program has version %s: use the program that wrote it", f.Core, Core)
	}
	return nil
}

func (f *Genesis) apply(s *State) { s.genesis = f }

// Beginning gives the facts that a ledger begins with: its genesis, the time
// zones that the documents use and the documents, in entries that fit. The
// instant bounds the time for which zones are recorded.
func Beginning(log string, demo bool, docs []*document.Document, at calendar.Instant) ([]Fact, error) {
	g := &Genesis{Core: Core, Log: log}
	if demo {
		g.Demo = "true"
	}
	facts := []Fact{g}
	var missing error
	zones := map[string]bool{"": true, "UTC": true}
	set := catalog.Of(docs, func(name string) (*time.Location, error) {
		loc, err := time.LoadLocation(name)
		if err == nil && !zones[name] {
			zones[name] = true
			z, err := zoneOf(name, loc, at)
			if err != nil {
				missing = err
			}
			facts = append(facts, z)
		}
		return loc, err
	})
	if _, errs := set.Resolve(); len(errs) > 0 {
		return nil, errs
	}
	if missing != nil {
		return nil, missing
	}
	for _, d := range docs {
		more, err := Documents(d)
		if err != nil {
			return nil, err
		}
		facts = append(facts, more...)
	}
	return append(facts, new(Open)), nil
}

// zoneYears bounds the time for which zones are recorded: permits that outlast
// it are refused.
const zoneYears = 60

func zoneOf(name string, loc *time.Location, at calendar.Instant) (*Zone, error) {
	z := &Zone{Name: name}
	year := calendar.Instant(quantity.Day) * 366
	for _, o := range calendar.Offsets(loc, at-20*year, at+zoneYears*year) {
		z.Offsets = append(z.Offsets, ZoneOffset{From: decimal(o.From), Seconds: decimal(o.Seconds)})
	}
	_, err := z.location()
	return z, err
}

func (f *Zone) location() (*time.Location, error) {
	offsets := make([]calendar.Offset, len(f.Offsets))
	for i, o := range f.Offsets {
		from, err := strconv.ParseInt(o.From, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("time zone %s: an offset from %q on", f.Name, o.From)
		}
		seconds, err := strconv.Atoi(o.Seconds)
		if err != nil {
			return nil, fmt.Errorf("time zone %s: an offset of %q seconds", f.Name, o.Seconds)
		}
		offsets[i] = calendar.Offset{From: calendar.Instant(from), Seconds: seconds}
	}
	return calendar.Location(f.Name, offsets)
}

func (f *Zone) check(s *State) error {
	if s.genesis == nil {
		return errNotBegun
	}
	if _, err := s.zone(f.Name); err == nil || f.Name == "" {
		return fmt.Errorf("the time zone %q is recorded already: it stays as it is", f.Name)
	}
	_, err := f.location()
	return err
}

func (f *Zone) apply(s *State) { s.zones[f.Name], _ = f.location() }

// mostText is how much of a document one entry holds; what JSON escapes grows.
const mostText = 20_000

// Documents gives the facts that record documents together: they count when the
// last part is there.
func Documents(docs ...*document.Document) ([]Fact, error) {
	var whole []byte
	for _, d := range docs {
		text, err := d.YAML()
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", d.Kind, d.Name, err)
		}
		if len(whole) > 0 {
			whole = append(whole, "---\n"...)
		}
		whole = append(whole, text...)
	}
	var parts []string
	for rest := string(whole); ; {
		if len(rest) <= mostText {
			parts = append(parts, rest)
			break
		}
		cut := strings.LastIndexByte(rest[:mostText], '\n') + 1
		if cut == 0 {
			return nil, fmt.Errorf("the documents have a line of more than %d bytes: %.40s…", mostText, rest)
		}
		parts, rest = append(parts, rest[:cut]), rest[cut:]
	}
	facts := make([]Fact, len(parts))
	for i, p := range parts {
		facts[i] = &Document{Part: decimal(i + 1), Parts: decimal(len(parts)), Text: p}
	}
	return facts, nil
}

func (f *Document) check(s *State) error {
	if s.genesis == nil {
		return errNotBegun
	}
	part, err := count("part", f.Part, mostParts)
	if err != nil {
		return err
	}
	parts, err := count("parts", f.Parts, mostParts)
	if err != nil {
		return err
	}
	// The first part begins another document, whatever became of the last.
	f.docs, f.proposed, f.next = nil, nil, nil
	text := f.Text
	if part > 1 {
		if part != s.parts+1 || parts != s.ofParts {
			return fmt.Errorf("part %d of %d of a document behind part %d of %d", part, parts, s.parts, s.ofParts)
		}
		text = s.partial + text
	}
	if part < parts {
		return nil
	}
	docs, errs := document.Read("ledger", []byte(text))
	switch {
	case len(errs) > 0:
		return errs
	case len(docs) == 0 || len(docs) > 1 && s.world == nil:
		return fmt.Errorf("there are %d documents where one is recorded", len(docs))
	case s.world != nil:
		if f.proposed, f.next, err = s.checkNew(docs); err != nil {
			return err
		}
	}
	f.docs = docs
	return nil
}

// mostParts bounds the parts of a text.
const mostParts = 1000

// count reads a number of things, from 1 to most.
func count(what, text string, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most || decimal(n) != text {
		return 0, fmt.Errorf("%s is %q, must be a whole number from 1 to %d", what, text, most)
	}
	return n, nil
}

// gather keeps the parts of a document until it is complete.
func (f *Document) gather(s *State) {
	if f.Part == "1" {
		s.partial, s.parts = "", 0
	}
	if f.Part == f.Parts {
		s.partial, s.parts = "", 0
		return
	}
	s.partial, s.parts = s.partial+f.Text, s.parts+1
	s.ofParts, _ = count("parts", f.Parts, mostParts)
}

func (f *Document) apply(s *State) {
	f.gather(s)
	switch {
	case f.docs == nil: // there is more to come
	case s.world == nil:
		s.docs = append(s.docs, f.docs...)
	default:
		if f.next != nil {
			s.goOn(f.next)
		}
		s.propose(f.proposed)
	}
}

func (f *Open) check(s *State) (err error) {
	if s.genesis == nil || s.world != nil {
		return errOpen
	}
	if s.parts > 0 {
		return errors.New("a document is not complete")
	}
	f.first, err = s.edit(s.docs, nil)
	return err
}

func (s *State) zone(name string) (*time.Location, error) {
	if loc, ok := s.zones[name]; ok {
		return loc, nil
	}
	if name == "UTC" {
		return time.UTC, nil
	}
	return nil, fmt.Errorf("the time zone %q is not recorded in the ledger", name)
}

func (f *Open) apply(s *State) {
	s.takeEffect(f.first)
	s.world = world.New(s.rules)
	s.queue = queue.New(s.world)
	s.watch()
	s.world.Advance(s.at)
	s.rest = make([]int64, len(s.rules.Lots))
	s.beginPermits()
	s.beginFacts()
	s.beginLots()
}

// keysOf reads the keys of the authorities.
func keysOf(c *catalog.Catalog) (signature.Authorities, error) {
	all := signature.Authorities{}
	for i := range c.Authorities {
		a := &c.Authorities[i]
		keys := []signature.Key{}
		for k, pk := range a.Spec.Keys {
			key, err := keyOf(pk)
			if err != nil {
				return nil, fmt.Errorf("authority %s: spec.keys[%d]: %w", a.Name, k, err)
			}
			keys = append(keys, key)
		}
		all[a.Name] = keys
	}
	return all, nil
}

func keyOf(pk permit.PublicKey) (signature.Key, error) {
	var public ssh.PublicKey
	public, err := signature.ParseKey(pk.Key)
	if err != nil {
		return signature.Key{}, err
	}
	key := signature.Key{Public: public, From: int64(pk.From.In(time.UTC))}
	if !pk.Until.Zero() {
		key.Until = int64(pk.Until.In(time.UTC))
	}
	return key, nil
}

func (s *State) factUnit(f int32) quantity.Unit {
	for k := range s.rules.Clauses {
		if c := &s.rules.Clauses[k]; c.Base == world.OfFact && c.Fact == f {
			return c.Unit
		}
	}
	return ""
}

func middle(d quantity.Distribution[quantity.Amount], unit quantity.Unit) (account.Sum, bool) {
	a := d.Value
	if a == nil {
		a = d.P50
	}
	if a == nil {
		return account.Sum{}, false
	}
	b, err := a.In(unit)
	if err != nil {
		return account.Sum{}, false
	}
	return account.FromBig(b)
}

// beginLots puts the devices into service that the documents say are there. In
// a demonstration evidence is renewed as the documents say that it will be.
func (s *State) beginLots() {
	for i := range s.catalog.Lots {
		l := &s.catalog.Lots[i].Spec
		if n, ok := middle(l.Quantity, quantity.Count); ok && !l.Arrives.Set() {
			s.deliver(int32(i), n.Int64())
		}
		s.beginEvidence(int32(i))
	}
}

func (s *State) beginEvidence(lot int32) {
	if !s.Demo() {
		return
	}
	for _, e := range s.catalog.Lots[lot].Spec.Evidence {
		if e.Every > 0 {
			s.world.See(s.rules.Lots[lot].Stock, s.evidenceKind(e.Kind), true)
		}
	}
}

func (s *State) evidenceKind(name string) int32 {
	for i, k := range s.rules.EvidenceKinds {
		if k == name {
			return int32(i)
		}
	}
	return -1
}

// SpecHash is the hash of a permit's spec, as acts name it: of its meaning, so
// that comments, spacing and the order of fields have no part in it.
func SpecHash(d *document.Document) (string, error) {
	plain, err := d.Plain()
	if err != nil {
		return "", err
	}
	spec, err := ledger.Canonical(plain)
	if err != nil {
		return "", fmt.Errorf("permit %s: %w", d.Name, err)
	}
	return signature.Hash(spec), nil
}
