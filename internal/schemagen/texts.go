package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/proviso-dev/proviso/quantity"
)

// texts are the schemas of types that are read from text. They accept at
// least what the types' UnmarshalText accepts.
var texts = map[string]object{
	"quantity.Amount": {
		{"type", []string{"string", "number"}}, {"minimum", 0},
		{"pattern", `^\s*\+?[0-9.][0-9_,.]*([eE][-+]?[0-9]{1,3})?\s*(` + strings.Join(longestFirst(quantity.Units()), "|") + `)?\s*$`},
		{"examples", []string{"5000h", "120MW", "1e26", "80000"}},
	},
	"quantity.Ratio": {
		{"type", []string{"string", "number"}}, {"minimum", 0},
		{"pattern", `^\s*\+?[0-9.][0-9_,.]*([eE][-+]?[0-9]{1,3})?\s*%?\s*$`},
		{"examples", []string{"30%", "0.3"}},
	},
	"quantity.Duration": {
		{"type", []string{"string", "integer"}}, {"maximum", 0}, {"minimum", 0},
		{"pattern", `^\s*(0|([0-9.][0-9_.]*(ms|w|d|h|m|s)\s*)+)\s*$`},
		{"examples", []string{"30d", "72h", "90m", "1d12h"}},
	},
	"calendar.Moment": {
		{"type", "string"},
		{"pattern", `^(19|20|21|22)[0-9]{2}-[0-9]{2}-[0-9]{2}(T.+)?$`},
		{"examples", []string{"2026-02-10", "2026-02-10T12:00:00+08:00"}},
	},
}

// longestFirst orders words so that none hides a longer one in a pattern.
func longestFirst(words []string) []string {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// title names a type in plain words, for people who read the schema.
func title(t reflect.Type) string {
	name := definitionName(t)
	if words, ok := titles[name]; ok {
		return words
	}
	return strings.ToLower(name[:1]) + name[1:]
}

var titles = map[string]string{
	"Amount":            "amount with a unit",
	"Ratio":             "ratio",
	"Duration":          "length of time",
	"Moment":            "date or instant",
	"Expression":        "CEL expression",
	"Size":              "number of devices",
	"Window":            "window",
	"UncertainMoment":   "date or instant, may be uncertain",
	"UncertainDuration": "length of time, may be uncertain",
	"UncertainAmount":   "amount, may be uncertain",
	"Basis":             "basis",
}
