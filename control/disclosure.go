package control

import (
	"encoding/hex"
	"errors"
	"fmt"

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
	if ledger.Commitment(salt, o.Text) != commitment {
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

// ErrSealed says that a fact has commitments which nothing opens.
var ErrSealed = errors.New("its commitments are not disclosed")

// open reads the texts that the submission commits to. One that nothing in the
// documents reads may stay sealed.
func (f *Submit) open(s *State) error {
	for _, x := range []struct {
		member, commitment, prefix string
		into                       *string
	}{{"endUser", f.EndUser, "endUser.", &f.plain.endUser}, {"name", f.Name, "", &f.plain.name}} {
		var err error
		if *x.into, err = s.disclose.open(x.member, x.commitment); err == nil {
			continue
		}
		if !errors.Is(err, ErrSealed) || reads(s.rules, "job."+x.member, x.prefix) {
			return err
		}
		f.plain.sealed = true
	}
	return nil
}

func parseSalt(text string) (salt [ledger.SaltSize]byte, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(salt) {
		return salt, fmt.Errorf("a salt is %d bytes in hexadecimal", len(salt))
	}
	copy(salt[:], b)
	return salt, nil
}
