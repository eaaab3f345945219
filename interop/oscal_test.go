package interop

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/defenseunicorns/go-oscal/src/pkg/validation"
)

// TestOSCAL validates the reports of use that the tests of package usage keep
// against NIST's schema of OSCAL.
func TestOSCAL(t *testing.T) {
	files, err := filepath.Glob("../usage/testdata/*.oscal.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d reports: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v, err := validation.NewValidator(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if v.GetModelType() != "assessment-results" || v.GetSchemaVersion() != "1.1.3" {
			t.Errorf("%s: %s of version %s", file, v.GetModelType(), v.GetSchemaVersion())
		}
		if err := v.Validate(); err != nil {
			result, _ := v.GetValidationResult()
			t.Errorf("%s: %v: %+v", file, err, result)
		}
		// The schema does look: a finding cannot be half satisfied.
		broken := bytes.Replace(text, []byte(`"state": "satisfied"`), []byte(`"state": "half"`), 1)
		if bytes.Equal(broken, text) {
			continue
		}
		if v, err = validation.NewValidator(broken); err != nil {
			t.Fatal(err)
		}
		if v.Validate() == nil {
			t.Errorf("%s: a finding whose state OSCAL does not have passes", file)
		}
	}
}
