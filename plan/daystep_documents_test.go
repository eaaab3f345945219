package plan

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/internal/daystep"
)

// dayExample is an example with the changes that are made to it, as
// testdata/daystep/NAME.changes.yaml has them. A path is KIND/NAME/FIELD/…,
// where NAME may be a pattern and items of lists go by their name, kind or index;
// null removes what it names.
type dayExample struct {
	// Example is the name of the file, without what stands behind a comma.
	Example string
	// Hours is the day stepper's step; a day where it is 0.
	Hours int
	// Setup changes the base for all.
	Setup     map[string]any
	Mutations []mutation
}

// mutation is a change of an example.
type mutation struct {
	Name string
	Set  map[string]any
	// Priced compares the cost of conditions where others of the example do not.
	Priced bool
	// Hours is the step where it is not the example's.
	Hours int
}

// dayExamples reads the changes of every example.
func dayExamples(t *testing.T, pattern string) []dayExample {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	var all []dayExample
	for _, f := range files {
		var some []dayExample
		if err := yaml.Unmarshal(read(t, f), &some); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all = append(all, some...)
	}
	return all
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// documents reads files anew.
func documents(t *testing.T, files ...string) []daystep.Document {
	t.Helper()
	var out []daystep.Document
	for _, f := range files {
		docs, err := daystep.Read(read(t, f))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out = append(out, docs...)
	}
	return out
}

// change makes changes to documents, in place.
func change(t *testing.T, docs []daystep.Document, set map[string]any) {
	t.Helper()
	for _, p := range slices.Sorted(maps.Keys(set)) {
		parts := strings.Split(p, "/")
		found := false
		for _, d := range docs {
			fits, err := path.Match(parts[1], d["metadata"].(daystep.Document)["name"].(string))
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			if d["kind"] == parts[0] && fits {
				found = setField(d, parts[2:], set[p]) || found
			}
		}
		if !found {
			t.Fatalf("there is no %s", p)
		}
	}
}

// setField sets a field below a map; false if there is no such place.
func setField(v any, path []string, to any) bool {
	m, ok := v.(daystep.Document)
	if !ok {
		return false
	}
	key := path[0]
	if l, ok := m[key].([]any); ok && len(path) > 1 {
		i := slices.IndexFunc(l, func(x any) bool {
			d, _ := x.(daystep.Document)
			return d["name"] == path[1] || d["by"] == path[1] || d["kind"] == path[1] || x == path[1]
		})
		if n, err := strconv.Atoi(path[1]); err == nil {
			i = n
		}
		switch {
		case i < 0 || i >= len(l):
			return false
		case len(path) > 2:
			return setField(l[i], path[2:], to)
		case to == nil:
			m[key] = slices.Delete(l, i, i+1)
		default:
			l[i] = to
		}
		return true
	}
	if len(path) > 1 {
		return setField(m[key], path[1:], to)
	}
	if to == nil {
		_, ok := m[key]
		delete(m, key)
		return ok
	}
	m[key] = to
	return true
}

// loaded gives documents to the engine.
func loaded(t *testing.T, docs []daystep.Document) *Problem {
	t.Helper()
	var all []string
	for _, d := range docs {
		b, err := yaml.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	file := filepath.Join(t.TempDir(), "documents.yaml")
	if err := os.WriteFile(file, []byte(strings.Join(all, "---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, errs := catalog.Load(file)
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, strings.Join(all, "---\n"))
	}
	s := &c.Scenarios[0].Spec
	p, err := NewProblem(c, Options{From: s.Period.From.In(time.UTC), Until: s.Period.Until.In(time.UTC), Zone: time.UTC, Samples: 1, Seed: 1, Events: s.Events})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
