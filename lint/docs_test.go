package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// section is a rule's part of docs/lint.md: its heading, its first word (the
// severity) and its example.
var section = regexp.MustCompile("(?s)\n## `([a-z0-9-]+)`\n\n(Error|Warning|Note)\\. .*?```yaml\n(.*?)```")

// TestDocs: docs/lint.md describes every rule and no other, and each example
// gives the finding under which it stands, with the severity that is said.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range section.FindAllStringSubmatch(string(text), -1) {
		rule, severity, example := m[1], strings.ToLower(m[2]), m[3]
		told = append(told, rule)
		conditions := "  - {name: fine, require: 'true'} # notes\n---\n" + example
		if strings.HasPrefix(example, "- ") {
			conditions = "  # notes\n  " + strings.ReplaceAll(example, "\n", "\n  ")
		}
		if got := find(t, conditions); !strings.Contains(got, severity+" "+rule+": ") {
			t.Errorf("the example of %s gives %q", rule, got)
		}
	}
	slices.Sort(told)
	if known := rules(t); !slices.Equal(told, known) {
		t.Errorf("docs/lint.md describes %q, the rules are %q", told, known)
	}
}

// rules are the names of all findings, as the package's source has them.
func rules(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if fun, ok := call.Fun.(*ast.SelectorExpr); !ok || fun.Sel.Name != "add" {
				return true
			}
			if name, ok := call.Args[1].(*ast.BasicLit); ok && name.Kind == token.STRING {
				out = append(out, strings.Trim(name.Value, `"`))
			}
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}
