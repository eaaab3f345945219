package main

import (
	"strings"
	"testing"
)

func TestAcceleratorCompletion(t *testing.T) {
	names, _ := completeAccelerators(nil, nil, "")
	if len(names) == 0 || !strings.HasPrefix(names[0], "a100-sxm\t") {
		t.Errorf("got %q", names)
	}
	if names, _ := completeAccelerators(nil, nil, "H2"); len(names) == 0 || !strings.HasPrefix(names[0], "h200-sxm\t") {
		t.Errorf("H2: got %q", names)
	}
	if names, _ := completeAccelerators(nil, []string{"h200"}, ""); names != nil {
		t.Errorf("a second name is offered: %q", names)
	}
}
