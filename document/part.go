package document

import (
	"bytes"

	"go.yaml.in/yaml/v4"
)

// Part gives a copy of what is written at a path, or nil. What is put into
// another document by [Document.Put] keeps the order and the form in which it
// was written.
func (d *Document) Part(path string) *yaml.Node { return cloneNode(d.find(path)) }

// Text gives the scalar at a path as it was written, or nothing.
func (d *Document) Text(path string) string {
	if n := d.find(path); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// Put appends a part to the list at a path, which it makes where there is
// none, as item i: errors about it point at the field from.
func (d *Document) Put(path string, i int, part *yaml.Node, from string) {
	part = cloneNode(part)
	line, column := d.place(from)
	place(part, &yaml.Node{Line: line, Column: column})
	list := d.find(path)
	if list == nil {
		parent := d.root
		segments := split(path)
		for _, s := range segments[:len(segments)-1] {
			_, parent, _ = step(parent, s)
		}
		list = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: line, Column: column}
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: segments[len(segments)-1], Line: line, Column: column}
		parent.Content = append(parent.Content[:len(parent.Content):len(parent.Content)], key, list)
	}
	rest := append([]*yaml.Node{part}, list.Content[i:]...)
	list.Content = append(list.Content[:i:i], rest...)
}

// Remove takes a field away, if it is there.
func (d *Document) Remove(path string) {
	if d.Has(path) {
		_ = d.Set(path, nil) // a path that is there can be removed
	}
}

// YAML writes the document as it stands, comments included.
func (d *Document) YAML() ([]byte, error) { return encode(d.root) }

func encode(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// Render writes a part in one form, whatever style and comments it was written
// with; nothing where it is nil.
func Render(part *yaml.Node) ([]byte, error) {
	if part == nil {
		return nil, nil
	}
	n := cloneNode(part)
	unstyle(n)
	return encode(n)
}

func unstyle(n *yaml.Node) {
	n.Style, n.HeadComment, n.LineComment, n.FootComment = 0, "", "", ""
	for _, c := range n.Content {
		unstyle(c)
	}
}
