package trace

import "bytes"

// splitQuoted cuts a line with quoted fields: "a ""b"", c" is one field. The
// line ends the field: a name with a line break in it is refused, so that the
// numbers of lines stay true.
func (p *parser) splitQuoted(line []byte) bool {
	fault := func(at int, message string) bool {
		p.errs.add(Error{File: p.file, Line: p.line, Column: len([]rune(string(line[:at]))) + 1, Message: message})
		return false
	}
	for i := 0; ; {
		p.starts = append(p.starts, i)
		if i == len(line) || line[i] != '"' {
			end := bytes.IndexByte(line[i:], p.layout.sep)
			if end < 0 {
				p.fields = append(p.fields, line[i:])
				return true
			}
			p.fields = append(p.fields, line[i:i+end])
			i += end + 1
			continue
		}
		field := []byte{}
		open := i
		for i++; ; i++ {
			if i == len(line) {
				return fault(open, "the quoted field does not end on its line")
			}
			if line[i] != '"' {
				field = append(field, line[i])
				continue
			}
			if i+1 == len(line) || line[i+1] != '"' {
				break
			}
			field = append(field, '"')
			i++
		}
		p.fields = append(p.fields, field)
		if i++; i == len(line) {
			return true
		}
		if line[i] != p.layout.sep {
			return fault(i, "a quoted field is followed by more text: write \"\" for a quote inside it")
		}
		i++
	}
}
