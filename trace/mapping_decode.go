package trace

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// nodeDecoder fills a struct by its json tags from YAML nodes and remembers
// where each field stands. It knows what a Mapping needs: strings, text
// unmarshalers, structs and lists.
type nodeDecoder struct {
	file   string
	errs   *Errors
	places map[string]*yaml.Node
}

func (d *nodeDecoder) decode(n *yaml.Node, into any) { d.value(n, reflect.ValueOf(into).Elem(), "") }

func (d *nodeDecoder) fault(n *yaml.Node, path, format string, args ...any) {
	e := Error{File: d.file, Field: path, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		e.Line, e.Column = n.Line, n.Column
	}
	d.errs.add(e)
}

// place gives the node of a path, or of the nearest one above that is written.
func (d *nodeDecoder) place(path string) *yaml.Node {
	for path != "" {
		if n := d.places[path]; n != nil {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return d.places[""]
}

func (d *nodeDecoder) value(n *yaml.Node, v reflect.Value, path string) {
	d.places[path] = n
	text, isText := v.Addr().Interface().(encoding.TextUnmarshaler)
	switch {
	case n.Kind == yaml.AliasNode:
		d.fault(n, path, "aliases are not accepted here: write the value itself")
	case isText && n.Kind == yaml.ScalarNode:
		if err := text.UnmarshalText([]byte(n.Value)); err != nil {
			d.fault(n, path, "%v", err)
		}
	case v.Kind() == reflect.String && n.Kind == yaml.ScalarNode:
		v.SetString(n.Value)
	case v.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case v.Kind() == reflect.Struct && !isText && n.Kind == yaml.MappingNode:
		d.fields(n, v, path)
	case v.Kind() == reflect.Struct && !isText && n.Kind == yaml.ScalarNode && v.Type().Field(0).Tag.Get("doc") == "scalar":
		v.Field(0).SetString(n.Value)
	default:
		d.fault(n, path, "is not written as a value of this field can be")
	}
}

func (d *nodeDecoder) fields(n *yaml.Node, v reflect.Value, path string) {
	byName := map[string]reflect.Value{}
	var names []string
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		byName[name], names = v.Field(i), append(names, name)
	}
	written := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		field, ok := byName[name]
		if !ok {
			d.fault(n.Content[i], join(path, name), "is no field: known are %s", strings.Join(names, ", "))
			continue
		}
		written[name] = true
		d.value(n.Content[i+1], field, join(path, name))
	}
	for i, name := range names {
		if v.Type().Field(i).Tag.Get("doc") == "required" && !written[name] {
			d.fault(n, join(path, name), "is required")
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
