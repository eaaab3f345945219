package document_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/document"
)

func plain(t *testing.T, spec string) (map[string]any, error) {
	t.Helper()
	docs, errs := document.Read("f.yaml", []byte("apiVersion: proviso.dev/v1alpha1\nkind: Thing\nmetadata: {name: x}\nspec:\n"+spec))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return docs[0].Plain()
}

func TestPlainIsTheSameForTheSame(t *testing.T) {
	a, err := plain(t, "  quantity: 80000\n  until: 2028-02-09\n  live: true   # a comment\n  list: [a, 'b', 1.50]\n")
	if err != nil {
		t.Fatal(err)
	}
	b, err := plain(t, "  list:\n  - a\n  - b\n  - '1.50'\n  live: true\n  until: \"2028-02-09\"\n  quantity: 80000\n")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"quantity": "80000", "until": "2028-02-09", "live": true, "list": []any{"a", "b", "1.50"}}
	if !reflect.DeepEqual(a, want) || !reflect.DeepEqual(b, want) {
		t.Errorf("%v and %v, must be %v", a, b, want)
	}
	c, err := plain(t, "  live: 'true'\n")
	if err != nil || c["live"] != "true" {
		t.Errorf("the text true is %v, %v", c["live"], err)
	}
	if _, err := plain(t, "  inner: {a: ~}\n"); err == nil || !strings.Contains(err.Error(), "f.yaml:5:14: spec.inner.a") {
		t.Errorf("null: %v", err)
	}
}
