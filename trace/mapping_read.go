package trace

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// ReadMapping reads a document of kind TraceMapping: strictly, so that a field
// that does not exist is an error with its place.
//
// It stands in for package document, whose decoder will replace it.
func ReadMapping(file string, data []byte) (*Mapping, error) {
	errs := &Errors{}
	var root yaml.Node
	if err := yaml.Load(data, &root); err != nil {
		return nil, fmt.Errorf("read mapping %s: %w", file, err)
	}
	if len(root.Content) == 0 {
		return nil, errors.New("read mapping " + file + ": is empty")
	}
	var doc struct {
		APIVersion string `json:"apiVersion" doc:"required"`
		Kind       string `json:"kind" doc:"required"`
		Metadata   struct {
			Name string `json:"name" doc:"required"`
		} `json:"metadata" doc:"required"`
		Spec Mapping `json:"spec" doc:"required"`
	}
	d := nodeDecoder{file: file, errs: errs, places: map[string]*yaml.Node{}}
	d.decode(root.Content[0], &doc)
	if len(errs.List) == 0 {
		for _, c := range []struct{ path, have, want string }{
			{"apiVersion", doc.APIVersion, "proviso.dev/v1alpha1"}, {"kind", doc.Kind, Kind},
		} {
			if c.have != c.want {
				d.fault(d.places[c.path], c.path, "%q is not known here: write %s", c.have, c.want)
			}
		}
		for _, f := range doc.Spec.Check() {
			d.fault(d.place("spec."+f.Path), "spec."+f.Path, "%s", f.Message)
		}
	}
	if err := errs.orNil(); err != nil {
		return nil, err
	}
	return &doc.Spec, nil
}
