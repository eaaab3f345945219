package catalog

import (
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/fleet"
)

func TestFindAccelerator(t *testing.T) {
	all, err := BuiltinAccelerators()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"h200-sxm": "h200-sxm", "h200": "h200-sxm", "H800": "h800-sxm", "910C": "ascend-910c", "mi300x": "mi300x",
	} {
		e, err := FindAccelerator(all, name)
		if err != nil || e.Name != want {
			t.Errorf("%s: got %s, %v, want %s", name, e.Name, err, want)
		}
	}
	for name, want := range map[string]string{
		"h200-smx": "did you mean h200-sxm?",
		"ascnd910": "did you mean ascend910b?",
		"MI308X":   "no data sheet is published",
		"tpu-v7":   "see proviso accelerator list",
		"":         "see proviso accelerator list",
	} {
		if _, err := FindAccelerator(all, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}

func TestFindAcceleratorAmbiguous(t *testing.T) {
	all := []Entry[fleet.Accelerator]{
		{Name: "x1-sxm", Spec: fleet.Accelerator{Aliases: []string{"x1"}}},
		{Name: "x1-pcie", Spec: fleet.Accelerator{Aliases: []string{"x1"}}},
	}
	if _, err := FindAccelerator(all, "x1"); err == nil || !strings.Contains(err.Error(), "x1-sxm or x1-pcie") {
		t.Errorf("got %v", err)
	}
}
