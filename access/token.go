package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Prefix begins each secret, so that people and scanners of leaked secrets know
// one when they see it.
const Prefix = "proviso_"

// secretBytes is how much of a secret is random.
const secretBytes = 32

// Token is an entry of the file of tokens: who somebody is, and how it is
// shown. It has no secret, only its hash.
type Token struct {
	// Name is what the ledger records for what its bearer states. It is never
	// used for another token.
	Name string `json:"name"`
	Role Role   `json:"role"`
	// SHA256 is the hash of the whole secret, prefix included, in hexadecimal.
	SHA256 string `json:"sha256,omitempty"`
	// Certificate names a client certificate that stands in place of a secret:
	// a URI among its alternative names or, without a scheme, its subject's
	// common name.
	Certificate string     `json:"certificate,omitempty"`
	Scope       Scope      `json:"scope,omitzero"`
	Created     time.Time  `json:"created"`
	Expires     time.Time  `json:"expires"`
	Revoked     *time.Time `json:"revoked,omitempty"`
}

// State is active, expired or revoked at an instant.
func (t *Token) State(now time.Time) string {
	switch {
	case t.Revoked != nil:
		return "revoked"
	case !now.Before(t.Expires):
		return "expired"
	}
	return "active"
}

// Identity is who a token stands for.
func (t *Token) Identity() Identity { return Identity{t.Name, t.Role, t.Scope} }

// Spec is a token to be made.
type Spec struct {
	Name  string
	Role  Role
	Scope Scope
	// Certificate makes a token that is shown by a client certificate; it has
	// no secret.
	Certificate string
	// For is how long it is good.
	For time.Duration
}

// MaxLife is the longest that a token may be good for: nothing that opens a
// door is forgotten for longer.
const MaxLife = 366 * 24 * time.Hour

var nameFormat = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$`)

// check says what is wrong with what is asked for.
func (s *Spec) check() error {
	if !nameFormat.MatchString(s.Name) {
		return fmt.Errorf("%q does not name a token: write lower-case letters, digits, dots and dashes, at most 63", s.Name)
	}
	if s.For <= 0 || s.For > MaxLife {
		return fmt.Errorf("a token is good for at most %d days, not for %s: make another one when it ends", MaxLife/(24*time.Hour), s.For)
	}
	if s.Certificate != "" && !printable(s.Certificate) {
		return fmt.Errorf("%q is no name in a certificate", s.Certificate)
	}
	return s.Scope.check(s.Role)
}

// check says what of a scope its role must have, or cannot have.
func (s *Scope) check(r Role) error {
	type part struct {
		name string
		set  bool
		need []Role
		may  []Role
	}
	worker := []Role{Tenant, Gate}
	parts := []part{
		{"a tenant", len(s.Tenants) > 0, worker, worker},
		{"an end user that it may declare", len(s.EndUsers) > 0, worker, worker},
		{"a purpose that it may declare", len(s.Purposes) > 0, worker, worker},
		{"a holder", s.Holder != "", nil, worker},
		{"the name of its authority", s.Authority != "", []Role{Authority}, []Role{Authority}},
		{"the name of its supplier", s.Supplier != "", []Role{Supplier}, []Role{Supplier}},
	}
	if !has(Roles(), r) {
		return fmt.Errorf("there is no role %q: write operator, tenant, authority, supplier, auditor or gate", r)
	}
	for _, p := range parts {
		if p.set && !has(p.may, r) {
			return fmt.Errorf("a token of the role %s has not %s in its scope", r, p.name)
		}
		if !p.set && has(p.need, r) {
			return fmt.Errorf("a token of the role %s needs %s in its scope", r, p.name)
		}
	}
	if r == Tenant && len(s.Tenants) != 1 {
		return fmt.Errorf("a token of the role tenant is one tenant's, not %d tenants'", len(s.Tenants))
	}
	for _, list := range [][]string{s.Tenants, s.EndUsers, s.Purposes, {s.Holder, s.Authority, s.Supplier}} {
		for _, name := range list {
			if name == Any && r != Gate {
				return errors.New(`"*" is for gates: a tenant's token lists what it may declare`)
			}
			if !printable(name) {
				return fmt.Errorf("%q is no name: it has characters that cannot be seen, or more than 253 bytes", name)
			}
		}
	}
	return nil
}

func has(list []Role, r Role) bool {
	for _, x := range list {
		if x == r {
			return true
		}
	}
	return false
}

func printable(name string) bool {
	return len(name) <= 253 && name == strings.TrimSpace(name) &&
		strings.IndexFunc(name, func(c rune) bool { return !unicode.IsPrint(c) || c == unicode.ReplacementChar }) < 0
}

// newSecret makes a secret and its hash.
func newSecret() (secret, hash string) {
	var random [secretBytes]byte
	rand.Read(random[:]) // never fails
	secret = Prefix + hex.EncodeToString(random[:])
	sum := sha256.Sum256([]byte(secret))
	return secret, hex.EncodeToString(sum[:])
}

// isURI reports whether a certificate's name is compared with its URIs, not
// with its common name.
func isURI(name string) bool {
	u, err := url.Parse(name)
	return err == nil && u.Scheme != "" && strings.Contains(name, "://")
}
