package document

import (
	"encoding"
	"reflect"
	"strings"
	"sync"
)

// A Field is what the decoder knows of a struct's field.
type Field struct {
	// Name is the name in YAML: the json tag's.
	Name string
	// Required fields must be there, and not empty.
	Required bool
	// Scalar is set where a plain value in place of the struct is decoded
	// into this field.
	Scalar bool
	// Index is the field's place in the Go struct.
	Index int
	// Type is the Go type.
	Type reflect.Type
	// GoName is the field's name in Go, where its doc comment is found.
	GoName string
}

var fieldCache sync.Map // reflect.Type → []Field

// Fields gives the fields of a struct type that documents can have, in the
// order of the Go type. Tags are json:"name,omitempty", doc:"required" and
// doc:"scalar".
func Fields(t reflect.Type) []Field {
	if c, ok := fieldCache.Load(t); ok {
		return c.([]Field)
	}
	var out []Field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		doc := strings.Split(f.Tag.Get("doc"), ",")
		out = append(out, Field{
			Name: name, Index: i, Type: f.Type, GoName: f.Name,
			Required: contains(doc, "required"), Scalar: contains(doc, "scalar"),
		})
	}
	fieldCache.Store(t, out)
	return out
}

// ScalarField gives the field that a plain value in place of the struct goes
// to, if there is one.
func ScalarField(t reflect.Type) (Field, bool) {
	for _, f := range Fields(t) {
		if f.Scalar {
			return f, true
		}
	}
	return Field{}, false
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

// IsText reports whether values of the type are read from a scalar's text.
func IsText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textType) }

// Enum gives the words that a type allows, by its method Enum() []string, or
// nil.
func Enum(t reflect.Type) []string {
	if t.Kind() != reflect.String {
		return nil
	}
	if e, ok := reflect.Zero(t).Interface().(interface{ Enum() []string }); ok {
		return e.Enum()
	}
	return nil
}

func fieldNames(t reflect.Type) []string {
	fields := Fields(t)
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}
