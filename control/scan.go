package control

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
			*into = string(v)
		}
		if !ok {
			return false
		}
		if s.byte('}') {
			return s.at == len(s.text)
		}
		if !s.byte(',') {
			return false
		}
	}
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

// string reads a string in which nothing is escaped.
func (s *memberScanner) string() ([]byte, bool) {
	if !s.byte('"') {
		return nil, false
	}
	for from := s.at; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '"':
			s.at++
			return s.text[from : s.at-1], true
		case '\\':
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
	depth, quoted := 0, false
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case quoted && c == '\\':
			s.at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				s.at++
				return true
			}
		}
	}
	return false
}
