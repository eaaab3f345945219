package server

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/proviso-dev/proviso/api"
)

// openAPI gives the description of the API (OpenAPI 3.1), made of the routes
// and the types that they take and give.
func (s *Server) openAPI(*call) (any, error) { return s.OpenAPI(), nil }

// OpenAPI is the description of the API as a value for JSON.
func (s *Server) OpenAPI() map[string]any {
	d := describer{schemas: map[string]any{}}
	problem := map[string]any{
		"description": "What is wrong, and what to do (RFC 9457)",
		"content":     map[string]any{"application/problem+json": map[string]any{"schema": d.schema(reflect.TypeFor[api.Problem]())}},
	}
	paths := map[string]any{}
	for _, r := range s.routes() {
		path := strings.ReplaceAll(r.Path, "...", "")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path].(map[string]any)[strings.ToLower(r.Method)] = d.operation(r, problem)
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "Proviso", "version": api.Version, "license": map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
			"description": "The control plane: decides on jobs under permits, records every fact in a ledger that third parties can verify.",
		},
		"paths": paths,
		"components": map[string]any{
			"schemas":         d.schemas,
			"securitySchemes": map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer"}, "certificate": map[string]any{"type": "mutualTLS"}},
		},
		"security": []any{map[string]any{"token": []any{}}, map[string]any{"certificate": []any{}}},
	}
}

type describer struct{ schemas map[string]any }

var placeholder = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

func (d *describer) operation(r route, problem any) map[string]any {
	var parameters []any
	for _, m := range placeholder.FindAllStringSubmatch(r.Path, -1) {
		parameters = append(parameters, map[string]any{"name": m[1], "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	for _, q := range r.Query {
		parameters = append(parameters, map[string]any{"name": q.Name, "in": "query", "description": q.Says, "schema": map[string]any{"type": "string"}})
	}
	for _, h := range r.Header {
		parameters = append(parameters, map[string]any{"name": h.Name, "in": "header", "description": h.Says, "schema": map[string]any{"type": "string"}})
	}
	media := "application/json"
	var schema any = map[string]any{"type": "string"}
	if r.Text != "" {
		media = r.Text
		if media == "application/json" {
			schema = map[string]any{"type": "object"} // its format says what it is of
		}
	} else {
		schema = d.schema(reflect.TypeOf(r.Gives))
	}
	if r.stream != nil && r.Gives != nil {
		d.schema(reflect.TypeOf(r.Gives)) // what an event's data is
	}
	content := map[string]any{media: map[string]any{"schema": schema}}
	for _, m := range r.Media {
		content[m] = map[string]any{"schema": map[string]any{"type": "string"}}
	}
	status := http.StatusText(r.Status)
	op := map[string]any{
		"operationId": r.Name, "summary": r.Summary,
		"responses": map[string]any{
			itoa(r.Status): map[string]any{"description": status, "content": content},
			"default":      problem,
		},
	}
	if len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if r.Takes != nil {
		op["requestBody"] = map[string]any{
			"required": true,
			"content":  map[string]any{"application/json": map[string]any{"schema": d.schema(reflect.TypeOf(r.Takes()).Elem())}},
		}
	}
	if r.open {
		op["security"] = []any{}
	}
	return op
}

func itoa(status int) string {
	return string([]byte{byte('0' + status/100), byte('0' + status/10%10), byte('0' + status%10)})
}

// schema describes a type; named structs stand in the components.
func (d *describer) schema(t reflect.Type) any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{} // any value
	case t.Kind() == reflect.Pointer:
		return d.schema(t.Elem())
	case t.Kind() == reflect.Struct:
		ref := map[string]any{"$ref": "#/components/schemas/" + t.Name()}
		if _, ok := d.schemas[t.Name()]; !ok {
			d.schemas[t.Name()] = nil // it may hold itself
			d.schemas[t.Name()] = d.object(t)
		}
		return ref
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": d.schema(t.Elem())}
	case t.Kind() == reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case t.Kind() == reflect.Interface:
		return map[string]any{}
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return map[string]any{"type": "integer"}
	}
	return map[string]any{"type": "string"}
}

func (d *describer) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	required := []any{}
	d.fields(t, properties, &required)
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func (d *describer) fields(t reflect.Type, properties map[string]any, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			d.fields(f.Type, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		properties[name] = d.schema(f.Type)
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			*required = append(*required, name)
		}
	}
}
