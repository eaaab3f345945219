package daystep

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// expr is a predicate, or a part of one, over names.
type expr func(names map[string]any) any

// tokens of a predicate: texts, names with their fields, numbers, signs.
var token = regexp.MustCompile(`\s*("[^"]*"|[A-Za-z_][A-Za-z_.]*(?:\["[^"]*"\])?|[0-9]+|&&|\|\||==|!=|<=|>=|[<>!()\[\],])`)

// parse reads a predicate: comparisons and membership, joined by && and ||,
// negated by !. An empty one is true.
func parse(predicate string) expr {
	if strings.TrimSpace(predicate) == "" {
		return func(map[string]any) any { return true }
	}
	p := &parser{}
	for rest := strings.TrimSpace(predicate); rest != ""; {
		m := token.FindStringSubmatch(rest)
		if m == nil || !strings.HasPrefix(rest, m[0]) {
			panic(fmt.Errorf("the stepper cannot read %q", rest))
		}
		p.tokens, rest = append(p.tokens, m[1]), strings.TrimSpace(rest[len(m[0]):])
	}
	e := p.or()
	if len(p.tokens) > 0 {
		panic(fmt.Errorf("the stepper cannot read %q behind a predicate", p.tokens))
	}
	return e
}

type parser struct{ tokens []string }

func (p *parser) take(words ...string) string {
	for _, w := range words {
		if len(p.tokens) > 0 && p.tokens[0] == w {
			p.tokens = p.tokens[1:]
			return w
		}
	}
	return ""
}

func (p *parser) or() expr {
	e := p.and()
	for p.take("||") != "" {
		a, b := e, p.and()
		e = func(n map[string]any) any { return a(n) == true || b(n) == true }
	}
	return e
}

func (p *parser) and() expr {
	e := p.comparison()
	for p.take("&&") != "" {
		a, b := e, p.comparison()
		e = func(n map[string]any) any { return a(n) == true && b(n) == true }
	}
	return e
}

func (p *parser) comparison() expr {
	a := p.value()
	sign := p.take("==", "!=", "<=", ">=", "<", ">", "in")
	if sign == "" {
		return a
	}
	b := p.value()
	return func(n map[string]any) any { return compare(sign, a(n), b(n)) }
}

func compare(sign string, a, b any) bool {
	switch sign {
	case "==":
		return a == b
	case "!=":
		return a != b
	case "in":
		for _, x := range b.([]any) {
			if x == a {
				return true
			}
		}
		return false
	case "<":
		return a.(int) < b.(int)
	case "<=":
		return a.(int) <= b.(int)
	case ">":
		return a.(int) > b.(int)
	}
	return a.(int) >= b.(int)
}

func (p *parser) value() expr {
	switch {
	case p.take("!") != "":
		e := p.value()
		return func(n map[string]any) any { return e(n) != true }
	case p.take("has") != "": // whether a field says anything
		p.take("(")
		e := p.value()
		p.take(")")
		return func(n map[string]any) any { v := e(n); return v != nil && v != "" && v != 0 && v != false }
	case p.take("(") != "":
		e := p.or()
		p.take(")")
		return e
	case p.take("[") != "":
		var items []expr
		for p.take("]") == "" {
			items = append(items, p.value())
			p.take(",")
		}
		return func(n map[string]any) any {
			var out []any
			for _, i := range items {
				out = append(out, i(n))
			}
			return out
		}
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	constant := func(v any) expr { return func(map[string]any) any { return v } }
	if strings.HasPrefix(t, `"`) {
		return constant(strings.Trim(t, `"`))
	}
	if n, err := strconv.Atoi(t); err == nil {
		return constant(n)
	}
	if t == "true" || t == "false" {
		return constant(t == "true")
	}
	return func(n map[string]any) any {
		v, ok := n[t]
		if !ok && !strings.HasPrefix(t, "site.labels[") { // a label may be missing
			panic(fmt.Errorf("the stepper knows no %s", t))
		}
		return v
	}
}
