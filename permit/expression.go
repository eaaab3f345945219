package permit

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// The bounds of an expression. Its cost is an upper estimate, in CEL's own
// units, over subjects whose texts have at most maxTextSize characters: it is
// known at load, so that evaluation needs no meter.
const (
	maxExpressionSize = 4096
	maxExpressionCost = 100_000
	maxTextSize       = 256
	maxLabels         = 64
)

// Predicate is a compiled expression. It may be used by many goroutines.
type Predicate struct {
	text    Expression
	program cel.Program
	reads   []string
	texts   []string
	numbers []int64
	syntax  *ast.AST
}

// ExpressionError is what is wrong with an expression and where.
type ExpressionError struct {
	// Line and Column count from 1 within the expression.
	Line, Column int
	// Message says what is wrong; Hint, if there is one, what was probably meant.
	Message, Hint string
}

// Error gives the message with its hint, without the place.
func (e *ExpressionError) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// CompileExpression parses and checks an expression over job, site, lot,
// accelerator and endUser. The expression must give true or false, read the
// variables by their fields, and give the same on every machine and day:
// floating point, time and the order of maps are refused. An error is an
// *ExpressionError.
//
// Compiling takes half a millisecond, and the same expressions stand in many
// permits and in every scenario, so that results are remembered.
func CompileExpression(expr Expression) (*Predicate, error) {
	if o, ok := remembered.Load(expr); ok {
		return o.(outcome).predicate, o.(outcome).err
	}
	p, err := compileExpression(expr)
	if rememberedCount.Add(1) <= maxRemembered && len(expr) <= maxExpressionSize {
		remembered.Store(expr, outcome{p, err})
	}
	return p, err
}

// outcome is what compiling an expression gave; it depends on nothing else.
type outcome struct {
	predicate *Predicate
	err       error
}

// maxRemembered bounds the memory of a server that sees ever new expressions.
const maxRemembered = 4096

var (
	remembered      sync.Map // Expression → outcome
	rememberedCount atomic.Int64
)

func compileExpression(expr Expression) (*Predicate, error) {
	if len(expr) > maxExpressionSize {
		return nil, &ExpressionError{Line: 1, Column: 1, Message: fmt.Sprintf("the expression has %d bytes; at most %d are allowed", len(expr), maxExpressionSize)}
	}
	env, err := environment()
	if err != nil {
		return nil, err
	}
	parsed, issues := env.Parse(string(expr))
	if err := issues.Err(); err != nil {
		return nil, fromIssues(issues)
	}
	// Our own look at names goes first: it knows what was probably meant.
	reads, err := checkNames(parsed.NativeRep())
	if err != nil {
		return nil, err
	}
	checked, issues := env.Check(parsed)
	if err := issues.Err(); err != nil {
		return nil, fromIssues(issues)
	}
	if err := checkDeterminate(checked.NativeRep()); err != nil {
		return nil, err
	}
	if t := checked.OutputType(); !t.IsExactType(types.BoolType) {
		return nil, &ExpressionError{Line: 1, Column: 1, Message: fmt.Sprintf("the expression gives %s; it must give true or false", t)}
	}
	estimate, err := env.EstimateCost(checked, sizes{})
	if err != nil {
		return nil, &ExpressionError{Line: 1, Column: 1, Message: err.Error()}
	}
	if estimate.Max > maxExpressionCost {
		return nil, &ExpressionError{Line: 1, Column: 1, Message: "the expression may take too long: nest fewer loops and match shorter patterns"}
	}
	program, err := env.Program(checked)
	if err != nil {
		return nil, &ExpressionError{Line: 1, Column: 1, Message: err.Error()}
	}
	texts, numbers := constants(parsed.NativeRep())
	return &Predicate{expr, program, reads, texts, numbers, parsed.NativeRep()}, nil
}

// Eval reports whether the predicate holds for the subject. It is an error if
// the expression has no value there, as site.labels["x"] has none where there
// is no such label.
func (p *Predicate) Eval(s *Subject) (bool, error) {
	v, _, err := p.program.Eval((*activation)(s))
	if err != nil {
		return false, fmt.Errorf("%s: %w", p.text, err)
	}
	b, ok := v.(types.Bool)
	if !ok {
		return false, fmt.Errorf("%s: gives %s, not true or false", p.text, v.Type().TypeName())
	}
	return bool(b), nil
}

// Reads lists the fields that the expression refers to, such as
// "job.purpose", in order. Subjects that agree in them get the same answer.
func (p *Predicate) Reads() []string { return slices.Clone(p.reads) }

// String gives the expression as it was written.
func (p *Predicate) String() string { return string(p.text) }

// Syntax gives the expression's tree, for those who put it into words. It must
// not be changed.
func (p *Predicate) Syntax() *ast.AST { return p.syntax }

// activation resolves every variable to the subject itself.
type activation Subject

func (a *activation) ResolveName(name string) (any, bool) {
	if variableNamed(name) == nil {
		return nil, false
	}
	return (*Subject)(a), true
}

func (a *activation) Parent() interpreter.Activation { return nil }

// provider adds the variables' types to those of CEL.
type provider struct{ *types.Registry }

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if v := variableNamed(name); v != nil {
		return types.NewTypeTypeWithParam(v.typ), true
	}
	return p.Registry.FindStructType(name)
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if v := variableNamed(name); v != nil {
		return v.fieldNames(), true
	}
	return p.Registry.FindStructFieldNames(name)
}

func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if v := variableNamed(name); v != nil {
		f, ok := v.fields[field]
		return f, ok
	}
	return p.Registry.FindStructFieldType(name, field)
}

func (p provider) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if variableNamed(name) != nil {
		return types.NewErr("a %s cannot be made in an expression", name)
	}
	return p.Registry.NewValue(name, fields)
}

// environment is made once: it is the same for every expression.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(provider{registry}),
		cel.ParserExpressionSizeLimit(maxExpressionSize),
		cel.ParserRecursionLimit(50),
		cel.EnableMacroCallTracking(), // so that an expression can be written out again
		cel.ASTValidators(
			cel.ValidateHomogeneousAggregateLiterals(),
			cel.ValidateRegexLiterals(),
			cel.ValidateComprehensionNestingLimit(2),
			cel.ValidateRegexProgramSizeLimit(1000),
		),
	}
	for _, v := range variables {
		options = append(options, cel.Variable(v.name, v.typ))
	}
	return cel.NewEnv(options...)
})

// sizes bounds what a subject may hold, for the estimate of cost.
type sizes struct{}

func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	most := uint64(maxTextSize)
	if t := n.Type(); t != nil && t.Kind() == types.MapKind {
		most = maxLabels
	}
	return &cost.SizeEstimate{Max: most}
}

func (sizes) EstimateCallCost(function, overload string, target *cost.AstNode, args []cost.AstNode) *cost.CallEstimate {
	return nil
}
