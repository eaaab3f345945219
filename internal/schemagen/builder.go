package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/proviso-dev/proviso/document"
)

// builder turns Go types into schemas by the rules of document.Decode.
type builder struct {
	docs  comments
	defs  map[string]any
	types map[string]reflect.Type // which type a definition stands for
	order []string
	err   error
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// schema gives the schema of a type: written out for basic types, else a
// reference to its definition.
func (b *builder) schema(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Pointer:
		return b.schema(t.Elem())
	case reflect.Interface:
		return object{}
	case reflect.Slice:
		return object{{"type", "array"}, {"items", b.schema(t.Elem())}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", b.schema(t.Elem())}}
	case reflect.Struct:
		return b.reference(t)
	}
	if t.PkgPath() != "" {
		return b.reference(t)
	}
	switch t.Kind() {
	case reflect.String:
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	case reflect.Uint64:
		return object{{"type", "integer"}, {"minimum", 0}}
	}
	b.fail("no schema for %s", t)
	return nil
}

func (b *builder) reference(t reflect.Type) object {
	name := definitionName(t)
	if known, ok := b.types[name]; !ok {
		b.types[name] = t
		b.order = append(b.order, name)
		b.defs[name] = b.definition(t)
	} else if known != t {
		b.fail("%s and %s have one name", known, t)
	}
	return object{{"$ref", "#/$defs/" + name}}
}

// definitionName is the type's name; a distribution of moments is an
// UncertainMoment.
func definitionName(t reflect.Type) string {
	name, argument, generic := strings.Cut(t.Name(), "[")
	if !generic {
		return name
	}
	argument = strings.TrimSuffix(argument, "]")
	return "Uncertain" + argument[strings.LastIndex(argument, ".")+1:]
}

func (b *builder) definition(t reflect.Type) object {
	doc := b.docs[key(t)]
	if doc == "" {
		b.fail("no doc comment on %s", key(t))
	}
	head := object{{"title", title(t)}, {"description", doc}}
	if document.IsText(t) {
		text, ok := texts[key(t)]
		if !ok {
			b.fail("no pattern for the text of %s", key(t))
		}
		return append(head, text...)
	}
	if words := document.Enum(t); words != nil {
		return append(head, member{"enum", words})
	}
	switch t.Kind() {
	case reflect.String:
		return append(head, member{"type", "string"})
	case reflect.Struct:
	default:
		b.fail("no schema for %s", t)
		return nil
	}
	body := b.structSchema(t)
	if f, ok := document.ScalarField(t); ok {
		return append(head, member{"anyOf", []any{b.schema(f.Type), body}})
	}
	return append(head, body...)
}

func (b *builder) structSchema(t reflect.Type) object {
	var properties object
	required := []string{}
	for _, f := range document.Fields(t) {
		doc := b.docs[key(t)+"."+f.GoName]
		if doc == "" {
			b.fail("no doc comment on %s.%s", key(t), f.GoName)
		}
		p := append(object{{"description", doc}}, b.schema(f.Type)...)
		if f.Required {
			required = append(required, f.Name)
			switch f.Type.Kind() {
			case reflect.String:
				p.set("minLength", 1)
			case reflect.Slice:
				p.set("minItems", 1)
			}
		}
		properties.set(f.Name, p)
	}
	return object{
		{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false},
	}
}
