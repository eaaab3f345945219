package control

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/proviso-dev/proviso/ledger"
)

// Disclosure opens the commitments of one entry: by member, the text with its
// salt in hexadecimal. It is kept beside the entry and never published; without
// it nobody can test a guess.
type Disclosure map[string]Opening

// Opening is a text with the salt that it was committed to under.
type Opening struct {
	Salt string `json:"salt"`
	Text string `json:"text"`
}

func (d *Disclosure) open(member, commitment string) (string, error) {
	if commitment == "" {
		return "", nil
	}
	if d == nil {
		return "", fmt.Errorf("%s: %w", member, ErrSealed)
	}
	o, ok := (*d)[member]
	if !ok {
		return "", fmt.Errorf("%s: %w", member, ErrSealed)
	}
	salt, err := parseSalt(o.Salt)
	if err != nil {
		return "", fmt.Errorf("the disclosure of %s: %w", member, err)
	}
	if !ledger.Opens(commitment, salt, o.Text) {
		return "", fmt.Errorf("the disclosure of %s is not what was committed to", member)
	}
	return o.Text, nil
}

// ParseDisclosure reads what is kept beside an entry; nil if there is nothing.
func ParseDisclosure(text []byte) (*Disclosure, error) {
	if len(text) == 0 {
		return nil, nil
	}
	d := new(Disclosure)
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("the disclosure cannot be read: %w", err)
	}
	return d, nil
}

// Text is the disclosure as it is kept beside an entry; nil if it opens
// nothing.
func (d *Disclosure) Text() []byte {
	if d == nil || len(*d) == 0 {
		return nil
	}
	out := begin(make([]byte, 0, 256))
	var few [2]string
	members := few[:0]
	for member := range *d {
		members = append(members, member)
	}
	slices.Sort(members)
	for _, member := range members {
		out.key(member)
		p := begin(out.b)
		p.must("salt", (*d)[member].Salt)
		p.must("text", (*d)[member].Text)
		out.b = p.end()
	}
	return out.end()
}

// ErrSealed says that a fact has commitments which nothing opens.
var ErrSealed = errors.New("its commitments are not disclosed")

// opened are the texts that a fact commits to, or why they are not known.
type opened struct {
	known         bool // they were looked at
	endUser, name string
	failed        [2]error // of endUser and of name
}

// Seal commits to an end user and the name of a job, each unless it is empty,
// under salts from random, and gives what opens them.
func (f *Submit) Seal(endUser, name string, random func([]byte)) *Disclosure {
	f.plain.opened = opened{known: true, endUser: endUser, name: name}
	var d Disclosure
	for _, x := range []struct {
		member, text string
		into         *string
	}{{"endUser", endUser, &f.EndUser}, {"name", name, &f.Name}} {
		if x.text == "" {
			continue
		}
		var salt [ledger.SaltSize]byte
		random(salt[:])
		*x.into = ledger.Commitment(salt, x.text)
		if d == nil {
			d = make(Disclosure, 2)
		}
		d[x.member] = Opening{Salt: hex.EncodeToString(salt[:]), Text: x.text}
	}
	if d == nil {
		return nil
	}
	return &d
}

// look opens the commitments. It needs no state.
func (f *Submit) look(d *Disclosure) {
	o := &f.plain.opened
	o.known = true
	o.endUser, o.failed[0] = d.open("endUser", f.EndUser)
	o.name, o.failed[1] = d.open("name", f.Name)
}

// open reads the texts that the submission commits to. One that nothing in the
// documents reads may stay sealed.
func (f *Submit) open(s *State) error {
	if !f.plain.opened.known {
		f.look(s.disclose)
	}
	for i, err := range f.plain.opened.failed {
		if err == nil {
			continue
		}
		member, prefix := "endUser", "endUser."
		if i == 1 {
			member, prefix = "name", ""
		}
		if !errors.Is(err, ErrSealed) || reads(s.rules, "job."+member, prefix) {
			return err
		}
		f.plain.sealed = true
	}
	return nil
}

func parseSalt(text string) (salt [ledger.SaltSize]byte, err error) {
	var digits [2 * ledger.SaltSize]byte
	if copy(digits[:], text) == len(digits) && len(text) == len(digits) {
		if _, err = hex.Decode(salt[:], digits[:]); err == nil {
			return salt, nil
		}
	}
	return salt, fmt.Errorf("a salt is %d bytes in hexadecimal", len(salt))
}
