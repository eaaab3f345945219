package trace

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// The bounds of what is read. A line beyond them is no job of any scheduler,
// and a file beyond them is a mistake or an attack.
const (
	maxLine = 64 << 10
	maxRows = 50_000_000
)

// Read reads a file of recorded jobs, compressed by gzip or not, and says by
// the mapping what its accounts stand for. The error is an *Errors that names
// the place of every fault.
func Read(file string, m *Mapping) (*Trace, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	defer f.Close()
	return Parse(file, f, m)
}

// Parse reads recorded jobs as Read does; file is the name for messages.
func Parse(file string, r io.Reader, m *Mapping) (*Trace, error) {
	p := &parser{file: file, mapping: m, errs: &Errors{}, accounts: newAccounts(m), trace: &Trace{}}
	if faults := m.Check(); len(faults) > 0 {
		for _, f := range faults {
			p.errs.add(Error{File: file, Field: "mapping: " + f.Path, Message: f.Message})
		}
		return nil, p.errs
	}
	in := bufio.NewReaderSize(r, maxLine)
	// Two bytes tell gzip from text more surely than a name does.
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("read trace %s: %w", file, err)
		}
		defer z.Close()
		in = bufio.NewReaderSize(z, maxLine)
	}
	if err := p.lines(in); err != nil {
		return nil, fmt.Errorf("read trace %s: %w", file, err)
	}
	if p.layout == nil && len(p.errs.List) == 0 {
		p.errs.add(Error{File: file, Message: "is empty: a trace starts with a header line"})
	}
	if err := p.errs.orNil(); err != nil {
		return nil, err
	}
	return p.finish()
}

// lines hands every line to the header or the rows. The error is about
// reading itself.
func (p *parser) lines(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			p.line++
			p.errs.add(Error{File: p.file, Line: p.line, Message: fmt.Sprintf("the line is longer than %d bytes", maxLine)})
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		if len(line) > 0 {
			p.line++
			if !p.one(bytes.TrimRight(line, "\r\n")) {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// one takes one line; false ends the reading.
func (p *parser) one(line []byte) bool {
	if p.line == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		return true
	case p.layout == nil:
		return p.header(line)
	case p.rows == maxRows:
		p.errs.add(Error{File: p.file, Line: p.line, Message: fmt.Sprintf("the trace has more than %s rows", grouped(maxRows))})
		return false
	}
	p.rows++
	if p.split(line) {
		p.layout.row(p)
	}
	return true
}
