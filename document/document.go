// Package document reads files of documents: YAML with positions, strict
// decoding into Go types, changes to single fields. It knows no kind of
// document.
//
// A document is a mapping of apiVersion, kind, metadata and spec, as in
// Kubernetes. Its spec decodes into a Go value by that value's json tags, doc
// tags, UnmarshalText and Enum methods; see [Document.Decode].
package document

import "go.yaml.in/yaml/v4"

// APIVersion is the one version of documents that is known.
const APIVersion = "proviso.dev/v1alpha1"

// Document is one YAML document of a file.
type Document struct {
	File    string
	Kind    string
	Name    string
	Version int

	root *yaml.Node // a mapping; shared by nobody that changes it
}

// Clone gives a copy that shares nothing with the original.
func (d *Document) Clone() *Document {
	c := *d
	c.root = cloneNode(d.root)
	return &c
}

// cloneNode copies a tree. There are no aliases in it: Read refuses them.
func cloneNode(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = cloneNode(child)
	}
	return &c
}

// child gives the key and the value of a field of a mapping, or nil.
func child(n *yaml.Node, field string) (key, value *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == field {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// keys gives the fields of a mapping in the order in which they stand.
func keys(n *yaml.Node) []string {
	var all []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, n.Content[i].Value)
	}
	return all
}

// isNull reports whether a node says null or nothing.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
