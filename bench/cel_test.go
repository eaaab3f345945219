package bench

import (
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

const celPolicy = `site in sites && purpose in purposes && !(endUser in listed) &&
	used + hours <= quota && now >= from && now < until && now - attested < maxAge`

// prepareCEL gives the terms as variables; the listed end users are a map,
// since a list would be searched from its start.
func prepareCEL(t testing.TB, terms Terms) func(*Request) bool {
	text := cel.ListType(cel.StringType)
	env, err := cel.NewEnv(
		cel.Variable("site", cel.StringType), cel.Variable("purpose", cel.StringType), cel.Variable("endUser", cel.StringType),
		cel.Variable("hours", cel.IntType), cel.Variable("used", cel.IntType), cel.Variable("now", cel.IntType), cel.Variable("attested", cel.IntType),
		cel.Variable("sites", text), cel.Variable("purposes", text), cel.Variable("listed", cel.MapType(cel.StringType, cel.BoolType)),
		cel.Variable("quota", cel.IntType), cel.Variable("from", cel.IntType), cel.Variable("until", cel.IntType), cel.Variable("maxAge", cel.IntType),
	)
	if err != nil {
		t.Fatal(err)
	}
	ast, issues := env.Compile(celPolicy)
	if issues.Err() != nil {
		t.Fatal(issues.Err())
	}
	listed := make(map[string]bool, len(terms.Listed))
	for _, u := range terms.Listed {
		listed[u] = true
	}
	fixed := map[string]any{}
	for name, v := range map[string]any{"sites": celStrings(terms.Sites), "purposes": celStrings(terms.Purposes), "listed": listed,
		"quota": terms.Quota, "from": terms.From, "until": terms.Until, "maxAge": terms.MaxAge} {
		fixed[name] = types.DefaultTypeAdapter.NativeToValue(v)
	}
	globals, err := cel.NewActivation(fixed)
	if err != nil {
		t.Fatal(err)
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		t.Fatal(err)
	}
	return func(r *Request) bool {
		out, _, err := program.Eval(celRequest{r, globals})
		if err != nil {
			t.Fatal(err)
		}
		return out == types.True
	}
}

// celStrings converts a list ahead; []string would be converted item by item
// in every decision.
func celStrings(in []string) ref.Val {
	out := make([]ref.Val, len(in))
	for i, s := range in {
		out[i] = types.String(s)
	}
	return types.DefaultTypeAdapter.NativeToValue(out)
}

// celRequest gives a request's fields to CEL as they are asked for: the
// fastest of its forms of input.
type celRequest struct {
	*Request
	fixed cel.Activation
}

func (c celRequest) ResolveName(name string) (any, bool) {
	switch name {
	case "site":
		return c.Site, true
	case "purpose":
		return c.Purpose, true
	case "endUser":
		return c.EndUser, true
	case "hours":
		return c.Hours, true
	case "used":
		return c.Used, true
	case "now":
		return c.Now, true
	case "attested":
		return c.Attested, true
	}
	return c.fixed.ResolveName(name)
}

func (c celRequest) Parent() cel.Activation { return nil }
