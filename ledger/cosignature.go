package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// The signature types of C2SP signed-note that are used here.
const (
	algorithmEd25519     = 0x01
	algorithmCosignature = 0x04
)

// CosignatureKey gives a new key of a witness: the secret one for
// [NewCosigner] and the public one for [NewCosignatureVerifier]. They have
// the form that note.GenerateKey gives the keys of logs, with signature type
// 0x04 in place of 0x01 (C2SP tlog-cosignature).
func CosignatureKey(random io.Reader, name string) (secret, public string, err error) {
	if !isKeyName(name) {
		return "", "", fmt.Errorf("%q does not name a key: it may have neither spaces nor +", name)
	}
	pub, key, err := ed25519.GenerateKey(random)
	if err != nil {
		return "", "", err
	}
	id := keyID(name, algorithmCosignature, pub)
	secret = fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString(append([]byte{algorithmCosignature}, key.Seed()...)))
	public = fmt.Sprintf("%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString(append([]byte{algorithmCosignature}, pub...)))
	return secret, public, nil
}

func isKeyName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsRune(name, '+') && strings.IndexFunc(name, unicode.IsSpace) < 0
}

func keyID(name string, algorithm byte, key []byte) uint32 {
	h := sha256.New()
	io.WriteString(h, name+"\n")
	h.Write([]byte{algorithm})
	h.Write(key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// cosigner is the key of a witness. It implements note.Signer.
type cosigner struct {
	name string
	id   uint32
	key  ed25519.PrivateKey
	now  func() time.Time
}

// NewCosigner reads the secret key of a witness. Cosignatures carry the time
// that now gives.
func NewCosigner(secret string, now func() time.Time) (note.Signer, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(secret), "PRIVATE+KEY+")
	if !ok {
		return nil, fmt.Errorf("not the secret key of a witness: it starts with PRIVATE+KEY+")
	}
	name, id, key, err := parseKey(rest)
	if err != nil {
		return nil, fmt.Errorf("not the secret key of a witness: %w", err)
	}
	if len(key) != 1+ed25519.SeedSize || key[0] != algorithmCosignature {
		return nil, fmt.Errorf("not the secret key of a witness: it has no Ed25519 seed of signature type 4")
	}
	private := ed25519.NewKeyFromSeed(key[1:])
	if keyID(name, algorithmCosignature, private.Public().(ed25519.PublicKey)) != id {
		return nil, fmt.Errorf("not the secret key of a witness: its id does not belong to it")
	}
	return &cosigner{name, id, private, now}, nil
}

// parseKey takes name+id+base64 apart.
func parseKey(s string) (name string, id uint32, key []byte, err error) {
	parts := strings.SplitN(s, "+", 3)
	if len(parts) != 3 || !isKeyName(parts[0]) || len(parts[1]) != 8 {
		return "", 0, nil, fmt.Errorf("it must be NAME+ID+KEY")
	}
	if _, err := fmt.Sscanf(parts[1], "%08x", &id); err != nil || fmt.Sprintf("%08x", id) != parts[1] {
		return "", 0, nil, fmt.Errorf("the id %q is not of 8 hexadecimal digits", parts[1])
	}
	key, err = strict64.DecodeString(parts[2])
	if err != nil || len(key) == 0 {
		return "", 0, nil, fmt.Errorf("the key is not base64")
	}
	return parts[0], id, key, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.id }

// Sign gives a timestamped signature over a checkpoint's text.
func (c *cosigner) Sign(msg []byte) ([]byte, error) {
	if _, err := ParseCheckpoint(string(msg)); err != nil {
		return nil, fmt.Errorf("cannot cosign: %w", err)
	}
	at := c.now().Unix()
	if at <= 0 {
		return nil, fmt.Errorf("cannot cosign: the clock says %d s since 1970", at)
	}
	sig := binary.BigEndian.AppendUint64(nil, uint64(at))
	return append(sig, ed25519.Sign(c.key, cosignedMessage(at, msg))...), nil
}

func cosignedMessage(at int64, msg []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), msg...)
}

// cosignatureVerifier is the public key of a witness. It implements
// note.Verifier.
type cosignatureVerifier struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

// NewCosignatureVerifier reads the public key of a witness.
func NewCosignatureVerifier(public string) (note.Verifier, error) {
	name, id, key, err := parseKey(strings.TrimSpace(public))
	if err != nil {
		return nil, fmt.Errorf("not the public key of a witness: %w", err)
	}
	if len(key) != 1+ed25519.PublicKeySize || key[0] != algorithmCosignature {
		return nil, fmt.Errorf("not the public key of a witness: it is no Ed25519 key of signature type 4")
	}
	if keyID(name, algorithmCosignature, key[1:]) != id {
		return nil, fmt.Errorf("not the public key of a witness: its id does not belong to it")
	}
	return &cosignatureVerifier{name, id, key[1:]}, nil
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.id }

func (v *cosignatureVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	if at == 0 || at > 1<<63-1 {
		return false
	}
	return ed25519.Verify(v.key, cosignedMessage(int64(at), msg), sig[8:])
}

// CosignatureTime gives the instant that a verified cosignature states.
func CosignatureTime(s note.Signature) (time.Time, error) {
	raw, err := strict64.DecodeString(s.Base64)
	if err != nil || len(raw) != 4+8+ed25519.SignatureSize {
		return time.Time{}, fmt.Errorf("the signature of %s is no cosignature", s.Name)
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), nil
}
