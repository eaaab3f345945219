package control

import (
	"fmt"
	"unicode/utf8"
)

// Idempotency is the hash of the key that a fact came with, which makes it safe
// to send again; empty where there is none.
func Idempotency(f Fact) string {
	switch f := f.(type) {
	case *Submit:
		return f.Idempotency
	case *Book:
		return f.Idempotency
	case *Receive:
		return f.Idempotency
	case *Move:
		return f.Idempotency
	case *Dispose:
		return f.Idempotency
	}
	return ""
}

func checkKey(key string) error {
	if len(key) > maxName || !utf8.ValidString(key) {
		return fmt.Errorf("idempotency is %.40q…: it has at most %d bytes of UTF-8", key, maxName)
	}
	return nil
}
