package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/ledger"
)

func site(name string) string {
	return "apiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: " + name + "}\nspec: {country: FR}\n"
}

func lot(name, at string) string {
	return "apiVersion: proviso.dev/v1alpha1\nkind: Lot\nmetadata: {name: " + name + "}\nspec: {accelerator: chip, site: " + at + ", quantity: 8, permits: [far], supplier: maker}\n"
}

// permitIn is a new permit with windows in a zone.
func permitIn(name, zone string) string {
	return "apiVersion: proviso.dev/v1alpha1\nkind: Permit\nmetadata: {name: " + name + ", version: 1}\nspec:\n  holder: lab\n  grants: [{accelerator: chip, quantity: 8000}]\n  valid: {from: 2026-01-01, until: 2027-01-01, timeZone: " + zone + "}\n  conditions: []\n"
}

// TestDocumentsTogether: several documents are recorded all or none, in whatever
// order they stand, and in one text.
func TestDocumentsTogether(t *testing.T) {
	f := newFleet(t)
	next := nextCharter(t)
	for name, x := range map[string]struct{ text, says string }{
		"a site, then a lot at no site":      {site("dock") + "---\n" + permitIn("far", "UTC") + "---\n" + lot("fourth", "deck"), `there is no site \"deck\" (did you mean \"dock\"?)`},
		"a site, then one that is there":     {site("dock") + "---\n" + site("hall"), "the site hall is recorded already"},
		"a site, then a version too far":     {site("dock") + "---\n" + strings.Replace(next, "version: 2", "version: 3", 1), "its next version is 2, not 3"},
		"a site twice":                       {site("dock") + "---\n" + site("dock"), "dock"},
		"a permit in a new zone, then a job": {permitIn("far", "Asia/Tokyo") + "---\napiVersion: proviso.dev/v1alpha1\nkind: Job\nmetadata: {name: x}\nspec: {devices: 1, limit: 1h, submit: 2026-03-01}\n", "a Job takes no part"},
		"a version that cannot be":           {site("dock") + "---\n" + strings.Replace(next, "endUser.name", "endUser.nme", 1), "nme"},
	} {
		before := len(f.store.held())
		got := f.ask("operator", "POST", "/v1/documents", api.Documents{Text: x.text})
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(string(got.body), x.says) {
			t.Errorf("%s: %d %s, want …%s…", name, got.status, got.body, x.says)
		}
		if n := len(f.store.held()) - before; n != 0 {
			t.Errorf("%s: %d entries were recorded of what was refused", name, n)
		}
	}
	// A lot before its site, a permit in a zone that is new, and a next version.
	before := len(f.store.held())
	f.must("operator", "POST", "/v1/documents", api.Documents{Text: lot("fourth", "dock") + "---\n" + site("dock") + "---\n" + permitIn("far", "Asia/Tokyo") + "---\n" + next}, nil)
	var kinds []string
	for _, r := range f.store.held()[before:] {
		e, err := ledger.Decode(r.Data)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, e.Kind)
	}
	if !slices.Equal(kinds, []string{"zone", "document"}) {
		t.Errorf("recorded were %v", kinds)
	}
	f.must("operator", "POST", "/v1/lots/fourth/receive", api.Receive{Devices: 1}, nil)
	// More than one entry holds.
	var many strings.Builder
	for i := range 400 {
		fmt.Fprintf(&many, "%s---\n%s---\n", lot(fmt.Sprintf("lot-%d", i), fmt.Sprintf("site-%d", i)), site(fmt.Sprintf("site-%d", i)))
	}
	before = len(f.store.held())
	f.must("operator", "POST", "/v1/documents", api.Documents{Text: strings.TrimSuffix(many.String(), "---\n")}, nil)
	if n := len(f.store.held()) - before; n < 3 {
		t.Errorf("%d bytes are in %d entries", many.Len(), n)
	}
	var lots api.Lots
	f.must("operator", "GET", "/v1/lots", nil, &lots)
	if len(lots.Lots) != 3+1+400 {
		t.Errorf("there are %d lots", len(lots.Lots))
	}
	f.replay()
}
