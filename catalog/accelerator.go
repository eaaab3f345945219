package catalog

import (
	"fmt"
	"strings"

	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/internal/spelling"
)

// FindAccelerator gives the accelerator of a name or an alias, in any case of
// letters. An alias that two products share is an error, as is an unknown
// name, which is answered with the nearest known one.
func FindAccelerator(all []Entry[fleet.Accelerator], name string) (Entry[fleet.Accelerator], error) {
	var found []Entry[fleet.Accelerator]
	for _, e := range all {
		if strings.EqualFold(e.Name, name) {
			return e, nil
		}
		for _, alias := range e.Spec.Aliases {
			if strings.EqualFold(alias, name) {
				found = append(found, e)
				break
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Entry[fleet.Accelerator]{}, unknownAccelerator(all, name)
	}
	names := make([]string, len(found))
	for i, e := range found {
		names[i] = e.Name
	}
	return Entry[fleet.Accelerator]{}, fmt.Errorf("accelerator %q is ambiguous: it may be %s", name, strings.Join(names, " or "))
}

// notShipped are products that are asked for and have no entry, so that the
// answer is the reason instead of another product with a similar name.
var notShipped = map[string]string{
	"mi308x": "no data sheet is published, and the figures in circulation disagree",
}

func unknownAccelerator(all []Entry[fleet.Accelerator], name string) error {
	if why := notShipped[strings.ToLower(name)]; why != "" {
		return fmt.Errorf("accelerator %q is not shipped: %s", name, why)
	}
	var known []string
	for _, e := range all {
		known = append(append(known, e.Name), e.Spec.Aliases...)
	}
	if n := spelling.Nearest(name, known); n != "" {
		return fmt.Errorf("accelerator %q is not known: did you mean %s?", name, n)
	}
	return fmt.Errorf("accelerator %q is not known: see proviso accelerator list", name)
}
