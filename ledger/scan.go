package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// CheckCanonical says what keeps text from being canonical JSON as
// [CanonicalJSON] writes it. It reads the text once and allocates nothing
// where members have plain names: audits read every entry.
func CheckCanonical(text []byte) error {
	s := scanner{text: text}
	if err := s.value(0); err != nil {
		return fmt.Errorf("not canonical JSON: byte %d: %w", s.at, err)
	}
	if s.at < len(text) {
		return fmt.Errorf("not canonical JSON: byte %d: something behind the value", s.at)
	}
	return nil
}

// What CheckCanonical finds.
var (
	errEnd     = errors.New("the text ends here")
	errDepth   = fmt.Errorf("nested more than %d deep", maxDepth)
	errNumber  = errors.New("a number: quantities are decimal strings")
	errNull    = errors.New("null: what has no value is left out")
	errToken   = errors.New("no value, or a space: there are none between values")
	errComma   = errors.New("neither a comma nor the end of the list or object")
	errColon   = errors.New("no colon behind a member's name")
	errName    = errors.New("no name of a member")
	errOrder   = errors.New("members are not in order, or one is there twice")
	errEscape  = errors.New("a character is not written the one way that it can be")
	errUTF8    = errors.New("not UTF-8")
	errControl = errors.New("a control character that is not escaped")
)

type scanner struct {
	text []byte
	at   int
}

func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	if s.at == len(s.text) {
		return errEnd
	}
	switch c := s.text[s.at]; {
	case c == '"':
		_, err := s.string()
		return err
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.list(depth)
	case c == '-' || c >= '0' && c <= '9':
		return errNumber
	case s.word("true"), s.word("false"):
		return nil
	case bytes.HasPrefix(s.text[s.at:], []byte("null")):
		return errNull
	}
	return errToken
}

func (s *scanner) word(w string) bool {
	if len(s.text)-s.at < len(w) || string(s.text[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// next takes a comma, or the end of a list or object.
func (s *scanner) next(end byte) (done bool, err error) {
	if s.at == len(s.text) {
		return false, errEnd
	}
	c := s.text[s.at]
	if c != ',' && c != end {
		return false, errComma
	}
	s.at++
	return c == end, nil
}

func (s *scanner) list(depth int) error {
	s.at++
	if s.word("]") {
		return nil
	}
	for {
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if done, err := s.next(']'); done || err != nil {
			return err
		}
	}
}

func (s *scanner) object(depth int) error {
	s.at++
	if s.word("}") {
		return nil
	}
	var last []byte
	for first := true; ; first = false {
		if s.at == len(s.text) {
			return errEnd
		}
		if s.text[s.at] != '"' {
			return errName
		}
		start := s.at
		name, err := s.string()
		if err != nil {
			return err
		}
		if !first && !before(last, name) {
			s.at = start
			return errOrder
		}
		last = name
		if !s.word(":") {
			return errColon
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if done, err := s.next('}'); done || err != nil {
			return err
		}
	}
}

// string takes a string and gives what is between its quotes.
func (s *scanner) string() ([]byte, error) {
	s.at++
	start := s.at
	for {
		s.plain()
		if s.at == len(s.text) {
			return nil, errEnd
		}
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, errControl
		default:
			r, n := utf8.DecodeRune(s.text[s.at:])
			if r == utf8.RuneError && n == 1 {
				return nil, errUTF8
			}
			s.at += n
		}
	}
}

// plain passes over what stands for itself in a string: ASCII but control
// characters, quotes and backslashes. It looks at eight bytes at a time.
func (s *scanner) plain() {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	text, at := s.text, s.at
	for ; at+8 <= len(text); at += 8 {
		x := binary.LittleEndian.Uint64(text[at:])
		// A byte that is less than 0x20, equal to a quote or a backslash has its
		// high bit set in one of these; those above it may have it too.
		control := x - ones*' '
		quote := (x ^ ones*'"') - ones
		slash := (x ^ ones*'\\') - ones
		if found := (control&^x | quote&^(x^ones*'"') | slash&^(x^ones*'\\') | x) & highs; found != 0 {
			s.at = at + bits.TrailingZeros64(found)/8
			return
		}
	}
	for at < len(text) && text[at] >= ' ' && text[at] < utf8.RuneSelf && text[at] != '"' && text[at] != '\\' {
		at++
	}
	s.at = at
}

// escape takes an escape: a short one, or \u00 with two lower-case digits for
// a control character that has none.
func (s *scanner) escape() error {
	rest := s.text[s.at:]
	if len(rest) < 2 {
		return errEnd
	}
	if bytes.IndexByte([]byte(`"\bfnrt`), rest[1]) >= 0 {
		s.at += 2
		return nil
	}
	if len(rest) < 6 || string(rest[:4]) != `\u00` {
		return errEscape
	}
	const digits = "0123456789abcdef"
	high, low := bytes.IndexByte([]byte(digits), rest[4]), bytes.IndexByte([]byte(digits), rest[5])
	if high != 0 && high != 1 || low < 0 || bytes.IndexByte([]byte("\b\f\n\r\t"), byte(high<<4|low)) >= 0 {
		return errEscape
	}
	s.at += 6
	return nil
}

// before reports whether a name stands before another, by UTF-16 code units.
func before(a, b []byte) bool {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		switch {
		case x >= utf8.RuneSelf || y >= utf8.RuneSelf || x == '\\' || y == '\\':
			return beforeInUnits(a, b)
		case x != y:
			return x < y
		}
	}
	return len(a) < len(b)
}

func beforeInUnits(a, b []byte) bool {
	x, y := units(a), units(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return len(x) < len(y)
}

func units(name []byte) []uint16 {
	var text string
	// It was scanned: it is a JSON string.
	_ = json.Unmarshal(append(append([]byte{'"'}, name...), '"'), &text)
	return utf16.Encode([]rune(text))
}
