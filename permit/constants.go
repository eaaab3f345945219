package permit

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Constants gives the texts and whole numbers that are written in the
// expression, each once and in order: the values at which its answer may
// change. A check that tries them all, their neighbours and some other value
// finds out whether the predicate can be true at all, as long as it compares
// fields with constants.
func (p *Predicate) Constants() (texts []string, numbers []int64) {
	return slices.Clone(p.texts), slices.Clone(p.numbers)
}

func constants(a *ast.AST) (texts []string, numbers []int64) {
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.LiteralKind {
			return
		}
		switch v := e.AsLiteral().(type) {
		case types.String:
			texts = append(texts, string(v))
		case types.Int:
			numbers = append(numbers, int64(v))
		}
	}))
	slices.Sort(texts)
	slices.Sort(numbers)
	return slices.Compact(texts), slices.Compact(numbers)
}
