package control_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/ledger"
	"github.com/proviso-dev/proviso/signature"
)

// TestDocumentsTogether: documents of one text count together, in whatever order
// they stand: a lot before its site and its permit, and a permit's next version,
// which an amendment puts into effect. An audit that cannot compute verdicts
// follows them too.
func TestDocumentsTogether(t *testing.T) {
	f := opened(t)
	ministry := part(t, more, "Authority", "ministry")
	f.key(ministry)
	next := part(t, budget, "Permit", "charter", "version: 1", "version: 2", "quantity: 64", "quantity: 80")
	set := []*document.Document{part(t, more, "Lot", "third"), next, part(t, more, "Permit", "second-charter"), part(t, more, "Site", "annex"), ministry}
	before := len(f.entries)
	if err := f.put(set...); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range f.entries[before:] {
		kinds = append(kinds, e.Kind)
	}
	if !slices.Equal(kinds, []string{"zone", "document"}) {
		t.Errorf("they are recorded as %v", kinds)
	}
	spec, err := control.SpecHash(next)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.act(signature.Amend, "charter", "board", spec); err != nil {
		t.Fatal(err)
	}
	if err := f.act(signature.Endorse, "second-charter", "ministry", ""); err != nil {
		t.Fatal(err)
	}
	if v := f.apply(&control.Receive{Lot: "third", Devices: "8"}, nil).Outcome.Verdict; v.Outcome != "admit" {
		t.Errorf("the lot that came with its site and its permit: %+v", v)
	}
	// One that is refused leaves nothing of the others.
	before = len(f.entries)
	for want, set := range map[string][]*document.Document{
		"stands there twice": {part(t, more, "Site", "dock", "name: annex", "name: dock"), part(t, more, "Site", "dock", "name: annex", "name: dock")},
		"does not change":    {part(t, more, "Site", "dock", "name: annex", "name: dock"), part(t, budget, "Site", "hall")},
		"next version is 3":  {part(t, more, "Site", "dock", "name: annex", "name: dock"), part(t, budget, "Permit", "charter", "version: 1", "version: 2")},
	} {
		if err := f.put(set...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want …%s…", err, want)
		}
	}
	if n := len(f.entries) - before; n != 0 {
		t.Errorf("%d entries are recorded of what is refused", n)
	}
	f.replay()

	s := control.NewState()
	open := slices.IndexFunc(f.entries, func(e ledger.Entry) bool { return e.Kind == "open" })
	for i, e := range f.entries {
		if i <= open {
			if _, err := s.Replay(control.Read(e, f.opened[i])); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if _, _, err := s.Follow(e); err != nil {
			t.Fatalf("entry %d, %s, when it is followed: %v", i, e.Kind, err)
		}
	}
}
