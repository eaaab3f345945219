package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Verb is what an authority does to a permit.
type Verb string

// The acts.
const (
	Endorse Verb = "endorse" // lets it take effect; lifts one's own suspension
	Amend   Verb = "amend"   // proposes its next version
	Suspend Verb = "suspend" // ends its effect until one's next endorsement
	Revoke  Verb = "revoke"  // ends its effect for good
)

// Verbs lists the acts.
func Verbs() []Verb { return []Verb{Endorse, Amend, Suspend, Revoke} }

// Act is what an authority signs: one deed on one version of one permit,
// behind one other. The hash of the act before makes it good for one place in
// the order alone.
type Act struct {
	Act     Verb
	Permit  string
	Version int
	// Spec is the SHA-256 of the canonical form of the permit's spec, in
	// hexadecimal: of the next version's for an amendment.
	Spec string
	// Previous is the hash of the act before on this permit, or empty for the
	// first one.
	Previous string
}

const actVersion = "1"

// isName reports whether a text names a permit: lower-case letters and digits,
// with dashes between them, at most 63 in all.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || i == 0 || i == len(s)-1) {
			return false
		}
	}
	return s != "" && len(s) <= 63
}

// isHash reports whether a text is a SHA-256 in hexadecimal.
func isHash(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 2*sha256.Size
}

// Check says what is wrong with an act itself.
func (a Act) Check() error {
	switch {
	case a.Act != Endorse && a.Act != Amend && a.Act != Suspend && a.Act != Revoke:
		return fmt.Errorf("there is no act %q: write endorse, amend, suspend or revoke", a.Act)
	case !isName(a.Permit):
		return fmt.Errorf("%q does not name a permit", a.Permit)
	case a.Version < 1:
		return fmt.Errorf("a permit has no version %d", a.Version)
	case !isHash(a.Spec):
		return errors.New("the hash of the spec is not of 64 hexadecimal digits")
	case a.Previous != "" && !isHash(a.Previous):
		return errors.New("the hash of the previous act is not of 64 hexadecimal digits")
	}
	return nil
}

// What stands between the parts of an act as it is signed. None of them has
// anything that JSON escapes.
const (
	beforeAct      = `{"act":"`
	beforePermit   = `","permit":"`
	beforePrevious = `","previous":"`
	beforeSpec     = `","spec":"`
	beforeVersion  = `","v":"` + actVersion + `","version":"`
	afterVersion   = `"}`
)

// Canonical gives the bytes to sign: JSON in the canonical form of RFC 8785,
// with the members act, permit, previous, spec, v and version.
func (a Act) Canonical() ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, 320)
	b = append(append(append(b, beforeAct...), a.Act...), beforePermit...)
	b = append(append(append(b, a.Permit...), beforePrevious...), a.Previous...)
	b = append(append(append(b, beforeSpec...), a.Spec...), beforeVersion...)
	return append(strconv.AppendInt(b, int64(a.Version), 10), afterVersion...), nil
}

// ParseAct reads the bytes that were signed. It takes nothing but what
// [Act.Canonical] gives.
func ParseAct(data []byte) (Act, error) {
	a, ok := cutAct(string(data))
	if !ok {
		return Act{}, whyNoAct(data)
	}
	again, err := a.Canonical()
	if err != nil {
		return Act{}, fmt.Errorf("not an act: %w", err)
	}
	if string(again) != string(data) {
		return Act{}, errors.New("not an act: it is not in canonical form")
	}
	return a, nil
}

// cutAct takes an act apart. What it gives is checked by writing it again.
func cutAct(text string) (a Act, ok bool) {
	rest, first := strings.CutPrefix(text, beforeAct)
	verb, rest, second := strings.Cut(rest, beforePermit)
	permit, rest, third := strings.Cut(rest, beforePrevious)
	previous, rest, fourth := strings.Cut(rest, beforeSpec)
	spec, rest, fifth := strings.Cut(rest, beforeVersion)
	number, last := strings.CutSuffix(rest, afterVersion)
	version, err := strconv.Atoi(number)
	return Act{Verb(verb), permit, version, spec, previous}, first && second && third && fourth && fifth && last && err == nil
}

// whyNoAct says what is wrong with what cannot be taken apart.
func whyNoAct(data []byte) error {
	var e struct{ V, Version string }
	if err := json.Unmarshal(data, &e); err != nil {
		return fmt.Errorf("not an act: %w", err)
	}
	if _, err := strconv.Atoi(e.Version); err != nil {
		return fmt.Errorf("not an act: the version is %q", e.Version)
	}
	if e.V != actVersion {
		return fmt.Errorf("an act in format %q: this program knows format %s", e.V, actVersion)
	}
	return errors.New("not an act: it is not in canonical form")
}

// Hash gives the SHA-256 of canonical bytes in hexadecimal: what the next act
// names as the previous one, and how a spec is named.
func Hash(canonical []byte) string {
	h := sha256.Sum256(canonical)
	return hex.EncodeToString(h[:])
}
