package regime

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// Parameter is what a permit may set of a regime.
type Parameter struct {
	// The name by which clauses refer to it, as ${name}.
	Name string `json:"name" doc:"required"`
	// What kind of value it is.
	Type Type `json:"type" doc:"required"`
	// What it means.
	Meaning Words `json:"meaning" doc:"required"`
	// Of an amount: what it measures, which says the units that it may be written in.
	Measure permit.Measure `json:"measure,omitempty"`
	// The value where a permit sets none. Without a default the value is open: a permit that takes a clause with it must set it.
	Default any `json:"default,omitempty"`
	// The least value.
	AtLeast any `json:"atLeast,omitempty"`
	// The greatest value.
	AtMost any `json:"atMost,omitempty"`
	// The words that a text may be.
	OneOf []string `json:"oneOf,omitempty"`
}

// Type is what kind of value a parameter has.
type Type string

// The types. Ratio, Amount, Count, Length, Window,
// Date and Texts are figures: a
// clause with one that the permit sets is only as sure as the permit's own
// value. The others name things.
const (
	Ratio       Type = "ratio"       // 30%
	Amount      Type = "amount"      // 5000h, 120MW: in the units of its measure
	Count       Type = "count"       // a whole number, 75_000
	Length      Type = "duration"    // 30d
	Window      Type = "window"      // month, quarter, half, year, life, 30d
	Date        Type = "date"        // 2026-05-01
	Texts       Type = "texts"       // a list of words
	Text        Type = "text"        // a word, such as the name of an end user
	Name        Type = "name"        // the name of a clause
	Accelerator Type = "accelerator" // a product
	Fact        Type = "fact"        // a fact
	Authorities Type = "authorities" // a list of authorities
)

// Enum lists the types.
func (Type) Enum() []string {
	return []string{"ratio", "amount", "count", "duration", "window", "date", "texts", "text", "name", "accelerator", "fact", "authorities"}
}

// figure reports whether values of the type are figures that someone judged.
func (t Type) figure() bool {
	switch t {
	case Text, Name, Accelerator, Fact, Authorities:
		return false
	}
	return true
}

// list reports whether values are lists.
func (t Type) list() bool { return t == Texts || t == Authorities }

// Value is a parameter's value in a permit.
type Value struct {
	Parameter *Parameter
	// Text is the value as it was written; Words are those of a list.
	Text  string
	Words []string
	// Given says that the permit sets it.
	Given bool
}

// String gives the value as it was written.
func (v Value) String() string {
	if v.Parameter.Type.list() {
		return strings.Join(v.Words, ", ")
	}
	return v.Text
}

// valueError says what is wrong with a value, with a hint apart.
type valueError struct{ message, hint string }

func (e *valueError) Error() string { return e.message }

// read checks a value by the parameter's type and range.
func (p *Parameter) read(x any) (Value, *valueError) {
	v := Value{Parameter: p}
	if p.Type.list() {
		items, ok := x.([]any)
		if !ok {
			return v, &valueError{fmt.Sprintf("is %s, must be a list of words", say(x)), "write [ ] around it"}
		}
		for _, item := range items {
			s, ok := item.(string)
			if !ok || s == "" {
				return v, &valueError{fmt.Sprintf("%s in the list is no word", say(item)), "write it in quotes"}
			}
			v.Words = append(v.Words, s)
		}
		if len(v.Words) == 0 {
			return v, &valueError{"the list is empty", ""}
		}
		return v, nil
	}
	switch t := x.(type) {
	case string:
		v.Text = t
	case int64:
		if p.Type == Text || p.Type == Name {
			return v, &valueError{fmt.Sprintf("is the number %d, must be a word", t), fmt.Sprintf("write %q", strconv.FormatInt(t, 10))}
		}
		v.Text = strconv.FormatInt(t, 10)
	default:
		return v, &valueError{fmt.Sprintf("is %s, must be %s", say(x), p.Type), ""}
	}
	if v.Text == "" {
		return v, &valueError{"is empty", ""}
	}
	if len(p.OneOf) > 0 {
		known := false
		for _, w := range p.OneOf {
			known = known || w == v.Text
		}
		if !known {
			hint := spelling.Hint(v.Text, p.OneOf)
			if hint == "" {
				hint = "write one of " + strings.Join(p.OneOf, ", ")
			}
			return v, &valueError{fmt.Sprintf("%q is none of its values", v.Text), hint}
		}
	}
	size, err := p.size(v.Text)
	if err != nil {
		return v, &valueError{message: err.Error()}
	}
	return v, p.within(v.Text, size)
}

// within checks the range.
func (p *Parameter) within(text string, size *big.Rat) *valueError {
	for _, b := range []struct {
		bound any
		words string
		sign  int
	}{{p.AtLeast, "below the least value", -1}, {p.AtMost, "above the greatest value", 1}} {
		if b.bound == nil || size == nil {
			continue
		}
		bound, err := p.size(fmt.Sprint(b.bound))
		if err != nil {
			return &valueError{message: fmt.Sprintf("the range of the parameter: %s", err)}
		}
		if size.Cmp(bound) == b.sign {
			return &valueError{fmt.Sprintf("%s is %s, %v", text, b.words, b.bound), "write " + p.Range()}
		}
	}
	return nil
}

// Range says what values there are.
func (p *Parameter) Range() string {
	switch {
	case len(p.OneOf) > 0:
		return strings.Join(p.OneOf, ", ")
	case p.AtLeast != nil && p.AtMost != nil:
		return fmt.Sprintf("%v to %v", p.AtLeast, p.AtMost)
	case p.AtLeast != nil:
		return fmt.Sprintf("at least %v", p.AtLeast)
	case p.AtMost != nil:
		return fmt.Sprintf("at most %v", p.AtMost)
	}
	return "any " + string(p.Type)
}

// size parses a value by the type; it is nil for what has no size.
func (p *Parameter) size(text string) (*big.Rat, error) {
	switch p.Type {
	case Ratio:
		r, err := quantity.ParseRatio(text)
		if err != nil {
			return nil, err
		}
		return big.NewRat(r.Num, r.Den), nil
	case Amount, Count:
		a, err := quantity.ParseAmount(text)
		if err != nil {
			return nil, err
		}
		unit := quantity.Count
		if p.Type == Amount {
			unit = p.Measure.Unit()
		}
		n, err := a.In(unit)
		if err != nil {
			return nil, err
		}
		return new(big.Rat).SetInt(n), nil
	case Length:
		d, err := quantity.ParseDuration(text)
		return new(big.Rat).SetInt64(int64(d)), err
	case Window:
		_, _, err := calendar.Window{Text: text}.Kind()
		return nil, err
	case Date:
		var m calendar.Moment
		return nil, m.UnmarshalText([]byte(text))
	}
	return nil, nil
}

// say describes a value for "is X, must be Y".
func say(x any) string {
	switch t := x.(type) {
	case nil:
		return "null"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	case string:
		return strconv.Quote(t)
	}
	return fmt.Sprint(x)
}
