package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/proviso-dev/proviso/internal/durable"
)

// LogKey is the key with which a log signs its checkpoints.
type LogKey struct {
	Signer   note.Signer
	Verifier note.Verifier
	// Public is the verifier key as text, for those who verify.
	Public string
}

// The files of a data folder that hold the log's key.
const (
	secretFile = "log.key"
	publicFile = "log.vkey"
)

// OpenLogKey reads the log's key from a data folder, or makes one under a name
// at the first start. It reports whether it made it.
func OpenLogKey(dir, name string) (*LogKey, bool, error) {
	path := filepath.Join(dir, secretFile)
	text, err := os.ReadFile(path)
	if err == nil {
		k, err := readLogKey(dir, strings.TrimSpace(string(text)))
		return k, false, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("the log's key: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, fmt.Errorf("the data folder: %w", err)
	}
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, false, fmt.Errorf("a key for the log %q: %w", name, err)
	}
	if err := durable.WriteFile(filepath.Join(dir, publicFile), []byte(public+"\n"), 0o644); err != nil {
		return nil, false, err
	}
	if err := durable.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return nil, false, err
	}
	k, err := readLogKey(dir, secret)
	return k, true, err
}

func readLogKey(dir, secret string) (*LogKey, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, fmt.Errorf("%s is not the secret key of a log: %w", filepath.Join(dir, secretFile), err)
	}
	public, err := os.ReadFile(filepath.Join(dir, publicFile))
	if err != nil {
		return nil, fmt.Errorf("the log's public key: %w", err)
	}
	k := &LogKey{Signer: signer, Public: strings.TrimSpace(string(public))}
	if k.Verifier, err = note.NewVerifier(k.Public); err != nil {
		return nil, fmt.Errorf("%s is not the public key of a log: %w", filepath.Join(dir, publicFile), err)
	}
	if k.Verifier.Name() != signer.Name() || k.Verifier.KeyHash() != signer.KeyHash() {
		return nil, fmt.Errorf("%s and %s are not the two halves of one key", filepath.Join(dir, secretFile), filepath.Join(dir, publicFile))
	}
	return k, nil
}
