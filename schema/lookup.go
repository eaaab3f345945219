package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/proviso-dev/proviso/internal/spelling"
)

// Field is what a schema says of one field of a document.
type Field struct {
	// Path is the field, such as permit.spec.conditions.limit.
	Path string
	// Type says in words what the value is, such as "list of condition".
	Type string
	// Required is whether the field must be there.
	Required bool
	// Doc is the field's own documentation, TypeDoc that of its type, if it has
	// one of its own.
	Doc, TypeDoc string
	// Enum lists the words that the field takes, if it takes words.
	Enum []string
	// Examples shows how a value is written.
	Examples []string
	// Children are the fields inside, in order.
	Children []Field
}

// node is the part of a schema that the lookup reads.
type node struct {
	Ref         string           `json:"$ref"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Type        any              `json:"type"`
	Const       string           `json:"const"`
	Enum        []string         `json:"enum"`
	Examples    []string         `json:"examples"`
	Items       *node            `json:"items"`
	Properties  orderedNodes     `json:"properties"`
	Additional  json.RawMessage  `json:"additionalProperties"`
	Required    []string         `json:"required"`
	AnyOf       []*node          `json:"anyOf"`
	Defs        map[string]*node `json:"$defs"`
}

// orderedNodes are properties in the order of the file.
type orderedNodes []namedNode

type namedNode struct {
	name string
	node *node
}

// UnmarshalJSON reads an object and keeps its order.
func (o *orderedNodes) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		n := &node{}
		if err := d.Decode(n); err != nil {
			return err
		}
		*o = append(*o, namedNode{fmt.Sprint(name), n})
	}
	return nil
}

func (o orderedNodes) names() []string {
	names := make([]string, len(o))
	for i, n := range o {
		names[i] = n.name
	}
	return names
}

// Lookup finds the field that a path names: a kind in any case, then fields
// with dots between them, such as permit.spec.conditions.limit. Lists are
// looked through; an index in brackets is passed over.
func Lookup(path string) (*Field, error) {
	segments := strings.Split(path, ".")
	data, ok := For(segments[0])
	if !ok || strings.EqualFold(segments[0], "document") {
		return nil, unknown("kind", segments[0], "", kinds())
	}
	root := &node{}
	if err := json.Unmarshal(data, root); err != nil {
		return nil, err
	}
	n, required, done := root, true, strings.ToLower(segments[0])
	for _, s := range segments[1:] {
		s, _, _ = strings.Cut(s, "[")
		inside := root.fields(n)
		next := -1
		for i, c := range inside.Properties {
			if c.name == s {
				next = i
			}
		}
		if next < 0 {
			if len(inside.Properties) == 0 {
				return nil, fmt.Errorf("%s has no fields inside", done)
			}
			return nil, unknown("field", s, done, inside.Properties.names())
		}
		n, required = inside.Properties[next].node, contains(inside.Required, s)
		done += "." + s
	}
	f := root.describe(done, n, required)
	inside := root.fields(n)
	for _, c := range inside.Properties {
		f.Children = append(f.Children, *root.describe(c.name, c.node, contains(inside.Required, c.name)))
	}
	return f, nil
}

func kinds() (all []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".json"); name != "document" {
			all = append(all, name)
		}
	}
	return all
}

func unknown(what, name, in string, known []string) error {
	if in != "" {
		in = in + " has no " + what
	} else {
		in = "there is no " + what
	}
	hint := spelling.Hint(name, known)
	if hint == "" {
		hint = "known are " + strings.Join(known, ", ")
	}
	return fmt.Errorf("%s %q (%s)", in, name, hint)
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}

// resolve follows a reference.
func (r *node) resolve(n *node) *node {
	if d := r.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]; d != nil && n.Ref != "" {
		return d
	}
	return n
}

// fields gives the object with the fields inside a node: through references,
// lists, and the mapping that may be written in place of a single value.
func (r *node) fields(n *node) *node {
	n = r.resolve(n)
	if n.Items != nil {
		return r.fields(n.Items)
	}
	for _, a := range n.AnyOf {
		if len(a.Properties) > 0 {
			return a
		}
	}
	return n
}

func (r *node) describe(path string, n *node, required bool) *Field {
	f := &Field{Path: path, Doc: n.Description, Required: required, Type: r.typeName(n)}
	d := r.resolve(n)
	for d.Items != nil {
		d = r.resolve(d.Items)
	}
	if d != n && len(d.Properties) == 0 {
		f.TypeDoc = d.Description
	}
	f.Enum, f.Examples = d.Enum, d.Examples
	for _, a := range d.AnyOf {
		if s := r.resolve(a); len(s.Properties) == 0 && f.Examples == nil {
			f.Examples = s.Examples
		}
	}
	if n.Const != "" {
		f.Enum = []string{n.Const}
	}
	return f
}

// typeName says in words what a value is.
func (r *node) typeName(n *node) string {
	d := r.resolve(n)
	switch {
	case len(d.Properties) > 0:
		return "mapping"
	case len(d.Enum) > 0:
		return "word"
	case d != n && d.Title != "":
		return d.Title
	case d.Items != nil:
		return "list of " + r.typeName(d.Items) + "s"
	case d.Type == "object":
		value := &node{}
		if err := json.Unmarshal(d.Additional, value); err == nil {
			return "mapping of names to " + r.typeName(value)
		}
		return "mapping"
	case d.Type == "string" || d.Const != "":
		return "text"
	case d.Type == "integer":
		return "whole number"
	case d.Type == "boolean":
		return "true or false"
	case d.Type == nil:
		return "any value"
	}
	return fmt.Sprint(d.Type)
}

// Kinds gives each kind with its documentation, in the order of names.
func Kinds() ([]Field, error) {
	var out []Field
	for _, k := range kinds() {
		f, err := Lookup(k)
		if err != nil {
			return nil, err
		}
		out = append(out, *f)
	}
	return out, nil
}
