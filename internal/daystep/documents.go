// Package daystep simulates a small plan one day after another, as naively as
// it can: every sum is added up anew from the list of what ran on which day,
// and every rule is the sentence of the design written down. It is what the
// engine is tested against, and imports nothing of it.
//
// It knows what its examples need and no more: dates on whole days UTC, lengths
// of whole days, certain inputs, at most one lot for a product.
package daystep

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Document is a YAML document.
type Document = map[string]any

// Read reads documents.
func Read(data []byte) ([]Document, error) {
	var out []Document
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var m Document
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
}

// at walks down a document; nil where there is nothing.
func at(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(Document)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

func list(v any, path ...string) []any {
	l, _ := at(v, path...).([]any)
	return l
}

func text(v any, path ...string) string {
	switch x := at(v, path...).(type) {
	case nil:
		return ""
	case time.Time:
		return x.Format(time.DateOnly)
	default:
		return fmt.Sprint(x)
	}
}

func texts(v any, path ...string) []string {
	var out []string
	for _, x := range list(v, path...) {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

// whole reads a number, 0 where there is none.
func whole(v any, path ...string) int {
	s := text(v, path...)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	must(err, s)
	return n
}

// hours reads 48h, 2d or 1w in hours.
func hours(v any, path ...string) int {
	s := text(v, path...)
	if s == "" {
		return 0
	}
	unit := map[byte]int{'h': 1, 'd': 24, 'w': 168}[s[len(s)-1]]
	n, err := strconv.Atoi(s[:len(s)-1])
	must(err, s)
	return n * unit
}

// days reads a length that must be whole days.
func days(v any, path ...string) int {
	h := hours(v, path...)
	if h%24 != 0 {
		panic(fmt.Errorf("%s is not a whole number of days", text(v, path...)))
	}
	return h / 24
}

// ratio reads 30% or 2 as a fraction.
func ratio(v any, path ...string) (num, den int) {
	s := text(v, path...)
	den = 1
	if strings.HasSuffix(s, "%") {
		s, den = s[:len(s)-1], 100
	}
	num, err := strconv.Atoi(s)
	must(err, s)
	return num, den
}

func must(err error, what string) {
	if err != nil {
		panic(fmt.Errorf("%q: %w", what, err))
	}
}

// holds evaluates a predicate: comparisons with ==, != and >, joined by && and ||.
func holds(predicate string, names map[string]string) bool {
	if predicate == "" {
		return true
	}
	for _, any := range strings.Split(predicate, "||") {
		all := true
		for _, p := range strings.Split(any, "&&") {
			all = all && compare(strings.TrimSpace(p), names)
		}
		if all {
			return true
		}
	}
	return false
}

func compare(p string, names map[string]string) bool {
	value := func(s string) string {
		s = strings.TrimSpace(s)
		if v, ok := names[s]; ok {
			return v
		}
		if strings.HasPrefix(s, `"`) {
			return strings.Trim(s, `"`)
		}
		if _, err := strconv.Atoi(s); err != nil && s != "true" && s != "false" {
			panic(fmt.Errorf("the stepper knows no %s", s))
		}
		return s
	}
	if a, b, ok := strings.Cut(p, "=="); ok {
		return value(a) == value(b)
	}
	if a, b, ok := strings.Cut(p, "!="); ok {
		return value(a) != value(b)
	}
	if a, b, ok := strings.Cut(p, ">"); ok {
		x, _ := strconv.Atoi(value(a))
		y, _ := strconv.Atoi(value(b))
		return x > y
	}
	if rest, ok := strings.CutPrefix(p, "!"); ok {
		return value(rest) != "true"
	}
	return value(p) == "true"
}
