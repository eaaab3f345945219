package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// comments holds doc comments: "permit.Limit" of a type, "permit.Limit.Per"
// of a field.
type comments map[string]string

// readComments parses the packages whose types documents decode into.
func readComments(root string, packages ...string) (comments, error) {
	all := comments{}
	for _, p := range packages {
		files, err := filepath.Glob(filepath.Join(root, p, "*.go"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s: %w", filepath.Join(root, p), fs.ErrNotExist)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			all.add(path.Base(p), parsed)
		}
	}
	return all, nil
}

func (c comments) add(pkg string, f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, s := range g.Specs {
			t := s.(*ast.TypeSpec)
			doc := t.Doc
			if doc == nil {
				doc = g.Doc
			}
			name := pkg + "." + t.Name.Name
			c[name] = sentence(doc)
			st, ok := t.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, field := range st.Fields.List {
				for _, n := range field.Names {
					c[name+"."+n.Name] = sentence(field.Doc)
				}
			}
		}
	}
}

// sentence joins a comment's lines; paragraphs stay apart.
func sentence(g *ast.CommentGroup) string {
	if g == nil {
		return ""
	}
	paragraphs := strings.Split(strings.TrimSpace(g.Text()), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "\n\n")
}
