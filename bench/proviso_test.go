package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proviso-dev/proviso/account"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/decision"
	"github.com/proviso-dev/proviso/world"
)

// prepareProviso decides with package decision. What was used, the time and
// the attestation are Proviso's own state, not part of a request: a world is
// prepared for each such state the first time that it comes up. Within the
// measured time the request's words find their stock and their class, and the
// decision is made with complete reasons.
func prepareProviso(t testing.TB, terms Terms) func(*Request) bool {
	c, errs := catalog.Load(writeTerms(t, terms))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	rules, err := c.Rules(0, calendar.Instant(terms.Until+365*Day))
	if err != nil {
		t.Fatal(err)
	}
	stocks := map[string]int32{}
	for i, s := range rules.Stocks {
		stocks[rules.Sites[s.Site].Name] = int32(i)
	}
	type state struct{ used, now, attested int64 }
	type class struct{ purpose, user string }
	worlds := map[state]*world.World{}
	classes := map[class]world.ClassID{}
	var v decision.Verdict
	return func(r *Request) bool {
		w := worlds[state{r.Used, r.Now, r.Attested}]
		if w == nil {
			w = world.New(rules)
			worlds[state{r.Used, r.Now, r.Attested}] = w
			clear(classes)
			prepare(w, r)
		}
		k := class{r.Purpose, r.EndUser}
		id, ok := classes[k]
		if !ok {
			id = w.Class(world.Attributes{Purpose: r.Purpose, EndUser: r.EndUser})
			classes[k] = id
		}
		hour := calendar.Instant(Hour)
		q := decision.Request{Class: id, First: world.Part{Stock: stocks[r.Site], Devices: r.Hours}, Limit: hour, Expected: hour, Own: -1}
		decision.Judge(w, &q, &v)
		return v.Outcome == decision.Admit
	}
}

// prepare brings a world to the state that a request speaks of.
func prepare(w *world.World, r *Request) {
	w.Advance(calendar.Instant(r.Attested))
	for s := range w.Rules.Stocks {
		w.See(int32(s), 0, false)
	}
	w.Advance(calendar.Instant(r.Now))
	w.Fire()
	id := w.Class(world.Attributes{Purpose: r.Purpose, EndUser: r.EndUser})
	for _, t := range w.Terms(id, 0) {
		if t.Account >= 0 {
			w.Touch(t.Account).Add(account.Product(r.Used, Hour), w.Now())
		}
	}
}

// writeTerms writes the permit as documents.
func writeTerms(t testing.TB, terms Terms) string {
	var b strings.Builder
	quoted := func(words []string) string { return `"` + strings.Join(words, `", "`) + `"` }
	at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }
	fmt.Fprint(&b, "apiVersion: proviso.dev/v1alpha1\nkind: Fact\nmetadata: {name: listed}\nspec:\n  list:\n")
	for _, n := range terms.Listed {
		fmt.Fprintf(&b, "  - {name: %s}\n", n)
	}
	for _, s := range append(append([]string{}, terms.Sites...), "frankfurt-1") {
		fmt.Fprintf(&b, "---\napiVersion: proviso.dev/v1alpha1\nkind: Site\nmetadata: {name: %s}\nspec: {country: CN}\n", s)
		fmt.Fprintf(&b, "---\napiVersion: proviso.dev/v1alpha1\nkind: Lot\nmetadata: {name: at-%s}\nspec: {accelerator: h200-sxm, site: %s, quantity: 100000, permits: [terms]}\n", s, s)
	}
	fmt.Fprintf(&b, `---
apiVersion: proviso.dev/v1alpha1
kind: Permit
metadata: {name: terms, version: 1}
spec:
  holder: example-labs
  scope: [use]
  grants: [{accelerator: h200-sxm, quantity: 600000}]
  valid: {from: %s, until: %s}
  lists: [listed]
  conditions:
  - {name: sites, require: 'site.name in [%s]'}
  - {name: purposes, require: 'job.purpose in [%s]'}
  - {name: listed, require: '!endUser.listed'}
  - {name: quota, limit: {measure: deviceHours, atMost: %dh, over: life}}
  - {name: attested, evidence: {kind: attestation, maxAge: %dms}}
`, at(terms.From), at(terms.Until), quoted(terms.Sites), quoted(terms.Purposes), terms.Quota, terms.MaxAge-1)
	file := filepath.Join(t.TempDir(), "terms.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
