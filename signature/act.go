package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
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

// encodedAct is an act as it is signed; its members are sorted.
type encodedAct struct {
	Act      string `json:"act"`
	Permit   string `json:"permit"`
	Previous string `json:"previous"`
	Spec     string `json:"spec"`
	V        string `json:"v"`
	Version  string `json:"version"`
}

const actVersion = "1"

var (
	nameFormat = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	hashFormat = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Check says what is wrong with an act itself.
func (a Act) Check() error {
	switch {
	case a.Act != Endorse && a.Act != Amend && a.Act != Suspend && a.Act != Revoke:
		return fmt.Errorf("there is no act %q: write endorse, amend, suspend or revoke", a.Act)
	case !nameFormat.MatchString(a.Permit):
		return fmt.Errorf("%q does not name a permit", a.Permit)
	case a.Version < 1:
		return fmt.Errorf("a permit has no version %d", a.Version)
	case !hashFormat.MatchString(a.Spec):
		return errors.New("the hash of the spec is not of 64 hexadecimal digits")
	case a.Previous != "" && !hashFormat.MatchString(a.Previous):
		return errors.New("the hash of the previous act is not of 64 hexadecimal digits")
	}
	return nil
}

// Canonical gives the bytes to sign: JSON in the canonical form of RFC 8785,
// with the members act, permit, previous, spec, v and version.
func (a Act) Canonical() ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	// None of these strings has anything that JSON escapes.
	return json.Marshal(encodedAct{string(a.Act), a.Permit, a.Previous, a.Spec, actVersion, strconv.Itoa(a.Version)})
}

// ParseAct reads the bytes that were signed. It takes nothing but what
// [Act.Canonical] gives.
func ParseAct(data []byte) (Act, error) {
	var e encodedAct
	if err := json.Unmarshal(data, &e); err != nil {
		return Act{}, fmt.Errorf("not an act: %w", err)
	}
	version, err := strconv.Atoi(e.Version)
	if err != nil {
		return Act{}, fmt.Errorf("not an act: the version is %q", e.Version)
	}
	if e.V != actVersion {
		return Act{}, fmt.Errorf("an act in format %q: this program knows format %s", e.V, actVersion)
	}
	a := Act{Verb(e.Act), e.Permit, version, e.Spec, e.Previous}
	again, err := a.Canonical()
	if err != nil {
		return Act{}, fmt.Errorf("not an act: %w", err)
	}
	if string(again) != string(data) {
		return Act{}, errors.New("not an act: it is not in canonical form")
	}
	return a, nil
}

// Hash gives the SHA-256 of canonical bytes in hexadecimal: what the next act
// names as the previous one, and how a spec is named.
func Hash(canonical []byte) string {
	h := sha256.Sum256(canonical)
	return hex.EncodeToString(h[:])
}
