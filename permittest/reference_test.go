package permittest

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/proviso-dev/proviso/catalog"
)

var update = flag.Bool("update", false, "write docs/regimes.md anew")

//go:generate go test . -run TestReferenceIsUpToDate -update

// docs/regimes.md is what the regimes and their tests say today.
func TestReferenceIsUpToDate(t *testing.T) {
	const page = "../docs/regimes.md"
	all, err := catalog.BuiltinRegimes()
	if err != nil {
		t.Fatal(err)
	}
	r, errs := Run(regimeTests)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var want bytes.Buffer
	if err := Reference(&want, all, r.Cases); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(page, want.Bytes(), 0o644); err != nil { //nolint:gosec // a page of documentation
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/regimes.md is not up to date: run go generate ./permittest")
	}
}
