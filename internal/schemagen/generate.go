package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
)

const base = "https://proviso.dev/schema/v1alpha1/"

// generate gives every file by its name.
func generate(root string) (map[string][]byte, error) {
	docs, err := readComments(root, "catalog", "regime", "permit", "work", "fleet", "calendar", "quantity")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var choices []any
	for _, kind := range catalog.Kinds {
		name := strings.ToLower(kind) + ".json"
		if files[name], err = kindSchema(kind, docs); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		choices = append(choices, object{
			{"if", object{{"properties", object{{"kind", object{{"const", kind}}}}}}},
			{"then", object{{"$ref", name}}},
		})
	}
	files["document.json"], err = format(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", base + "document.json"},
		{"title", "A document of Proviso, of any kind"},
		{"type", "object"},
		{"required", []string{"apiVersion", "kind", "metadata", "spec"}},
		{"properties", object{{"kind", object{{"description", "The kind of document."}, {"enum", catalog.Kinds}}}}},
		{"allOf", choices},
	})
	return files, err
}

func kindSchema(kind string, docs comments) ([]byte, error) {
	t := reflect.TypeOf(catalog.New(kind)).Elem()
	b := &builder{docs: docs, defs: map[string]any{}, types: map[string]reflect.Type{}}
	spec := b.structSchema(t)
	doc := docs[key(t)]
	if doc == "" {
		return nil, fmt.Errorf("no doc comment on %s", key(t))
	}
	var defs object
	for _, name := range b.order {
		defs.set(name, b.defs[name])
	}
	if b.err != nil {
		return nil, b.err
	}
	meta := object{
		{"description", "What the document is called."},
		{"type", "object"},
		{"properties", object{
			{"name", object{
				{"description", "The name that other documents refer to: lower-case letters, digits and dashes."},
				{"type", "string"}, {"pattern", "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"},
			}},
			{"version", object{
				{"description", "Counts the amendments of the document, from 1 on; 1 when absent."},
				{"type", "integer"}, {"minimum", 1},
			}},
		}},
		{"required", []string{"name"}},
		{"additionalProperties", false},
	}
	return format(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", base + strings.ToLower(kind) + ".json"},
		{"title", kind},
		{"description", doc},
		{"type", "object"},
		{"properties", object{
			{"apiVersion", object{{"description", "The version of the documents' format."}, {"const", document.APIVersion}}},
			{"kind", object{{"description", "The kind of document."}, {"const", kind}}},
			{"metadata", meta},
			{"spec", append(object{{"description", doc}}, spec...)},
		}},
		{"required", []string{"apiVersion", "kind", "metadata", "spec"}},
		{"additionalProperties", false},
		{"$defs", defs},
	})
}

// key is a type's name as comments have it: permit.Limit.
func key(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	path := t.PkgPath()
	return path[strings.LastIndex(path, "/")+1:] + "." + name
}
