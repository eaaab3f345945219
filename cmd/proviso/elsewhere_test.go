package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/internal/postgres"
)

// issuer signs certificates for a test.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	return &issuer{c, key}
}

// issue gives a certificate for loopback, or for a client, and its key in PEM.
func (i *issuer) issue(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, i.cert, &own.PublicKey, i.key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// TestServedWithTLS serves with TLS and client certificates, as it must to be
// reached from elsewhere: whom a token names by its certificate gets in, another
// certificate of the same issuer and none at all do not.
func TestServedWithTLS(t *testing.T) {
	work := t.TempDir()
	dir := filepath.Join(work, "data")
	servers, clients := newIssuer(t), newIssuer(t)
	cert, key := servers.issue(t, "server")
	for name, text := range map[string][]byte{
		"cert.pem": cert, "key.pem": key, "server.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: servers.cert.Raw}), "clients.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: clients.cert.Raw}),
	} {
		if err := os.WriteFile(filepath.Join(work, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := launch(t, dir, clusterFile(t, cluster), "--tls-cert", filepath.Join(work, "cert.pem"), "--tls-key", filepath.Join(work, "key.pem"), "--client-ca", filepath.Join(work, "clients.pem"))
	base := p.address()
	if !strings.HasPrefix(base, "https://") {
		t.Fatalf("it serves on %q\n%s", base, p.output())
	}
	if out, err := exec.Command(builtBinary(t), "token", "create", "site-1", "--role", "auditor", "--certificate", "site-1", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	roots := x509.NewCertPool()
	roots.AddCert(servers.cert)
	get := func(token string, who ...string) int {
		t.Helper()
		config := &tls.Config{RootCAs: roots}
		for _, name := range who {
			cert, key := clients.issue(t, name)
			pair, err := tls.X509KeyPair(cert, key)
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = append(config.Certificates, pair)
		}
		transport := &http.Transport{TLSClientConfig: config}
		defer transport.CloseIdleConnections()
		r, err := http.NewRequest("GET", base+"/v1/jobs", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		got, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, got.Body)
		got.Body.Close()
		return got.StatusCode
	}
	operator := strings.TrimSpace(readFile(t, filepath.Join(dir, "operator.token")))
	for name, x := range map[string][2]int{
		"a certificate that a token names": {get("", "site-1"), http.StatusOK},
		"another one of the same issuer":   {get("", "site-2"), http.StatusUnauthorized},
		"no certificate":                   {get(""), http.StatusUnauthorized},
		"a token":                          {get(operator), http.StatusOK},
		"a token beside a certificate":     {get(operator, "site-2"), http.StatusOK},
		"a bad token beside a certificate": {get("proviso_"+strings.Repeat("0", 64), "site-1"), http.StatusUnauthorized},
	} {
		if x[0] != x[1] {
			t.Errorf("%s: %d, want %d", name, x[0], x[1])
		}
	}
	// The log is audited over TLS, by whoever knows the issuer.
	for issuer, want := range map[string]string{"server.pem": "Nothing is wrong.", "clients.pem": "certificate signed by unknown authority"} {
		audit := exec.Command(builtBinary(t), "audit", base, "--log-key", filepath.Join(dir, "log.vkey"))
		audit.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(work, issuer), "SSL_CERT_DIR=/nonexistent", "PROVISO_TOKEN="+operator)
		out, err := audit.CombinedOutput()
		if !strings.Contains(string(out), want) || (err == nil) != (issuer == "server.pem") {
			t.Errorf("an audit that trusts %s: %v\n%s", issuer, err, out)
		}
	}
}

// TestServedFromPostgres keeps the ledger in PostgreSQL, by --store: it goes on
// there behind kill -9, and is audited by its address.
func TestServedFromPostgres(t *testing.T) {
	store := postgres.Start(t).Database()
	dir := filepath.Join(t.TempDir(), "data")
	p := launch(t, dir, clusterFile(t, cluster), "--store", store)
	if _, err := p.client(t).Submit(t.Context(), api.Submission{EndUser: "x", Devices: 2, For: "100h"}, "one"); err != nil {
		t.Fatal(err)
	}
	p.kill()
	p = launch(t, dir, "--store", store)
	j, err := p.client(t).Submit(t.Context(), api.Submission{EndUser: "x", Devices: 2, For: "100h"}, "one")
	if err != nil || j.Number != "1" || j.State != "running" {
		t.Fatalf("behind kill -9: %+v, %v\n%s", j, err, p.output())
	}
	if err := p.terminate(); err != nil {
		t.Fatalf("%v\n%s", err, p.output())
	}
	if _, err := os.Stat(filepath.Join(dir, "ledger.db")); err == nil {
		t.Error("there is a ledger in the data folder too")
	}
	var out bytes.Buffer
	audit := exec.Command(builtBinary(t), "audit", store, "--log-key", filepath.Join(dir, "log.vkey"))
	audit.Stdout, audit.Stderr = &out, &out
	if err := audit.Run(); err != nil || !strings.Contains(out.String(), "Nothing is wrong") || strings.Contains(out.String(), "not recomputed") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
