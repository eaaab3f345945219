package document

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (c *decoder) decodeScalar(n *yaml.Node, v reflect.Value, path string) {
	want := "a single value"
	switch v.Kind() {
	case reflect.String:
		want = "text"
	case reflect.Bool:
		want = "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		want = "a whole number"
	}
	if n.Kind != yaml.ScalarNode {
		c.fail(nil, path, "", "is %s, must be %s", describe(n), want)
		return
	}
	switch v.Kind() {
	case reflect.String:
		c.decodeString(n, v, path)
	case reflect.Bool:
		if n.ShortTag() != "!!bool" || n.Value != "true" && n.Value != "false" {
			c.fail(n, path, "", "is %s, must be %s", describe(n), want)
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, ok := wholeNumber(n)
		if !ok || v.OverflowInt(i) {
			c.fail(n, path, "", "is %s, must be %s", describe(n), want)
			return
		}
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		u, err := strconv.ParseUint(strings.ReplaceAll(n.Value, "_", ""), 10, 64)
		if err != nil || n.ShortTag() != "!!int" || v.OverflowUint(u) {
			c.fail(n, path, "", "is %s, must be %s from 0 on", describe(n), want)
			return
		}
		v.SetUint(u)
	default:
		c.fail(n, path, "", "cannot be read into %s", v.Type())
	}
}

func (c *decoder) decodeString(n *yaml.Node, v reflect.Value, path string) {
	words := Enum(v.Type())
	if words == nil && n.ShortTag() != "!!str" {
		c.fail(n, path, `write "`+shorten(n.Value)+`"`, "is %s, must be text", what(n))
		return
	}
	if words != nil && !contains(words, n.Value) {
		c.fail(n, path, enumHint(n.Value, words), "%q is none of the values that this field has", shorten(n.Value))
		return
	}
	v.SetString(n.Value)
}

// what names the type that YAML sees in a scalar without quotes.
func what(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	}
	return describe(n)
}

// wholeNumber reads a decimal number; 010 and 0x8 mean different things to
// different readers and are refused.
func wholeNumber(n *yaml.Node) (int64, bool) {
	s := strings.ReplaceAll(n.Value, "_", "")
	digits := strings.TrimLeft(s, "+-")
	if n.ShortTag() != "!!int" || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	i, err := strconv.ParseInt(s, 10, 64)
	return i, err == nil && i != math.MinInt64
}

// plain gives a tree as Go values for a field of type any.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		s := make([]any, len(n.Content))
		for i, c := range n.Content {
			s[i] = plain(c)
		}
		return s
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int":
		if i, ok := wholeNumber(n); ok {
			return i
		}
	}
	return n.Value
}
