package document

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Plain gives a document's spec as values that JSON has: mappings, lists,
// text, true and false. Numbers and dates are text, as they are written, so
// that no reader rounds them. Two files that differ in comments, spacing or
// the order of fields give the same values. It refuses null.
func (d *Document) Plain() (map[string]any, error) {
	_, spec := child(d.root, "spec")
	v, err := d.plainNode(spec, "spec")
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, d.Errorf("spec", "must be a mapping of fields")
	}
	return m, nil
}

func (d *Document) plainNode(n *yaml.Node, path string) (any, error) {
	switch {
	case n == nil || isNull(n):
		return nil, d.Errorf(path, "has no value, and so no place in the canonical form")
	case n.Kind == yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := d.plainNode(n.Content[i+1], join(path, n.Content[i].Value))
			if err != nil {
				return nil, err
			}
			m[n.Content[i].Value] = v
		}
		return m, nil
	case n.Kind == yaml.SequenceNode:
		s := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := d.plainNode(c, fmt.Sprintf("%s[%d]", path, i))
			if err != nil {
				return nil, err
			}
			s[i] = v
		}
		return s, nil
	case n.ShortTag() == "!!bool":
		return n.Value == "true", nil
	}
	return n.Value, nil
}
