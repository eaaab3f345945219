package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/internal/spelling"
)

// Unauthenticated is a request of which it is not known whose it is. Its text
// is the same whatever was wrong.
type Unauthenticated struct {
	// Reason is for the server's own log. It names no secret, and is never sent.
	Reason string
}

// Error says what to do, and not what was wrong.
func (*Unauthenticated) Error() string {
	return "not authenticated: send a valid token as Authorization: Bearer, or a client certificate that is known"
}

// Authenticate finds out whose a request is: by its token or, where it has
// none, by the client certificate that the TLS handshake verified. It gives
// *Unauthenticated if nobody is known by it, and another error where the tokens
// cannot be read: then nobody gets in.
func (t *Tokens) Authenticate(r *http.Request, now time.Time) (Identity, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(); err != nil {
		return Identity{}, err
	}
	token, reason := t.find(r, now)
	if reason != "" {
		return Identity{}, &Unauthenticated{reason}
	}
	return token.Identity(), nil
}

func (t *Tokens) find(r *http.Request, now time.Time) (*Token, string) {
	headers := r.Header.Values("Authorization")
	switch {
	case len(headers) > 1:
		return nil, "there are several Authorization headers"
	case len(headers) == 1: // it decides: a certificate does not mend a bad token
		scheme, secret, _ := strings.Cut(headers[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, "the Authorization header is not of the scheme Bearer"
		}
		return t.bySecret(secret, now)
	case r.TLS != nil && len(r.TLS.VerifiedChains) > 0:
		return t.byCertificate(r.TLS.VerifiedChains[0][0], now)
	}
	return nil, "there is neither a token nor a verified client certificate"
}

func (t *Tokens) bySecret(secret string, now time.Time) (*Token, string) {
	if len(secret) > 256 {
		return nil, "the token is too long to be one"
	}
	sum := sha256.Sum256([]byte(secret))
	i, ok := t.index[t.blind(sum)]
	if !ok {
		return nil, "there is no such token"
	}
	token := &t.list[i]
	kept, _ := decodeHash(token.SHA256)
	if subtle.ConstantTimeCompare(kept[:], sum[:]) != 1 {
		return nil, "there is no such token"
	}
	return token, ended(token, now)
}

func (t *Tokens) byCertificate(c *x509.Certificate, now time.Time) (*Token, string) {
	var found *Token
	reason := "no token has the certificate of " + c.Subject.String()
	for i := range t.list {
		k := &t.list[i]
		if k.Certificate == "" || !named(c, k.Certificate) {
			continue
		}
		if r := ended(k, now); r != "" {
			reason = r
			continue
		}
		if found != nil {
			return nil, "the certificate stands for both tokens " + found.Name + " and " + k.Name
		}
		found = k
	}
	if found == nil {
		return nil, reason
	}
	return found, ""
}

// named reports whether a certificate has a name.
func named(c *x509.Certificate, name string) bool {
	if !isURI(name) {
		return c.Subject.CommonName == name
	}
	return slices.ContainsFunc(c.URIs, func(u *url.URL) bool { return u.String() == name })
}

func ended(t *Token, now time.Time) string {
	if s := t.State(now); s != "active" {
		return "token " + t.Name + " is " + s
	}
	return ""
}

// blind gives the place of a hash in the index. The key is known to this
// process alone, so how long a look-up takes tells nothing of the hashes that
// are kept.
func (t *Tokens) blind(sum [32]byte) [32]byte {
	var b [64]byte
	copy(b[:32], t.key[:])
	copy(b[32:], sum[:])
	return sha256.Sum256(b[:])
}

func newIndexKey(key *[32]byte) { rand.Read(key[:]) } // never fails

func hint(name string, list []Token) string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	if h := spelling.Hint(name, names); h != "" {
		return ": " + h
	}
	return ""
}
