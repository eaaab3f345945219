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
	errNotOpen = errors.New("the ledger has no documents in effect yet")
	errOpen    = errors.New("the documents are in effect already")
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
	if s.genesis == nil || s.world != nil {
		return errOpen
	}
	_, err := f.location()
	return err
}

func (f *Zone) apply(s *State) { s.zones[f.Name], _ = f.location() }

// mostText is how much of a document one entry holds; what JSON escapes grows.
const mostText = 20_000

// Documents gives the facts that record a document.
func Documents(d *document.Document) ([]Fact, error) {
	text, err := d.YAML()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", d.Kind, d.Name, err)
	}
	var parts []string
	for rest := string(text); ; {
		if len(rest) <= mostText {
			parts = append(parts, rest)
			break
		}
		cut := strings.LastIndexByte(rest[:mostText], '\n') + 1
		if cut == 0 {
			return nil, fmt.Errorf("%s %s: it has a line of more than %d bytes", d.Kind, d.Name, mostText)
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
		return errors.New("the ledger has not begun")
	}
	if f.Part != decimal(s.parts+1) {
		return fmt.Errorf("part %s of a document behind part %d", f.Part, s.parts)
	}
	if f.Part != f.Parts {
		return nil
	}
	d, err := parseDocument(s.partial + f.Text)
	if err != nil || s.world == nil {
		return err
	}
	return s.checkNew(d)
}

func parseDocument(text string) (*document.Document, error) {
	docs, errs := document.Read("ledger", []byte(text))
	if len(errs) > 0 {
		return nil, errs
	}
	if len(docs) != 1 {
		return nil, fmt.Errorf("there are %d documents where one is recorded", len(docs))
	}
	return docs[0], nil
}

func (f *Document) apply(s *State) {
	if f.Part != f.Parts {
		s.partial, s.parts = s.partial+f.Text, s.parts+1
		return
	}
	d, _ := parseDocument(s.partial + f.Text)
	s.partial, s.parts = "", 0
	if s.world == nil {
		s.docs = append(s.docs, d)
		return
	}
	s.add(d)
}

func (f *Open) check(s *State) error {
	if s.genesis == nil || s.world != nil {
		return errOpen
	}
	if s.parts > 0 {
		return errors.New("a document is not complete")
	}
	c, errs := catalog.Of(s.docs, s.zone).Resolve()
	if len(errs) > 0 {
		return errs
	}
	_, err := keysOf(c)
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
	c, _ := catalog.Of(s.docs, s.zone).Resolve()
	if err := s.compile(c); err != nil {
		// What Resolve passes compiles, but for figures that do not fit.
		panic("control: " + err.Error())
	}
	s.world = world.New(s.rules)
	s.queue = queue.New(s.world)
	s.watch()
	s.world.Advance(s.at)
	s.rest = make([]int64, len(s.rules.Lots))
	s.beginPermits()
	s.beginFacts()
	s.beginLots()
}

// compile turns documents into rules, from the ledger's beginning on, so that
// windows keep their places when documents change.
func (s *State) compile(c *catalog.Catalog) error {
	from := s.at
	if s.rules != nil {
		from = s.rules.From
	}
	until := from + calendar.Instant(366*quantity.Day)
	rules, err := c.Rules(from, until)
	if err != nil {
		return err
	}
	for i := range rules.Permits {
		until = max(until, rules.Permits[i].Until+1)
	}
	if until > from+zoneYears*calendar.Instant(366*quantity.Day) {
		return fmt.Errorf("a permit ends more than %d years after the ledger begins", zoneYears)
	}
	rules.Until = until
	keys, err := keysOf(c)
	if err != nil {
		return err
	}
	s.catalog, s.rules, s.authorities = c, rules, keys
	s.nameClauses()
	s.findPlaces()
	return nil
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

// beginFacts gives facts their present values and schedules the next ones.
// Uncertain ones count at their middle.
func (s *State) beginFacts() {
	for i := range s.catalog.Facts {
		unit := s.factUnit(int32(i))
		if unit == "" {
			continue // no share compares with it
		}
		for _, p := range s.catalog.Facts[i].Spec.Series {
			v, ok := middle(p.Value, unit)
			if !ok {
				continue
			}
			at := p.At.In(time.UTC)
			if at <= s.at {
				s.world.SetFact(int32(i), v)
			} else {
				s.due.add(due{at: at, what: factChanges, id: int32(i), value: v})
			}
		}
	}
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
			s.world.Deliver(int32(i), n.Int64())
		}
		if !s.Demo() {
			continue
		}
		for _, e := range l.Evidence {
			if e.Every > 0 {
				s.world.See(s.rules.Lots[i].Stock, s.evidenceKind(e.Kind), true)
			}
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
