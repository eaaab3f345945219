package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
)

// regoPolicy has the terms as constants of the module, which allocates less than
// reading them from OPA's store. The lists are sets and an object, since an
// array is searched from its start.
const regoPolicy = `package permit

default allow := false

sites := %s

purposes := %s

listed := %s

allow if {
	input.site in sites
	input.purpose in purposes
	not listed[input.endUser]
	input.used + input.hours <= %d
	input.now >= %d
	input.now < %d
	input.now - input.attested < %d
}`

func prepareOPA(t testing.TB, terms Terms) func(*Request) bool {
	literal := func(in []string, item string) string {
		items := make([]string, len(in))
		for i, s := range in {
			items[i] = fmt.Sprintf(item, s)
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	module := fmt.Sprintf(regoPolicy, literal(terms.Sites, "%q"), literal(terms.Purposes, "%q"), literal(terms.Listed, "%q: true"),
		terms.Quota, terms.From, terms.Until, terms.MaxAge)
	ctx := context.Background()
	query, err := rego.New(rego.Query("data.permit.allow"), rego.Module("permit.rego", module)).PrepareForEval(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return func(r *Request) bool {
		rs, err := query.Eval(ctx, rego.EvalInput(map[string]any{
			"site": r.Site, "purpose": r.Purpose, "endUser": r.EndUser, "hours": r.Hours, "used": r.Used, "now": r.Now, "attested": r.Attested,
		}))
		if err != nil {
			t.Fatal(err)
		}
		return rs.Allowed()
	}
}
