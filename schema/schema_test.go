package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/document"
)

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	names, err := fs.Glob(Files(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("https://proviso.dev/schema/v1alpha1/"+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("https://proviso.dev/schema/v1alpha1/document.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain gives a tree as a JSON decoder would, numbers kept exact.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return plain(n.Content[0])
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		s := []any{}
		for _, c := range n.Content {
			s = append(s, plain(c))
		}
		return s
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		return json.Number(strings.ReplaceAll(n.Value, "_", ""))
	}
	return n.Value
}

func parse(t *testing.T, data []byte) (all []any) {
	t.Helper()
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for {
		var n yaml.Node
		if err := loader.Load(&n); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, plain(&n))
	}
}

// TestExamplesValidate requires that what the loader accepts is valid.
func TestExamplesValidate(t *testing.T) {
	s := compile(t)
	files, err := filepath.Glob("../examples/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	files = append(files, "../catalog/builtin/accelerators.yaml", "testdata/spellings.yaml")
	n := 0
	for _, f := range files {
		if strings.HasSuffix(f, ".mapping.yaml") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		docs, errs := document.Read(f, data)
		for _, d := range docs {
			errs = append(errs, d.Decode(catalog.New(d.Kind))...)
		}
		if len(errs) > 0 {
			t.Fatalf("the loader refuses %s:\n%v", f, errs)
		}
		for i, v := range parse(t, data) {
			if err := s.Validate(v); err != nil {
				t.Errorf("%s, document %d: %v", f, i+1, err)
			}
			n++
		}
	}
	if n < 60 {
		t.Errorf("only %d documents were validated", n)
	}
}

// TestRefused requires that what a reader of fields can find is found by the
// schema as well as by the loader.
func TestRefused(t *testing.T) {
	s := compile(t)
	const good = `apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: a, version: 1}
spec:
  holder: lab
  grants: [{accelerator: h200-sxm, quantity: 80000}]
  valid: {from: 2026-02-10, until: 2028-02-09}
  conditions:
  - name: a
    limit: {measure: deviceHours, atMost: 5000h, over: year}
  - name: b
    lapse: {limit: a, on: [{date: 05-01, usedBelow: 10%, lose: 0.3}]}
  - name: c
    duty: {report: usage, every: {boundaries: [2026-03-01]}, dueWithin: 30d}
`
	check := func(text string) (loader, schema bool) {
		docs, errs := document.Read("x.yaml", []byte(text))
		for _, d := range docs {
			if v := catalog.New(d.Kind); v == nil {
				return false, s.Validate(parse(t, []byte(text))[0]) == nil
			} else {
				errs = append(errs, d.Decode(v)...)
			}
		}
		return len(errs) == 0, s.Validate(parse(t, []byte(text))[0]) == nil
	}
	if loader, schema := check(good); !loader || !schema {
		t.Fatalf("loader %v, schema %v", loader, schema)
	}
	for _, c := range [][2]string{
		{"holder: lab", "hodler: lab"}, {"  holder: lab\n", ""}, {"holder: lab", "holder: 12"}, {"holder: lab", "holder: ''"}, {"holder: lab", "holder:"},
		{"kind: Permit", "kind: Premit"}, {"v1alpha1", "v1"}, {"name: a, version: 1", "name: A"}, {"version: 1", "version: 0"}, {"version: 1", "version: x"},
		{"measure: deviceHours", "measure: hours"}, {"atMost: 5000h", "atMost: 5000parsecs"}, {"atMost: 5000h", "atMost: -5"}, {"measure: deviceHours, ", ""},
		{"usedBelow: 10%", "usedBelow: ten"}, {"usedBelow: 10%", "usedBelow: -10%"}, {"from: 2026-02-10", "from: tomorrow"}, {"from: 2026-02-10", "from: 1066-02-10"},
		{"dueWithin: 30d", "dueWithin: 30"}, {"dueWithin: 30d", "dueWithin: month"}, {"quantity: 80000", "quantity: [80000]"}, {"grants: [{accelerator: h200-sxm, quantity: 80000}]", "grants: []"},
		{"boundaries: [2026-03-01]", "boundaries: 2026-03-01"}, {"over: year", "over: {period: year}"}, {"valid: {", "valid: [] #"}, {"spec:", "spec: []\nnothing:"},
	} {
		if !strings.Contains(good, c[0]) {
			t.Errorf("no %q to change", c[0])
			continue
		}
		if loader, schema := check(strings.Replace(good, c[0], c[1], 1)); loader || schema {
			t.Errorf("%s → %s: loader accepts: %v, schema accepts: %v; want neither", c[0], c[1], loader, schema)
		}
	}
}

func TestFor(t *testing.T) {
	for _, kind := range catalog.Kinds {
		if data, ok := For(kind); !ok || !bytes.Contains(data, []byte(`"const": "`+kind+`"`)) {
			t.Errorf("no schema for %s", kind)
		}
	}
	if _, ok := For("Nothing"); ok {
		t.Error("there is a schema for nothing")
	}
}
