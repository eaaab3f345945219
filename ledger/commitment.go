package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// SaltSize is the number of bytes of a salt.
const SaltSize = 32

// Commitment gives the commitment to a text under a salt: HMAC-SHA-256 keyed with
// the salt, in hexadecimal. Who does not know the salt can neither read the
// text nor test a guess; who is given both can check them.
func Commitment(salt [SaltSize]byte, text string) string {
	h := hmac.New(sha256.New, salt[:])
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
