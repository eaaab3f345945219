package catalog

import (
	"fmt"
	"strings"

	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/work"
)

// FindModel gives the model of a name or an alias, in any case of letters. An
// unknown name is an error with the nearest known one.
func FindModel(all []Entry[work.Model], name string) (Entry[work.Model], error) {
	var known []string
	for _, e := range all {
		for _, n := range append([]string{e.Name}, e.Spec.Aliases...) {
			if strings.EqualFold(n, name) {
				return e, nil
			}
			known = append(known, n)
		}
	}
	hint := spelling.Hint(name, known)
	if hint == "" {
		hint = "see proviso model list"
	}
	return Entry[work.Model]{}, fmt.Errorf("model %q is not known: %s", name, hint)
}
