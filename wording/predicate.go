package wording

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"github.com/proviso-dev/proviso/permit"
)

// predicate puts an expression into words. What the words do not know stands
// in its own text.
func (l Language) predicate(e permit.Expression) string {
	p, err := permit.CompileExpression(e)
	if err != nil {
		return l.code(string(e))
	}
	s := sentence{l: l, info: p.Syntax().SourceInfo()}
	return s.say(p.Syntax().Expr(), false)
}

func (l Language) code(text string) string {
	return l.pick("the expression `"+text+"` is true", "der Ausdruck `"+text+"` ist wahr")
}

// sentence is one expression on its way into words.
type sentence struct {
	l    Language
	info *ast.SourceInfo
}

// say gives the words of an expression, or of its contrary.
func (s sentence) say(e ast.Expr, not bool) string {
	switch e.Kind() {
	case ast.CallKind:
		if w := s.call(e.AsCall(), not); w != "" {
			return w
		}
	case ast.SelectKind:
		if w := s.flag(e.AsSelect(), not); w != "" {
			return w
		}
	case ast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok {
			if bool(b) != not {
				return s.l.pick("it is always so", "es ist immer so")
			}
			return s.l.pick("it is never so", "es ist nie so")
		}
	}
	text, err := parser.Unparse(e, s.info)
	if err != nil {
		text = "?"
	}
	if not {
		text = "!(" + text + ")"
	}
	return s.l.code(text)
}

// contrary gives the comparison that holds where another does not.
var contrary = map[string]string{
	operators.Equals: operators.NotEquals, operators.NotEquals: operators.Equals,
	operators.Less: operators.GreaterEquals, operators.GreaterEquals: operators.Less,
	operators.Greater: operators.LessEquals, operators.LessEquals: operators.Greater,
}

func (s sentence) call(c ast.CallExpr, not bool) string {
	args := c.Args()
	switch f := c.FunctionName(); f {
	case operators.LogicalNot:
		return s.say(args[0], !not)
	case operators.LogicalAnd, operators.LogicalOr:
		// not (A and B) is not A or not B.
		and := (f == operators.LogicalAnd) != not
		return s.join(s.parts(f, c), and, not)
	case operators.In:
		return s.in(args[0], args[1], not)
	case "startsWith", "endsWith", "contains":
		return s.text(c, not)
	default:
		if _, ok := contrary[f]; !ok {
			return ""
		}
		if not {
			f = contrary[f]
		}
		return s.compare(f, args[0], args[1])
	}
}

// parts flattens a chain of the same operator.
func (s sentence) parts(f string, c ast.CallExpr) (out []ast.Expr) {
	for _, a := range c.Args() {
		if a.Kind() == ast.CallKind && a.AsCall().FunctionName() == f {
			out = append(out, s.parts(f, a.AsCall())...)
			continue
		}
		out = append(out, a)
	}
	return out
}

func (s sentence) join(parts []ast.Expr, and, not bool) string {
	word := s.l.pick(" or ", " oder ")
	if and {
		word = s.l.pick(" and ", " und ")
	}
	all := make([]string, len(parts))
	for i, p := range parts {
		all[i] = s.say(p, not)
		if p.Kind() == ast.CallKind {
			switch n := p.AsCall().FunctionName(); n {
			case operators.LogicalAnd, operators.LogicalOr:
				all[i] = "(" + all[i] + ")"
			case operators.LogicalNot:
				if inner := p.AsCall().Args()[0]; inner.Kind() == ast.CallKind && (inner.AsCall().FunctionName() == operators.LogicalAnd || inner.AsCall().FunctionName() == operators.LogicalOr) {
					all[i] = "(" + all[i] + ")"
				}
			}
		}
	}
	return strings.Join(all, word)
}

func (s sentence) compare(f string, a, b ast.Expr) string {
	subject, object := s.subject(a), s.value(b)
	if subject == "" || object == "" {
		return ""
	}
	words := map[string][2]string{
		operators.Equals: {"is", "ist"}, operators.NotEquals: {"is not", "ist nicht"},
		operators.Less: {"is below", "liegt unter"}, operators.LessEquals: {"is at most", "ist höchstens"},
		operators.Greater: {"is above", "liegt über"}, operators.GreaterEquals: {"is at least", "ist mindestens"},
	}[f]
	return subject + " " + s.l.pick(words[0], words[1]) + " " + object
}

func (s sentence) in(a, list ast.Expr, not bool) string {
	if list.Kind() != ast.ListKind {
		// "label" in site.labels
		if f := s.field(list); f == "site.labels" && a.Kind() == ast.LiteralKind {
			if not {
				return s.l.pick("the site does not have the label ", "der Standort trägt nicht das Kennzeichen ") + s.value(a)
			}
			return s.l.pick("the site has the label ", "der Standort trägt das Kennzeichen ") + s.value(a)
		}
		return ""
	}
	subject := s.subject(a)
	var values []string
	for _, e := range list.AsList().Elements() {
		values = append(values, s.value(e))
	}
	if subject == "" || len(values) == 0 {
		return ""
	}
	if not {
		return subject + s.l.pick(" is none of ", " gehört nicht zu ") + s.l.list(values, s.l.pick("and", "und"))
	}
	return subject + s.l.pick(" is one of ", " gehört zu ") + s.l.list(values, s.l.pick("and", "und"))
}

func (s sentence) text(c ast.CallExpr, not bool) string {
	subject := s.subject(c.Target())
	if subject == "" || len(c.Args()) != 1 {
		return ""
	}
	v := s.value(c.Args()[0])
	yes := map[string][2]string{
		"startsWith": {"begins with", "beginnt mit"}, "endsWith": {"ends with", "endet mit"}, "contains": {"contains", "enthält"},
	}[c.FunctionName()]
	no := map[string][2]string{
		"startsWith": {"does not begin with", "beginnt nicht mit"}, "endsWith": {"does not end with", "endet nicht mit"}, "contains": {"does not contain", "enthält nicht"},
	}[c.FunctionName()]
	if not {
		yes = no
	}
	return subject + " " + s.l.pick(yes[0], yes[1]) + " " + v
}

// flag puts a field that is true or false, or has(field), into words.
func (s sentence) flag(x ast.SelectExpr, not bool) string {
	f := x.Operand()
	if f.Kind() != ast.IdentKind {
		return ""
	}
	name := f.AsIdent() + "." + x.FieldName()
	if x.IsTestOnly() {
		w, ok := fields[name]
		if !ok {
			return ""
		}
		if not {
			return s.l.pick(w[0]+" is not known", w[1]+" ist nicht bekannt")
		}
		return s.l.pick(w[0]+" is known", w[1]+" ist bekannt")
	}
	w, ok := map[string][4]string{
		"endUser.declared": {"the end user is declared", "the end user is not declared", "der Endnutzer ist angemeldet", "der Endnutzer ist nicht angemeldet"},
		"endUser.listed":   {"the end user is on a list", "the end user is on no list", "der Endnutzer steht auf einer Liste", "der Endnutzer steht auf keiner Liste"},
	}[name]
	switch {
	case !ok:
		return ""
	case not:
		return s.l.pick(w[1], w[3])
	}
	return s.l.pick(w[0], w[2])
}

// fields are the names of what expressions read.
var fields = map[string][2]string{
	"job.name": {"the job's name", "der Name des Auftrags"}, "job.holder": {"the job's holder", "der Inhaber des Auftrags"},
	"job.tenant": {"the tenant", "der Mandant"}, "job.endUser": {"the end user", "der Endnutzer"}, "job.purpose": {"the purpose", "der Zweck"},
	"job.model": {"the model", "das Modell"}, "job.kind": {"the kind of work", "die Art der Arbeit"},
	"job.minDevices": {"the least number of devices asked for", "die kleinste verlangte Zahl von Geräten"},
	"job.maxDevices": {"the greatest number of devices asked for", "die größte verlangte Zahl von Geräten"},
	"job.limitHours": {"the job's limit in hours", "die Höchstdauer des Auftrags in Stunden"},
	"site.name":      {"the site", "der Standort"}, "site.country": {"the site's country", "das Land des Standorts"},
	"lot.name": {"the lot", "das Los"}, "lot.holder": {"the lot's holder", "der Inhaber des Loses"}, "lot.supplier": {"the supplier", "der Lieferant"},
	"accelerator.name": {"the product", "das Produkt"}, "accelerator.vendor": {"the product's vendor", "der Hersteller des Produkts"},
	"accelerator.country":      {"the country of the product's vendor", "das Land des Herstellers"},
	"accelerator.tpp":          {"the product's total processing performance (TPP)", "die Gesamtrechenleistung (TPP) des Produkts"},
	"accelerator.memoryGB":     {"the product's memory in GB", "der Speicher des Produkts in GB"},
	"accelerator.bandwidthGBs": {"the product's DRAM bandwidth in GB/s", "die DRAM-Bandbreite des Produkts in GB/s"},
	"endUser.name":             {"the end user", "der Endnutzer"}, "endUser.country": {"the end user's country", "das Land des Endnutzers"},
	"endUser.headquarters": {"the country of the end user's headquarters", "das Land der Zentrale des Endnutzers"},
	"endUser.sector":       {"the end user's sector", "der Sektor des Endnutzers"},
}

// field gives the path of a plain field, or nothing.
func (s sentence) field(e ast.Expr) string {
	if e.Kind() != ast.SelectKind || e.AsSelect().IsTestOnly() || e.AsSelect().Operand().Kind() != ast.IdentKind {
		return ""
	}
	return e.AsSelect().Operand().AsIdent() + "." + e.AsSelect().FieldName()
}

// subject names what a comparison is about, or nothing.
func (s sentence) subject(e ast.Expr) string {
	if w, ok := fields[s.field(e)]; ok {
		return s.l.pick(w[0], w[1])
	}
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index {
		if args := e.AsCall().Args(); s.field(args[0]) == "site.labels" {
			return s.l.pick("the site's label ", "das Kennzeichen ") + s.value(args[1]) + s.l.pick("", " des Standorts")
		}
	}
	return ""
}

// value writes a constant, or the field that something is compared with.
func (s sentence) value(e ast.Expr) string {
	if e.Kind() == ast.LiteralKind {
		switch v := e.AsLiteral().(type) {
		case types.String:
			return s.l.quote(string(v))
		case types.Int:
			return s.l.number(itoa(int64(v)))
		}
		return ""
	}
	return s.subject(e)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
