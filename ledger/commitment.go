package ledger

import (
	"crypto/sha256"
	"encoding/hex"
)

// SaltSize is the number of bytes of a salt.
const SaltSize = 32

// Commitment gives the commitment to a text under a salt: HMAC-SHA-256 keyed with
// the salt, in hexadecimal. Who does not know the salt can neither read the
// text nor test a guess; who is given both can check them.
func Commitment(salt [SaltSize]byte, text string) string {
	sum := commitment(salt, text)
	return hex.EncodeToString(sum[:])
}

// Opens reports whether a text under a salt is what a commitment is to.
func Opens(commitmentTo string, salt [SaltSize]byte, text string) bool {
	sum := commitment(salt, text)
	var written [2 * sha256.Size]byte
	hex.Encode(written[:], sum[:])
	return string(written[:]) == commitmentTo
}

// commitment is HMAC as RFC 2104 has it, over blocks on the stack: crypto/hmac
// keeps its state on the heap, and audits open every entry.
func commitment(salt [SaltSize]byte, text string) [sha256.Size]byte {
	const short = 256 // bytes of a text that needs no memory
	var inner [sha256.BlockSize + short]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		var k byte
		if i < SaltSize {
			k = salt[i]
		}
		inner[i], outer[i] = k^0x36, k^0x5c
	}
	sum := sha256.Sum256(append(inner[:sha256.BlockSize], text...))
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}
