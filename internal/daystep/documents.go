// Package daystep simulates a small plan one day, or a stated part of one, after
// another, as naively as it can: every sum is added up anew from the list of
// what ran on which day, and every rule is the sentence of the design written
// down. It is what the engine is tested against, and imports nothing of it.
//
// It knows what its examples need and no more: dates on whole days UTC, lengths
// of whole steps, certain inputs, work that fits the devices of one kind at one
// site. What it does not know makes it panic, so that no test passes by it.
package daystep

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
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
	case string:
		return x
	case int:
		return strconv.Itoa(x)
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

// ratio reads 30%, 1.25 or 20% × 50% as a fraction.
func ratio(v any, path ...string) (num, den int) {
	all := big.NewRat(1, 1)
	for _, s := range strings.Split(text(v, path...), " × ") {
		r, ok := new(big.Rat).SetString(strings.TrimSuffix(s, "%"))
		if !ok {
			panic(fmt.Errorf("%q is not a ratio", s))
		}
		if strings.HasSuffix(s, "%") {
			r.Quo(r, big.NewRat(100, 1))
		}
		all.Mul(all, r)
	}
	return int(all.Num().Int64()), int(all.Denom().Int64())
}

func must(err error, what string) {
	if err != nil {
		panic(fmt.Errorf("%q: %w", what, err))
	}
}
