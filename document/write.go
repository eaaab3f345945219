package document

import (
	"encoding/json"

	"go.yaml.in/yaml/v4"
)

// Write gives a document of a kind as YAML, its fields in the order of the Go
// type.
func Write(kind, name string, spec any) ([]byte, error) {
	data, err := json.Marshal(struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   any    `json:"metadata"`
		Spec       any    `json:"spec"`
	}{APIVersion, kind, struct {
		Name string `json:"name"`
	}{name}, spec})
	if err != nil {
		return nil, err
	}
	// JSON is YAML, and reading it as such keeps the order of fields.
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		return nil, err
	}
	plainStyle(&n, 0)
	return yaml.Marshal(&n)
}

// plainStyle drops the quotes that are not needed, and writes what lies deep
// on one line.
func plainStyle(n *yaml.Node, depth int) {
	n.Style = 0
	if n.Kind == yaml.MappingNode && depth > 5 {
		n.Style = yaml.FlowStyle
	}
	for _, c := range n.Content {
		plainStyle(c, depth+1)
	}
}
