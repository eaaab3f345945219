package regime

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/internal/spelling"
	"github.com/proviso-dev/proviso/permit"
	"github.com/proviso-dev/proviso/quantity"
)

// Entry is a regime with the document that it came from.
type Entry struct {
	Name     string
	Version  int
	Spec     *Regime
	Document *document.Document
}

// From is how a condition names the regime that it was taken from.
func (e *Entry) From() string { return fmt.Sprintf("%s@%d", e.Name, e.Version) }

// placeholder is a parameter in a clause.
var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// Bind gives every parameter its value: the permit's, or the default. Open
// parameters have none. What is wrong is noted at the place under path in the
// permit's document d.
func (e *Entry) Bind(use *permit.RegimeUse, d *document.Document, path string) (map[string]Value, document.Errors) {
	var errs document.Errors
	fail := func(at, hint, format string, args ...any) {
		x := d.Errorf(at, format, args...)
		x.Hint = hint
		errs = append(errs, x)
	}
	values := map[string]Value{}
	for i := range e.Spec.Parameters {
		p := &e.Spec.Parameters[i]
		if p.Default == nil {
			continue
		}
		if v, err := p.read(p.Default); err == nil {
			values[p.Name] = v
		}
	}
	for name, x := range use.With {
		at := path + ".with." + name
		p := e.Spec.parameter(name)
		if p == nil {
			fail(at, or(spelling.Hint(name, e.Spec.parameterNames()), choice(e.Spec.parameterNames())), "the regime %q has no parameter %q", e.Name, name)
			continue
		}
		v, err := p.read(x)
		if err != nil {
			fail(at, err.hint, "%s", err.message)
			continue
		}
		v.Given = true
		values[name] = v
	}
	return values, errs
}

// Taken gives the clauses that a permit takes: all that are not off, with those
// that it names in also and without those that it names in except.
func (e *Entry) Taken(use *permit.RegimeUse, d *document.Document, path string) ([]*Clause, document.Errors) {
	var errs document.Errors
	names := e.Spec.clauseNames()
	for list, given := range map[string][]string{"also": use.Also, "except": use.Except} {
		for i, n := range given {
			c := e.Spec.clause(n)
			at := fmt.Sprintf("%s.%s[%d]", path, list, i)
			switch {
			case c == nil:
				x := d.Errorf(at, "the regime %q has no clause %q", e.Name, n)
				x.Hint = or(spelling.Hint(n, names), choice(names))
				errs = append(errs, x)
			case list == "also" && c.Off == "":
				errs = append(errs, d.Errorf(at, "the clause %q of %q is taken anyway", n, e.Name))
			case list == "except" && c.Off != "":
				errs = append(errs, d.Errorf(at, "the clause %q of %q is off anyway: %s", n, e.Name, c.Off))
			}
		}
	}
	var out []*Clause
	for i := range e.Spec.Clauses {
		c := &e.Spec.Clauses[i]
		if c.Off == "" && !slices.Contains(use.Except, c.Name) || c.Off != "" && slices.Contains(use.Also, c.Name) {
			out = append(out, c)
		}
	}
	return out, errs
}

// Expand gives the conditions that a permit takes from the regime, as they are
// written, each with its values and with where it comes from.
func (e *Entry) Expand(use *permit.RegimeUse, d *document.Document, path string) ([]*yaml.Node, document.Errors) {
	values, errs := e.Bind(use, d, path)
	clauses, more := e.Taken(use, d, path)
	if errs = append(errs, more...); len(errs) > 0 {
		return nil, errs
	}
	var out []*yaml.Node
	used := map[string]bool{}
	for _, c := range clauses {
		n, reads, missing := e.condition(c, use, values)
		name := (&filler{values: values}).text(c.Name, false)
		for _, m := range missing {
			x := d.Errorf(path, "the clause %q of the regime %q needs the parameter %q, which is open", name, e.Name, m)
			if p := e.Spec.parameter(m); p != nil {
				x.Hint = fmt.Sprintf("write with: {%s: …}, %s: %s", m, p.Type, p.Meaning.English)
			}
			errs = append(errs, x)
		}
		for _, r := range reads {
			used[r] = true
		}
		if len(missing) == 0 {
			out = append(out, n)
		}
	}
	for name := range use.With {
		if !used[name] {
			errs = append(errs, d.Errorf(path+".with."+name, "no clause that the permit takes from %q reads the parameter %q", e.Name, name))
		}
	}
	return out, errs
}

// condition writes one clause out.
func (e *Entry) condition(c *Clause, use *permit.RegimeUse, values map[string]Value) (n *yaml.Node, reads, missing []string) {
	i := slices.IndexFunc(e.Spec.Clauses, func(x Clause) bool { return x.Name == c.Name })
	n = e.Document.Part(fmt.Sprintf("spec.clauses[%d].condition", i))
	f := filler{values: values}
	f.fill(n, false)
	name := f.text(c.Name, false)
	basis := c.Basis
	for _, r := range f.reads {
		if v := values[r]; v.Given && v.Parameter.Type.figure() {
			basis = weaker(basis, or(use.Basis, fleet.Assumed))
		}
	}
	source := c.Article
	if c.Read == Secondary {
		source += " (known from others alone)"
	}
	if use.Source != "" {
		source += "; values: " + use.Source
	}
	head := []*yaml.Node{}
	for _, p := range [][2]string{{"name", name}, {"from", e.From()}, {"basis", string(basis)}, {"source", source}} {
		head = append(head, word(p[0]), word(p[1]))
	}
	n.Content = append(head, n.Content...)
	n.Style = 0
	return n, f.reads, f.missing
}

// filler replaces ${name} in a tree.
type filler struct {
	values  map[string]Value
	reads   []string
	missing []string
}

// expressions are the fields whose text is an expression: a word there is a
// literal of CEL.
var expressions = []string{"require", "where", "outOf", "when"}

func (f *filler) fill(n *yaml.Node, expression bool) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			f.fill(n.Content[i+1], slices.Contains(expressions, n.Content[i].Value))
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			f.fill(c, false)
		}
	case yaml.ScalarNode:
		f.scalar(n, expression)
	}
}

func (f *filler) scalar(n *yaml.Node, expression bool) {
	m := placeholder.FindStringSubmatch(n.Value)
	if m == nil {
		return
	}
	if m[0] == n.Value && !expression {
		if v, ok := f.value(m[1]); ok && v.Parameter.Type.list() {
			*n = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
			for _, w := range v.Words {
				n.Content = append(n.Content, word(w))
			}
			return
		} else if ok && v.Parameter.Type == Count {
			*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: whole(v.Text)}
			return
		}
	}
	*n = *word(f.text(n.Value, expression))
}

// text replaces the parameters in a text.
func (f *filler) text(s string, expression bool) string {
	return placeholder.ReplaceAllStringFunc(s, func(m string) string {
		v, ok := f.value(m[2 : len(m)-1])
		switch {
		case !ok:
			return m
		case !expression:
			return v.String()
		case v.Parameter.Type.list():
			q := make([]string, len(v.Words))
			for i, w := range v.Words {
				q[i] = strconv.Quote(w)
			}
			return "[" + strings.Join(q, ", ") + "]"
		case v.Parameter.Type == Count:
			return whole(v.Text)
		}
		return strconv.Quote(v.Text)
	})
}

func (f *filler) value(name string) (Value, bool) {
	if !slices.Contains(f.reads, name) {
		f.reads = append(f.reads, name)
	}
	v, ok := f.values[name]
	if !ok && !slices.Contains(f.missing, name) {
		f.missing = append(f.missing, name)
	}
	return v, ok
}

// whole writes a count in digits, as expressions have it: 200M is 200000000.
func whole(text string) string {
	a, err := quantity.ParseAmount(text)
	if err != nil {
		return text
	}
	n, err := a.In(quantity.Count)
	if err != nil {
		return text
	}
	return n.String()
}

// word makes a scalar that is text, whatever it looks like.
func word(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	var probe yaml.Node
	if err := yaml.Unmarshal([]byte(s), &probe); err != nil || len(probe.Content) != 1 ||
		probe.Content[0].Kind != yaml.ScalarNode || probe.Content[0].ShortTag() != "!!str" || probe.Content[0].Value != s {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func or[T comparable](a, b T) T {
	var none T
	if a != none {
		return a
	}
	return b
}

func choice(known []string) string {
	if len(known) == 0 || len(known) > 20 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}
