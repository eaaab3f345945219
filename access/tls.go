package access

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// TLSFiles are what a server shows itself with, in PEM.
type TLSFiles struct {
	Certificate, Key string
	// ClientCA holds the authorities of client certificates; none are asked for
	// when empty.
	ClientCA string
}

// Config gives TLS 1.3 with these files. A certificate that was renewed is
// taken for the next connection; while its files cannot be read, or do not
// belong together, the one before stays. A client without a certificate is let
// in, to show a token; one whose certificate the client CA did not sign is not.
func (f TLSFiles) Config() (*tls.Config, error) {
	if f.Certificate == "" || f.Key == "" {
		return nil, errors.New("TLS needs both a certificate and its key")
	}
	info, err := os.Stat(f.Key)
	if err != nil {
		return nil, fmt.Errorf("TLS key: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("TLS key: everybody on this machine may use %s: run chmod 600 %s", f.Key, f.Key)
	}
	k := &keyPair{files: f}
	if _, err := k.current(); err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	config := &tls.Config{
		MinVersion:     tls.VersionTLS13,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.current() },
	}
	if f.ClientCA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(f.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("client CA: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("client CA: there is no certificate in %s", f.ClientCA)
	}
	config.ClientAuth = tls.VerifyClientCertIfGiven
	return config, nil
}

// keyPair is the certificate that was read last.
type keyPair struct {
	files TLSFiles

	mu       sync.Mutex
	read     *tls.Certificate
	modified [2]time.Time // of the certificate's file and the key's
}

func (k *keyPair) current() (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	modified, err := k.stat()
	if err == nil && modified == k.modified {
		return k.read, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(k.files.Certificate, k.files.Key)
	}
	if err == nil {
		k.read, k.modified = &pair, modified
	}
	if k.read != nil {
		return k.read, nil
	}
	return nil, err
}

func (k *keyPair) stat() (modified [2]time.Time, err error) {
	for i, file := range []string{k.files.Certificate, k.files.Key} {
		info, err := os.Stat(file)
		if err != nil {
			return modified, err
		}
		modified[i] = info.ModTime()
	}
	return modified, nil
}
