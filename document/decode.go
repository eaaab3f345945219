package document

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/internal/spelling"
)

// Decode reads the document's spec into v, a pointer to a struct, and gives
// all that is wrong with it, not only the first. It goes by the Go types:
//
//   - a struct is a mapping of the fields that its json tags name, no others;
//     those with doc:"required" must be there and not empty; where a field has
//     doc:"scalar", a plain value in place of the mapping goes to that field
//   - a type with UnmarshalText reads a plain value's text
//   - a string type with Enum() []string takes one of these words
//   - strings must be strings in YAML: version: "12", not 12
//   - whole numbers are decimal: 8192 or 8_192
//   - a map has any keys; any takes nil, bool, int64, string, []any and
//     map[string]any, and numbers with a fraction or exponent as their text
//   - null is refused, save for any: a field that has no value is left out
func (d *Document) Decode(v any) Errors {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.Elem().Kind() != reflect.Struct {
		return Errors{d.Errorf("", "cannot decode into %T: not a pointer to a struct", v)}
	}
	_, spec := child(d.root, "spec")
	if spec == nil || spec.Kind != yaml.MappingNode {
		return nil // Read has said so
	}
	c := decoder{doc: d}
	c.decode(spec, target.Elem(), "spec")
	return c.errs.Sort()
}

type decoder struct {
	doc  *Document
	errs Errors
}

func (c *decoder) fail(n *yaml.Node, path, hint, format string, args ...any) {
	e := c.doc.Errorf(path, format, args...)
	if n != nil && n.Line > 0 {
		e.Line, e.Column = n.Line, n.Column
	}
	e.Hint = hint
	c.errs = append(c.errs, e)
}

// describe says what a node is, for "is X, must be Y".
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if isNull(n) {
		return "null"
	}
	return fmt.Sprintf("%q", shorten(n.Value))
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

func (c *decoder) decode(n *yaml.Node, v reflect.Value, path string) {
	t := v.Type()
	if t.Kind() == reflect.Interface {
		v.Set(reflect.ValueOf(&[]any{plain(n)}[0]).Elem())
		return
	}
	if isNull(n) {
		c.fail(nil, path, "give it a value or leave the field out", "has no value")
		return
	}
	if t.Kind() == reflect.Pointer {
		p := reflect.New(t.Elem())
		c.decode(n, p.Elem(), path)
		v.Set(p)
		return
	}
	if IsText(t) {
		c.decodeText(n, v, path)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		c.decodeStruct(n, v, path)
	case reflect.Slice:
		c.decodeSlice(n, v, path)
	case reflect.Map:
		c.decodeMap(n, v, path)
	default:
		c.decodeScalar(n, v, path)
	}
}

func (c *decoder) decodeText(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		c.fail(nil, path, "", "is %s, must be a single value", describe(n))
		return
	}
	err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value))
	if err == nil {
		return
	}
	hint, message := "", err.Error()
	var h hinter
	if errors.As(err, &h) {
		hint = h.Hint()
		message = strings.TrimSuffix(message, " ("+hint+")")
	}
	c.fail(n, path, hint, "%s", message)
}

func (c *decoder) decodeStruct(n *yaml.Node, v reflect.Value, path string) {
	t := v.Type()
	if n.Kind == yaml.ScalarNode {
		if f, ok := ScalarField(t); ok {
			c.decode(n, v.Field(f.Index), path)
			return
		}
	}
	if n.Kind != yaml.MappingNode {
		c.fail(nil, path, "its fields are "+strings.Join(fieldNames(t), ", "), "is %s, must be a mapping of fields", describe(n))
		return
	}
	fields := Fields(t)
	seen, given := map[string]bool{}, map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		sub := join(path, key.Value)
		var field *Field
		for j := range fields {
			if fields[j].Name == key.Value {
				field = &fields[j]
			}
		}
		if field == nil {
			c.fail(key, sub, didYouMean(key.Value, fieldNames(t), "known are "), "unknown field %q", shorten(key.Value))
			// The field that was meant is not missing as well.
			given[spelling.Nearest(key.Value, fieldNames(t))] = true
			continue
		}
		if seen[field.Name] {
			continue // a duplicate: Read has said so
		}
		seen[field.Name], given[field.Name] = true, true
		before := len(c.errs)
		c.decode(value, v.Field(field.Index), sub)
		if field.Required && len(c.errs) == before && empty(value) {
			c.fail(nil, sub, "", "is empty")
		}
	}
	for _, f := range fields {
		if f.Required && !given[f.Name] {
			c.fail(nil, path, "", "missing field %s", f.Name)
		}
	}
}

// empty reports whether a value says nothing, which a required field must.
func empty(n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		return n.Value == ""
	}
	return len(n.Content) == 0
}

func (c *decoder) decodeSlice(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		c.fail(nil, path, "write [ ] around it", "is %s, must be a list", describe(n))
		return
	}
	s := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		c.decode(item, s.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(s)
}

func (c *decoder) decodeMap(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		c.fail(nil, path, "", "is %s, must be a mapping", describe(n))
		return
	}
	m := reflect.MakeMap(v.Type())
	for i := 0; i+1 < len(n.Content); i += 2 {
		value := reflect.New(v.Type().Elem()).Elem()
		c.decode(n.Content[i+1], value, join(path, n.Content[i].Value))
		m.SetMapIndex(reflect.ValueOf(n.Content[i].Value).Convert(v.Type().Key()), value)
	}
	v.Set(m)
}

func enumHint(word string, words []string) string {
	if h := spelling.Hint(word, words); h != "" {
		return h
	}
	return "write " + strings.Join(words, ", ")
}
