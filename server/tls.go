package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSConfig reads a server's certificate with its key and, if there is one, the
// file of the authorities by whom client certificates must be issued. Clients
// without a certificate are let through to be asked for a token.
func TLSConfig(cert, key, clientCA string) (*tls.Config, error) {
	if key == "" {
		return nil, errors.New("a certificate needs its key: name it with --tls-key")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the server's certificate: %w", err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}}
	if clientCA == "" {
		return c, nil
	}
	text, err := os.ReadFile(clientCA)
	if err != nil {
		return nil, fmt.Errorf("the authorities of client certificates: %w", err)
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: there is no certificate in it", clientCA)
	}
	c.ClientAuth = tls.VerifyClientCertIfGiven
	return c, nil
}
