package permit

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/proviso-dev/proviso/internal/spelling"
)

// overload is CEL's complaint about types, which is hard to read.
var overload = regexp.MustCompile(`^found no matching overload for '([^']+)' applied to '\(?([^')]*)\)?'$`)

// fromIssues gives the first of CEL's own complaints.
func fromIssues(issues *cel.Issues) error {
	all := issues.Errors()
	if len(all) == 0 {
		return &ExpressionError{Line: 1, Column: 1, Message: issues.Err().Error()}
	}
	e := all[0]
	message, _, _ := strings.Cut(e.Message, "\n")
	message = strings.ReplaceAll(message, " (in container '')", "")
	if m := overload.FindStringSubmatch(message); m != nil {
		message = fmt.Sprintf("%s does not apply to %s", strings.Trim(m[1], "_"), strings.ReplaceAll(m[2], ", ", " and "))
	}
	out := &ExpressionError{Line: 1, Column: 1, Message: message}
	if e.Location != nil && e.Location.Line() > 0 {
		out.Line, out.Column = e.Location.Line(), e.Location.Column()+1
	}
	return out
}

// failAt makes an error at an expression's place.
func failAt(a *ast.AST, e ast.Expr, hint, format string, args ...any) error {
	out := &ExpressionError{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...), Hint: hint}
	if loc := a.SourceInfo().GetStartLocation(e.ID()); loc.Line() > 0 {
		out.Line, out.Column = loc.Line(), loc.Column()+1
	}
	return out
}

// bannedFunctions lead to what checkDeterminate refuses; named here, they are
// found before the types that they give confuse the message.
var bannedFunctions = []string{"dyn", "double", "timestamp", "duration"}

// checkNames requires that our variables are read by a field that they have
// and gives the fields that are read. A variable used whole would make its
// readers unknown.
func checkNames(a *ast.AST) ([]string, error) {
	reads := map[string]bool{}
	owned := map[int64]bool{} // identifiers that a selection has dealt with
	var fail error
	note := func(err error) {
		if fail == nil {
			fail = err
		}
	}
	bound := map[string]bool{}
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.CallKind:
			if f := e.AsCall().FunctionName(); slices.Contains(bannedFunctions, f) {
				note(failAt(a, e, "", "%s() is not allowed in an expression", f))
			}
		case ast.StructKind:
			note(failAt(a, e, "", "objects cannot be made in an expression"))
		case ast.ComprehensionKind:
			for _, name := range []string{e.AsComprehension().IterVar(), e.AsComprehension().IterVar2(), e.AsComprehension().AccuVar()} {
				bound[name] = true
				if variableNamed(name) != nil {
					note(failAt(a, e, "", "%s is a variable already: give the loop another one", name))
				}
			}
		case ast.SelectKind:
			s := e.AsSelect()
			if s.Operand().Kind() != ast.IdentKind {
				return
			}
			v := variableNamed(s.Operand().AsIdent())
			if v == nil {
				return
			}
			owned[s.Operand().ID()] = true
			if _, ok := v.fields[s.FieldName()]; !ok {
				hint := spelling.Hint(s.FieldName(), v.fieldNames())
				if hint == "" {
					hint = "its fields are " + strings.Join(v.fieldNames(), ", ")
				}
				note(failAt(a, s.Operand(), hint, "%s has no field %q", v.name, s.FieldName()))
				return
			}
			reads[v.name+"."+s.FieldName()] = true
		case ast.IdentKind:
			name := e.AsIdent()
			if owned[e.ID()] || bound[name] {
				return
			}
			if v := variableNamed(name); v != nil {
				note(failAt(a, e, "its fields are "+strings.Join(v.fieldNames(), ", "), "%s stands alone: read one of its fields", name))
			} else if near := spelling.Hint(name, variableNames()); near != "" {
				note(failAt(a, e, near, "unknown name %q", name))
			}
		}
	}))
	if fail != nil {
		return nil, fail
	}
	list := make([]string, 0, len(reads))
	for r := range reads {
		list = append(list, r)
	}
	sort.Strings(list)
	return list, nil
}

// checkDeterminate refuses what may differ from machine to machine or from
// day to day. A double of one architecture need not be that of another, and
// 0.1*3.0 is not 0.3; time needs a time zone database; a map has no order; a
// dyn hides each of these from this check.
func checkDeterminate(a *ast.AST) error {
	var fail error
	note := func(err error) {
		if fail == nil {
			fail = err
		}
	}
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch t := a.GetType(e.ID()); {
		case t == nil:
		case t.Kind() == types.DoubleKind:
			note(failAt(a, e, "write whole numbers", "floating point is not exact and not allowed"))
		case t.Kind() == types.TimestampKind || t.Kind() == types.DurationKind:
			note(failAt(a, e, "a permit's validity and windows say when", "times and durations are not allowed in an expression"))
		}
		if e.Kind() == ast.ComprehensionKind {
			rng := e.AsComprehension().IterRange()
			if t := a.GetType(rng.ID()); t != nil && t.Kind() == types.MapKind {
				note(failAt(a, rng, `ask for one by its name: "rack" in site.labels`, "a map has no order and cannot be looped over"))
			}
		}
	}))
	return fail
}
