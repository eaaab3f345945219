package document

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/quantity"
)

type colour string

func (colour) Enum() []string { return []string{"red", "green"} }

type part struct {
	Name  string          `json:"name" doc:"required"`
	Power quantity.Amount `json:"power,omitempty"`
}

type sample struct {
	Title   string                                   `json:"title" doc:"required"`
	Colour  colour                                   `json:"colour,omitempty"`
	Count   int                                      `json:"count,omitempty"`
	Seed    uint64                                   `json:"seed,omitempty"`
	Flag    bool                                     `json:"flag,omitempty"`
	Parts   []part                                   `json:"parts,omitempty"`
	One     *part                                    `json:"one,omitempty"`
	Labels  map[string]string                        `json:"labels,omitempty"`
	Share   *quantity.Ratio                          `json:"share,omitempty"`
	When    quantity.Distribution[calendar.Moment]   `json:"when,omitempty"`
	Window  calendar.Window                          `json:"window,omitempty"`
	Any     any                                      `json:"any,omitempty"`
	Takes   quantity.Distribution[quantity.Duration] `json:"takes,omitempty"`
	Authors []string                                 `json:"authors,omitempty"`
}

const header = "apiVersion: proviso.dev/v1alpha1\nkind: Sample\nmetadata: {name: a, version: 2}\nspec:\n"

const whole = header + `  title: all of it
  colour: green
  count: 8_192
  seed: 18446744073709551615
  flag: true
  parts:
  - name: first-part
    power: 120MW
  - name: second
  one: {name: single}
  labels: {grid: hydro}
  share: 30%
  when: {p10: 2026-03-01, p50: 2026-04-01, p90: 2026-06-01, never: 15%}
  takes: 30d
  window: quarter
  any: {a: [1, x, null, true], b: 1e26}
  authors: [x, y]
`

func decode(t *testing.T, text string) (*sample, Errors) {
	t.Helper()
	docs, errs := Read("f.yaml", []byte(text))
	if len(errs) > 0 || len(docs) != 1 {
		return nil, errs
	}
	var s sample
	errs = docs[0].Decode(&s)
	return &s, errs
}

func TestDecode(t *testing.T) {
	s, errs := decode(t, whole)
	if errs != nil {
		t.Fatal(errs)
	}
	if s.Count != 8192 || s.Seed != 1<<64-1 || !s.Flag || s.Colour != "green" || s.One.Name != "single" || s.Labels["grid"] != "hydro" ||
		s.Share.Num != 3 || s.When.P90.String() != "2026-06-01" || s.When.Never.Num != 15 || s.Window.Text != "quarter" ||
		*s.Takes.Value != 30*quantity.Day || s.Parts[0].Power.String() != "120MW" {
		t.Errorf("%+v", s)
	}
	m := s.Any.(map[string]any)
	if a := m["a"].([]any); a[0] != int64(1) || a[1] != "x" || a[2] != nil || a[3] != true || m["b"] != "1e26" {
		t.Errorf("%#v", m)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ spec, want string }{
		{"  titel: x\n", `f.yaml:5:3: spec.titel: unknown field "titel" (did you mean "title"?)`},
		{"  count: 1\n", `f.yaml:4:1: spec: missing field title`},
		{"  title: ''\n", `f.yaml:5:10: spec.title: is empty`},
		{"  title: 12\n", `f.yaml:5:10: spec.title: is a number, must be text (write "12")`},
		{"  title:\n", `f.yaml:5:9: spec.title: has no value (give it a value or leave the field out)`},
		{"  title: [x]\n", `f.yaml:5:3: spec.title: is a list, must be text`},
		{"  title: x\n  colour: gren\n", `f.yaml:6:11: spec.colour: "gren" is none of the values that this field has (did you mean "green"?)`},
		{"  title: x\n  count: 1.5\n", `f.yaml:6:10: spec.count: is "1.5", must be a whole number`},
		{"  title: x\n  count: 010\n", `is "010", must be a whole number`},
		{"  title: x\n  seed: -1\n", `must be a whole number from 0 on`},
		{"  title: x\n  flag: yes\n", `is "yes", must be true or false`},
		{"  title: x\n  parts: [{name: a, power: 120XW}]\n", `f.yaml:6:28: spec.parts[0].power: "120XW" has the unknown unit "XW" (did you mean "MW"?)`},
		{"  title: x\n  parts:\n  - {power: 1MW}\n", `f.yaml:7:5: spec.parts[0]: missing field name`},
		{"  title: x\n  parts: {name: a}\n", `is a mapping, must be a list`},
		{"  title: x\n  one: a\n", `is "a", must be a mapping of fields (its fields are name, power)`},
		{"  title: x\n  labels: {a: 1}\n", `spec.labels.a: is a number, must be text`},
		{"  title: x\n  labels: [a]\n", `is a list, must be a mapping`},
		{"  title: x\n  when: soon\n", `f.yaml:6:9: spec.when: "soon" is not a date`},
		{"  title: x\n  when: {p11: 2026-01-01}\n", `unknown field "p11" (did you mean "p10"?)`},
		{"  title: x\n  share: -1%\n", `negative`},
		{"  title: x\n  title: y\n", `f.yaml:6:3: spec.title: "title" is here twice: first in line 5`},
		{"  title: &a x\n", `anchors and aliases are not allowed`},
		{"  title: !!str x\n", `tag`},
	} {
		_, errs := decode(t, header+c.spec)
		if len(errs) != 1 || !strings.Contains(errs.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.spec, errs, c.want)
		}
	}
}

func TestDecodeFindsAll(t *testing.T) {
	_, errs := decode(t, header+"  colour: blue\n  count: x\n  parts: [{}, {name: 1}]\n")
	if len(errs) != 5 {
		t.Errorf("want five errors, got:\n%v", errs)
	}
	for i := 1; i < len(errs); i++ {
		if errs[i].Line < errs[i-1].Line {
			t.Errorf("not in order:\n%v", errs)
		}
	}
}

func TestReadHeader(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"x", "a document is a mapping"},
		{"{}", "missing field metadata"},
		{"apiVersion: v1\nkind: Sample\nmetadata: {name: a}\nspec: {}", `f.yaml:1:13: apiVersion: unknown version "v1"`},
		{"apiVersion: proviso.dev/v1alpha1\nkind: sample\nmetadata: {name: a}\nspec: {}", `"sample" is not a kind`},
		{"apiVersion: proviso.dev/v1alpha1\nkind: Sample\nmetadata: {name: A_b}\nspec: {}", `f.yaml:3:18: metadata.name: "A_b" is not a name`},
		{"apiVersion: proviso.dev/v1alpha1\nkind: Sample\nmetadata: {nmae: a}\nspec: {}", `did you mean "name"?`},
		{"apiVersion: proviso.dev/v1alpha1\nkind: Sample\nmetadata: {name: a, version: 0}\nspec: {}", `whole number from 1 on`},
		{"apiVersion: proviso.dev/v1alpha1\nkind: Sample\nmetadata: {name: a}\nsepc: {}", `did you mean "spec"?`},
		{"apiVersion: proviso.dev/v1alpha1\nkind: Sample\nmetadata: {name: a}\nspec: [a]", `must be a mapping`},
		{"a: [", "not YAML"},
		{"a: *b", "not YAML"},
		{strings.Repeat("[", 100), "not YAML"},
	} {
		if _, errs := Read("f.yaml", []byte(c.text)); !strings.Contains(errs.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.text, errs, c.want)
		}
	}
}

func TestReadSeveral(t *testing.T) {
	docs, errs := Read("f.yaml", []byte("# words\n---\n"+whole+"---\n# nothing\n---\n"+strings.Replace(whole, "name: a", "name: b", 1)))
	if len(docs) != 2 || errs != nil || docs[0].Name != "a" || docs[1].Name != "b" || docs[0].Version != 2 {
		t.Errorf("%v %v", docs, errs)
	}
}

func TestReadBoundsSize(t *testing.T) {
	if _, errs := Read("f.yaml", make([]byte, MaxFileSize+1)); len(errs) != 1 {
		t.Error("a file that is too large was read")
	}
}

func TestErrorfPlace(t *testing.T) {
	docs, _ := Read("f.yaml", []byte(whole))
	for path, want := range map[string]string{
		"spec.parts[1].name":       "f.yaml:13:11: ",
		"spec.parts.second.power":  "f.yaml:13:5: ",
		"spec.parts":               "f.yaml:10:3: ",
		"spec.nothing.here":        "f.yaml:4:1: ",
		"":                         "f.yaml:1:1: ",
		"spec.when.p50":            "f.yaml:17:32: ",
		"spec.parts[7].name":       "f.yaml:10:3: ",
		"spec.parts.first-part":    "f.yaml:11:5: ",
		"metadata.name":            "f.yaml:3:18: ",
		"spec.authors[1]":          "f.yaml:21:16: ",
		"spec.authors.y":           "f.yaml:21:16: ",
		"spec.parts[0].power.deep": "f.yaml:12:12: ",
	} {
		if got := docs[0].Errorf(path, "x").Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if e := docs[0].ErrorIn("spec.title", 1, 5, "x"); e.Line != 5 || e.Column != 14 {
		t.Errorf("%+v", e)
	}
}
