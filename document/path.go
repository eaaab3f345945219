package document

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/internal/spelling"
)

// itemKeys are the fields by which the items of a list are addressed, in the
// order in which they are tried.
var itemKeys = []string{"name", "by", "accelerator", "use"}

var brackets = strings.NewReplacer("[", ".", "]", "")

// split cuts a path into segments: spec.conditions[0].require and
// spec.conditions.0.require both give spec, conditions, 0, require. An index
// keeps its brackets' meaning only by being a number.
func split(path string) []string {
	path = brackets.Replace(path)
	var out []string
	for _, s := range strings.Split(path, ".") {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// step gives the child of a node that a segment names: a field of a mapping,
// or an item of a list by its index or name. The key is nil for items.
func step(n *yaml.Node, segment string) (key, value *yaml.Node, index int) {
	switch n.Kind {
	case yaml.MappingNode:
		key, value = child(n, segment)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i] == key {
				index = i
			}
		}
		return key, value, index
	case yaml.SequenceNode:
		for _, k := range itemKeys {
			for i, item := range n.Content {
				if _, v := child(item, k); v != nil && v.Kind == yaml.ScalarNode && v.Value == segment {
					return nil, item, i
				}
			}
		}
		for i, item := range n.Content {
			if item.Kind == yaml.ScalarNode && item.Value == segment {
				return nil, item, i
			}
		}
		if i, err := strconv.Atoi(segment); err == nil && i >= 0 && i < len(n.Content) {
			return nil, n.Content[i], i
		}
	}
	return nil, nil, 0
}

// find gives the node at a path, or nil.
func (d *Document) find(path string) *yaml.Node {
	n := d.root
	for _, s := range split(path) {
		if _, n, _ = step(n, s); n == nil {
			return nil
		}
	}
	return n
}

// Has reports whether a field is written.
func (d *Document) Has(path string) bool { return d.find(path) != nil }

// Errorf builds an error at the place of a field such as
// spec.conditions[0].require, or of the nearest field above it that is written.
func (d *Document) Errorf(path, format string, args ...any) *Error {
	e := &Error{File: d.File, Path: path, Message: fmt.Sprintf(format, args...)}
	e.Line, e.Column = d.place(path)
	return e
}

// ErrorIn is Errorf for a place inside the text of a scalar: line and column
// count from 1 in the text, as a parser of expressions counts them.
func (d *Document) ErrorIn(path string, line, column int, format string, args ...any) *Error {
	e := d.Errorf(path, format, args...)
	n := d.find(path)
	if n == nil || n.Kind != yaml.ScalarNode || n.Line == 0 {
		return e
	}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		// The text starts on the next line, indented by what only the file knows.
		e.Line, e.Column = n.Line+line, column
	case line == 1:
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			column++
		}
		e.Column = n.Column + column - 1
	}
	return e
}

// place gives the position of the deepest written node on a path: the value's
// if it is a scalar, else the key's. Values that Set put there have none.
func (d *Document) place(path string) (line, column int) {
	note := func(n *yaml.Node) {
		if n != nil && n.Line > 0 {
			line, column = n.Line, n.Column
		}
	}
	n := d.root
	note(n)
	for _, s := range split(path) {
		key, value, _ := step(n, s)
		if value == nil {
			break
		}
		if value.Kind == yaml.ScalarNode || key == nil {
			note(key)
			note(value)
		} else {
			note(key)
		}
		n = value
	}
	return line, column
}

// unknownSegment explains that a path does not lead on from n.
func unknownSegment(n *yaml.Node, before, segment string) error {
	where := before
	if where == "" {
		where = "the document"
	}
	switch n.Kind {
	case yaml.MappingNode:
		return hinted(spelling.Hint(segment, keys(n)), "%s has no field %q", where, segment)
	case yaml.SequenceNode:
		var names []string
		for _, item := range n.Content {
			for _, k := range itemKeys {
				if _, v := child(item, k); v != nil && v.Kind == yaml.ScalarNode {
					names = append(names, v.Value)
				}
			}
		}
		hint := didYouMean(segment, names, "it has ")
		if len(names) == 0 {
			hint = fmt.Sprintf("it has %d items: write an index from [0] on", len(n.Content))
		}
		return hinted(hint, "%s has no item %q", where, segment)
	}
	return hinted("", "%s is a single value: %q leads nowhere", where, segment)
}

// pathError is an error about a path, with a hint apart from the message.
type pathError struct{ message, hint string }

func hinted(hint, format string, args ...any) error {
	return &pathError{fmt.Sprintf(format, args...), hint}
}

func (e *pathError) Error() string {
	if e.hint == "" {
		return e.message
	}
	return e.message + " (" + e.hint + ")"
}

// Hint gives what was probably meant.
func (e *pathError) Hint() string { return e.hint }
