package trace

import (
	"fmt"
	"strings"
)

// Error is one fault of a trace or a mapping, at its place.
type Error struct {
	File string
	// Line and Column count from 1, columns in characters; 0 when the fault
	// has no place.
	Line, Column int
	// Field is the column or the path of the field; empty for a whole line.
	Field string
	// Message says what is wrong and what to write instead.
	Message string
}

// Error gives "file:line:column: field: message".
func (e Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ":%d", e.Column)
		}
	}
	b.WriteString(": ")
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	return b.String() + e.Message
}

// MaxErrors is how many faults are kept and shown; the rest is counted. A
// record with the wrong separator has a fault in every line.
const MaxErrors = 100

// Errors are the faults of one file, in the order of their places.
type Errors struct {
	// List holds the first MaxErrors faults.
	List []Error
	// More counts the faults beyond them.
	More int64
}

// Error gives one line for each fault.
func (e *Errors) Error() string {
	lines := make([]string, 0, len(e.List)+1)
	for _, one := range e.List {
		lines = append(lines, one.Error())
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", grouped(e.More)))
	}
	return strings.Join(lines, "\n")
}

// add keeps or counts a fault.
func (e *Errors) add(one Error) {
	if len(e.List) < MaxErrors {
		e.List = append(e.List, one)
		return
	}
	e.More++
}

// orNil is the faults as an error, nil without any.
func (e *Errors) orNil() error {
	if len(e.List) == 0 {
		return nil
	}
	return e
}
