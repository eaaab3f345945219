package access_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/access"
)

// issuer is a certificate authority of a test.
type issuer struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	next int64
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	ca := &issuer{t: t}
	ca.cert, ca.key = ca.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return ca
}

func (ca *issuer) sign(c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	ca.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		ca.t.Fatal(err)
	}
	ca.next++
	c.SerialNumber = big.NewInt(ca.next)
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, by := ca.cert, ca.key
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		ca.t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		ca.t.Fatal(err)
	}
	return signed, key
}

// files writes a certificate and its key.
func (ca *issuer) files(dir string, c *x509.Certificate) access.TLSFiles {
	ca.t.Helper()
	cert, key := ca.sign(c)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		ca.t.Fatal(err)
	}
	f := access.TLSFiles{Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	writePEM(ca.t, f.Certificate, "CERTIFICATE", cert.Raw)
	writePEM(ca.t, f.Key, "PRIVATE KEY", der)
	return f
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (ca *issuer) client(commonName string) tls.Certificate {
	cert, key := ca.sign(&x509.Certificate{Subject: pkix.Name{CommonName: commonName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

func serverCertificate(serial string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: serial}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
}

// TestTLS: a server with a client CA knows a client by its certificate, from
// the handshake on.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	ca, clients, stranger := newIssuer(t), newIssuer(t), newIssuer(t)
	files := ca.files(dir, serverCertificate("first"))
	files.ClientCA = filepath.Join(dir, "clients.pem")
	writePEM(t, files.ClientCA, "CERTIFICATE", clients.cert.Raw)
	config, err := files.Config()
	if err != nil {
		t.Fatal(err)
	}
	tokens := open(t, filepath.Join(dir, "data"))
	create(t, tokens, access.Spec{Name: "gate", Role: access.Auditor, Certificate: "gate-1"})
	secret := create(t, tokens, access.Spec{Name: "auditor", Role: access.Auditor})
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ErrorLog: nil, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := tokens.Authenticate(r, now)
		if err != nil {
			http.Error(w, "who?", http.StatusUnauthorized)
			return
		}
		io.WriteString(w, id.Name)
	})}
	server.ErrorLog = quiet()
	go server.Serve(listener)
	defer server.Close()

	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	ask := func(secret string, client *tls.Config) (answer, shownBy string, err error) {
		client.RootCAs = roots
		transport := &http.Transport{TLSClientConfig: client}
		defer transport.CloseIdleConnections()
		r, err := http.NewRequest("GET", fmt.Sprintf("https://%s/", listener.Addr()), nil)
		if err != nil {
			t.Fatal(err)
		}
		if secret != "" {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		response, err := transport.RoundTrip(r)
		if err != nil {
			return "", "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return strings.TrimSpace(string(body)), response.TLS.PeerCertificates[0].Subject.CommonName, err
	}
	with := func(c tls.Certificate) *tls.Config {
		// Send it whatever the server says that it knows.
		return &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }}
	}
	for _, c := range []struct {
		name, secret string
		client       *tls.Config
		want         string
	}{
		{"a known certificate", "", with(clients.client("gate-1")), "gate"},
		{"a certificate that no token names", "", with(clients.client("gate-2")), "who?"},
		{"no certificate, a token", secret, &tls.Config{}, "auditor"},
		{"neither", "", &tls.Config{}, "who?"},
	} {
		if got, _, err := ask(c.secret, c.client); err != nil || got != c.want {
			t.Errorf("%s: %q, %v, must be %q", c.name, got, err, c.want)
		}
	}
	if got, _, err := ask("", with(stranger.client("gate-1"))); err == nil {
		t.Errorf("a certificate of another CA: %q", got)
	}
	if got, _, err := ask(secret, &tls.Config{MaxVersion: tls.VersionTLS12}); err == nil {
		t.Errorf("TLS 1.2: %q", got)
	}

	// The certificate is renewed: half of it is not taken, the whole is.
	renewed := ca.files(t.TempDir(), serverCertificate("second"))
	for i, step := range []struct{ from, to, want string }{
		{renewed.Certificate, files.Certificate, "first"}, {renewed.Key, files.Key, "second"},
	} {
		data, err := os.ReadFile(step.from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(step.to, data, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i+1) * time.Second)
		if err := os.Chtimes(step.to, at, at); err != nil {
			t.Fatal(err)
		}
		if _, by, err := ask(secret, &tls.Config{}); err != nil || by != step.want {
			t.Errorf("step %d: the server shows the certificate %q (%v), must show the %s", i, by, err, step.want)
		}
	}
}

func TestTLSFilesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	ca := newIssuer(t)
	good := ca.files(dir, serverCertificate("x"))
	other := ca.files(t.TempDir(), serverCertificate("y"))
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(dir, "shared")
	if err := os.WriteFile(shared, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		files access.TLSFiles
		want  string
	}{
		{access.TLSFiles{}, "both a certificate and its key"},
		{access.TLSFiles{Certificate: good.Certificate}, "both a certificate and its key"},
		{access.TLSFiles{Certificate: good.Certificate, Key: other.Key}, "private key does not match"},
		{access.TLSFiles{Certificate: empty, Key: good.Key}, "failed to find any PEM data"},
		{access.TLSFiles{Certificate: good.Certificate, Key: shared}, "chmod 600"},
		{access.TLSFiles{Certificate: good.Certificate, Key: good.Key, ClientCA: empty}, "no certificate in"},
		{access.TLSFiles{Certificate: good.Certificate, Key: good.Key, ClientCA: "missing"}, "no such file"},
	} {
		if _, err := c.files.Config(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, must be refused with %q", c.files, err, c.want)
		}
	}
}
