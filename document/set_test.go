package document

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestSet(t *testing.T) {
	docs, errs := Read("f.yaml", []byte(whole))
	if errs != nil {
		t.Fatal(errs)
	}
	original := docs[0]
	d := original.Clone()
	var node yaml.Node
	if err := yaml.Load([]byte("{name: third, power: 3MW}"), &node); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		value any
	}{
		{"spec.parts.first-part.power", "7MW"},
		{"spec.parts[1].power", "8MW"},
		{"spec.parts.2", &node},
		{"spec.colour", "red"},
		{"spec.count", int64(5)},
		{"spec.flag", nil},
		{"spec.one", map[string]any{"name": "other", "power": "1MW"}},
		{"spec.authors.x", nil},
		{"spec.labels.rack", "r1"},
		{"spec.when", "2026-05-01"},
		{"spec.when", map[string]any{"p10": "2026-05-01", "p50": "2026-05-02", "p90": "2026-05-03"}},
	} {
		if err := d.Set(c.path, c.value); err != nil {
			t.Fatalf("%s: %v", c.path, err)
		}
	}
	var s, o sample
	if errs := d.Decode(&s); errs != nil {
		t.Fatal(errs)
	}
	if s.Parts[0].Power.String() != "7MW" || s.Parts[1].Power.String() != "8MW" || s.Parts[2].Name != "third" || s.Colour != "red" || s.Count != 5 ||
		s.Flag || s.One.Name != "other" || len(s.Authors) != 1 || s.Labels["rack"] != "r1" || s.When.P50.String() != "2026-05-02" {
		t.Errorf("%+v", s)
	}
	if errs := original.Decode(&o); errs != nil || o.Parts[0].Power.String() != "120MW" || len(o.Parts) != 2 || !o.Flag || len(o.Authors) != 2 || len(o.Labels) != 1 {
		t.Errorf("the original changed: %+v %v", o, errs)
	}
}

func TestSetRefuses(t *testing.T) {
	docs, _ := Read("f.yaml", []byte(whole))
	for path, want := range map[string]string{
		"spec.prats.second.power":       `spec has no field "prats" (did you mean "parts"?)`,
		"spec.parts.secnod.power":       `spec.parts has no item "secnod" (did you mean "second"?)`,
		"spec.parts[9]":                 `spec.parts has no item "9" (it has first-part, second)`,
		"spec.title.x":                  `spec.title is a single value`,
		"metadata.name":                 `cannot be changed`,
		"":                              `cannot be changed`,
		"spec":                          `cannot be replaced`,
		"spec.authors.[-1]":             `no item "-1"`,
		"spec.parts.first-part.power.x": `spec.parts.first-part.power is a single value`,
	} {
		if err := docs[0].Clone().Set(path, "v"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if err := docs[0].Clone().Set("spec.nothing", nil); err == nil {
		t.Error("a field that is not there was removed")
	}
	if err := docs[0].Clone().Set("spec.title", 1.5); err == nil {
		t.Error("a float was set")
	}
	// An unknown field is set and then found by Decode, with the place of its parent.
	d := docs[0].Clone()
	if err := d.Set("spec.colur", "red"); err != nil {
		t.Fatal(err)
	}
	if errs := d.Decode(&sample{}); len(errs) != 1 || errs[0].Line != 4 || errs[0].Hint != `did you mean "colour"?` {
		t.Errorf("%v", errs)
	}
}
