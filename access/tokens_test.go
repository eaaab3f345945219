package access_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/access"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const month = 30 * 24 * time.Hour

func open(t testing.TB, dir string) *access.Tokens {
	t.Helper()
	tokens, err := access.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func create(t testing.TB, tokens *access.Tokens, s access.Spec) string {
	t.Helper()
	if s.For == 0 {
		s.For = month
	}
	secret, _, err := tokens.Create(s, now)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func bearer(secret string) *http.Request {
	r, _ := http.NewRequest("GET", "http://127.0.0.1/", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	return r
}

func certificate(commonName string, uris ...string) *http.Request {
	r, _ := http.NewRequest("GET", "https://127.0.0.1/", nil)
	c := &x509.Certificate{Subject: pkix.Name{CommonName: commonName}}
	for _, u := range uris {
		parsed, err := url.Parse(u)
		if err != nil {
			panic(err)
		}
		c.URIs = append(c.URIs, parsed)
	}
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, VerifiedChains: [][]*x509.Certificate{{c}}}
	return r
}

func TestTokenIsItsBearer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	tokens := open(t, dir)
	scope := access.Scope{Tenants: []string{"team-a"}, EndUsers: []string{"bank"}, Purposes: []string{"research"}, Holder: "labs"}
	secret := create(t, tokens, access.Spec{Name: "team-a", Role: access.Tenant, Scope: scope})
	if raw, err := hex.DecodeString(strings.TrimPrefix(secret, "proviso_")); err != nil || len(raw) != 32 || !strings.HasPrefix(secret, "proviso_") {
		t.Errorf("the secret %q is not the prefix and 256 bits", secret)
	}
	if other := create(t, tokens, access.Spec{Name: "team-b", Role: access.Tenant, Scope: scope}); other == secret {
		t.Error("two tokens have one secret")
	}
	for _, opened := range []*access.Tokens{tokens, open(t, dir)} {
		id, err := opened.Authenticate(bearer(secret), now)
		if err != nil || id.Name != "team-a" || id.Role != access.Tenant || id.Tenant() != "team-a" || id.Scope.Holder != "labs" {
			t.Errorf("%+v, %v", id, err)
		}
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, "tokens.json": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s/%s has the mode %v (%v), must have %v", dir, name, info.Mode().Perm(), err, mode)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "tokens.json"))
	if err != nil || bytes.Contains(data, []byte(secret)) || bytes.Contains(data, []byte(secret[8:])) {
		t.Errorf("the file keeps the secret (%v)", err)
	}
}

// TestAttacks: each request is refused with the same text; the reason is for
// the server's log alone.
func TestAttacks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	tokens := open(t, dir)
	good := create(t, tokens, access.Spec{Name: "auditor", Role: access.Auditor})
	brief := create(t, tokens, access.Spec{Name: "brief", Role: access.Auditor, For: time.Hour})
	revoked := create(t, tokens, access.Spec{Name: "revoked", Role: access.Operator})
	foreign := create(t, open(t, elsewhere), access.Spec{Name: "auditor", Role: access.Auditor})
	create(t, tokens, access.Spec{Name: "gate-certificate", Role: access.Auditor, Certificate: "gate-1"})
	create(t, tokens, access.Spec{Name: "site-certificate", Role: access.Auditor, Certificate: "spiffe://site/gate"})
	create(t, tokens, access.Spec{Name: "old-certificate", Role: access.Auditor, Certificate: "gate-0"})
	for _, name := range []string{"revoked", "old-certificate"} {
		if err := tokens.Revoke(name, now); err != nil {
			t.Fatal(err)
		}
	}
	changed := func(r *http.Request, change func(*http.Request)) *http.Request {
		change(r)
		return r
	}
	header := func(value string) *http.Request {
		return changed(bearer(""), func(r *http.Request) { r.Header.Set("Authorization", value) })
	}
	data, err := os.ReadFile(filepath.Join(dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, hash, _ := strings.Cut(string(data), `"sha256": "`)
	hash = hash[:64]

	later := now.Add(2 * time.Hour)
	var text string
	for _, c := range []struct {
		name    string
		request *http.Request
		reason  string
	}{
		{"nothing", changed(bearer(""), func(r *http.Request) { r.Header.Del("Authorization") }), "neither a token nor"},
		{"an empty token", bearer(""), "no such token"},
		{"expired", bearer(brief), "token brief is expired"},
		{"revoked", bearer(revoked), "token revoked is revoked"},
		{"of another data folder", bearer(foreign), "no such token"},
		{"truncated", bearer(good[:len(good)-1]), "no such token"},
		{"without its prefix", bearer(good[len(access.Prefix):]), "no such token"},
		{"in upper case", bearer(strings.ToUpper(good)), "no such token"},
		{"digits in upper case", bearer(access.Prefix + strings.ToUpper(good[len(access.Prefix):])), "no such token"},
		{"with a space behind", bearer(good + " "), "no such token"},
		{"twice", bearer(good + good), "no such token"},
		{"very long", bearer(strings.Repeat(good, 10_000)), "too long"},
		{"its hash", bearer(hash), "no such token"},
		{"its hash with the prefix", bearer(access.Prefix + hash), "no such token"},
		{"another scheme", header("Basic " + good), "not of the scheme"},
		{"no scheme", header(good), "not of the scheme"},
		{"two headers", changed(bearer(good), func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+good) }), "several"},
		{"in the address", changed(bearer(""), func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "access_token=" + good }), "neither a token nor"},
		{"a certificate that nobody verified", changed(certificate("gate-1"), func(r *http.Request) { r.TLS.VerifiedChains = nil }), "neither a token nor"},
		{"a certificate that no token names", certificate("gate-2"), "no token has the certificate"},
		{"a certificate without a name", certificate(""), "no token has the certificate"},
		{"a certificate named like a token", certificate("auditor"), "no token has the certificate"},
		{"a certificate of a token that was revoked", certificate("gate-0"), "token old-certificate is revoked"},
		{"a URI as common name", certificate("spiffe://site/gate"), "no token has the certificate"},
		{"a common name as URI", certificate("", "x://gate-1"), "no token has the certificate"},
		{"a certificate for two tokens", certificate("gate-1", "spiffe://site/gate"), "stands for both"},
		{"a bad token with a good certificate", changed(certificate("gate-1"), func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+foreign) }), "no such token"},
	} {
		id, err := tokens.Authenticate(c.request, later)
		var u *access.Unauthenticated
		if !errors.As(err, &u) || !strings.Contains(u.Reason, c.reason) || id.Role != "" {
			t.Errorf("%s: %+v, %v (%+v), must be refused with %q", c.name, id, err, u, c.reason)
			continue
		}
		if text == "" {
			text = err.Error()
		}
		if err.Error() != text {
			t.Errorf("%s: the text %q tells it from the others: %q", c.name, err, text)
		}
		if strings.Contains(u.Reason, good[8:16]) || strings.Contains(u.Reason, hash[:8]) {
			t.Errorf("%s: the reason %q gives a secret away", c.name, u.Reason)
		}
	}
	for name, r := range map[string]*http.Request{
		"auditor": bearer(good), "gate-certificate": certificate("gate-1"), "site-certificate": certificate("any", "spiffe://other", "spiffe://site/gate"),
	} {
		if id, err := tokens.Authenticate(r, later); err != nil || id.Name != name {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
	}
	if _, err := tokens.Authenticate(bearer(brief), now.Add(time.Hour-1)); err != nil {
		t.Errorf("before it expires: %v", err)
	}
	if _, err := tokens.Authenticate(bearer(brief), now.Add(time.Hour)); err == nil {
		t.Error("a token is good at the instant at which it expires")
	}
}

// TestChangesAreSeen: a server that runs sees what another process changes.
func TestChangesAreSeen(t *testing.T) {
	dir := t.TempDir()
	server, command := open(t, dir), open(t, dir)
	secret := create(t, command, access.Spec{Name: "a", Role: access.Auditor})
	if _, err := server.Authenticate(bearer(secret), now); err != nil {
		t.Errorf("a token that was made is not seen: %v", err)
	}
	if err := command.Revoke("a", now); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Authenticate(bearer(secret), now); err == nil {
		t.Error("a token that was revoked opens")
	}
	other := create(t, command, access.Spec{Name: "b", Role: access.Auditor})
	path := filepath.Join(dir, "tokens.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range []string{
		"", "{", `{"format":"proviso.dev/tokens/v9","tokens":[]}`, strings.Replace(string(data), `"name": "b"`, `"name": "a"`, 1),
		strings.Replace(string(data), `"role": "auditor"`, `"role": "king"`, 1), strings.Replace(string(data), `"name": "b"`, `"nome": "b"`, 1),
	} {
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := server.Authenticate(bearer(other), now)
		var u *access.Unauthenticated
		if err == nil || errors.As(err, &u) {
			t.Errorf("the file is %.60q, and the server answers %v: nobody gets in, and it is not the asker's fault", broken, err)
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Authenticate(bearer(other), now); err != nil {
		t.Errorf("the file is right again: %v", err)
	}
	if err := os.Chmod(path, 0o622); err != nil {
		t.Fatal(err)
	}
	if _, err := access.Open(dir); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("others may write to the file: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Authenticate(bearer(other), now); err == nil {
		t.Error("there are no tokens, and one opens")
	}
}

// TestTogether: processes that make tokens at once lose none.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		tokens := open(t, dir)
		wg.Go(func() {
			for _, n := range []string{"1", "2", "3"} {
				if _, _, err := tokens.Create(access.Spec{Name: name + n, Role: access.Auditor, For: month}, now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	list, err := open(t, dir).List()
	if err != nil || len(list) != 24 {
		t.Errorf("%d tokens, must be 24 (%v)", len(list), err)
	}
}

func TestSpecsThatAreRefused(t *testing.T) {
	tokens := open(t, t.TempDir())
	create(t, tokens, access.Spec{Name: "taken", Role: access.Auditor})
	create(t, tokens, access.Spec{Name: "by-certificate", Role: access.Auditor, Certificate: "gate-1"})
	tenant := access.Scope{Tenants: []string{"a"}, EndUsers: []string{"b"}, Purposes: []string{"c"}}
	with := func(change func(*access.Scope)) access.Scope {
		s := tenant
		change(&s)
		return s
	}
	for _, c := range []struct {
		spec access.Spec
		want string
	}{
		{access.Spec{Name: "taken", Role: access.Auditor, For: month}, "Take another, such as taken-2"},
		{access.Spec{Name: "x", Role: access.Auditor, Certificate: "gate-1", For: month}, "stands for the token by-certificate"},
		{access.Spec{Name: "x", Role: "king", For: month}, `no role "king"`},
		{access.Spec{Name: "X", Role: access.Auditor, For: month}, `"X" does not name`},
		{access.Spec{Name: "", Role: access.Auditor, For: month}, `"" does not name`},
		{access.Spec{Name: "x", Role: access.Auditor}, "at most 366 days"},
		{access.Spec{Name: "x", Role: access.Auditor, For: -month}, "at most 366 days"},
		{access.Spec{Name: "x", Role: access.Auditor, For: 13 * month}, "at most 366 days"},
		{access.Spec{Name: "x", Role: access.Auditor, For: month, Scope: access.Scope{Holder: "h"}}, "has not a holder"},
		{access.Spec{Name: "x", Role: access.Tenant, For: month, Scope: with(func(s *access.Scope) { s.Tenants = nil })}, "needs a tenant"},
		{access.Spec{Name: "x", Role: access.Tenant, For: month, Scope: with(func(s *access.Scope) { s.Tenants = []string{"a", "b"} })}, "one tenant's"},
		{access.Spec{Name: "x", Role: access.Tenant, For: month, Scope: with(func(s *access.Scope) { s.EndUsers = nil })}, "needs an end user"},
		{access.Spec{Name: "x", Role: access.Tenant, For: month, Scope: with(func(s *access.Scope) { s.Purposes = nil })}, "needs a purpose"},
		{access.Spec{Name: "x", Role: access.Tenant, For: month, Scope: with(func(s *access.Scope) { s.EndUsers = []string{"*"} })}, "is for gates"},
		{access.Spec{Name: "x", Role: access.Tenant, For: month, Scope: with(func(s *access.Scope) { s.Purposes = []string{"a\x00"} })}, "is no name"},
		{access.Spec{Name: "x", Role: access.Tenant, For: month, Scope: with(func(s *access.Scope) { s.Authority = "miit" })}, "has not the name of its authority"},
		{access.Spec{Name: "x", Role: access.Authority, For: month}, "needs the name of its authority"},
		{access.Spec{Name: "x", Role: access.Supplier, For: month}, "needs the name of its supplier"},
		{access.Spec{Name: "x", Role: access.Gate, For: month}, "needs a tenant"},
	} {
		if _, _, err := tokens.Create(c.spec, now); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, must be refused with %q", c.spec, err, c.want)
		}
	}
	if err := tokens.Revoke("takn", now); err == nil || !strings.Contains(err.Error(), `did you mean "taken"?`) {
		t.Errorf("revoke a token that is not there: %v", err)
	}
	if err := tokens.Revoke("taken", now); err != nil {
		t.Error(err)
	}
	if err := tokens.Revoke("taken", now); err == nil || !strings.Contains(err.Error(), "it was revoked at 2026-03-01T12:00:00Z") {
		t.Errorf("revoke a token twice: %v", err)
	}
	if _, _, err := tokens.Create(access.Spec{Name: "taken", Role: access.Auditor, For: month}, now); err == nil {
		t.Error("the name of a token that was revoked is used again")
	}
}

// TestOwner: root does not take the file away from the user that the server
// runs as.
func TestOwner(t *testing.T) {
	dir := t.TempDir()
	tokens := open(t, dir)
	create(t, tokens, access.Spec{Name: "a", Role: access.Auditor})
	if os.Geteuid() != 0 {
		t.Log("run as another user than root: nobody else's file can be replaced")
		return
	}
	if err := os.Chown(filepath.Join(dir, "tokens.json"), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := tokens.Revoke("a", now); err == nil || !strings.Contains(err.Error(), "belongs to the user nobody: run this as that user") {
		t.Errorf("another user's file: %v", err)
	}
	if list, err := tokens.List(); err != nil || list[0].Revoked != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	path, err := open(t, dir).First(now)
	if err != nil || path != filepath.Join(dir, "operator.token") {
		t.Fatalf("%q, %v", path, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tokens := open(t, dir)
	id, err := tokens.Authenticate(bearer(strings.TrimSpace(string(secret))), now)
	if err != nil || id.Role != access.Operator || id.Name != "operator" {
		t.Errorf("%+v, %v", id, err)
	}
	if again, err := tokens.First(now); again != "" || err != nil {
		t.Errorf("a second start makes %q (%v)", again, err)
	}
	// A crash between the secret and its hash: the next start makes both anew.
	if err := os.Remove(filepath.Join(dir, "tokens.json")); err != nil {
		t.Fatal(err)
	}
	if again, err := tokens.First(now); again != path || err != nil {
		t.Errorf("after a crash: %q, %v", again, err)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	tokens := open(b, b.TempDir())
	var r *http.Request
	for i := range 200 {
		r = bearer(create(b, tokens, access.Spec{Name: "t" + hex.EncodeToString([]byte{byte(i)}), Role: access.Auditor}))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tokens.Authenticate(r, now); err != nil {
			b.Fatal(err)
		}
	}
}
