package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/proviso-dev/proviso/internal/spelling"
)

// The bounds of a file. Nothing that people write comes near them.
const (
	MaxFileSize  = 16 << 20
	MaxDocuments = 100_000
	MaxDepth     = 64
)

// Read splits a file into its documents and checks their headers. It gives
// every document whose kind and name are known, also beside errors. File is
// the name that errors bear; Read opens nothing.
func Read(file string, data []byte) ([]*Document, Errors) {
	if len(data) > MaxFileSize {
		return nil, Errors{{File: file, Message: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), MaxFileSize)}}
	}
	var docs []*Document
	var errs Errors
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(
		loaderlimits.DepthValue(MaxDepth), loaderlimits.AliasNone())))
	if err != nil {
		return nil, Errors{{File: file, Message: err.Error()}}
	}
	for {
		var node yaml.Node
		err := loader.Load(&node)
		if err == io.EOF {
			break
		}
		if err != nil {
			errs = append(errs, syntaxError(file, err))
			break // what follows a syntax error cannot be trusted
		}
		if len(docs) == MaxDocuments {
			errs = append(errs, &Error{File: file, Message: fmt.Sprintf("the file has more than %d documents", MaxDocuments)})
			break
		}
		root := &node
		if root.Kind == yaml.DocumentNode {
			if len(root.Content) == 0 {
				continue
			}
			root = root.Content[0]
		}
		if root.Kind == 0 || isNull(root) {
			continue // nothing but comments
		}
		doc := &Document{File: file, Version: 1, root: root}
		found, sound := checkTree(doc)
		errs = append(errs, found...)
		if sound {
			errs = append(errs, doc.readHeader()...)
		}
		if doc.Kind != "" && doc.Name != "" {
			docs = append(docs, doc)
		}
	}
	return docs, errs.Sort()
}

func syntaxError(file string, err error) *Error {
	var load *yaml.LoadError
	if errors.As(err, &load) {
		return &Error{File: file, Line: load.Mark.Line, Column: load.Mark.Column, Message: "not YAML: " + oneLine(load.Message)}
	}
	return &Error{File: file, Message: "not YAML: " + oneLine(err.Error())}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// checkTree refuses what makes a tree mean more than is written: anchors and
// aliases, tags, keys that are not plain words, keys written twice.
// A tree that is not sound is not looked at further.
func checkTree(d *Document) (errs Errors, sound bool) {
	at := func(n *yaml.Node, path, hint, format string, args ...any) {
		errs = append(errs, &Error{File: d.File, Line: n.Line, Column: n.Column, Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	var walk func(n *yaml.Node, path string, depth int) bool
	walk = func(n *yaml.Node, path string, depth int) bool {
		if depth > MaxDepth {
			at(n, path, "", "nested more than %d deep", MaxDepth)
			return false
		}
		if n.Anchor != "" || n.Kind == yaml.AliasNode {
			at(n, path, "write the value out", "anchors and aliases are not allowed")
			return false
		}
		if n.Style&yaml.TaggedStyle != 0 {
			at(n, path, "", "the tag %s is not allowed", n.Tag)
			return false
		}
		ok := true
		switch n.Kind {
		case yaml.MappingNode:
			first := map[string]*yaml.Node{}
			for i := 0; i+1 < len(n.Content); i += 2 {
				k := n.Content[i]
				if k.Kind != yaml.ScalarNode || k.Anchor != "" || k.Style&yaml.TaggedStyle != 0 || k.Value == "<<" {
					at(k, path, "", "a key must be a plain word")
					ok = false
					continue
				}
				sub := join(path, k.Value)
				if f := first[k.Value]; f != nil {
					at(k, sub, "", "%q is here twice: first in line %d", k.Value, f.Line)
				} else {
					first[k.Value] = k
				}
				ok = walk(n.Content[i+1], sub, depth+1) && ok
			}
		case yaml.SequenceNode:
			for i, c := range n.Content {
				ok = walk(c, fmt.Sprintf("%s[%d]", path, i), depth+1) && ok
			}
		}
		return ok
	}
	sound = walk(d.root, "", 1)
	return errs, sound
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}

// didYouMean gives the nearest known word, or all of them.
func didYouMean(word string, known []string, list string) string {
	if h := spelling.Hint(word, known); h != "" {
		return h
	}
	if len(known) == 0 || len(known) > 40 {
		return ""
	}
	return list + strings.Join(known, ", ")
}
