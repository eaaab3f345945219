package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is something wrong at a place in a file.
type Error struct {
	// File is the name that Read was given.
	File string
	// Line and Column count from 1; 0 when the place is not known.
	Line, Column int
	// Path is the field, such as spec.conditions[2].limit.atMost.
	Path string
	// Message says what is wrong; Hint, if there is one, what to do.
	Message, Hint string
}

// Error gives place, field, message and hint in one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, max(e.Column, 1))
		}
		b.WriteString(": ")
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Errors is all that is wrong, by file and place.
type Errors []*Error

// Error gives each error on a line of its own.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, x := range e {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// Sort orders the errors by file, place and field, and drops repetitions.
// Files stand in the order of their names.
func (e Errors) Sort() Errors {
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(e, func(a, b *Error) bool { return *a == *b })
}

// Err gives the errors as an error, or nil if there are none.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// hinter is an error that knows what was probably meant.
type hinter interface{ Hint() string }
