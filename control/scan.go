package control

import (
	"bytes"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/proviso-dev/proviso/ledger"
)

// scanFact reads the fact of an entry, without the outcome that is recorded with
// it: that is computed again. Submissions, which most entries are, are read by a
// scanner of their own where nothing in them is escaped. A member that it does
// not know, or that is there in another form, shows as a difference when the
// body is written again.
func scanFact(kind string, body []byte) (Fact, error) {
	if kind == "submit" {
		f := new(Submit)
		if s := (memberScanner{text: body}); s.submit(f) {
			return f, nil
		}
	}
	return Parse(kind, body)
}

// memberScanner reads the members of an object in canonical JSON.
type memberScanner struct {
	text []byte
	at   int
}

func (s *memberScanner) submit(f *Submit) bool {
	if !s.byte('{') {
		return false
	}
	var room [24]found
	texts := room[:0]
	for {
		name, ok := s.string()
		if !ok || !s.byte(':') {
			return false
		}
		switch string(name) {
		case "accelerators":
			f.Accelerators, ok = s.list()
		case "sites":
			f.Sites, ok = s.list()
		case "outcome":
			ok = s.skip()
		default:
			into := f.member(string(name))
			if into == nil {
				return false
			}
			var v []byte
			v, ok = s.string()
			texts = append(texts, found{into, v})
		}
		if !ok {
			return false
		}
		if s.byte('}') {
			keep(texts)
			return s.at == len(s.text)
		}
		if !s.byte(',') {
			return false
		}
	}
}

// found is a text and where it belongs.
type found struct {
	into *string
	text []byte
}

// keep copies texts into one piece of memory: jobs keep them, entries are let
// go.
func keep(texts []found) {
	n := 0
	for i := range texts {
		n += len(texts[i].text)
	}
	var b strings.Builder
	b.Grow(n)
	for i := range texts {
		b.Write(texts[i].text)
	}
	all := b.String()
	for i := range texts {
		n := len(texts[i].text)
		*texts[i].into, all = all[:n], all[n:]
	}
}

// open opens the commitments of a submission with what is kept beside its
// entry, without making a [Disclosure] of it. It reports false where anything is
// unusual or wrong: then that is looked at as a whole.
func (s *memberScanner) open(f *Submit) bool {
	var o opened
	var texts [2]found
	n := 0
	if !s.byte('{') {
		return false
	}
	for _, x := range []struct {
		member, commitment string
		into               *string
	}{{"endUser", f.EndUser, &o.endUser}, {"name", f.Name, &o.name}} {
		if x.commitment == "" {
			continue
		}
		if n > 0 && !s.byte(',') {
			return false
		}
		var salt [ledger.SaltSize]byte
		ok := s.byte('"') && s.word(x.member) && s.word(`":{"salt":`)
		digits, plain := s.string()
		if !ok || !plain || len(digits) != 2*len(salt) || !s.word(`,"text":`) {
			return false
		}
		if _, err := hex.Decode(salt[:], digits); err != nil {
			return false
		}
		text, plain := s.string()
		if !plain || !s.byte('}') || !utf8.Valid(text) || !ledger.Opens(x.commitment, salt, string(text)) {
			return false
		}
		texts[n] = found{x.into, text}
		n++
	}
	if !s.byte('}') || s.at != len(s.text) {
		return false
	}
	keep(texts[:n])
	o.known = true
	f.plain.opened = o
	return true
}

// member is where a member that is a text belongs.
func (f *Submit) member(name string) *string {
	switch name {
	case "booking":
		return &f.Booking
	case "by":
		return &f.By
	case "checkpoint":
		return &f.Checkpoint
	case "endUser":
		return &f.EndUser
	case "expected":
		return &f.Expected
	case "holder":
		return &f.Holder
	case "idempotency":
		return &f.Idempotency
	case "kind":
		return &f.JobKind
	case "limit":
		return &f.Limit
	case "max":
		return &f.Max
	case "min":
		return &f.Min
	case "model":
		return &f.Model
	case "name":
		return &f.Name
	case "priority":
		return &f.Priority
	case "purpose":
		return &f.Purpose
	case "tenant":
		return &f.Tenant
	}
	return nil
}

func (s *memberScanner) byte(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *memberScanner) word(w string) bool {
	if len(s.text)-s.at < len(w) || string(s.text[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// string reads a string in which nothing is escaped.
func (s *memberScanner) string() ([]byte, bool) {
	if !s.byte('"') {
		return nil, false
	}
	from := s.at
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[from : s.at-1], true
		case c == '\\' || c < ' ':
			return nil, false
		}
	}
	return nil, false
}

func (s *memberScanner) list() (out []string, ok bool) {
	if !s.byte('[') {
		return nil, false
	}
	for {
		v, ok := s.string()
		if !ok {
			return nil, false
		}
		out = append(out, string(v))
		if s.byte(']') {
			return out, true
		}
		if !s.byte(',') {
			return nil, false
		}
	}
}

// skip passes over an object.
func (s *memberScanner) skip() bool {
	for depth := 0; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '"':
			if !s.quoted() {
				return false
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				s.at++
				return true
			}
		}
	}
	return false
}

// quoted goes to the end of a string, in which characters may be escaped.
func (s *memberScanner) quoted() bool {
	for from := s.at + 1; ; {
		i := bytes.IndexByte(s.text[from:], '"')
		if i < 0 {
			return false
		}
		end, slashes := from+i, 0
		for s.text[end-1-slashes] == '\\' {
			slashes++
		}
		if from = end + 1; slashes%2 == 0 {
			s.at = end
			return true
		}
	}
}
