package trace

import (
	"github.com/proviso-dev/proviso/document"
)

// ReadMapping reads a document of kind TraceMapping, strictly: a field that
// does not exist, a value that does not parse and a name that no document has
// are errors with their place. known are the names of the documents that the
// trace is replayed on; nil where there are none to compare with. The error is
// a [document.Errors] of all that is wrong.
func ReadMapping(file string, data []byte, known *Known) (*Mapping, error) {
	docs, errs := document.Read(file, data)
	if len(docs) == 0 {
		if len(errs) == 0 {
			errs = document.Errors{{File: file, Message: "is empty: a mapping is one document of kind " + Kind}}
		}
		return nil, errs
	}
	d := docs[0]
	if d.Kind != Kind {
		errs = append(errs, d.Errorf("kind", "%q is not known here: write %s", d.Kind, Kind))
		return nil, errs.Sort()
	}
	for _, more := range docs[1:] {
		errs = append(errs, more.Errorf("kind", "a file holds one mapping: this document is one too many"))
	}
	var m Mapping
	errs = append(errs, d.Decode(&m)...)
	if len(errs) == 0 {
		faults := m.Check()
		if known != nil {
			faults = append(faults, m.CheckNames(known)...)
		}
		for _, f := range faults {
			e := d.Errorf("spec."+f.Path, "%s", f.Message)
			e.Hint = f.Hint
			errs = append(errs, e)
		}
	}
	if err := errs.Sort().Err(); err != nil {
		return nil, err
	}
	return &m, nil
}
