// Package signature makes and verifies the signatures of authorities: SSH
// signatures, so that an authority needs no tool but ssh-keygen, over acts on
// permits, so that none can be replayed or reordered.
package signature

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Namespace is what an SSH signature of an authority is for: the value of
// ssh-keygen's -n.
const Namespace = "proviso"

// Why a signature does not count.
var (
	ErrMalformed  = errors.New("it is not an SSH signature")
	ErrNamespace  = errors.New("it was made for another purpose than " + Namespace)
	ErrUnknownKey = errors.New("it was made with a key that is not one of the authority's")
	ErrDates      = errors.New("the key did not count at that time")
	ErrForged     = errors.New("it does not fit what is said to be signed, or the key")
)

// Key is a public key with the dates between which it counts.
type Key struct {
	Public ssh.PublicKey
	// From is the first instant at which it counts, in milliseconds since 1970;
	// 0 is always.
	From int64
	// Until is the first instant at which it no longer counts; 0 is never.
	Until int64
}

// ParseKey reads a public key in OpenSSH's format.
func ParseKey(text string) (ssh.PublicKey, error) {
	key, options, err := parseKey(text)
	if err == nil && len(options) > 0 {
		err = fmt.Errorf("options stand before the key: %s", strings.Join(options, ","))
	}
	return key, err
}

func parseKey(text string) (ssh.PublicKey, []string, error) {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, nil, fmt.Errorf("not a public key in OpenSSH's format: %w", err)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, nil, errors.New("more than one public key")
	}
	return key, options, checkType(key)
}

// checkType refuses certificates and what is too weak to last as long as a
// permit.
func checkType(key ssh.PublicKey) error {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		if len(key.Marshal()) > 256 { // the modulus alone has 256 bytes from 2048 bits on
			return nil
		}
		return errors.New("an RSA key of less than 2048 bits: use ssh-keygen -t ed25519")
	}
	return fmt.Errorf("keys of type %s do not count here: use ssh-keygen -t ed25519", key.Type())
}

// Sign signs a message as ssh-keygen -Y sign -n proviso does.
func Sign(message []byte, signer ssh.Signer) ([]byte, error) {
	if err := checkType(signer.PublicKey()); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	s, err := sshsig.Sign(bytes.NewReader(message), signer, sshsig.HashSHA512, Namespace)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return armor(s.Marshal()), nil
}

// armor writes a signature as ssh-keygen does, byte for byte: base64 in lines
// of 70.
func armor(blob []byte) []byte {
	text := base64.StdEncoding.EncodeToString(blob)
	b := []byte("-----BEGIN SSH SIGNATURE-----\n")
	for len(text) > 0 {
		n := min(70, len(text))
		b = append(append(b, text[:n]...), '\n')
		text = text[n:]
	}
	return append(b, "-----END SSH SIGNATURE-----\n"...)
}

// Verify checks that one of the keys, which counts at that instant
// (milliseconds since 1970), signed the message. Errors are those above.
func Verify(message, armored []byte, keys []Key, at int64) error {
	s, err := sshsig.Unarmor(armored)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if s.Namespace != Namespace {
		return fmt.Errorf("%w: for %q", ErrNamespace, s.Namespace)
	}
	known := false
	blob := s.PublicKey.Marshal()
	for _, k := range keys {
		if !bytes.Equal(k.Public.Marshal(), blob) {
			continue
		}
		known = true
		if at < k.From || k.Until != 0 && at >= k.Until {
			continue
		}
		if err := sshsig.Verify(bytes.NewReader(message), s, k.Public, s.HashAlgorithm, Namespace); err != nil {
			return fmt.Errorf("%w: %w", ErrForged, err)
		}
		return nil
	}
	if known {
		return fmt.Errorf("%w, %s: %s", ErrDates, time.UnixMilli(at).UTC().Format(time.RFC3339), ssh.FingerprintSHA256(s.PublicKey))
	}
	return fmt.Errorf("%w: %s", ErrUnknownKey, ssh.FingerprintSHA256(s.PublicKey))
}
