package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"
)

// prepareCedar writes the terms into one policy: the sites and purposes as
// sets, the listed end users as an attribute of the resource, where Cedar keeps
// data that is no policy.
func prepareCedar(t testing.TB, terms Terms) func(*Request) bool {
	set := func(in []string) string {
		quoted := make([]string, len(in))
		for i, s := range in {
			quoted[i] = fmt.Sprintf("%q", s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	text := fmt.Sprintf(`permit (principal, action == Action::"run", resource == Permit::"p") when {
	%s.contains(context.site) && %s.contains(context.purpose) && !resource.listed.contains(context.endUser) &&
	context.used + context.hours <= %d && context.now >= %d && context.now < %d && context.now - context.attested < %d };`,
		set(terms.Sites), set(terms.Purposes), terms.Quota, terms.From, terms.Until, terms.MaxAge)
	policies, err := cedar.NewPolicySetFromBytes("permit.cedar", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	listed := make([]cedar.Value, len(terms.Listed))
	for i, u := range terms.Listed {
		listed[i] = cedar.String(u)
	}
	permit := cedar.NewEntityUID("Permit", "p")
	entities := cedar.EntityMap{permit: cedar.Entity{UID: permit, Attributes: cedar.NewRecord(cedar.RecordMap{"listed": cedar.NewSet(listed...)})}}
	tenant, run := cedar.NewEntityUID("Tenant", "t"), cedar.NewEntityUID("Action", "run")
	return func(r *Request) bool {
		decision, diagnostic := cedar.Authorize(policies, entities, cedar.Request{
			Principal: tenant, Action: run, Resource: permit,
			Context: cedar.NewRecord(cedar.RecordMap{
				"site": cedar.String(r.Site), "purpose": cedar.String(r.Purpose), "endUser": cedar.String(r.EndUser),
				"hours": cedar.Long(r.Hours), "used": cedar.Long(r.Used), "now": cedar.Long(r.Now), "attested": cedar.Long(r.Attested),
			}),
		})
		if len(diagnostic.Errors) > 0 {
			t.Fatal(diagnostic.Errors)
		}
		return decision == cedar.Allow
	}
}
