package permit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func subject() *Subject {
	return &Subject{
		Job:         SubjectJob{Name: "train", Holder: "lab", Tenant: "core", EndUser: "team-a", Purpose: "research", Model: "v4", Kind: "pretrain", MinDevices: 8, MaxDevices: 64, LimitHours: 168},
		Site:        SubjectSite{Name: "north", Country: "CN", Labels: map[string]string{"grid": "hydro"}},
		Lot:         SubjectLot{Name: "first", Holder: "lab", Supplier: "maker"},
		Accelerator: SubjectAccelerator{Name: "h200-sxm", Vendor: "NVIDIA", Country: "US", TPP: 15832, MemoryGB: 141, BandwidthGBs: 4800},
		EndUser:     SubjectEndUser{Name: "team-a", Country: "CN", Headquarters: "CN", Sector: "research", Declared: true},
	}
}

func TestEval(t *testing.T) {
	for expr, want := range map[Expression]bool{
		`site.country == "CN"`:                                                 true,
		`job.purpose != "military" && !endUser.listed`:                         true,
		`job.maxDevices > 8192`:                                                false,
		`job.minDevices * 8 == job.maxDevices`:                                 true,
		`job.limitHours <= 24 * 7`:                                             true,
		`accelerator.tpp >= 4800 && accelerator.vendor.startsWith("NV")`:       true,
		`lot.supplier in ["maker", "other"]`:                                   true,
		`["v3", "v4"].exists(m, m == job.model)`:                               true,
		`site.labels["grid"] == "hydro"`:                                       true,
		`"rack" in site.labels`:                                                false,
		`has(job.model)`:                                                       true,
		`has(site.labels) && "grid" in site.labels && endUser.declared`:        true,
		`job.name.matches("^tr[a-z]+$") && endUser.sector.size() > 2`:          true,
		`job.kind == "serve" ? job.maxDevices < 10 : job.holder == lot.holder`: true,
		`true`:  true,
		`1 > 2`: false,
	} {
		p, err := CompileExpression(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got, err := p.Eval(subject()); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", expr, got, err, want)
		}
	}
}

func TestEvalOfTheEmptySubject(t *testing.T) {
	for expr, want := range map[Expression]bool{`has(job.model)`: false, `has(site.labels)`: false, `endUser.declared`: false} {
		p, err := CompileExpression(expr)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Eval(&Subject{}); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", expr, got, err, want)
		}
	}
	p, err := CompileExpression(`site.labels["rack"] == "a"`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Eval(&Subject{}); err == nil || !strings.Contains(err.Error(), "rack") {
		t.Errorf("a label that is not there: %v", err)
	}
}

func TestReads(t *testing.T) {
	for expr, want := range map[Expression][]string{
		`true`: {},
		`job.purpose == "a" && job.purpose != "b" || endUser.listed`: {"endUser.listed", "job.purpose"},
		`site.labels["grid"] == lot.supplier`:                        {"lot.supplier", "site.labels"},
		`["a"].all(x, x != job.model) && has(job.kind)`:              {"job.kind", "job.model"},
	} {
		p, err := CompileExpression(expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Reads(); !slices.Equal(got, want) {
			t.Errorf("%s reads %q, want %q", expr, got, want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct {
		expr    Expression
		column  int
		message string
	}{
		{``, 0, ""},
		{`0.1*3.0 == 0.3`, 4, "floating point"},
		{`double(job.minDevices) > 1`, 7, "not allowed"},
		{`dyn(job.minDevices) > 1`, 4, "not allowed"},
		{`timestamp("2026-01-01T00:00:00Z").getFullYear("Asia/Shanghai") == 2026`, 0, "not allowed"},
		{`duration("1h") == duration("60m")`, 0, "not allowed"},
		{`job.prupose == "x"`, 1, `job has no field "prupose" (did you mean "purpose"?)`},
		{`true && jbo.purpose == "x"`, 9, `unknown name "jbo" (did you mean "job"?)`},
		{`weather.rain`, 1, "undeclared reference to 'weather'"},
		{`job.zzz == 1`, 1, "its fields are endUser, holder"},
		{`job.purpose`, 1, "must give true or false"},
		{`job.purpose == 1`, 13, "== does not apply to string and int"},
		{`job == job`, 1, "stands alone"},
		{`[job].exists(j, j.kind == "rl")`, 2, "stands alone"},
		{`[1].exists(job, job == 1)`, 0, "already"},
		{`site.labels.exists(k, k == "a")`, 5, "no order"},
		{`job.purpose ==`, 15, "Syntax error"},
		{`job{name: "x"} == job{}`, 0, ""},
		{`job.purpose.matches("(")`, 0, ""},
		{`[1, "a"].exists(x, x == 1)`, 0, ""},
		{Expression(strings.Repeat("true && ", 1000) + "true"), 1, "bytes"},
		{Expression(strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300)), 0, ""},
		{`[1,2,3].exists(a, [1,2].exists(b, [1].exists(c, a == b + c)))`, 0, ""},
	} {
		p, err := CompileExpression(c.expr)
		if err == nil {
			t.Errorf("%s: compiled to %v, want an error", c.expr, p)
			continue
		}
		var e *ExpressionError
		if !errors.As(err, &e) {
			t.Errorf("%s: %T is not an *ExpressionError", c.expr, err)
			continue
		}
		if c.column > 0 && e.Column != c.column || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: column %d, %q; want column %d, %q", c.expr, e.Column, err, c.column, c.message)
		}
	}
}

func TestCostIsBounded(t *testing.T) {
	list := "[" + strings.TrimSuffix(strings.Repeat("1,", 700), ",") + "]"
	_, err := CompileExpression(Expression(fmt.Sprintf("%s.exists(a, %s.exists(b, a != b))", list, list)))
	if err == nil {
		t.Fatal("half a million steps were allowed")
	}
}

func TestPositionInSeveralLines(t *testing.T) {
	_, err := CompileExpression("job.kind == \"rl\" &&\n  job.modle == \"x\"")
	var e *ExpressionError
	if !errors.As(err, &e) || e.Line != 2 || e.Column != 3 {
		t.Errorf("got %#v, want line 2, column 3", err)
	}
}

func BenchmarkEval(b *testing.B) {
	p, err := CompileExpression(`job.purpose != "military" && !endUser.listed && site.country == "CN"`)
	if err != nil {
		b.Fatal(err)
	}
	s := subject()
	for b.Loop() {
		if _, err := p.Eval(s); err != nil {
			b.Fatal(err)
		}
	}
}
