package document

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Set changes one field. The path is relative to the document, such as
// spec.conditions.national-share.share.atLeast; the items of a list are
// addressed by their name, by, accelerator or use field, or by their index ([0] or
// .0.). The last segment may name a field that is not written yet, and the
// index one past a list's end appends to it. A value of nil, or a null node,
// removes the field. The header's kind and name cannot be changed.
//
// The value is copied; other clones of the document are not touched.
func (d *Document) Set(path string, value any) error {
	segments := split(path)
	if len(segments) == 0 || segments[0] != "spec" {
		return hinted("paths start with spec, such as spec.valid.until", "%q cannot be changed", path)
	}
	if len(segments) == 1 {
		return hinted("", "spec cannot be replaced as a whole: name a field of it")
	}
	node, err := toNode(value)
	if err != nil {
		return err
	}
	n, before := d.root, ""
	for _, s := range segments[:len(segments)-1] {
		_, next, _ := step(n, s)
		if next == nil {
			return unknownSegment(n, before, s)
		}
		n, before = next, join(before, s)
	}
	return setChild(n, before, segments[len(segments)-1], node)
}

func setChild(n *yaml.Node, before, last string, node *yaml.Node) error {
	key, old, i := step(n, last)
	remove := node == nil || isNull(node)
	switch {
	case n.Kind == yaml.ScalarNode:
		return unknownSegment(n, before, last)
	case old == nil && remove:
		return unknownSegment(n, before, last)
	case n.Kind == yaml.MappingNode && remove:
		n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
	case n.Kind == yaml.SequenceNode && remove:
		n.Content = append(n.Content[:i:i], n.Content[i+1:]...)
	case n.Kind == yaml.MappingNode && old != nil:
		place(node, key)
		n.Content[i+1] = node
	case n.Kind == yaml.SequenceNode && old != nil:
		place(node, old)
		n.Content[i] = node
	case n.Kind == yaml.MappingNode:
		// A field that is not known is found by Decode, which knows the fields.
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: last}
		n.Content = append(n.Content[:len(n.Content):len(n.Content)], key, node)
	case last == strconv.Itoa(len(n.Content)):
		n.Content = append(n.Content[:len(n.Content):len(n.Content)], node)
	default:
		return unknownSegment(n, before, last)
	}
	return nil
}

// place gives a new value the position of what it replaces, so that errors
// about it point into the file that they name.
func place(n, old *yaml.Node) {
	n.Line, n.Column = old.Line, old.Column
	for _, c := range n.Content {
		place(c, old)
	}
}

// toNode turns a value as Decode gives it for a field of type any, or a node,
// into a tree of its own without positions.
func toNode(value any) (*yaml.Node, error) {
	scalar := func(tag, text string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case *yaml.Node:
		n := cloneNode(v)
		if n != nil && n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
			n = n.Content[0]
		}
		if n == nil || n.Kind == 0 {
			return nil, nil
		}
		place(n, &yaml.Node{})
		return n, nil
	case string:
		return scalar("!!str", v), nil
	case bool:
		return scalar("!!bool", strconv.FormatBool(v)), nil
	case int:
		return scalar("!!int", strconv.Itoa(v)), nil
	case int64:
		return scalar("!!int", strconv.FormatInt(v, 10)), nil
	case uint64:
		return scalar("!!int", strconv.FormatUint(v, 10)), nil
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			c, err := toNode(item)
			if err != nil {
				return nil, err
			}
			if c == nil {
				c = scalar("!!null", "null")
			}
			n.Content = append(n.Content, c)
		}
		return n, nil
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		names := make([]string, 0, len(v))
		for k := range v {
			names = append(names, k)
		}
		sort.Strings(names)
		for _, k := range names {
			c, err := toNode(v[k])
			if err != nil {
				return nil, err
			}
			if c == nil {
				c = scalar("!!null", "null")
			}
			n.Content = append(n.Content, scalar("!!str", k), c)
		}
		return n, nil
	}
	return nil, fmt.Errorf("a value of type %s cannot be set", strings.TrimPrefix(fmt.Sprintf("%T", value), "*"))
}
