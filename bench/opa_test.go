package bench

import (
	"context"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// The listed end users are an object: a set in data does not exist, and an
// array would be searched from its start.
const regoPolicy = `package permit

default allow := false

allow if {
	input.site in data.terms.sites
	input.purpose in data.terms.purposes
	not data.terms.listed[input.endUser]
	input.used + input.hours <= data.terms.quota
	input.now >= data.terms.from
	input.now < data.terms.until
	input.now - input.attested < data.terms.maxAge
}`

func prepareOPA(t testing.TB, terms Terms) func(*Request) bool {
	listed := map[string]any{}
	for _, u := range terms.Listed {
		listed[u] = true
	}
	// Data in OPA's own form saves a conversion in every decision.
	store := inmem.NewFromObjectWithOpts(map[string]any{"terms": map[string]any{
		"sites": anySlice(terms.Sites), "purposes": anySlice(terms.Purposes), "listed": listed,
		"quota": terms.Quota, "from": terms.From, "until": terms.Until, "maxAge": terms.MaxAge,
	}}, inmem.OptReturnASTValuesOnRead(true))
	ctx := context.Background()
	query, err := rego.New(rego.Query("data.permit.allow"), rego.Module("permit.rego", regoPolicy), rego.Store(store)).PrepareForEval(ctx)
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

func anySlice(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}
