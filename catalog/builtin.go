package catalog

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/fleet"
)

//go:embed builtin/accelerators.yaml
var acceleratorsYAML []byte

// BuiltinAccelerators gives the accelerators that ship with the program, in
// the order of their file.
func BuiltinAccelerators() ([]Entry[fleet.Accelerator], error) {
	var entries []Entry[fleet.Accelerator]
	dec := yaml.NewDecoder(bytes.NewReader(acceleratorsYAML))
	for {
		var doc yaml.Node
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			return entries, nil
		} else if err != nil {
			return nil, fmt.Errorf("built-in accelerators: %w", err)
		}
		e, err := decodeAccelerator(&doc)
		if err != nil {
			return nil, fmt.Errorf("built-in accelerators, line %d: %w", doc.Content[0].Line, err)
		}
		entries = append(entries, e)
	}
}

func decodeAccelerator(doc *yaml.Node) (e Entry[fleet.Accelerator], err error) {
	b, err := json.Marshal(plain(doc.Content[0]))
	if err != nil {
		return e, err
	}
	var body struct {
		APIVersion, Kind string
		Metadata         struct{ Name, Version string }
		Spec             fleet.Accelerator
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return e, err
	}
	if body.APIVersion != "proviso.dev/v1alpha1" || body.Kind != "Accelerator" {
		return e, fmt.Errorf("%s %s is not an accelerator", body.APIVersion, body.Kind)
	}
	e.Name, e.Spec = body.Metadata.Name, body.Spec
	e.Version, err = strconv.Atoi(body.Metadata.Version)
	return e, err
}

// plain turns a YAML tree into maps, lists and text. Numbers stay as written,
// because amounts are exact and read from text.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			list = append(list, plain(c))
		}
		return list
	}
	return n.Value
}
